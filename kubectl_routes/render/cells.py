"""One cell of the matrix as text, and the sentences that explain cells."""

from __future__ import annotations

from enum import Enum

from kubectl_routes.model.duration import duration
from kubectl_routes.model.matrix import Cell, NextAction, State, Trigger
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import plain

# The states of a route that does not work.
WRONG = frozenset({State.MISSING, State.CONFLICT, State.SHADOWED})


# All that the words of a cell depend on: what it is, and what happens to it.
Look = tuple[State, NextAction, Trigger | None, str]


class Detail(Enum):
    """How much a cell says: ``missing → create 5m``, ``missing 5m``, ``missing``."""

    FULL = "full"
    SHORT = "short"
    BARE = "bare"


def look(cell: Cell) -> Look:
    """Cells of one look have the same words."""
    return (cell.state, cell.next, cell.when, cell.because)


def state_text(state: State, page: Page) -> str:
    """A state with its sign."""
    return f"{page.symbol(state)} {page.state(state)}"


def cell_text(cell: Cell, detail: Detail, page: Page, period: int | None) -> str:
    """The state with its sign, and as much of what CCM will do as ``detail`` allows.

    ``period`` is the length of CCM's reconcile period in seconds, None when it is not known.
    """
    state = state_text(cell.state, page)
    if detail is Detail.BARE or cell.next is NextAction.NONE:
        return state
    because = plain(cell.because)
    if cell.next is NextAction.STUCK:
        name = page.action(cell.next)
        stuck = (name, because) if detail is Detail.FULL else (because or name,)
        return " ".join((state, *filter(None, stuck)))
    when = _when(cell.when, period, page)
    if detail is Detail.FULL:
        return " ".join(filter(None, (state, page.arrow, page.action(cell.next), when)))
    return " ".join((state, when or page.action(cell.next)))


def outlook(cell: Cell, period: int | None, page: Page) -> str:
    """What CCM will do with a cell, in words; empty where there is nothing to say."""
    because = plain(cell.because)
    if cell.next is NextAction.NONE:
        if cell.state not in WRONG:
            return ""
        if because:
            return page.say("what CCM will do is unknown ({because})", because=because)
        return page.say("CCM takes no action")
    if cell.next is NextAction.STUCK:
        if because:
            return page.say("stuck, CCM will not fix it ({because})", because=because)
        return page.say("stuck, CCM will not fix it")
    when = _by(cell.when, period, page)
    if cell.next is NextAction.CREATE:
        return page.say("CCM will create the entry{when}", when=when)
    return page.say("CCM will replace the conflicting entry{when}", when=when)


def _when(when: Trigger | None, period: int | None, page: Page) -> str:
    if when is Trigger.PERIODIC:
        return page.say("next sync") if period is None else duration(period)
    return "" if when is None else page.say("soon")


def _by(when: Trigger | None, period: int | None, page: Page) -> str:
    if when is None:
        return ""
    if when is Trigger.EVENT:
        return page.say(" within seconds")
    if period is None:
        return page.say(" at its next route sync")
    return page.say(" at its next route sync, within {period}", period=duration(period))
