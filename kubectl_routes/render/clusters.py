"""Several clusters, one line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kubectl_routes.model.clusters import ClusterAnswer, Health
from kubectl_routes.model.finding import Language
from kubectl_routes.model.matrix import State
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.grid import grid, needed
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import clipped, plain
from kubectl_routes.render.words import comma

_WORDS = {
    Language.ENGLISH: {
        Health.UNREADABLE: "{} could not be read",
        Health.INCOMPLETE: "{} read in part",
        Health.UNHEALTHY: "{} with problems",
        Health.HEALTHY: "{} healthy",
        "clusters": "clusters: {}",
        "none": "no cluster has a problem",
        "details": "Details:",
    },
    Language.CHINESE: {
        Health.UNREADABLE: "{} 个无法读取",
        Health.INCOMPLETE: "{} 个仅部分读取",
        Health.UNHEALTHY: "{} 个存在问题",
        Health.HEALTHY: "{} 个正常",
        "clusters": "集群：{}",
        "none": "没有集群存在问题",
        "details": "详情：",
    },
}
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
    view: tuple[Sequence[str], str],
    page: Page,
    language: Language,
) -> str:
    """How many clusters are how, a line for each of the answers, and the next command. ``view`` has
    the headers of the columns and that command. Without headers there is one line a cluster and
    nothing else.
    """
    headers, details = view
    lines = _lines(answers, ("", "CONTEXT", *headers, "RESULT"), page)
    if not page.headers:
        return "".join(f"{line}\n" for line in lines)
    words = _WORDS[language]
    worst = next(health for health in Health if counts[health])
    some = (words[health].format(f"{counts[health]:,}") for health in Health if counts[health])
    told = words["clusters"].format(comma(language).join(some))
    paint = _PAINTS.get(worst, Paint.WARN)
    first = painted(f"{page.symbol(_SIGNS[worst])} {told}", paint, page.colour)
    blocks = [first, "\n".join(lines) if answers else words["none"]]
    if details:
        blocks.append(f"{words['details']}  {details}")
    return "\n\n".join(blocks) + "\n"


def _lines(answers: Sequence[ClusterAnswer], headers: Sequence[str], page: Page) -> list[str]:
    """The rows; the last column is cut where the screen ends, unless the page is wide."""
    blank = ("",) * (len(headers) - 3)
    rows = [
        [page.symbol(_SIGNS[one.health]), plain(one.context), *(one.columns or blank), ""]
        for one in answers
    ]
    texts = [_result(one, page) for one in answers]
    taken = needed(headers[:-1], list(zip(*(row[:-1] for row in rows), strict=True))) if rows else 0
    room = max(page.width - taken - 2, _LEAST)
    for row, text, one in zip(rows, texts, answers, strict=True):
        row[0] = painted(row[0], _PAINTS.get(one.health, Paint.WARN), page.colour)
        row[-1] = text if page.wide else clipped(text, room, page.ellipsis)
    return grid(headers, rows, page)


def _result(one: ClusterAnswer, page: Page) -> str:
    """The text of a line; a wide page has room for what to do about it."""
    hint = f" ({plain(one.hint)})" if page.wide and one.hint else ""
    return plain(one.text) + hint
