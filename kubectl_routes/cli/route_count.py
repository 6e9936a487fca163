"""How many of the routes that a command waits for are in place."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_routes.model.matrix import Cell, Matrix, NextAction, State
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.snapshot import PART_NODES


class RouteCount(Struct, frozen=True):
    """How many routes there are to be, are in place, and could not be read; of the others how many
    CCM is about to write, and how many it never will.
    """

    wanted: int
    found: int
    unknown: int = 0
    coming: int = 0
    stuck: int = 0

    @property
    def complete(self) -> bool:
        """Whether all are in place."""
        return self.found == self.wanted

    @property
    def all_stuck(self) -> bool:
        """Whether there is nothing to wait for."""
        return 0 < self.stuck == self.wanted - self.found

    @property
    def in_place(self) -> str:
        """``9 of 14 routes in place``."""
        return message("{found} of {wanted} routes in place", found=self.found, wanted=self.wanted)

    @property
    def text(self) -> str:
        """The same, and how many are not known."""
        unknown = message("{count} unknown", count=self.unknown) if self.unknown else ""
        return joined(", ", (self.in_place, unknown))


NO_ROUTES = RouteCount(0, 0)
_UNREAD = Cell(State.UNKNOWN)


def count(cells: Sequence[Cell]) -> RouteCount:
    """The routes of these cells."""
    states = [cell.state for cell in cells]
    lacking = [cell.next for cell in cells if cell.state is not State.OK]
    return RouteCount(
        len(states),
        states.count(State.OK),
        states.count(State.UNKNOWN),
        lacking.count(NextAction.CREATE) + lacking.count(NextAction.REPLACE),
        lacking.count(NextAction.STUCK),
    )


def routes_in(matrix: Matrix, tables: tuple[str, ...]) -> RouteCount:
    """The routes of the served nodes in these tables. A table or a node that could not be read is
    unknown, and never taken for found.
    """
    rows = [row for row in matrix.nodes if row.skipped is None]
    cells = [row.routes.get(table, _UNREAD) for row in rows for table in tables]
    unread = any(gap.part == PART_NODES for gap in matrix.gaps)
    return count([*cells, _UNREAD] if unread else cells)
