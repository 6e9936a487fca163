"""``diff`` as text and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import structs

from kubectl_routes.model.diff import (
    ChangeType,
    DiffPart,
    DiffResult,
    DiffSide,
    NotCompared,
    RouteDiff,
    Side,
)
from kubectl_routes.model.message import message
from kubectl_routes.render.colour import Mark, Paint
from kubectl_routes.render.diff_rows import TITLES, Row, rows
from kubectl_routes.render.header import cluster_text
from kubectl_routes.render.page import Page, blocks
from kubectl_routes.render.text import plain

_CHECK = "check/"
_SIDES = {
    Side.OLD: message("the old side"),
    Side.NEW: message("the new side"),
    Side.BOTH: message("either side"),
}
# What Markdown could take for its own.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
# In columns; Markdown breaks its lines itself.
_UNWRAPPED = 1_000_000
# The names of the sides stand in one column.
_NAME = 6


def diff_page(diff: RouteDiff, page: Page) -> str:
    """The whole text: what the two sides are, whether they differ, and in what."""
    warnings = [page.marked(Mark.WARN, text) for text in _warnings(diff, page)]
    parts = [[*warnings, _verdict(diff, page), *_sides(diff, page)]]
    for part, some in groupby(rows(diff.changes, page), key=lambda row: row.part):
        title = page.paint(page.said(TITLES[part]), Paint.STRONG)
        parts.append([title, *(page.line(_line(row, page), "    ", "  ") for row in some)])
    lacking = [page.line(line, "    ", "  ? ") for line in _lacking(diff.not_compared, page)]
    if lacking:
        parts.append([page.paint(page.say("Not compared"), Paint.WARN), *lacking])
    return blocks(parts)


def _verdict(diff: RouteDiff, page: Page) -> str:
    marks = {DiffResult.SAME: Mark.GOOD, DiffResult.DIFFERENT: Mark.BAD}
    return page.marked(marks.get(diff.result, Mark.UNKNOWN), _result(diff, page))


def _result(diff: RouteDiff, page: Page) -> str:
    """Whether the two differ, in one sentence."""
    if diff.result is DiffResult.DIFFERENT:
        return page.say("different: {counts}", counts=_counts(diff.summary, page))
    if diff.not_compared:
        return page.say("no differences in what was read on both sides")
    return page.say("no differences")


def _counts(summary: dict[DiffPart, int], page: Page) -> str:
    words = {
        DiffPart.ROUTES: message("{count:route|routes}", count=summary[DiffPart.ROUTES]),
        DiffPart.FINDINGS: message("{count:finding|findings}", count=summary[DiffPart.FINDINGS]),
        DiffPart.CONTROLLER: message(
            "{count:change|changes} in CCM", count=summary[DiffPart.CONTROLLER]
        ),
        DiffPart.TABLES: message(
            "{count:change|changes} in route tables", count=summary[DiffPart.TABLES]
        ),
        DiffPart.NODES: message("{count:change|changes} in nodes", count=summary[DiffPart.NODES]),
        DiffPart.ENTRIES: message(
            "{count:route entry|route entries}", count=summary[DiffPart.ENTRIES]
        ),
        DiffPart.CLUSTER: message(
            "{count:change|changes} in the cluster", count=summary[DiffPart.CLUSTER]
        ),
    }
    return page.join(", ", (words[part] for part, number in summary.items() if number))


def _warnings(diff: RouteDiff, page: Page) -> Iterator[str]:
    """That the two are of different clusters or VPCs."""
    old, new = diff.old.cluster, diff.new.cluster
    if "clusterId" in diff.mismatches:
        a, b = plain(old.cluster_id), plain(new.cluster_id)
        yield page.say("the snapshots are of different clusters: {old} and {new}", old=a, new=b)
    if "server" in diff.mismatches:
        a, b = plain(old.server), plain(new.server)
        yield page.say("the snapshots may be of different clusters: {old} and {new}", old=a, new=b)
    if "vpcId" in diff.mismatches:
        a, b = plain(old.vpc_id), plain(new.vpc_id)
        yield page.say("the snapshots are of different VPCs: {old} and {new}", old=a, new=b)


def _sides(diff: RouteDiff, page: Page) -> list[str]:
    """The two sides, each with the verdict of its own on a line below."""
    lines = []
    indent = " " * _NAME
    for name, side in _named_sides(diff, page):
        first, *others = _side_lines(side, page)
        lines.append(page.fact(name, first, _NAME))
        lines += [page.line(line, f"{indent}  ", indent) for line in others]
    return lines


def _named_sides(diff: RouteDiff, page: Page) -> tuple[tuple[str, DiffSide], ...]:
    return (page.say("Old:"), diff.old), (page.say("New:"), diff.new)


def _side_lines(side: DiffSide, page: Page) -> list[str]:
    source = plain(side.source) or page.say("the cluster now")
    lines = [page.join(", ", (source, plain(side.time), cluster_text(side.cluster, page)))]
    if side.verdict is not None:
        sign = page.sign(Mark.GOOD if side.verdict.healthy else Mark.BAD)
        lines.append(f"{sign} {plain(side.verdict.text)}")
    return lines


def _line(row: Row, page: Page) -> str:
    if row.before and row.change is ChangeType.CHANGED:
        value = f"{row.before} {page.arrow} {row.after}"
    else:
        value = page.join(", ", (row.after, row.before))
    return page.join(": ", (row.what, value))


def _lacking(lacking: Sequence[NotCompared], page: Page) -> Iterator[str]:
    """What was not compared and why; the checks of a side in one line."""
    for one in lacking:
        if not one.part.startswith(_CHECK):
            yield page.join(": ", (_lacking_text(one, page), plain(one.reason)))
    for side, name in _SIDES.items():
        parts = [one.part for one in lacking if one.side is side]
        codes = [part.removeprefix(_CHECK) for part in parts if part.startswith(_CHECK)]
        if codes:
            yield page.say(
                "checks that could not run on {side}: {codes}", side=name, codes=page.names(codes)
            )


def _lacking_text(one: NotCompared, page: Page) -> str:
    side = _SIDES[one.side]
    if one.part == "quota":
        return page.say("quota, not read from the Quota Center on {side}", side=side)
    if one.part == "controller-flags":
        return page.say("flags of CCM, not known on {side}", side=side)
    return page.say("{part}, not read on {side}", part=plain(one.part), side=side)


def markdown(diff: RouteDiff, page: Page) -> str:
    """The same for a ticket; what was read is escaped, and stays on its line and in its cell."""
    page = structs.replace(page, width=_UNWRAPPED, colour=False)
    lines = []
    for warning in _warnings(diff, page):
        lines += [f"> {escaped(warning)}", ""]
    lines += [f"**{escaped(_verdict(diff, page))}**", ""]
    for name, side in _named_sides(diff, page):
        lines.append(f"- {name} {escaped(page.join(': ', _side_lines(side, page)))}")
    found = rows(diff.changes, page)
    if found:
        heads = (page.say("Part"), page.say("What"), page.say("Old"), page.say("New"))
        lines += ["", f"| {' | '.join(heads)} |", "|---|---|---|---|"]
    for row in found:
        cells = (page.said(TITLES[row.part]), row.what, row.before, row.after)
        lines.append(f"| {' | '.join(map(escaped, cells))} |")
    lacking = list(_lacking(diff.not_compared, page))
    if lacking:
        lines += ["", f"**{page.say('Not compared')}**", ""]
        lines += [f"- {escaped(line)}" for line in lacking]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text as Markdown that shows it as it is, on one line."""
    return _MARKUP.sub(r"\\\1", plain(text))
