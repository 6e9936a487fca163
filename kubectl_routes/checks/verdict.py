"""Whether the cluster is healthy: the one owner that ``status``, ``--check`` and diagnose ask."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from kubectl_routes.analyze.matrix import Examination
from kubectl_routes.analyze.needs import counted_tables, is_healthy, needs_route
from kubectl_routes.ccm.route_need import Need
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.finding import Finding, Severity
from kubectl_routes.model.matrix import Cell, HealthVerdict, Matrix, Mode, NodeRow, State
from kubectl_routes.model.snapshot import PART_NODES

# Commands that look, and change nothing.
_READS = re.compile(
    r"kubectl (-n \S+ )?(get|describe|logs|auth|explain|routes (status|diagnose|tables|trace))\b"
    r"|aliyun \S+ (Describe|Get|List)"
)
# As long as one of these is an error, enable refuses: it has to be fixed before what enable fixes.
BEFORE_ENABLE = ("RT111", "RT112")
# Cells in which a packet to the node finds no route that works.
_LACKING = frozenset({State.MISSING, State.CONFLICT, State.SHADOWED, State.PENDING})


def verdict(
    examined: Examination, findings: Sequence[Finding], names: frozenset[str]
) -> HealthVerdict:
    """The verdict on the nodes of these names, or on all where none is named.

    Healthy: no finding is an error, every route that is needed is there, and CCM is known to manage
    routes; of a CCM in a managed control plane the routes are all that can be asked for.
    """
    matrix = examined.matrix
    rows = tuple(row for row in matrix.nodes if not names or row.name in names)
    counted = counted_tables(matrix.tables)
    wrong = [row for row in rows if not is_healthy(row, counted)]
    # Routes that are off may be off on purpose where the network plugin is not known.
    sure = examined.ccm.settings.routes_on or examined.ccm.need.need is not Need.UNKNOWN
    errors = [one for one in findings if one.severity is Severity.ERROR]
    unknown = _unknown(matrix, rows)
    if not (wrong or errors or unknown):
        return HealthVerdict(healthy=True, text=_all_well(rows, counted))
    first = max(errors, key=_weight, default=next(iter(findings), None))
    if first is None or (unknown and not errors):
        text = unknown or f"{_count(len(wrong), 'node')} without a route that is needed"
        return HealthVerdict(healthy=False, text=text, impact=impact(matrix, wrong) if sure else "")
    others = f"; {_count(len(errors) - 1, 'more error')}" if len(errors) > 1 else ""
    return HealthVerdict(
        healthy=False,
        text=f"{first.title} ({first.code}){others}",
        impact=impact(matrix, wrong) if sure else "",
        fix=_fix(first),
    )


def _weight(finding: Finding) -> tuple[bool, int]:
    return finding.code in BEFORE_ENABLE, len(finding.nodes)


def impact(matrix: Matrix, wrong: Sequence[NodeRow]) -> str:
    """Which nodes cannot be reached, and from where; empty where every node can.

    A table that no node uses decides about no packet that is known of.
    """
    names = {one.id: one.name or one.id for one in matrix.tables if one.nodes_behind != 0}
    counted = counted_tables(matrix.tables)
    nowhere = 0
    lacking: Counter[str] = Counter()
    for row in wrong:
        needed = {
            table: cell
            for table, cell in row.routes.items()
            if table in names and needs_route(row, table, counted)
        }
        lost = [table for table, cell in needed.items() if _is_lost(cell)]
        if lost and len(lost) == len(needed):
            nowhere += 1
        else:
            lacking.update(lost)
    parts = [
        f"pods on {_count(count, 'node')} cannot be reached from nodes that use {names[table]}"
        for table, count in sorted(lacking.items())
    ]
    if nowhere:
        parts.append(f"pods on {_count(nowhere, 'node')} cannot be reached from any other node")
    return "; ".join(parts)


def _is_lost(cell: Cell) -> bool:
    """Whether a packet to the node finds no route that works, as far as is known."""
    return cell.state in _LACKING or (cell.state is State.SKIPPED and not cell.next_hop)


def _unknown(matrix: Matrix, rows: Sequence[NodeRow]) -> str:
    """What makes an answer impossible; empty where nothing does."""
    if any(gap.part == PART_NODES for gap in matrix.gaps):
        return "the nodes could not be read"
    if any(cell.state is State.UNKNOWN for row in rows for cell in row.routes.values()):
        return "not all routes could be read"
    managed = matrix.controller.kind == ControllerKind.MANAGED.value
    if matrix.mode is Mode.UNKNOWN and not managed:
        return "it is not known which route tables CCM manages"
    return ""


def _all_well(rows: Sequence[NodeRow], counted: frozenset[str]) -> str:
    served = sum(not row.exempt for row in rows)
    if not served:
        return "no node needs a route"
    return (
        f"all routes are in place: {_count(served, 'node')}, {_count(len(counted), 'route table')}"
    )


def _fix(finding: Finding) -> str:
    """The command that fixes it, where it is a single one; empty otherwise: diagnose has them."""
    changing = [one for one in finding.commands if not _READS.match(one)]
    return changing[0] if len(changing) == 1 else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
