"""The flags that every subcommand shares, accepted before and after its name."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from kubectl_routes.cli.parser import Parser
from kubectl_routes.render.colour import Setting

if TYPE_CHECKING:
    from kubectl_routes.collect.options import CollectOptions

# Digits of a number that Python may refuse to read, and nobody means.
_LONG = 10
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)", re.ASCII)
# What a clock can wait for has an end, and what somebody waits for has one much sooner.
LONGEST_SECONDS = 24 * 3600.0
# What stands before the slash in node/NAME, as -o name writes it and kubectl takes it.
NODE_KINDS = ("node", "nodes", "no")
_TABLE_KIND = "routetable/"
_TABLE = re.compile(r"vtb-[a-z0-9-]+")


def add_shared(parser: Parser) -> None:
    """Declare the shared flags; each has the same meaning wherever it stands."""
    _add_cluster(parser)
    _add_vpc(parser)
    _add_manner(parser)
    _add_namespaces(parser)


def _add_cluster(parser: Parser) -> None:
    kube = parser.add_argument_group("which cluster, as whom")
    kube.add_argument("--kubeconfig", metavar="FILE", help="kubeconfig file to use")
    kube.add_argument("--context", metavar="NAME", help="kubeconfig context to use")
    kube.add_argument("--cluster", metavar="NAME", help="kubeconfig cluster to use")
    kube.add_argument("--user", metavar="NAME", help="kubeconfig user to use")
    kube.add_argument("--as", dest="as_user", metavar="USER", help="user to impersonate")
    kube.add_argument(
        "--as-group",
        dest="as_groups",
        metavar="GROUP",
        action="append",
        default=[],
        help="group to impersonate (can be repeated)",
    )


def _add_vpc(parser: Parser) -> None:
    vpc = parser.add_argument_group("which VPC, as whom")
    vpc.add_argument("--region", metavar="ID", help="region of the VPC, when not to be discovered")
    vpc.add_argument("--vpc-id", metavar="ID", help="the VPC, when not to be discovered")
    vpc.add_argument("--vpc-endpoint", metavar="HOST", help="endpoint of the VPC API")
    vpc.add_argument("--profile", metavar="NAME", help="profile of the Alibaba Cloud credentials")


def _add_manner(parser: Parser) -> None:
    both = parser.add_argument_group("how")
    both.add_argument(
        "--snapshot", metavar="FILE", help="read this file instead of the cluster and the VPC"
    )
    both.add_argument(
        "--request-timeout",
        metavar="TIME",
        type=duration,
        help="overall timeout of all requests: 30s, 1m30s; 0, the default: a minute since the "
        "last page of a long list, ten at most",
    )
    both.add_argument(
        "--color",
        choices=[setting.value for setting in Setting],
        default=Setting.AUTO.value,
        help="colour: auto is for a terminal without NO_COLOR",
    )
    both.add_argument(
        "-v",
        "--v",
        dest="verbosity",
        metavar="N",
        type=level,
        default=0,
        help="from 8 on an error comes with its traceback, for a report",
    )


def _add_namespaces(parser: Parser) -> None:
    """-n and -A, which kubectl takes everywhere and aliases of it add: nodes and route tables have
    no namespace, so that they change nothing. A command whose objects have one declares its own.
    """
    for names, how in (
        (("-n", "--namespace"), {"metavar": "NAME"}),
        (("-A", "--all-namespaces"), {"action": "store_true"}),
    ):
        if not any(names[0] in flag.option_strings for flag in parser.flags()):
            parser.add_argument(*names, help=argparse.SUPPRESS, **how)  # type: ignore[arg-type]


def collect_options(args: argparse.Namespace) -> CollectOptions:
    """What the shared flags say about reading."""
    from kubectl_routes.collect.options import CollectOptions  # noqa: PLC0415

    return CollectOptions(
        kubeconfig=args.kubeconfig,
        context=args.context,
        cluster=args.cluster,
        user=args.user,
        as_user=args.as_user,
        as_groups=tuple(args.as_groups),
        request_timeout=args.request_timeout,
        region=args.region,
        vpc_id=args.vpc_id,
        vpc_endpoint=args.vpc_endpoint,
        profile=args.profile,
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
    ids = [item.strip().removeprefix(_TABLE_KIND) for item in text.split(",")]
    for table_id in ids:
        if not table_id:
            raise argparse.ArgumentTypeError(f"empty item in the list {text!r}")
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
