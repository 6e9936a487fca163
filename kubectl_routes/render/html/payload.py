"""The data that the script of the page works on, as compact JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kubectl_routes.analyze.needs import counted_tables
from kubectl_routes.analyze.order import SEVERITY, is_problem
from kubectl_routes.model.finding import Finding
from kubectl_routes.model.matrix import Cell, NodeRow, State, TableColumn
from kubectl_routes.render.cells import Detail, cell_text, outlook
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.marks import SIGNS
from kubectl_routes.render.html.words import script_words
from kubectl_routes.render.json import literal
from kubectl_routes.render.labels import labels
from kubectl_routes.render.rows import with_cells
from kubectl_routes.render.text import plain

# So many tables have room for all the words of a cell: what becomes of it, and when.
FULL_UP_TO = 3
_RANKS = {state: rank for rank, state in enumerate(SEVERITY)}


def payload(contents: Contents) -> str:
    """JSON that may stand in a ``script`` element: nothing in it can end the element.

    Cells are places in ``looks``, which holds each look once: 5,000 nodes × 8 tables are 40,000
    cells, and all but a few look alike.
    """
    matrix = contents.matrix
    tables = with_cells(matrix.nodes, matrix.tables)
    switches = sorted({row.v_switch for row in matrix.nodes if row.v_switch})
    switch_places = {switch: place for place, switch in enumerate(switches)}
    table_places = {table.id: place for place, table in enumerate(tables)}
    looks = _Looks(len(tables), contents)
    counted = counted_tables(matrix.tables)
    nodes = [
        [
            plain(row.name),
            plain(row.instance_id),
            plain(row.pod_cidr),
            switch_places.get(row.v_switch, -1),
            table_places.get(row.table, -1),
            plain(row.skipped or ""),
            int(is_problem(row, counted)),
            [looks.place(row.routes[table.id], row) for table in tables],
        ]
        for row in matrix.nodes
    ]
    document = {
        "words": script_words(contents.language),
        "states": [[state.value, SIGNS[state], contents.page.state(state)] for state in SEVERITY],
        "tables": _tables(tables, labels(matrix.tables, contents.page.ellipsis)),
        "vSwitches": list(map(plain, switches)),
        "looks": looks.all,
        "nodes": nodes,
        "findings": _findings(contents.diagnosis.shown, matrix.nodes),
    }
    return _inert(literal(document))


def say(cell: Cell, tables: int, contents: Contents) -> str:
    """The words of a cell, without the sign: ``missing → create 5m``, or ``missing 5m`` beside
    many tables.
    """
    detail = Detail.FULL if tables <= FULL_UP_TO else Detail.SHORT
    period = contents.matrix.controller.period_seconds
    return cell_text(cell, detail, contents.page, period).partition(" ")[2]


class _Looks:
    """Every look of a cell once: state, words, outlook, detail, next hop, entry, code."""

    def __init__(self, tables: int, contents: Contents) -> None:
        self._tables = tables
        self._contents = contents
        self._places: dict[tuple[object, ...], int] = {}
        self.all: list[list[Any]] = []

    def place(self, cell: Cell, row: NodeRow) -> int:
        """The place of that cell's look. A route that is as it should be goes to the node's own
        instance, which the row shows.
        """
        plainly = cell.state is State.OK and cell.next_hop == row.instance_id
        hop, entry = ("", "") if plainly else (cell.next_hop, cell.entry_id)
        key = (cell.state, cell.next, cell.when, cell.because, cell.detail, hop, entry)
        place = self._places.setdefault(key, len(self.all))
        if place == len(self.all):
            period = self._contents.matrix.controller.period_seconds
            words = (
                say(cell, self._tables, self._contents),
                outlook(cell, period, self._contents.page),
            )
            told = (*words, cell.detail, hop, entry, cell.because)
            self.all.append([_RANKS[cell.state], *map(plain, told)])
        return place


def _tables(tables: Sequence[TableColumn], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"id": plain(table.id), "label": names[table.id], "managed": table.managed is not False}
        for table in tables
    ]


def _findings(findings: Sequence[Finding], rows: Sequence[NodeRow]) -> list[dict[str, Any]]:
    """Code and rows of every finding, in the order in which they are shown."""
    places = {row.name: place for place, row in enumerate(rows)}
    return [
        {
            "code": finding.code,
            "nodes": sorted(places[name] for name in finding.nodes if name in places),
        }
        for finding in findings
    ]


def _inert(json: str) -> str:
    """The same JSON without the characters that mean something to HTML; all stand in strings."""
    return json.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
