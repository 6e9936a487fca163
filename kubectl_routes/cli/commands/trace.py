"""``trace``: whether VPC routes connect two endpoints, in both directions."""

from __future__ import annotations

import argparse
import re
from ipaddress import IPv4Address

from kubectl_routes.analyze.reach import trace
from kubectl_routes.catalog.translation import translated
from kubectl_routes.cli.flags.trace import FORMS
from kubectl_routes.cli.formats import text_of
from kubectl_routes.cli.options import NODE_KINDS
from kubectl_routes.cli.reading import INCOMPLETE, collect_options, read
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect.kubeconfig import namespace_of
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message
from kubectl_routes.model.path import EndKind, EndpointArg, Verdict
from kubectl_routes.model.snapshot import Snapshot

NOT_REACHABLE = 1

_PODS = ("pod", "pods", "po")
# A namespace is a DNS label, the name of a pod or a node a DNS subdomain.
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_LIKE_AN_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+)*")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show both directions, and return the exit code, the same for every format."""
    namespace = _namespace(args, terminal)
    texts = (args.source, args.destination)
    ends = [parse(text, namespace, alone=bool(args.namespace)) for text in texts]
    # Pods are asked for by name, and who has an address, each once.
    pods = dict.fromkeys(end.name for end in ends if end.kind is not EndKind.NODE)
    snapshot = read(args, terminal, pods=tuple(pods))
    source, destination = (
        _settled(text, end, snapshot) for text, end in zip(texts, ends, strict=True)
    )
    found = translated(trace(snapshot, source, destination), terminal.language)
    terminal.write(text_of(args, terminal, found, time=found.time))
    if found.verdict is Verdict.UNKNOWN:
        terminal.tell(message("error: the result is not known: {because}", because=found.because))
        return INCOMPLETE
    return 0 if found.verdict is Verdict.REACHABLE else NOT_REACHABLE


def _namespace(args: argparse.Namespace, terminal: Terminal) -> str:
    """The namespace of pod/NAME, asked of the kubeconfig only when an end is written so."""
    if args.namespace is not None:
        return str(args.namespace)
    short = any(text.partition("/")[0] in _PODS for text in (args.source, args.destination))
    if not short or args.snapshot is not None:
        return "default"
    return namespace_of(collect_options(args), terminal.env)


def parse(text: str, namespace: str, *, alone: bool = False) -> EndpointArg:
    """What one end on the command line names; ``alone``: a name alone is that of a pod. Raises
    UsageError for what can be nothing.
    """
    before, slash, name = text.partition("/")
    if ":" in text and not slash:
        raise UsageError(
            message("{text} is an IPv6 address, or none", text=text),
            message("routes for IPv6 are not covered: CCM writes IPv4 routes only"),
        )
    if not slash and _LIKE_AN_ADDRESS.fullmatch(text):
        return EndpointArg(EndKind.ADDRESS, _ipv4(text))
    if not slash and alone:
        before, name = _PODS[0], text
    elif not slash or before in NODE_KINDS:
        return EndpointArg(EndKind.NODE, _checked(name if slash else text, _SUBDOMAIN, text))
    if before in _PODS:
        before = namespace
    if _LIKE_AN_ADDRESS.fullmatch(before) and "." in before:
        raise UsageError(
            message("{text} is a range of addresses", text=text),
            message("a trace leads to one address"),
        )
    _checked(before, _LABEL, text)
    return EndpointArg(EndKind.POD, f"{before}/{_checked(name, _SUBDOMAIN, text)}")


def _settled(text: str, asked: EndpointArg, snapshot: Snapshot) -> EndpointArg:
    """The end; a name alone that no pod of the namespace has can still be that of a node."""
    is_pod = "/" in text or asked.kind is not EndKind.POD or snapshot.pods.get(asked.name)
    if is_pod or all(node.name != text for node in snapshot.nodes):
        return asked
    return EndpointArg(EndKind.NODE, text)


def _ipv4(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise UsageError(message("{text} is no IPv4 address", text=text), FORMS) from None


def _checked(name: str, form: re.Pattern[str], text: str) -> str:
    """The name, which becomes part of a path; only what can be the name of an object may."""
    if not form.fullmatch(name):
        raise UsageError(message("{text} names no pod, node or address", text=repr(text)), FORMS)
    return name
