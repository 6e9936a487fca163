"""The sentences that stand in place of rows, where there is none."""

from __future__ import annotations

import argparse

from kubectl_routes.cli.reading import needed_gaps
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_NODES, Snapshot


def sentence(args: argparse.Namespace, matrix: Matrix, names: frozenset[str] | None) -> str:
    """The sentence in place of the rows, when there is none; ``names`` are the nodes chosen."""
    if names is None or not matrix.nodes:
        return rowless(matrix)
    if not names:
        return message("{sentence}.", sentence=nothing_chosen(args))
    if needed_gaps(matrix.gaps):
        return message("What could be read shows no problem; the rest is not known.")
    some = args.nodes or args.selector is not None
    whole = (
        message("None of the chosen nodes has a problem.")
        if some
        else message("No node has a problem.")
    )
    verdict = matrix.verdict
    ill = verdict is not None and not verdict.healthy
    return message("No route of a node is missing.") if ill else whole


def rowless(read: Matrix | Snapshot) -> str:
    """The sentence in place of the rows of a cluster that shows none."""
    unread = any(gap.part == PART_NODES for gap in read.gaps)
    return (
        message("The nodes could not be read.") if unread else message("The cluster has no nodes.")
    )


def nothing_chosen(args: argparse.Namespace) -> str:
    """That the selector fits no node."""
    if args.nodes:
        return message(
            "None of the named nodes matches the selector {selector}", selector=args.selector
        )
    return message("No node matches the selector {selector}", selector=args.selector)
