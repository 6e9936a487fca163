"""One cell of the matrix as text, and the sentences that explain cells."""

from __future__ import annotations

from enum import Enum

from kubectl_routes.model.matrix import Cell, Next, State, When
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import duration, plain


class Detail(Enum):
    """How much a cell says: ``missing → create 5m``, ``missing 5m``, ``missing``."""

    FULL = "full"
    SHORT = "short"
    BARE = "bare"


def cell_text(cell: Cell, detail: Detail, page: Page, period: int | None) -> str:
    """The state with its sign, and as much of what happens by itself as ``detail`` allows.

    ``period`` is the length of CCM's reconcile period in seconds, None when it is not known.
    """
    state = f"{page.symbol(cell.state)} {cell.state.value}"
    if detail is Detail.BARE or cell.next is Next.NONE:
        return state
    because = plain(cell.because)
    if cell.next is Next.STUCK:
        stuck = ("stuck", because) if detail is Detail.FULL else (because or "stuck",)
        return " ".join((state, *filter(None, stuck)))
    when = _when(cell.when, period)
    if detail is Detail.FULL:
        return " ".join(filter(None, (state, page.arrow, cell.next.value, when)))
    return " ".join((state, when or cell.next.value))


def outlook(cell: Cell, period: int | None) -> str:
    """What happens to a cell by itself, in words; empty where there is nothing to say."""
    if cell.next is Next.NONE:
        if cell.state not in _WRONG:
            return ""
        because = plain(cell.because)
        return f"what CCM will do is unknown ({because})" if because else "CCM takes no action"
    if cell.next is Next.STUCK:
        because = f" ({plain(cell.because)})" if cell.because else ""
        return f"stuck, CCM will not fix it{because}"
    return f"{_WILL[cell.next]}{_by(cell.when, period)}"


_WRONG = frozenset({State.MISSING, State.CONFLICT, State.SHADOWED})
_WILL = {
    Next.CREATE: "CCM will create the entry",
    Next.REPLACE: "CCM will replace the conflicting entry",
}


def _when(when: When | None, period: int | None) -> str:
    if when is When.PERIODIC:
        return "next pass" if period is None else duration(period)
    return "" if when is None else "soon"


def _by(when: When | None, period: int | None) -> str:
    if when is When.PERIODIC:
        at = "at its next periodic pass"
        return f" {at}" if period is None else f" {at}, within {duration(period)}"
    return "" if when is None else " within seconds"
