"""``trace``: does a packet get from here to there and back, as far as route tables decide?"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from kubectl_routes.cli.options import NODE_KINDS, collect_options
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.reading import INCOMPLETE, read
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import UsageError

if TYPE_CHECKING:
    from kubectl_routes.model.path import Asked, Trace
    from kubectl_routes.model.snapshot import Snapshot

OUTPUTS = ("text", "json", "yaml")
NOT_REACHABLE = 1

_PODS = ("pod", "pods", "po")
# A namespace is a DNS label, the name of a pod or a node a DNS subdomain.
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_LIKE_AN_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+)*")
_FORMS = "an endpoint is NAMESPACE/POD, POD with -n NAMESPACE, pod/NAME, a node or an IPv4 address"


def declare(parser: Parser) -> None:
    """Add the flags of ``trace``."""
    parser.usage = "%(prog)s FROM TO [flags]"
    parser.epilog = f"{_FORMS}.\nexit codes: 0 reachable by routes both ways, 1 not, 3 not known"
    parser.add_argument("source", metavar="FROM", help="the end that sends")
    parser.add_argument("destination", metavar="TO", help="the end that answers")
    parser.add_argument(
        "-n",
        "--namespace",
        metavar="NAME",
        help="namespace of a pod, which may then be NAME alone; without it pod/NAME is in the"
        " context's",
    )
    parser.add_argument("-o", "--output", choices=OUTPUTS, default="text", help="output format")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show the way there and back, and return the exit code."""
    from kubectl_routes.analyze.reach import trace  # noqa: PLC0415

    namespace = _namespace(args, terminal)
    texts = (args.source, args.destination)
    source, destination = (parse(text, namespace, alone=bool(args.namespace)) for text in texts)
    snapshot = read(args, terminal, pods=_pods(source, destination))
    found = trace(
        snapshot,
        _settled(args.source, source, snapshot),
        _settled(args.destination, destination, snapshot),
    )
    terminal.write(_text(found, args, terminal))
    return _code(found, terminal)


def _namespace(args: argparse.Namespace, terminal: Terminal) -> str:
    """The namespace of pod/NAME, asked of the kubeconfig only when an end is written so."""
    from kubectl_routes.collect.kubeconfig import namespace_of  # noqa: PLC0415

    if args.namespace is not None:
        return str(args.namespace)
    short = any(text.partition("/")[0] in _PODS for text in (args.source, args.destination))
    if not short or args.snapshot is not None:
        return "default"
    return namespace_of(collect_options(args), terminal.env)


def parse(text: str, namespace: str, *, alone: bool = False) -> Asked:
    """What one end on the command line names; ``alone``: a name alone is that of a pod. Raises
    UsageError for what can be nothing.
    """
    from kubectl_routes.model.path import Asked, EndKind  # noqa: PLC0415

    before, slash, name = text.partition("/")
    if ":" in text and not slash:
        raise UsageError(
            f"{text} is an IPv6 address, or none",
            "routes for IPv6 are not covered: CCM writes IPv4 routes only",
        )
    if not slash and _LIKE_AN_ADDRESS.fullmatch(text):
        return Asked(EndKind.ADDRESS, _ipv4(text))
    if not slash and alone:
        before, name = _PODS[0], text
    elif not slash or before in NODE_KINDS:
        return Asked(EndKind.NODE, _checked(name if slash else text, _SUBDOMAIN, text))
    if before in _PODS:
        before = namespace
    if _LIKE_AN_ADDRESS.fullmatch(before) and "." in before:
        raise UsageError(f"{text} is a range of addresses", "a trace leads to one address")
    _checked(before, _LABEL, text)
    return Asked(EndKind.POD, f"{before}/{_checked(name, _SUBDOMAIN, text)}")


def _settled(text: str, asked: Asked, snapshot: Snapshot) -> Asked:
    """The end; a name alone that no pod of the namespace has can still be that of a node."""
    from kubectl_routes.model.path import Asked, EndKind  # noqa: PLC0415

    is_pod = "/" in text or asked.kind is not EndKind.POD or snapshot.pods.get(asked.name)
    if is_pod or all(node.name != text for node in snapshot.nodes):
        return asked
    return Asked(EndKind.NODE, text)


def _ipv4(text: str) -> str:
    from ipaddress import IPv4Address  # noqa: PLC0415

    try:
        return str(IPv4Address(text))
    except ValueError:
        raise UsageError(f"{text} is no IPv4 address", _FORMS) from None


def _checked(name: str, form: re.Pattern[str], text: str) -> str:
    """The name, which becomes part of a path; only what can be the name of an object may."""
    if not form.fullmatch(name):
        raise UsageError(f"{text!r} names no pod, node or address", _FORMS)
    return name


def _pods(*ends: Asked) -> tuple[str, ...]:
    """What the cluster has to be asked for, each once: pods by name, and who has an address."""
    from kubectl_routes.model.path import EndKind  # noqa: PLC0415

    return tuple(dict.fromkeys(end.name for end in ends if end.kind is not EndKind.NODE))


def _text(found: Trace, args: argparse.Namespace, terminal: Terminal) -> str:
    """The answer in the format asked for."""
    if args.output in ("json", "yaml"):
        from kubectl_routes.render import documents  # noqa: PLC0415

        write = documents.json if args.output == "json" else documents.yaml
        return write(found)
    from kubectl_routes.render.path import trace_page  # noqa: PLC0415

    return trace_page(found, terminal.page(args.color, wide=False, headers=True))


def _code(found: Trace, terminal: Terminal) -> int:
    """The exit code, the same for every format."""
    from kubectl_routes.model.path import Verdict  # noqa: PLC0415

    codes = {
        Verdict.REACHABLE: 0,
        Verdict.BLACK_HOLE: NOT_REACHABLE,
        Verdict.WRONG_NODE: NOT_REACHABLE,
        Verdict.UNKNOWN: INCOMPLETE,
    }
    if found.verdict is Verdict.UNKNOWN:
        terminal.tell(f"error: the answer is not known: {found.because}")
    return codes[found.verdict]
