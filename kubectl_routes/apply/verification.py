"""Verifying the routes: everything is read again until all of them exist."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kubectl_routes.analyze.matrix import build
from kubectl_routes.collect.clock import Clock
from kubectl_routes.model.errors import RoutesError, UsageError
from kubectl_routes.model.matrix import Matrix, NextAction, State
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import Snapshot

# Seconds between two readings: soon at first, for a small cluster, then less often.
FIRST_INTERVAL = 0.2
INTERVAL = 3.0
# When CCM will create nothing that is missing, according to the analysis, and this many seconds
# have shown nothing else, there is nothing to wait for.
GIVE_UP_AFTER = 60.0


class Verification(Struct, frozen=True):
    """How many of the wanted routes are ``ok``, of how many, in which matrix; ``given_up``: CCM
    will create no more. ``matrix`` is None when nothing could be read.
    """

    found: int
    wanted: int
    matrix: Matrix | None
    given_up: bool = False

    @property
    def complete(self) -> bool:
        """Whether every served node has its route in every table."""
        return self.matrix is not None and self.found == self.wanted


def verify(
    take: Callable[[], Snapshot],
    tables: tuple[str, ...],
    clock: Clock,
    until: float,
    tell: Callable[[int, int, str], None],
) -> Verification:
    """Read until every served node has its route in each of the tables, or until ``until`` (seconds
    of ``clock.monotonic``).

    ``tell`` gets found, wanted and a remark after each reading. A reading that fails is
    reported, and the next one tried. Raises nothing: the Verification says how far it came.
    """
    verified = Verification(0, 0, None)
    stuck_since: float | None = None
    pause = FIRST_INTERVAL
    while True:
        try:
            matrix = build(take(), tables)
        except UsageError:
            raise
        except RoutesError as error:
            tell(verified.found, verified.wanted, error.message)
        else:
            verified, stuck = counted(matrix, tables)
            tell(
                verified.found,
                verified.wanted,
                message("{count} stuck", count=stuck) if stuck else "",
            )
            if verified.complete:
                return verified
            now = clock.monotonic()
            all_stuck = stuck > 0 and stuck == verified.wanted - verified.found
            stuck_since = (stuck_since or now) if all_stuck else None
            if stuck_since is not None and now - stuck_since >= GIVE_UP_AFTER:
                return Verification(verified.found, verified.wanted, matrix, given_up=True)
        if clock.monotonic() + pause >= until:
            return verified
        clock.sleep(pause)
        pause = min(INTERVAL, 1.5 * pause)


def counted(matrix: Matrix, tables: tuple[str, ...]) -> tuple[Verification, int]:
    """The routes that are there, and how many of the others are stuck.

    A table that could not be read has unknown cells, which are never taken for found. Without any
    node, or with nodes unread, nothing is verified.
    """
    rows = [row for row in matrix.nodes if row.skipped is None]
    cells = [row.routes.get(table) for row in rows for table in tables]
    found = sum(cell is not None and cell.state is State.OK for cell in cells)
    stuck = sum(
        cell is not None and cell.state is not State.OK and cell.next is NextAction.STUCK
        for cell in cells
    )
    unread = any(gap.part == "nodes" for gap in matrix.gaps)
    return Verification(found, len(cells) + unread, matrix), stuck
