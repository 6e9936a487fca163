"""Where the Snapshot of a command comes from: the cluster and the VPC, or a file."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from msgspec import structs

from kubectl_routes.catalog.pages import part_message
from kubectl_routes.cli.progress import Progress
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect import snapshot
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.snapshot import PART_EVENTS, PART_LOGS, PART_PODS, Gap, Snapshot

# The exit code of an answer that depends on something that could not be read.
INCOMPLETE = 3
_EVIDENCE = (PART_PODS, PART_EVENTS, PART_LOGS)


def read(
    args: argparse.Namespace,
    terminal: Terminal,
    *,
    logs: bool = False,
    everywhere: bool = False,
    pods: tuple[str, ...] = (),
) -> Snapshot:
    """The Snapshot that the shared flags ask for; ``logs`` has the last lines of CCM's log read as
    well, ``everywhere`` a second CCM looked for in all namespaces.

    ``pods`` are read too, unless it comes from a file. Raises RoutesError.
    """
    if args.snapshot is not None:
        whole = snapshot.read(args.snapshot)
        # What was not requested must not make the answer of a file differ from that of the cluster.
        silent = structs.replace(whole.controller, logs=None)
        return whole if logs else structs.replace(whole, controller=silent)
    with Progress(terminal, message("reading the cluster and its VPC")) as sign:
        options = structs.replace(
            collect_options(args), logs=logs, everywhere=everywhere, pods=pods
        )
        return snapshot.take(options, terminal.env, SystemClock(), sign.tell)


def tell_taken(args: argparse.Namespace, terminal: Terminal, time: str) -> None:
    """Say when the snapshot file was taken, beside a result that has no room for it."""
    if args.snapshot is not None and time:
        terminal.tell(message("note: the snapshot was taken at {time}", time=time))


def needed_gaps(gaps: Iterable[Gap]) -> list[Gap]:
    """The gaps that leave an answer about routes incomplete; what CCM's pods, Events
    and logs say is only evidence for it.
    """
    return [gap for gap in gaps if gap.part not in _EVIDENCE]


def incomplete(parts: Iterable[str]) -> str:
    """The sentence that names the parts that could not be read."""
    names = joined(", ", map(part_message, parts)) or message("some routes")
    return message("incomplete result: could not read {parts}", parts=names)


def tell_incomplete(
    gaps: Iterable[Gap], shown: bool, terminal: Terminal, *, unknown: bool = False
) -> int:
    """Where an answer is incomplete, say so on stderr, and why unless the result has it ``shown``;
    the exit code that follows. ``unknown``: it is so whatever the gaps.
    """
    gaps = needed_gaps(gaps)
    if not gaps and not unknown:
        return 0
    terminal.tell(message("error: {reason}", reason=incomplete(gap.part for gap in gaps)))
    if not shown:
        for gap in gaps:
            hint = message("({hint})", hint=gap.hint) if gap.hint else ""
            reason = joined(" ", (gap.reason, hint))
            terminal.tell(message("{part}: {reason}", part=part_message(gap.part), reason=reason))
    return INCOMPLETE


def collect_options(args: argparse.Namespace) -> CollectOptions:
    """What the shared flags say about reading."""
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
        profile=args.profiles[-1] if args.profiles else None,
    )
