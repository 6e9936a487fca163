"""What stands beneath the matrix: what the cells mean, notices, and what could not be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kubectl_routes.analyze.order import SEVERITY
from kubectl_routes.catalog.pages import part_name
from kubectl_routes.model.duration import duration
from kubectl_routes.model.matrix import Cell, NextAction, NodeRow, State
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.render.cells import Look, look, outlook, state_text
from kubectl_routes.render.colour import Mark
from kubectl_routes.render.looks import MARKS
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import plain

NAMES_SHOWN = 3
DETAILS_SHOWN = 3

# Between the parts of a detail, in either language.
_PARTS = re.compile("; |；")


def explanations(
    rows: Sequence[NodeRow], tables: Mapping[str, str], period: int | None, page: Page
) -> list[str]:
    """One explanation for all cells that share it, worst first.

    ``tables`` maps the ids of the tables shown to their labels.
    """
    groups: dict[Look, list[tuple[NodeRow, str, Cell]]] = {}
    for row in rows:
        for table, cell in row.routes.items():
            if table in tables and _is_explained(cell, row.skipped):
                groups.setdefault(look(cell), []).append((row, table, cell))
    lines: list[str] = []
    for group in sorted(groups, key=_place):
        lines.extend(_explanation(groups[group], tables, period, page))
    return [*lines, *_skipped(rows, page)]


def notice_lines(notices: Iterable[str], page: Page) -> list[str]:
    """One line a notice."""
    return [page.marked(Mark.WARN, plain(notice)) for notice in notices]


def gap_lines(gaps: Iterable[Gap], page: Page) -> list[str]:
    """What could not be read, why, and what to do about it."""
    lines: list[str] = []
    for gap in gaps:
        text = page.say(
            "could not read {part}: {reason}",
            part=part_name(plain(gap.part), page.language),
            reason=plain(gap.reason),
        )
        lines.append(page.marked(Mark.UNKNOWN, text))
        if gap.hint:
            lines.append(page.line(plain(gap.hint), "  ", "  "))
    return lines


def _is_explained(cell: Cell, skipped: str | None) -> bool:
    """A cell that is as it should be, or that its node's reason explains, needs no more words."""
    quiet = cell.state in (State.OK, State.SKIPPED) and cell.detail in ("", skipped)
    return not quiet or cell.next is not NextAction.NONE


def _place(group: Look) -> tuple[int, str, str, str]:
    state, after, when, because = group
    return (SEVERITY.index(state), after.value, "" if when is None else when.value, because)


def _explanation(
    cells: Sequence[tuple[NodeRow, str, Cell]],
    tables: Mapping[str, str],
    period: int | None,
    page: Page,
) -> list[str]:
    first = cells[0][2]
    names = list(dict.fromkeys(row.name for row, _, _ in cells))
    seen = {table for _, table, _ in cells}
    text = page.say(
        "{what}: {count:node|nodes} in {tables} ({names})",
        what=page.join(", ", (state_text(first.state, page), outlook(first, period, page))),
        count=len(names),
        tables=page.names(label for table, label in tables.items() if table in seen),
        names=page.listed(names, NAMES_SHOWN),
    )
    lines = [page.line(text, "    ", "", MARKS[first.state].paint)]
    if len(names) > NAMES_SHOWN:
        lines += _by_v_switch(cells, tables, page)
    told = (_beyond_the_period(cell.detail, period, page) for _, _, cell in cells)
    details = list(dict.fromkeys(filter(None, told)))
    shown = details if page.wide else details[:DETAILS_SHOWN]
    lines.extend(page.line(plain(detail), "    ", "    ") for detail in shown)
    if len(details) > len(shown):
        more = page.say("and {count} more", count=len(details) - len(shown))
        lines.append(f"    {more}")
    return lines


def _by_v_switch(
    cells: Sequence[tuple[NodeRow, str, Cell]], tables: Mapping[str, str], page: Page
) -> list[str]:
    """How many nodes of which vSwitch each table is about, one line a table, the most first;
    nothing where that is one group.
    """
    counts: dict[str, Counter[str]] = {}
    for row, table, _ in cells:
        counts.setdefault(table, Counter())[row.v_switch] += 1
    if sum(map(len, counts.values())) < 2:
        return []
    lines = []
    for table, by in sorted(counts.items(), key=lambda item: -item[1].total()):
        groups = [
            f"{plain(name) or page.say('unknown')} ({number:,})"
            for name, number in by.most_common()
        ]
        text = page.say(
            "{table}: {count:node|nodes}, by vSwitch: {groups}",
            table=tables[table],
            count=by.total(),
            groups=page.listed(groups, NAMES_SHOWN),
        )
        lines.append(page.line(text, "      ", "    "))
    return lines


def _beyond_the_period(detail: str, period: int | None, page: Page) -> str:
    """The detail without "within 5m", which the line above it says already."""
    above = page.say("within {period}", period="" if period is None else duration(period))
    return page.join("; ", (part for part in _PARTS.split(detail) if part != above))


def _skipped(rows: Sequence[NodeRow], page: Page) -> list[str]:
    """Why CCM does not serve nodes, one line a reason."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.skipped is not None:
            reasons.setdefault(row.skipped, []).append(row.name)
    lines = []
    for reason, names in reasons.items():
        text = page.say(
            "{what}, {reason}: {count:node|nodes} ({names})",
            what=state_text(State.SKIPPED, page),
            reason=plain(reason),
            count=len(names),
            names=page.listed(names, NAMES_SHOWN),
        )
        lines.append(page.line(text, "    "))
    return lines
