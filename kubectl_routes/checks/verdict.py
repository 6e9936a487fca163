"""Whether the cluster is healthy: the one owner that ``status``, ``--check`` and diagnose ask."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from kubectl_routes.analyze.matrix import Examination
from kubectl_routes.analyze.needs import counted_tables, is_healthy
from kubectl_routes.catalog.loader import texts
from kubectl_routes.catalog.pages import filled
from kubectl_routes.ccm.route_need import Need
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.finding import Finding, Severity
from kubectl_routes.model.matrix import Cell, HealthVerdict, Matrix, Mode, NodeRow, State
from kubectl_routes.model.message import Language
from kubectl_routes.model.snapshot import PART_NODES

# Commands that look, and change nothing.
_READS = re.compile(
    r"kubectl (-n \S+ )?(get|describe|logs|auth|explain|routes (status|diagnose|tables|trace))\b"
    r"|aliyun \S+ (Describe|Get|List)"
)
# As long as one of these is an error, enable refuses: it has to be fixed before what enable fixes.
BEFORE_ENABLE = ("RT111", "RT112", "RT120")
# Cells in which a packet to the node finds no route that works.
_LACKING = frozenset({State.MISSING, State.CONFLICT, State.SHADOWED, State.PENDING})


def verdict(
    examined: Examination,
    findings: Sequence[Finding],
    names: frozenset[str],
    language: Language = Language.ENGLISH,
) -> HealthVerdict:
    """The verdict on the nodes of these names, or on all where none is named.

    Healthy: no finding is an error, every route that is needed is there, and CCM is known to manage
    routes; of a CCM in a managed control plane the routes are all that can be asked for.
    """
    matrix = examined.matrix
    rows = tuple(row for row in matrix.nodes if not names or row.name in names)
    counted = counted_tables(matrix.tables)
    wrong = [row for row in rows if not is_healthy(row, counted)]
    errors = [one for one in findings if one.severity is Severity.ERROR]
    unknown = _unknown(matrix, rows)
    if not (wrong or errors or unknown):
        served = sum(not row.exempt for row in rows)
        well = "healthy" if served else "needless"
        text = _words(well, language, nodes=served, tables=len(counted))
        return HealthVerdict(healthy=True, text=text)
    gravest = max(errors, key=lambda one: (one.code in BEFORE_ENABLE, len(one.nodes)), default=None)
    first = gravest or next(iter(findings), None)
    for_whom = impact(examined, [row for row in rows if not row.exempt], language)
    if first is None or (unknown and not errors):
        text = _words(unknown or "lacking", language, count=len(wrong))
        return HealthVerdict(healthy=False, text=text, impact=for_whom)
    others = _words("others", language, count=len(errors) - 1) if len(errors) > 1 else ""
    text = _words("finding", language, title=first.title, code=first.code, others=others)
    return HealthVerdict(False, text, for_whom, _fix(first), first.code)


def impact(
    examined: Examination,
    rows: Sequence[NodeRow],
    language: Language,
    only: Mapping[str, frozenset[str]] | None = None,
) -> str:
    """Which nodes cannot be reached, and from where; empty where every node can, or may.

    ``only`` names the tables by node whose routes are asked about; without it all are. A table that
    no node uses decides about no packet that is known of.
    """
    matrix = examined.matrix
    # Routes that are off may be off on purpose where the network plugin is not known.
    if not examined.ccm.settings.routes_on and examined.ccm.need.need is Need.UNKNOWN:
        return ""
    used = {one.id: one for one in matrix.tables if one.nodes_behind != 0}
    nowhere, lacking = _lost(rows, frozenset(used), only)
    parts = [
        _words(
            "from-known" if used[table].nodes_behind else "from-some",
            language,
            count=count,
            senders=used[table].nodes_behind,
            table=used[table].name or table,
        )
        for table, count in sorted(lacking.items())
    ]
    if nowhere:
        parts.append(_words("from-all", language, count=nowhere))
    return ("；" if language is Language.CHINESE else "; ").join(parts)


def _lost(
    rows: Sequence[NodeRow], used: frozenset[str], only: Mapping[str, frozenset[str]] | None
) -> tuple[int, Counter[str]]:
    """How many nodes no other one reaches; of the rest, how many cannot be reached by a table."""
    nowhere = 0
    lacking: Counter[str] = Counter()
    for row in rows:
        # Of a table that CCM does not manage, too: the nodes that use it find no route there.
        needed = {table: cell for table, cell in row.routes.items() if table in used}
        asked = needed if only is None else only.get(row.name, frozenset())
        lost = [table for table, cell in needed.items() if table in asked and _is_lost(cell)]
        if lost and len(lost) == len(needed):
            nowhere += 1
        else:
            lacking.update(lost)
    return nowhere, lacking


def _is_lost(cell: Cell) -> bool:
    """Whether a packet to the node finds no route that works, as far as is known."""
    return cell.state in _LACKING or (cell.state is State.SKIPPED and not cell.next_hop)


def _unknown(matrix: Matrix, rows: Sequence[NodeRow]) -> str:
    """What makes an answer impossible, as the name of a sentence; empty where nothing does."""
    if any(gap.part == PART_NODES for gap in matrix.gaps):
        return "nodes"
    if any(cell.state is State.UNKNOWN for row in rows for cell in row.routes.values()):
        return "routes"
    managed = matrix.controller.kind == ControllerKind.MANAGED.value
    return "managed" if matrix.mode is Mode.UNKNOWN and not managed else ""


def _fix(finding: Finding) -> str:
    """The command that fixes it, where it is a single one; empty otherwise: diagnose has them."""
    changing = [one for one in finding.commands if not _READS.match(one)]
    return changing[0] if len(changing) == 1 else ""


def _words(name: str, language: Language, **values: object) -> str:
    """A sentence of the verdict in words."""
    return filled(texts(language).verdict[name], {key: str(one) for key, one in values.items()})
