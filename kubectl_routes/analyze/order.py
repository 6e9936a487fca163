"""Which rows come first, and which rows are problems."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from enum import Enum

from msgspec import Struct

from kubectl_routes.analyze.needs import counted_tables, is_healthy, needed_cells
from kubectl_routes.model.matrix import Matrix, NextAction, NodeRow, State


class SortBy(Enum):
    """The values of ``--sort-by``. STATE is the order without the flag: problems first."""

    STATE = "state"
    NAME = "name"
    INSTANCE = "instance"
    POD_CIDR = "podcidr"
    TABLE = "table"


# Worst first. A route that is wrong is worse than one that is not known, and both are worse than
# one that is on its way.
SEVERITY = (
    State.CONFLICT,
    State.SHADOWED,
    State.MISSING,
    State.UNKNOWN,
    State.PENDING,
    State.OK,
    State.SKIPPED,
)
_RANK = {state: rank for rank, state in enumerate(SEVERITY)}
# Cells in which the packet of another node finds no route to this one.
_LACKING = frozenset({State.MISSING, State.CONFLICT, State.SHADOWED})


def is_problem(row: NodeRow, counted: frozenset[str]) -> bool:
    """Whether a row is worth a look: not healthy, or about to be changed by CCM."""
    return not is_healthy(row, counted) or any(
        cell.next is not NextAction.NONE for cell in needed_cells(row, counted)
    )


def ordered(matrix: Matrix, by: SortBy) -> tuple[NodeRow, ...]:
    """The rows in that order; equals stand in the natural order of their names."""
    counted = counted_tables(matrix.tables)
    keys: dict[SortBy, Callable[[NodeRow], tuple[object, ...]]] = {
        SortBy.STATE: lambda row: _rank(row, counted),
        SortBy.NAME: lambda _row: (),
        SortBy.INSTANCE: lambda row: (row.instance_id,),
        SortBy.POD_CIDR: lambda row: _address(row.pod_cidr),
        SortBy.TABLE: lambda row: (row.table,),
    }
    key = keys[by]
    return tuple(sorted(matrix.nodes, key=lambda row: (key(row), natural(row.name))))


# A number of so many digits counts nothing; Python refuses to read one of 4,300.
_LONG = 20


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts ``node-9`` before ``node-10``."""
    return tuple(
        (0, int(part), part) if part.isdecimal() and len(part) < _LONG else (1, 0, part)
        for part in re.split(r"(\d+)", name)
    )


def _rank(row: NodeRow, counted: frozenset[str]) -> tuple[object, ...]:
    """Place of the row: first the nodes whose own table lacks their route, then by the worst cell
    that is needed; a node without such a cell comes last.
    """
    own = row.routes.get(row.table)
    if row.skipped is not None:
        return (1, _RANK[State.SKIPPED if row.exempt else State.MISSING], 1)
    worst = min((_RANK[cell.state] for cell in needed_cells(row, counted)), default=len(SEVERITY))
    return (0 if own is not None and own.state in _LACKING else 1, worst, 0)


def _address(pod_cidr: str) -> tuple[int, int, int]:
    """A key in the order of addresses; text that is no CIDR comes last."""
    try:
        network = ipaddress.ip_network(pod_cidr, strict=False)
    except ValueError:
        return (9, 0, 0)
    return (network.version, int(network.network_address), network.prefixlen)


# So many equal rows are shown before the rest is only counted, where there are more rows than fit
# on a small screen.
ALIKE_SHOWN = 5
FEW = 20


class Collapsed(Struct, frozen=True):
    """Rows that stand for all: those to show, and for each group with more equal rows a first
    row and how many are not shown. ``healthy`` counts those of them that have every route.
    """

    rows: tuple[NodeRow, ...]
    alike: tuple[tuple[NodeRow, int], ...]
    healthy: int


def collapsed(rows: Sequence[NodeRow], counted: frozenset[str]) -> Collapsed:
    """The first of every group of equal rows. Healthy rows that will stay so are one group; others
    are equal when they are in one vSwitch, and all their cells are alike. Few rows are all shown.
    """
    groups: dict[object, list[NodeRow]] = {}
    for row in rows:
        groups.setdefault(_look(row, counted) if len(rows) > FEW else id(row), []).append(row)
    shown = {id(row) for some in groups.values() for row in some[:ALIKE_SHOWN]}
    well = groups.get(None, [])
    return Collapsed(
        rows=tuple(row for row in rows if id(row) in shown),
        alike=tuple(
            (some[0], len(some) - ALIKE_SHOWN)
            for look, some in groups.items()
            if look is not None and len(some) > ALIKE_SHOWN
        ),
        healthy=max(len(well) - ALIKE_SHOWN, 0),
    )


def _look(row: NodeRow, counted: frozenset[str]) -> object:
    if not is_problem(row, counted) and row.skipped is None:
        return None
    cells = ((table, cell.state, cell.next, cell.because) for table, cell in row.routes.items())
    return (row.table, row.v_switch, row.skipped, *cells)
