"""Which rows come first, and which rows are problems."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from enum import Enum

from kubectl_routes.model.matrix import Cell
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.matrix import Next
from kubectl_routes.model.matrix import NodeRow
from kubectl_routes.model.matrix import State


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
_HEALTHY = frozenset({State.OK, State.SKIPPED})


def managed_tables(matrix: Matrix) -> frozenset[str]:
    """Ids of the tables that CCM writes to."""
    return frozenset(table.id for table in matrix.tables if table.managed)


def cells_that_matter(row: NodeRow, managed: frozenset[str]) -> list[Cell]:
    """The cells of the tables that a node needs its route in: the managed ones and its vSwitch's
    own. When CCM manages no table at all, every table counts.
    """
    if not managed:
        return list(row.routes.values())
    return [cell for table, cell in row.routes.items() if table in managed or table == row.table]


def is_healthy(row: NodeRow, managed: frozenset[str]) -> bool:
    """Whether every cell that matters is ``ok`` or ``skipped``."""
    return all(cell.state in _HEALTHY for cell in cells_that_matter(row, managed))


def is_problem(row: NodeRow, managed: frozenset[str]) -> bool:
    """Whether a row is worth a look: not healthy, or about to be changed by CCM."""
    return not is_healthy(row, managed) or any(
        cell.next is not Next.NONE for cell in cells_that_matter(row, managed)
    )


def ordered(matrix: Matrix, by: SortBy) -> tuple[NodeRow, ...]:
    """The rows in that order; equals stand in the natural order of their names."""
    managed = managed_tables(matrix)
    keys: dict[SortBy, Callable[[NodeRow], tuple[object, ...]]] = {
        SortBy.STATE: lambda row: (_rank(row, managed),),
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


def _rank(row: NodeRow, managed: frozenset[str]) -> int:
    """Place of the worst cell that matters; a node without such a cell comes last."""
    ranks = [_RANK[cell.state] for cell in cells_that_matter(row, managed)]
    return min(ranks, default=len(SEVERITY))


def _address(pod_cidr: str) -> tuple[int, int, int]:
    """A key in the order of addresses; text that is no CIDR comes last."""
    try:
        network = ipaddress.ip_network(pod_cidr, strict=False)
    except ValueError:
        return (9, 0, 0)
    return (network.version, int(network.network_address), network.prefixlen)
