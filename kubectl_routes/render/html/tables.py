"""The VPC's route tables: use, counts, and the entries that will not last or never go."""

from __future__ import annotations

from kubectl_routes.analyze.order import SEVERITY
from kubectl_routes.model.matrix import EntryRef, State, TableColumn
from kubectl_routes.model.message import Language
from kubectl_routes.render.header import counts_text
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.html.words import phrases
from kubectl_routes.render.routetables import number_text, switch_count, type_text
from kubectl_routes.render.text import quoted

BAR_WIDTH = 160
BAR_HEIGHT = 10
_COLUMNS = (
    "table",
    "name",
    "type",
    "is_managed",
    "nodes",
    "entries",
    "foreign",
    "vswitches",
    "routes",
)


def tables_section(contents: Contents) -> Element:
    """One row a table, then what the controller will delete and what it never will."""
    language = contents.language
    tables = contents.matrix.tables
    some = phrases(language)
    title = element("h2", {}, some["tables"])
    if not tables:
        return element("section", {"id": "tables"}, title, element("p", {}, some["no_tables"]))
    heads = (element("th", {"scope": "col"}, some[name]) for name in _COLUMNS)
    rows = (_row(table, contents) for table in tables)
    listing = element(
        "table",
        {"class": "list"},
        element("thead", {}, element("tr", {}, *heads)),
        element("tbody", {}, *rows),
    )
    left = [entry for table in tables for entry in _leftovers(table, language)]
    return element(
        "section", {"id": "tables"}, title, element("div", {"class": "wide"}, listing), *left
    )


def _row(table: TableColumn, contents: Contents) -> Element:
    some = phrases(contents.language)
    switches = ", ".join(table.v_switches or ())
    cells: tuple[Element | str, ...] = (
        element("code", {}, quoted(table.id)),
        table.name,
        type_text(table, contents.page),
        "?" if table.managed is None else some["yes" if table.managed else "no"],
        number_text(table.nodes_behind),
        f"{number_text(table.custom)}/{number_text(table.quota)}",
        number_text(table.foreign),
        element("span", {"title": switches}, switch_count(table)),
    )
    return element(
        "tr",
        {},
        *(
            element("td", {"class": name}, cell)
            for name, cell in zip(_COLUMNS, cells, strict=False)
        ),
        element("td", {"class": "routes"}, _bar(table), counts_text(table.counts, contents.page)),
    )


def _bar(table: TableColumn) -> Element:
    """The counts as parts of a bar; the text beside it says the same."""
    counts = table.counts or {}
    total = sum(counts.values()) or 1
    parts = []
    start = 0.0
    for state in SEVERITY:
        width = BAR_WIDTH * counts.get(state, 0) / total
        if width:
            parts.append(_part(state, start, width))
        start += width
    size = {"width": str(BAR_WIDTH), "height": str(BAR_HEIGHT)}
    return element("svg", {**size, "class": "bar", "aria-hidden": "true"}, *parts)


def _part(state: State, start: float, width: float) -> Element:
    place = {"x": f"{start:.1f}", "width": f"{width:.1f}", "height": str(BAR_HEIGHT)}
    return element("rect", {**place, "class": f"fill {state.value}"})


def _leftovers(table: TableColumn, language: Language) -> list[Element]:
    """Entries that go although they may be needed, and entries that stay although they are not
    needed, all of them behind a fold.
    """
    some = phrases(language)
    name = quoted(table.id) + (f" ({table.name})" if table.name else "")
    return [
        element(
            "details",
            {"class": f"leftovers {look}"},
            element("summary", {}, f"! {some[look].format(table=name, count=len(entries))}"),
            element("p", {"class": "item"}, ", ".join(map(_entry, entries))),
        )
        for look, entries in (("will_delete", table.will_delete), ("orphans", table.orphans))
        if entries
    ]


def _entry(entry: EntryRef) -> str:
    return f"{entry.cidr} → {entry.next_hop}"
