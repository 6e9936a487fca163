"""The flags that commands share, and what their values are."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable

from kubectl_routes.cli.parser import Parser
from kubectl_routes.render.colour import Setting

# Digits of a number that Python may refuse to read, and no one means.
_LONG = 10
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)", re.ASCII)
# What a clock can wait for has an end, and what a user waits for has one much sooner.
LONGEST_SECONDS = 24 * 3600.0
# What stands before the slash in node/NAME, as -o name writes it and kubectl takes it.
NODE_KINDS = ("node", "nodes", "no")
_TABLE_KIND = "routetable/"
_TABLE = re.compile(r"vtb-[a-z0-9-]+")

# For programs: the answer as it is, by the functions of render.documents.
DOCUMENTS = {name: f"render.documents.{name}" for name in ("json", "yaml")}
DRY_RUNS = ("none", "client", "server")
# How the plan of a command that changes the cluster is shown.
CHANGE_OUTPUTS = ("text", "diff", "yaml", "json")
DEFAULT_TIMEOUT = "10m"
LANGUAGES = ("en", "zh")


def switch(to: argparse._ActionsContainer, name: str, does: str) -> None:
    """Declare a flag without a value."""
    to.add_argument(*name.split(), action="store_true", help=does)


def value(
    to: argparse._ActionsContainer,
    name: str,
    metavar: str,
    does: str,
    read: Callable[[str], object] = str,
    *,
    dest: str | None = None,
    default: object = None,
) -> None:
    """Declare a flag with a value, which ``read`` makes of its text; the last of several counts."""
    names = name.split()
    dest = dest or names[-1].strip("-").replace("-", "_")
    to.add_argument(*names, metavar=metavar, type=read, dest=dest, default=default, help=does)


def values(
    to: argparse._ActionsContainer,
    name: str,
    metavar: str,
    does: str,
    read: Callable[[str], list[str]] | None = None,
    *,
    dest: str | None = None,
) -> None:
    """Declare a flag that can be repeated, or that ``read`` makes several items of: all of them
    are in one list.
    """
    dest = dest or name.strip("-").replace("-", "_")
    how = "append" if read is None else "extend"
    to.add_argument(
        name, metavar=metavar, type=read or str, dest=dest, action=how, default=[], help=does
    )


def add_shared(parser: Parser, *, shown: bool = True) -> None:
    """Declare the flags that all commands share, accepted before and after the command's name;
    unless they are ``shown``, the help leaves them out.
    """
    declared = len(parser.flags())
    kube = parser.add_argument_group("cluster flags")
    value(kube, "--kubeconfig", "FILE", "kubeconfig file to use")
    value(kube, "--context", "NAME", "kubeconfig context to use")
    value(kube, "--cluster", "NAME", "kubeconfig cluster to use")
    value(kube, "--user", "NAME", "kubeconfig user to use")
    value(kube, "--as", "USER", "user to impersonate", dest="as_user")
    values(kube, "--as-group", "GROUP", "group to impersonate (can be repeated)", dest="as_groups")
    vpc = parser.add_argument_group("VPC flags")
    value(vpc, "--region", "ID", "region of the VPC (default: detected from the nodes)")
    detected = "(default: detected from the cluster and the VPC API)"
    value(vpc, "--vpc-id", "ID", f"VPC ID {detected}")
    value(vpc, "--vpc-endpoint", "HOST", "endpoint of the VPC API")
    profile = (
        "profile of the Alibaba Cloud credentials (CONTEXT=NAME: of one of several contexts; can be"
        " repeated)"
    )
    values(vpc, "--profile", "NAME", profile, dest="profiles")
    _add_general(parser.add_argument_group("general flags"))
    _add_namespaces(parser)
    if not shown:
        for flag in parser.flags()[declared:]:
            flag.help = argparse.SUPPRESS


def _add_general(general: argparse._ActionsContainer) -> None:
    value(general, "--snapshot", "FILE", "read this file instead of the cluster and the VPC")
    timeout = (
        "time limit for all requests, such as 1m30s (default 0: 1m after the last page received, at"
        " most 10m)"
    )
    value(general, "--request-timeout", "TIME", timeout, duration)
    general.add_argument(
        "--color",
        choices=[setting.value for setting in Setting],
        default=Setting.AUTO.value,
        help="color output; auto: only on a terminal and if NO_COLOR is unset",
    )
    general.add_argument(
        "--lang", choices=LANGUAGES, help="language of the output (default: from the locale)"
    )
    verbosity = "verbosity; 8 and higher print the traceback of an error"
    value(general, "-v --v", "N", verbosity, level, dest="verbosity", default=0)


def add_contexts(parser: Parser) -> None:
    """Declare the flags that name several clusters."""
    contexts = "show the clusters of these kubeconfig contexts, one line each, worst first"
    values(parser, "--contexts", "NAME,NAME", contexts, items)
    switch(parser, "--all-contexts", "show the clusters of all kubeconfig contexts")


def items(text: str, prefix: str = "") -> list[str]:
    """The items of a list, without spaces around them and what they may begin with."""
    found = [item.strip().removeprefix(prefix) for item in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"empty item in the list {text!r}")
    return found


def add_watch(parser: Parser) -> None:
    """Declare ``--watch``, for the commands that show what is."""
    reads = "waits 3s to 5m between reads, depending on how long a read takes"
    switch(parser, "-w --watch", f"refresh on change; {reads}")


def _add_namespaces(parser: Parser) -> None:
    """-n and -A, which kubectl takes everywhere and aliases of it add: nodes and route tables have
    no namespace, so that they change nothing. A command whose objects have one declares its own.
    """
    if "-n" not in parser.by_name:
        value(parser, "-n --namespace", "NAME", argparse.SUPPRESS)
    switch(parser, "-A --all-namespaces", argparse.SUPPRESS)


def add_yes(parser: Parser) -> None:
    """Declare ``--yes``, for the commands that ask before they write."""
    switch(parser, "-y --yes", "apply without confirmation")


def add_timeout(parser: Parser) -> None:
    """Declare the time limit of the commands that wait for what they wrote."""
    limit = f"time limit for the wait (default {DEFAULT_TIMEOUT})"
    value(parser, "--timeout", "TIME", limit, duration, default=duration(DEFAULT_TIMEOUT))


def add_change(parser: Parser) -> None:
    """Declare the flags of every command that changes the cluster."""
    parser.add_argument(
        "--dry-run",
        choices=DRY_RUNS,
        nargs="?",
        const="client",
        default="none",
        help="show the plan only; server: let the API server check every write too; without a"
        " value: client",
    )
    add_output(parser, CHANGE_OUTPUTS, "format of the plan (json: with the result)")
    add_yes(parser)
    parser.add_argument(
        "--wait",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="wait until CCM is ready and the routes are verified",
    )
    add_timeout(parser)
    parser.add_argument(
        "--rollback-on-failure",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="roll back all changes if CCM does not become ready",
    )
    cluster_id = "ID of a managed ACK cluster (default: read from the cluster)"
    value(parser, "--cluster-id", "ID", cluster_id, default="")
    values(parser, "--skip-preflight", "CODE", "continue even if this preflight check fails")


def add_output(parser: Parser, formats: Iterable[str], of_what: str = "output format") -> None:
    """Declare ``-o``; the first of the formats is the default."""
    formats = tuple(formats)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FORMAT",
        choices=formats,
        default=formats[0],
        help=f"{of_what}: {', '.join(formats)}",
    )


def duration(text: str) -> float:
    """Seconds from a duration as kubectl takes it: ``0``, ``30``, ``30s``, ``1m30s``, ``1.5h``."""
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        parts = _DURATION.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise argparse.ArgumentTypeError(f"{text!r} is not a duration like 30s, 1m30s or 0")
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if seconds > LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is longer than 24h")
    return seconds


def level(text: str) -> int:
    """A verbosity: a whole number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) < _LONG):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 9")
    return int(text)


def table_ids(text: str) -> list[str]:
    """The ids of a ``--tables`` list, spaces around them dropped; routetable/ID, as -o name writes
    it, is one too.

    A list with an empty item or with something that is no id is refused whole: read silently it
    would show another set of tables than the one that was meant.
    """
    ids = items(text, _TABLE_KIND)
    for table_id in ids:
        if not _TABLE.fullmatch(table_id):
            raise argparse.ArgumentTypeError(
                f"{table_id!r} is not the id of a route table (vtb- and letters, digits, hyphens)"
            )
    return ids


def node_name(text: str) -> str:
    """The name of a node from NAME or node/NAME, as ``-o name`` writes it."""
    kind, slash, name = text.partition("/")
    if slash and (kind not in NODE_KINDS or not name):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a node: NAME or node/NAME")
    return name if slash else text
