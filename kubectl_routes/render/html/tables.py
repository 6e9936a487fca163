"""The VPC's route tables: use, counts, and the entries that will not last or never go."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_routes.analyze.order import SEVERITY
from kubectl_routes.model.matrix import EntryRef, TableColumn
from kubectl_routes.model.message import message
from kubectl_routes.render import routetables
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.markup import Element, element, section
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import quoted

BAR_WIDTH = 160
BAR_HEIGHT = 10
# The look and the header of a column, and what the text of a table has in it.
_COLUMNS = {
    "table": (message("Table"), routetables.TABLE),
    "name": (message("Name"), routetables.NAME),
    "type": (message("Type"), routetables.TYPE),
    "is_managed": (message("Managed"), routetables.MANAGED),
    "nodes": (message("Nodes"), routetables.NODES),
    "entries": (message("Entries"), routetables.ENTRIES),
    "foreign": (message("Others"), routetables.FOREIGN),
    "vswitches": (message("vSwitches"), routetables.V_SWITCHES),
    "routes": (message("Routes"), routetables.ROUTES),
}


def tables_section(contents: Contents) -> Element:
    """One row a table, then what the controller will delete and what it never will."""
    page, tables = contents.page, contents.matrix.tables
    look, title = {"id": "tables"}, page.say("Route tables")
    if not tables:
        return section(look, title, element("p", {}, routetables.no_tables(page)))
    heads = (element("th", {"scope": "col"}, page.said(name)) for name, _ in _COLUMNS.values())
    listing = element(
        "table",
        {"class": "list"},
        element("thead", {}, element("tr", {}, *heads)),
        element("tbody", {}, *(_row(table, page) for table in tables)),
    )
    left = [entry for table in tables for entry in _leftovers(table, page)]
    return section(look, title, element("div", {"class": "wide"}, listing), *left)


def _row(table: TableColumn, page: Page) -> Element:
    cells = []
    for look, (_, column) in _COLUMNS.items():
        text: Element | str = routetables.TEXTS[column](table, page)
        if column is routetables.TABLE:
            text = element("code", {}, text)
        elif column is routetables.V_SWITCHES:
            text = element("span", {"title": ", ".join(table.v_switches or ())}, text)
        bar = [_bar(table)] if column is routetables.ROUTES else []
        cells.append(element("td", {"class": look}, *bar, text))
    return element("tr", {}, *cells)


def _bar(table: TableColumn) -> Element:
    """The counts as parts of a bar; the text beside it says the same."""
    counts = table.counts or {}
    total = sum(counts.values()) or 1
    parts = []
    start = 0.0
    for state in SEVERITY:
        width = BAR_WIDTH * counts.get(state, 0) / total
        if width:
            place = {"x": f"{start:.1f}", "width": f"{width:.1f}", "height": str(BAR_HEIGHT)}
            parts.append(element("rect", {**place, "class": f"fill {state.value}"}))
        start += width
    size = {"width": str(BAR_WIDTH), "height": str(BAR_HEIGHT)}
    return element("svg", {**size, "class": "bar", "aria-hidden": "true"}, *parts)


def _leftovers(table: TableColumn, page: Page) -> list[Element]:
    """Entries that go although they may be needed, and entries that stay although they are not
    needed, all of them behind a fold.
    """
    name = quoted(table.id) + (f" ({table.name})" if table.name else "")
    leaving, orphans = table.will_delete or (), table.orphans or ()
    going = page.say("CCM will delete from {table}: {count}", table=name, count=len(leaving))
    staying = page.say(
        "orphaned entries in {table}, which CCM does not delete: {count}",
        table=name,
        count=len(orphans),
    )
    return [
        *_fold("will_delete", going, leaving),
        *_fold("orphans", staying, orphans),
    ]


def _fold(look: str, title: str, entries: Sequence[EntryRef]) -> list[Element]:
    listed = ", ".join(f"{entry.cidr} → {entry.next_hop}" for entry in entries)
    summary = element("summary", {}, f"! {title}")
    item = element("p", {"class": "item"}, listed)
    return [element("details", {"class": f"leftovers {look}"}, summary, item)] if entries else []
