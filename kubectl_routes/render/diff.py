"""``diff`` as text and as Markdown; changes that are alike stand in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct, structs

from kubectl_routes.catalog.loader import texts
from kubectl_routes.model.diff import (
    Change,
    ChangeType,
    DiffPart,
    DiffResult,
    DiffSide,
    NotCompared,
    RouteDiff,
    Side,
)
from kubectl_routes.model.finding import Language
from kubectl_routes.model.matrix import State
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.diff_words import number_of, objects, side, title, word
from kubectl_routes.render.header import cluster_text
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import plain, wrapped
from kubectl_routes.render.words import comma

NAMES_SHOWN = 3
# So many objects are shown one by one where their values differ.
FEW = 5
# The values of these fields of a node differ from node to node, as those of entries do: many stand
# in one line without them.
_OF_EACH_NODE = ("", "podCIDR", "instanceId")
_CHECK = "check/"
# What Markdown could take for its own.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&$])")


class Row(Struct, frozen=True):
    """One line: changes that are alike. ``before`` and ``after`` are empty where there is none."""

    part: DiffPart
    what: str
    change: ChangeType
    before: str
    after: str


def rows(diff: RouteDiff, language: Language) -> list[Row]:
    """All changes, in the order of the parts; the largest group of a part first."""
    groups: dict[tuple[object, ...], list[Change]] = {}
    for change in diff.changes:
        groups.setdefault(_likeness(change), []).append(change)
    order = sorted(groups.values(), key=lambda some: (_place(some[0]), -len(some)))
    return [row for some in order for row in _rows(some, language)]


def _likeness(change: Change) -> tuple[object, ...]:
    alike = (change.part, change.kind, change.change, change.field)
    if _is_own(change):
        return alike
    own = change.name if change.part in (DiffPart.CONTROLLER, DiffPart.TABLES) else ""
    return (*alike, change.before, change.after, own)


def _is_own(change: Change) -> bool:
    """Whether the values are of this object alone."""
    if change.part is DiffPart.NODES:
        return change.field in _OF_EACH_NODE
    return change.part is DiffPart.ENTRIES


def _place(change: Change) -> int:
    return list(DiffPart).index(change.part)


def _rows(some: Sequence[Change], language: Language) -> Iterator[Row]:
    """One row for a group, or for each of few changes whose values differ."""
    own = _is_own(some[0])
    for group in [[one] for one in some] if own and len(some) <= FEW else [some]:
        first = group[0]
        values = ("", "") if own and len(group) > 1 else (first.before, first.after)
        yield Row(first.part, _what(group, language), first.change, *map(plain, values))


def _what(some: Sequence[Change], language: Language) -> str:
    """The objects of a group, and what of them differs."""
    first = some[0]
    field = plain(first.field)
    if first.part is DiffPart.FINDINGS:
        about = f"{field} {texts(language).codes[first.field].title}"
        named = _names(some, language, with_kind=True)
        return word("with_names", language, who=about, names=named) if named else about
    who = _who(some, language)
    return ": ".join(filter(None, (who, field)))


def _who(some: Sequence[Change], language: Language) -> str:
    """``n1``, or ``300 nodes (n1, n2, n3 and 297 more)``."""
    if len(some) == 1:
        kind = "pod " if some[0].kind == "Pod" else ""
        return kind + plain(some[0].name)
    return word(
        "with_names",
        language,
        who=objects(some[0].kind, len(some), language),
        names=_names(some, language),
    )


def _names(some: Sequence[Change], language: Language, *, with_kind: bool = False) -> str:
    """The first names, and how many more there are."""
    names = [plain(f"{one.kind} {one.name}" if with_kind else one.name) for one in some if one.name]
    shown = ", ".join(names[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    if more <= 0:
        return shown
    count = len(names) if language is Language.CHINESE else more
    return word("more", language, names=shown, count=f"{count:,}")


def diff_page(diff: RouteDiff, page: Page, language: Language) -> str:
    """The whole text: what the two sides are, whether they differ, and in what."""
    head = [
        *(
            painted(wrapped(f"! {line}", page.width, "  "), Paint.WARN, page.colour)
            for line in _warnings(diff, language)
        ),
        _painted(_verdict(diff, page, language), diff, page),
        *_sides(diff, page, language),
    ]
    blocks = [head]
    for part, some in groupby(rows(diff, language), key=lambda row: row.part):
        lines = [painted(title(part, language), Paint.STRONG, page.colour)]
        lines += [wrapped(_line(row, page, language), page.width, "    ", "  ") for row in some]
        blocks.append(lines)
    lacking = _lacking(diff.not_compared, language)
    if lacking:
        lines = [painted(word("not_compared", language), Paint.WARN, page.colour)]
        blocks.append(lines + [wrapped(line, page.width, "    ", "  ? ") for line in lacking])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _verdict(diff: RouteDiff, page: Page, language: Language) -> str:
    if diff.result is DiffResult.DIFFERENT:
        sign = page.symbol(State.MISSING)
    else:
        sign = page.symbol(State.OK if diff.result is DiffResult.SAME else State.UNKNOWN)
    return wrapped(f"{sign} {_result(diff, language)}", page.width, "  ")


def _result(diff: RouteDiff, language: Language) -> str:
    """Whether the two differ, in one sentence."""
    if diff.result is not DiffResult.DIFFERENT:
        return word("same_as_read" if diff.not_compared else "same", language)
    counts = (number_of(part, n, language) for part, n in diff.summary.items() if n)
    return word("different", language, counts=comma(language).join(counts))


def _painted(text: str, diff: RouteDiff, page: Page) -> str:
    paints = {DiffResult.SAME: Paint.GOOD, DiffResult.DIFFERENT: Paint.BAD}
    return painted(text, paints.get(diff.result, Paint.WARN), page.colour)


def _warnings(diff: RouteDiff, language: Language) -> list[str]:
    """That the two are of different clusters or VPCs."""
    a, b = diff.old.cluster, diff.new.cluster
    values = {
        "clusterId": (a.cluster_id, b.cluster_id),
        "server": (a.server, b.server),
        "vpcId": (a.vpc_id, b.vpc_id),
    }

    def told(sentence: str, names: list[str]) -> str:
        pairs = (
            word("versus", language, field=name, before=plain(old), after=plain(new))
            for name, (old, new) in values.items()
            if name in names
        )
        return word(sentence, language, values=comma(language).join(pairs))

    clusters = [name for name in diff.mismatches if name != "vpcId"]
    lines = [told("other_cluster", clusters)] if clusters else []
    return [*lines, told("other_vpc", ["vpcId"])] if "vpcId" in diff.mismatches else lines


def _sides(diff: RouteDiff, page: Page, language: Language) -> list[str]:
    """The two sides, each with the verdict of its own on a line below."""
    lines = []
    for name, one in {"old": diff.old, "new": diff.new}.items():
        first, *others = _side_lines(one, page, language)
        lines.append(wrapped(first, page.width, _INDENT, f"{word(name, language):<6}"))
        lines += [wrapped(line, page.width, f"{_INDENT}  ", _INDENT) for line in others]
    return lines


# The names of the sides stand in one column.
_INDENT = " " * 6


def _side_lines(one: DiffSide, page: Page, language: Language) -> list[str]:
    source = plain(one.source) or word("now", language)
    lines = [f"{source}, {plain(one.time)}, {cluster_text(one.cluster, page)}"]
    if one.verdict is not None:
        sign = page.symbol(State.OK if one.verdict.healthy else State.MISSING)
        lines.append(f"{sign} {plain(one.verdict.text)}")
    return lines


def _line(row: Row, page: Page, language: Language) -> str:
    before, after = _values(row, language)
    if row.change is ChangeType.CHANGED and before:
        return f"{row.what}: {before} {page.arrow} {after}"
    if row.change is ChangeType.REMOVED and before:
        return f"{row.what}: {after}, {before}"
    return f"{row.what}: {after}"


def _values(row: Row, language: Language) -> tuple[str, str]:
    """What stands for the old and the new value; the old one is empty where none is shown."""
    told = word(row.change.value, language)
    if row.change is ChangeType.REMOVED:
        return row.before, told
    if row.change is ChangeType.ADDED:
        return "", ", ".join(filter(None, (told, row.after)))
    if not (row.before or row.after):
        return "", told
    none = word("none", language)
    return row.before or none, row.after or none


def _lacking(lacking: Sequence[NotCompared], language: Language) -> list[str]:
    """What was not compared and why; the checks of a side in one line."""
    lines = [_lacking_line(one, language) for one in lacking if not one.part.startswith(_CHECK)]
    for which in Side:
        checks = [one.part for one in lacking if one.side is which]
        codes = [part.removeprefix(_CHECK) for part in checks if part.startswith(_CHECK)]
        if codes:
            sentence = {"side": side(which, language), "codes": ", ".join(codes)}
            lines.append(word("checks", language, **sentence))
    return lines


def _lacking_line(one: NotCompared, language: Language) -> str:
    names = {"quota": "quota", "controller-flags": "flags"}
    values = {"part": plain(one.part), "side": side(one.side, language)}
    text = word(names.get(one.part, "unread"), language, **values)
    return f"{text}: {plain(one.reason)}" if one.reason else text


def markdown(diff: RouteDiff, page: Page, language: Language) -> str:
    """The same for a ticket; what was read is escaped, and stays on its line and in its cell."""
    verdict = _verdict(diff, structs.replace(page, width=_UNWRAPPED), language)
    lines = []
    for warning in _warnings(diff, language):
        lines += [f"> {escaped(warning)}", ""]
    lines += [f"**{escaped(verdict)}**", ""]
    for name, one in {"old": diff.old, "new": diff.new}.items():
        text = ": ".join(_side_lines(one, page, language))
        lines.append(f"- {word(name, language)} {escaped(text)}")
    found = rows(diff, language)
    if found:
        heads = (word(f"head_{name}", language) for name in ("part", "what", "old", "new"))
        lines += ["", f"| {' | '.join(heads)} |", "|---|---|---|---|"]
    for row in found:
        cells = (title(row.part, language), row.what, *_values(row, language))
        lines.append(f"| {' | '.join(map(escaped, cells))} |")
    lacking = _lacking(diff.not_compared, language)
    if lacking:
        lines += ["", f"{word('not_compared', language)}:", ""]
        lines += [f"- {escaped(line)}" for line in lacking]
    return "\n".join(lines) + "\n"


# In columns; Markdown breaks its lines itself.
_UNWRAPPED = 1_000_000


def escaped(text: str) -> str:
    """Text as Markdown that shows it as it is, on one line."""
    return _MARKUP.sub(r"\\\1", plain(text))
