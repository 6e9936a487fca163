"""The changes of ``diff`` in lines: those that are alike stand in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_routes.catalog.loader import texts
from kubectl_routes.model.diff import Change, ChangeType, DiffPart
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import State
from kubectl_routes.model.message import message
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import plain

NAMES_SHOWN = 3
# So many objects are shown one by one where their values differ.
FEW = 5
# The values of these fields of a node differ from node to node, as those of entries do: many stand
# in one line without them.
_OF_EACH_NODE = ("", "podCIDR", "instanceId")
TITLES = {
    DiffPart.ROUTES: message("Routes"),
    DiffPart.FINDINGS: message("Findings"),
    DiffPart.CONTROLLER: message("CCM"),
    DiffPart.TABLES: message("Route tables"),
    DiffPart.NODES: message("Nodes"),
    DiffPart.ENTRIES: message("Route entries"),
    DiffPart.CLUSTER: message("Cluster"),
}


class Row(Struct, frozen=True):
    """One line: changes that are alike. ``before`` and ``after`` are as they are shown; ``before``
    is empty where no old value is.
    """

    part: DiffPart
    what: str
    change: ChangeType
    before: str
    after: str


def rows(changes: Sequence[Change], page: Page) -> list[Row]:
    """All changes, in the order of the parts; the largest group of a part first."""
    groups: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault(_likeness(change), []).append(change)
    parts = list(DiffPart)
    order = sorted(groups.values(), key=lambda some: (parts.index(some[0].part), -len(some)))
    return [row for some in order for row in _rows(some, page)]


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


def _rows(some: Sequence[Change], page: Page) -> Iterator[Row]:
    """One row for a group, or for each of few changes whose values differ."""
    own = _is_own(some[0])
    for group in [[one] for one in some] if own and len(some) <= FEW else [some]:
        first = group[0]
        hidden = own and len(group) > 1
        before, after = ("", "") if hidden else (_value(first, page, old=old) for old in (1, 0))
        shown = _shown(first.change, before, after, page)
        yield Row(first.part, _what(group, page), first.change, *shown)


def _value(change: Change, page: Page, *, old: int) -> str:
    """A value in the language of the page, where it is a state or a severity."""
    text = change.before if old else change.after
    if text and change.part is DiffPart.ROUTES:
        return page.state(State(text))
    if text and change.part is DiffPart.FINDINGS:
        return page.level(Severity(text))
    return plain(text)


def _shown(change: ChangeType, before: str, after: str, page: Page) -> tuple[str, str]:
    """What stands for the old and the new value."""
    if change is ChangeType.REMOVED:
        return before, page.say("gone")
    if change is ChangeType.ADDED:
        return "", page.join(", ", (message("new"), after))
    if not (before or after):
        return "", page.say("changed")
    none = page.say("none")
    return before or none, after or none


def _what(some: Sequence[Change], page: Page) -> str:
    """The objects of a group, and what of them differs."""
    first = some[0]
    field = plain(first.field)
    if first.part is DiffPart.FINDINGS:
        about = f"{field} {texts(page.language).codes[first.field].title}"
        objects = [f"{one.kind} {one.name}" for one in some if one.name]
        named = page.listed(objects, NAMES_SHOWN)
        return page.say("{text} ({names})", text=about, names=named) if named else about
    return page.join(": ", (_who(some, page), field))


def _who(some: Sequence[Change], page: Page) -> str:
    """``n1``, or ``300 nodes (n1, n2, n3 and 297 more)``."""
    first, names = some[0], [one.name for one in some]
    if len(names) > 1:
        # Only nodes and entries have groups.
        number = message("{count:entry|entries}", count=len(some))
        if first.kind == "Node":
            number = message("{count:node|nodes}", count=len(some))
        named = page.listed(names, NAMES_SHOWN)
        return page.say("{text} ({names})", text=number, names=named)
    if first.kind == "Pod":
        return page.say("pod {name}", name=plain(names[0]))
    return plain(names[0])
