"""The matrix as a heat map: legend, tools, and the rows that can be read without a script."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_routes.analyze.order import SEVERITY
from kubectl_routes.model.matrix import Cell, NodeRow, TableColumn
from kubectl_routes.model.message import Language
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.marks import SIGNS
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.html.payload import FULL_UP_TO, say
from kubectl_routes.render.html.words import meaning, phrases
from kubectl_routes.render.labels import labels
from kubectl_routes.render.remarks import explanations
from kubectl_routes.render.rows import with_cells
from kubectl_routes.render.text import quoted

# Rows that stand in the page itself; the script takes the place of them all.
STATIC_ROWS = 100
# From so many tables on cells show their signs only, until asked for words.
SIGNS_FROM = 5
_ABOUT = ("node", "pod_cidr", "vswitch")


def matrix_section(contents: Contents) -> Element:
    """The whole section; one sentence when there is no row."""
    some = phrases(contents.language)
    rows = contents.matrix.nodes
    title = element("h2", {}, some["matrix"])
    if not rows:
        return element("section", {"id": "matrix"}, title, element("p", {}, contents.no_rows))
    tables = with_cells(rows, contents.matrix.tables)
    words = "words" if len(tables) <= FULL_UP_TO else "short"
    look = "signs" if len(tables) >= SIGNS_FROM else words
    detail = {"id": "detail", "role": "region", "aria-label": some["detail"], "hidden": ""}
    return element(
        "section",
        {"id": "matrix", "class": look, "data-words": words},
        title,
        element("p", {"class": "note"}, some["matrix_text"]),
        _legend(contents),
        *_without_script(len(rows), contents.language),
        _tools(tables, contents, look),
        element("div", {"id": "overview", "title": some["overview"], "hidden": ""}),
        element("div", {"id": "scroller"}, _grid(rows, tables, contents)),
        element("p", {"id": "printed", "hidden": ""}),
        element("div", detail),
        *_outlooks(tables, contents),
    )


def _legend(contents: Contents) -> Element:
    language = contents.language
    return element(
        "ul",
        {"class": "legend"},
        *(
            element(
                "li",
                {},
                element(
                    "span", {"class": f"sample {state.value}", "aria-hidden": "true"}, SIGNS[state]
                ),
                " "
                + phrases(language)["legend"].format(
                    state=contents.page.state(state), meaning=meaning(state, language)
                ),
            )
            for state in SEVERITY
        ),
        element(
            "li",
            {},
            element("span", {"class": "sample own", "aria-hidden": "true"}),
            f" {phrases(language)['own']}",
        ),
    )


def _without_script(rows: int, language: Language) -> list[Element]:
    if rows <= STATIC_ROWS:
        return []
    text = phrases(language)["no_script"].format(count=STATIC_ROWS, all=f"{rows:,}")
    return [element("noscript", {}, element("p", {"class": "note"}, text))]


def _tools(tables: Sequence[TableColumn], contents: Contents, look: str) -> Element:
    """Search and filters; the script fills and shows them."""
    some = phrases(contents.language)
    names = labels(contents.matrix.tables, contents.page.ellipsis)
    switches = sorted({row.v_switch for row in contents.matrix.nodes if row.v_switch})
    search = {"id": "search", "type": "search", "placeholder": some["search_hint"]}
    spelling = {"autocomplete": "off", "spellcheck": "false"}
    signs = {"id": "signs", "type": "checkbox", **({"checked": ""} if look == "signs" else {})}
    return element(
        "div",
        {"id": "tools", "role": "search", "hidden": ""},
        element("label", {}, some["search"], element("input", {**search, **spelling})),
        _choice("table", some["table"], some["all_tables"], [names[table.id] for table in tables]),
        _choice("vswitch", some["vswitch"], some["all_vswitches"], switches),
        element("div", {"id": "states", "role": "group", "aria-label": some["state"]}),
        _box({"id": "problems", "type": "checkbox"}, some["problems"]),
        _box(signs, some["signs"]),
        element("button", {"id": "reset", "type": "button"}, some["reset"]),
        element("output", {"id": "count", "aria-live": "polite"}),
        element("p", {"class": "keys"}, some["keys"]),
    )


def _choice(name: str, label: str, everything: str, texts: Sequence[str]) -> Element:
    options = (
        element("option", {"value": str(place)}, text)
        for place, text in enumerate((everything, *texts), start=-1)
    )
    return element("label", {}, label, element("select", {"id": name}, *options))


def _box(attributes: dict[str, str], label: str) -> Element:
    return element("label", {"class": "box"}, element("input", attributes), label)


def _grid(rows: Sequence[NodeRow], tables: Sequence[TableColumn], contents: Contents) -> Element:
    some = phrases(contents.language)
    names = labels(contents.matrix.tables, contents.page.ellipsis)
    heads = [element("th", {"scope": "col", "class": name}, some[name]) for name in _ABOUT]
    heads += [_head(table, names[table.id], contents.language) for table in tables]
    body = (_row(row, tables, contents) for row in rows[:STATIC_ROWS])
    columns = [*_ABOUT, *("cell" for _ in tables)]
    return element(
        "table",
        {"id": "grid", "aria-label": some["matrix"]},
        element("colgroup", {}, *(element("col", {"class": name}) for name in columns)),
        element("thead", {}, element("tr", {}, *heads)),
        element("tbody", {}, *body),
    )


def _head(table: TableColumn, label: str, language: Language) -> Element:
    """What stands above a column of cells."""
    some = phrases(language)
    unmanaged = table.managed is False
    managed = some["unmanaged" if unmanaged else "managed"] if table.managed is not None else "?"
    look = "cell unmanaged" if unmanaged else "cell"
    return element(
        "th",
        {"scope": "col", "class": look, "title": f"{quoted(table.id)} ({managed})"},
        label,
        *([element("small", {}, some["unmanaged"])] if unmanaged else []),
    )


def _row(row: NodeRow, tables: Sequence[TableColumn], contents: Contents) -> Element:
    return element(
        "tr",
        {},
        element("th", {"scope": "row", "class": "node"}, row.name),
        element("td", {"class": "pod_cidr"}, row.pod_cidr or "?"),
        element("td", {"class": "vswitch"}, row.v_switch or "?"),
        *(
            _cell(
                row.routes[table.id],
                table.id == row.table,
                say(row.routes[table.id], len(tables), contents),
            )
            for table in tables
        ),
    )


def _cell(cell: Cell, own: bool, words: str) -> Element:
    return element(
        "td",
        {"class": f"cell {cell.state.value}{' own' if own else ''}"},
        element("span", {"class": "sign", "aria-hidden": "true"}, SIGNS[cell.state]),
        " ",
        element("span", {"class": "say"}, words),
    )


def _outlooks(tables: Sequence[TableColumn], contents: Contents) -> list[Element]:
    """One explanation for all cells that share it, as ``status`` prints them."""
    names = labels(contents.matrix.tables, contents.page.ellipsis)
    shown = {table.id: names[table.id] for table in tables}
    period = contents.matrix.controller.period_seconds
    lines = explanations(contents.matrix.nodes, shown, period, contents.page)
    if not lines:
        return []
    items = (
        element("p", {"class": "more" if line.startswith(" ") else "outlook"}, line.strip())
        for line in lines
    )
    return [element("h3", {}, phrases(contents.language)["outlook"]), *items]
