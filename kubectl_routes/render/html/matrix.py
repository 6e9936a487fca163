"""The matrix as a heat map: legend, tools, and the rows that can be read without a script."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_routes.analyze.order import SEVERITY
from kubectl_routes.model.matrix import Cell, NodeRow, State, TableColumn
from kubectl_routes.model.message import message
from kubectl_routes.render.html.contents import SIGNS, Contents
from kubectl_routes.render.html.markup import Element, element, section
from kubectl_routes.render.html.payload import FULL_UP_TO, own_text, say
from kubectl_routes.render.page import Page
from kubectl_routes.render.remarks import explanations
from kubectl_routes.render.text import quoted

# Rows that stand in the page itself; the script takes the place of them all.
STATIC_ROWS = 100
# From so many tables on cells show their signs only, until asked for words.
SIGNS_FROM = 5
_ABOUT = {"node": message("Node"), "pod_cidr": message("podCIDR"), "vswitch": message("vSwitch")}
_MEANINGS = {
    State.OK: message("the route exists"),
    State.PENDING: message("the entry exists, but does not take effect yet"),
    State.MISSING: message("no entry for the podCIDR"),
    State.CONFLICT: message("the entry for the podCIDR has another next hop"),
    State.SHADOWED: message("a more specific entry covers part of the podCIDR"),
    State.SKIPPED: message("CCM creates no route for the node"),
    State.UNKNOWN: message("could not be read"),
}


def matrix_section(contents: Contents) -> Element:
    """The whole section; one sentence when there is no row."""
    page, tables = contents.page, contents.columns
    if not contents.matrix.nodes:
        return section({"id": "matrix"}, page.say("Matrix"), element("p", {}, contents.no_rows))
    words = "words" if len(tables) <= FULL_UP_TO else "short"
    look = "signs" if len(tables) >= SIGNS_FROM else words
    overview = page.say(
        "All rows at a glance, one bar per node or group of nodes; click to go there."
    )
    detail = {"id": "detail", "role": "region", "aria-label": page.say("Selected"), "hidden": ""}
    note = page.say("The route of every node in every route table, problems first.")
    return section(
        {"id": "matrix", "class": look, "data-words": words},
        page.say("Matrix"),
        element("p", {"class": "note"}, note),
        _legend(page),
        *_without_script(len(contents.matrix.nodes), page),
        _tools(contents, look),
        element("div", {"id": "overview", "title": overview, "hidden": ""}),
        element("div", {"id": "scroller"}, _grid(contents)),
        element("p", {"id": "printed", "hidden": ""}),
        element("div", detail),
        *_outlooks(contents),
    )


def _legend(page: Page) -> Element:
    def item(look: str, sign: str, text: str) -> Element:
        sample = element("span", {"class": f"sample {look}", "aria-hidden": "true"}, sign)
        return element("li", {}, sample, f" {text}")

    states = (
        item(state.value, SIGNS[state], page.join(": ", (page.state(state), _MEANINGS[state])))
        for state in SEVERITY
    )
    return element("ul", {"class": "legend"}, *states, item("own", "", own_text(page)))


def _without_script(rows: int, page: Page) -> list[Element]:
    if rows <= STATIC_ROWS:
        return []
    text = page.say(
        "Without JavaScript there are no filters, and only the first {count} of {all} nodes are"
        " shown.",
        count=STATIC_ROWS,
        all=rows,
    )
    return [element("noscript", {}, element("p", {"class": "note"}, text))]


def _tools(contents: Contents, look: str) -> Element:
    """Search and filters; the script fills and shows them."""
    page, names = contents.page, contents.labels
    tables = [names[table.id] for table in contents.columns]
    search = {
        "id": "search",
        "type": "search",
        "placeholder": page.say("node, instance, CIDR, vSwitch, RT code ( / )"),
        "autocomplete": "off",
        "spellcheck": "false",
    }
    signs = {"id": "signs", "type": "checkbox", **({"checked": ""} if look == "signs" else {})}
    keys = page.say("Arrow keys, Home, End and Page keys move in the matrix; / searches.")
    return element(
        "div",
        {"id": "tools", "role": "search", "hidden": ""},
        element("label", {}, page.say("Search"), element("input", search)),
        _choice("table", page.say("Table"), page.say("all tables"), tables),
        _choice("vswitch", page.say("vSwitch"), page.say("all vSwitches"), contents.used_switches),
        element("div", {"id": "states", "role": "group", "aria-label": page.say("State")}),
        _box({"id": "problems", "type": "checkbox"}, page.say("problems only")),
        _box(signs, page.say("signs only")),
        element("button", {"id": "reset", "type": "button"}, page.say("Reset")),
        element("output", {"id": "count", "aria-live": "polite"}),
        element("p", {"class": "keys"}, keys),
    )


def _choice(name: str, label: str, everything: str, texts: Sequence[str]) -> Element:
    options = (
        element("option", {"value": str(place)}, text)
        for place, text in enumerate((everything, *texts), start=-1)
    )
    return element("label", {}, label, element("select", {"id": name}, *options))


def _box(attributes: dict[str, str], label: str) -> Element:
    return element("label", {"class": "box"}, element("input", attributes), label)


def _grid(contents: Contents) -> Element:
    page, tables, names = contents.page, contents.columns, contents.labels
    heads = [
        *(
            element("th", {"scope": "col", "class": look}, page.said(name))
            for look, name in _ABOUT.items()
        ),
        *(_head(table, names[table.id], page) for table in tables),
    ]
    body = (_row(row, contents) for row in contents.matrix.nodes[:STATIC_ROWS])
    columns = (*_ABOUT, *("cell" for _ in tables))
    return element(
        "table",
        {"id": "grid", "aria-label": page.say("Matrix")},
        element("colgroup", {}, *(element("col", {"class": name}) for name in columns)),
        element("thead", {}, element("tr", {}, *heads)),
        element("tbody", {}, *body),
    )


def managed_text(table: TableColumn, page: Page) -> str:
    """Whether CCM writes to a table; empty where that is not known."""
    if table.managed is None:
        return ""
    return page.say("managed") if table.managed else page.say("not managed")


def _head(table: TableColumn, label: str, page: Page) -> Element:
    """What stands above a column of cells."""
    managed = managed_text(table, page)
    unmanaged = table.managed is False
    look = "cell unmanaged" if unmanaged else "cell"
    about = {"scope": "col", "class": look, "title": f"{quoted(table.id)} ({managed or '?'})"}
    return element("th", about, label, *([element("small", {}, managed)] if unmanaged else []))


def _row(row: NodeRow, contents: Contents) -> Element:
    return element(
        "tr",
        {},
        element("th", {"scope": "row", "class": "node"}, row.name),
        element("td", {"class": "pod_cidr"}, row.pod_cidr or "?"),
        element("td", {"class": "vswitch"}, row.v_switch or "?"),
        *(
            _cell(row.routes[table.id], table.id == row.table, contents)
            for table in contents.columns
        ),
    )


def _cell(cell: Cell, own: bool, contents: Contents) -> Element:
    return element(
        "td",
        {"class": f"cell {cell.state.value}{' own' if own else ''}"},
        element("span", {"class": "sign", "aria-hidden": "true"}, SIGNS[cell.state]),
        " ",
        element("span", {"class": "say"}, say(cell, contents)),
    )


def _outlooks(contents: Contents) -> list[Element]:
    """One explanation for all cells that share it, as ``status`` prints them."""
    page, names = contents.page, contents.labels
    shown = {table.id: names[table.id] for table in contents.columns}
    lines = explanations(contents.matrix.nodes, shown, contents.period, page)
    items = (
        element("p", {"class": "more" if line.startswith(" ") else "outlook"}, line.strip())
        for line in lines
    )
    return [element("h3", {}, page.say("What CCM will do")), *items] if lines else []
