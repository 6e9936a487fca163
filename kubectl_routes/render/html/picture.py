"""The route table of each vSwitch, as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.markup import Element, element, section
from kubectl_routes.render.html.matrix import managed_text
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import clipped, plain

# vSwitches of one table that get a box each, those with most nodes; the others share one.
BOXES_A_TABLE = 12
WIDTH = 900
ROW = 48
_HIGH = 36
_LEFT_WIDTH = 310
_RIGHT_START = 560
_RIGHT_WIDTH = WIDTH - _RIGHT_START
_LONGEST = 40
_THINNEST = 1.5
_THICKEST = 12.0


class _Box(Struct, frozen=True):
    """A vSwitch or several, and the nodes in it; ``id`` is empty for several and for none."""

    title: str
    about: str
    count: int
    id: str = ""


class _Target(Struct, frozen=True):
    """A route table on the right, and the boxes that lead to it."""

    title: str
    about: str
    look: str
    sources: tuple[_Box, ...]


def picture_section(contents: Contents) -> Element:
    """The picture; a sentence when there is nothing to draw."""
    page = contents.page
    look, title = {"id": "picture"}, page.say("vSwitches")
    targets = _targets(contents)
    if not targets:
        none = page.say("Which vSwitch uses which table is not known.")
        return section(look, title, element("p", {}, none))
    note = page.say(
        "vSwitches on the left, the route tables they use on the right. The wider the line, the"
        " more nodes. Dashed: a table that CCM does not manage."
    )
    drawing = element("div", {"class": "wide"}, _drawing(targets, page))
    return section(look, title, element("p", {"class": "note"}, note), drawing)


def _targets(contents: Contents) -> list[_Target]:
    """The tables that vSwitches use, in the order of the matrix; last the nodes without any."""
    page = contents.page
    counts = Counter(row.v_switch for row in contents.matrix.nodes)
    known = {
        switch.id: ", ".join(filter(None, (switch.cidr, switch.zone)))
        for switch in contents.v_switches
    }
    targets = [
        _Target(
            f"{table.name} ({table.id})" if table.name else table.id,
            ", ".join(filter(None, (table.type, managed_text(table, page)))),
            "unmanaged" if table.managed is False else "managed",
            _sources(table.v_switches, counts, known, page),
        )
        for table in contents.matrix.tables
        if table.v_switches
    ]
    drawn = {switch for table in contents.matrix.tables for switch in table.v_switches or ()}
    lost = sum(count for switch, count in counts.items() if switch not in drawn)
    if lost and targets:
        stray = _Box(page.say("no vSwitch found"), _nodes(lost, page), lost)
        targets.append(_Target(page.say("no table known"), "", "lost", (stray,)))
    return targets


def _nodes(count: int, page: Page) -> str:
    return page.say("{count:node|nodes}", count=count)


def _sources(
    switches: Iterable[str], counts: Mapping[str, int], known: Mapping[str, str], page: Page
) -> tuple[_Box, ...]:
    """Boxes for the vSwitches of one table, most nodes first."""
    ranked = sorted(switches, key=lambda switch: (-counts.get(switch, 0), switch))
    most = len(ranked) if len(ranked) <= BOXES_A_TABLE else BOXES_A_TABLE - 1
    boxes = []
    for switch in ranked[:most]:
        count = counts.get(switch, 0)
        about = ", ".join(filter(None, (known.get(switch, ""), _nodes(count, page))))
        boxes.append(_Box(switch, about, count, switch))
    rest = ranked[most:]
    if rest:
        title = page.say("{count} more vSwitches", count=len(rest))
        count = sum(counts.get(switch, 0) for switch in rest)
        boxes.append(_Box(title, _nodes(count, page), count))
    return tuple(boxes)


def _drawing(targets: Sequence[_Target], page: Page) -> Element:
    height = ROW * sum(len(target.sources) for target in targets)
    most = max((source.count for target in targets for source in target.sources), default=0) or 1
    lines: list[Element] = []
    boxes: list[Element] = []
    top = 0
    for target in targets:
        middle = top + ROW * len(target.sources) / 2
        for place, source in enumerate(target.sources):
            at = top + ROW * (place + 0.5)
            lines.append(_line(at, middle, source.count / most, target.look))
            look = {"class": "box" if source.count else "box empty", "role": "img"}
            filters = {"data-vswitch": source.id} if source.id and source.count else {}
            boxes.append(
                _box(0, _LEFT_WIDTH, at, {**look, **filters}, (source.title, source.about))
            )
        count = sum(source.count for source in target.sources)
        about = ", ".join(filter(None, (target.about, _nodes(count, page))))
        look = {"class": f"box table {target.look}", "role": "img"}
        boxes.append(_box(_RIGHT_START, _RIGHT_WIDTH, middle, look, (target.title, about)))
        top += ROW * len(target.sources)
    size = {"viewBox": f"0 0 {WIDTH} {height}", "width": str(WIDTH), "height": str(height)}
    title = page.say("Diagram: the route table of each vSwitch")
    look = {"class": "picture", "role": "group", "aria-label": title}
    return element("svg", {**size, **look}, *lines, *boxes)


def _line(start: float, end: float, share: float, look: str) -> Element:
    thick = _THINNEST + (_THICKEST - _THINNEST) * share
    bend = (_LEFT_WIDTH + _RIGHT_START) / 2
    path = f"M{_LEFT_WIDTH} {start:g}C{bend:g} {start:g} {bend:g} {end:g} {_RIGHT_START} {end:g}"
    way = {"d": path, "class": f"line {look}{'' if share else ' empty'}"}
    return element("path", {**way, "stroke-width": f"{thick:.1f}", "aria-hidden": "true"})


def _box(
    left: int, width: int, middle: float, look: Mapping[str, str], texts: tuple[str, str]
) -> Element:
    title, about = texts

    def text(base: float, weight: str, words: str, most: int) -> Element:
        place = {"x": str(left + 10), "y": f"{base:g}", "class": weight}
        return element("text", place, clipped(plain(words), most, "…"))

    top = middle - _HIGH / 2
    place = {"x": str(left + 1), "y": f"{top:g}", "width": str(width - 2), "height": str(_HIGH)}
    return element(
        "g",
        look,
        element("title", {}, f"{title}: {about}"),
        element("rect", {**place, "rx": "4"}),
        text(top + 15, "strong", title, _LONGEST),
        text(top + 29, "about", about, _LONGEST + 10),
    )
