"""Several clusters, one line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kubectl_routes.catalog.translation import said
from kubectl_routes.model.clusters import ClusterAnswer, Health
from kubectl_routes.model.matrix import State
from kubectl_routes.model.message import message
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.grid import grid, needed
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import clipped, plain

_SIGNS = {
    Health.UNREADABLE: State.UNKNOWN,
    Health.INCOMPLETE: State.UNKNOWN,
    Health.UNHEALTHY: State.MISSING,
    Health.HEALTHY: State.OK,
}
_PAINTS = {Health.UNHEALTHY: Paint.BAD, Health.HEALTHY: Paint.GOOD}
# What is left of the last column on the narrowest screen.
_LEAST = 20


def clusters_page(
    answers: Sequence[ClusterAnswer],
    counts: Counter[Health],
    headers: Sequence[str],
    details: str,
    page: Page,
) -> str:
    """How many clusters are how, a line for each of the answers, and the command ``details``, which
    may be empty. Without headers there is one line a cluster and nothing else.
    """
    titles = ["", page.say("CONTEXT"), *(said(one, page.language) for one in headers)]
    lines = _lines(answers, [*titles, page.say("RESULT")], page)
    if not page.headers:
        return "".join(f"{line}\n" for line in lines)
    worst = next(health for health in Health if counts[health])
    first = f"{page.symbol(_SIGNS[worst])} {_summary(counts, page)}"
    blocks = [painted(first, _PAINTS.get(worst, Paint.WARN), page.colour)]
    blocks.append("\n".join(lines) if answers else page.say("no cluster has a problem"))
    if details:
        blocks.append(f"{page.say('Details:')}  {details}")
    return "\n\n".join(blocks) + "\n"


def _summary(counts: Counter[Health], page: Page) -> str:
    """How many clusters are how."""
    words = {
        Health.UNREADABLE: message("{count} could not be read", count=counts[Health.UNREADABLE]),
        Health.INCOMPLETE: message("{count} read in part", count=counts[Health.INCOMPLETE]),
        Health.UNHEALTHY: message("{count} with problems", count=counts[Health.UNHEALTHY]),
        Health.HEALTHY: message("{count} healthy", count=counts[Health.HEALTHY]),
    }
    told = page.join(", ", (text for health, text in words.items() if counts[health]))
    return page.say("clusters: {counts}", counts=told)


def _lines(answers: Sequence[ClusterAnswer], headers: Sequence[str], page: Page) -> list[str]:
    """The rows; the last column is cut where the screen ends, unless the page is wide."""
    empty = ("",) * (len(headers) - 3)
    rows = []
    for one in answers:
        columns = [said(text, page.language) for text in one.columns or empty]
        rows.append([page.symbol(_SIGNS[one.health]), plain(one.context), *columns])
    taken = needed(headers[:-1], list(zip(*rows, strict=True))) if rows else 0
    room = max(page.width - taken - 2, _LEAST)
    for row, one in zip(rows, answers, strict=True):
        text = _result(one, page)
        row[0] = painted(row[0], _PAINTS.get(one.health, Paint.WARN), page.colour)
        row.append(text if page.wide else clipped(text, room, page.ellipsis))
    return grid(headers, rows, page)


def _result(one: ClusterAnswer, page: Page) -> str:
    """The text of a line; a wide page has room for what to do about it."""
    text, hint = (plain(said(each, page.language)) for each in (one.text, one.hint))
    return page.say("{text} ({hint})", text=text, hint=hint) if page.wide and hint else text
