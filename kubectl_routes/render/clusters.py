"""Several clusters, one line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kubectl_routes.model.clusters import ClusterAnswer, Health
from kubectl_routes.model.message import message
from kubectl_routes.render.colour import Mark
from kubectl_routes.render.page import GAP, Page, blocks, needed
from kubectl_routes.render.text import clipped, columns, plain

_MARKS = {
    Health.UNREADABLE: Mark.UNKNOWN,
    Health.INCOMPLETE: Mark.UNKNOWN,
    Health.UNHEALTHY: Mark.BAD,
    Health.HEALTHY: Mark.GOOD,
}
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
    titles = ["", page.say("CONTEXT"), *(page.said(one) for one in headers)]
    lines = _lines(answers, [*titles, page.say("RESULT")], page)
    if not page.headers:
        return "".join(f"{line}\n" for line in lines)
    worst = next(health for health in Health if counts[health])
    mark = _MARKS[worst]
    first = page.paint(f"{page.sign(mark)} {_summary(counts, page)}", mark.paint)
    below = [f"{page.say('Details:')}  {details}"] if details else []
    rows = lines if answers else [page.say("no cluster has a problem")]
    return blocks(([first], rows, below))


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
    """The header and the rows; the text of a row is cut where the screen ends, unless the page is
    wide. That of a cluster without columns stands in their place.
    """
    rows = [_row(one, len(headers) - 1, page) for one in answers]
    taken = needed(headers[:-1], list(zip(*rows, strict=True))) if rows else 0
    names = max(columns(name) for name in (headers[1], *(row[1] for row in rows)))
    for row, one in zip(rows, answers, strict=True):
        row[0] = page.paint(row[0], _MARKS[one.health].paint)
        row.append(_result(one, taken, page) if one.columns else "")
    lines = page.table(headers, rows)
    for number, (row, one) in enumerate(zip(rows, answers, strict=True), len(lines) - len(rows)):
        if not one.columns:
            name = row[1] + " " * (names - columns(row[1]))
            text = _result(one, 1 + GAP + names, page)
            lines[number] = (" " * GAP).join((row[0], name, text))
    return lines


def _row(one: ClusterAnswer, cells: int, page: Page) -> list[str]:
    values = (page.said(text) for text in one.columns)
    row = [page.sign(_MARKS[one.health]), plain(one.context), *values]
    return row + [""] * (cells - len(row))


def _result(one: ClusterAnswer, taken: int, page: Page) -> str:
    """The text of a line, of which so many columns are taken; a wide page has room for what to do
    about it.
    """
    text, hint = (plain(page.said(each)) for each in (one.text, one.hint))
    if page.wide:
        return page.say("{text} ({hint})", text=text, hint=hint) if hint else text
    return clipped(text, max(page.width - taken - GAP, _LEAST), page.ellipsis)
