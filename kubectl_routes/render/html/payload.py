"""The data that the script of the page works on, as compact JSON."""

from __future__ import annotations

from typing import Any

from kubectl_routes.analyze.needs import counted_tables
from kubectl_routes.analyze.order import SEVERITY, is_problem
from kubectl_routes.model.matrix import Cell, NodeRow, State
from kubectl_routes.render.cells import Detail, cell_text, look, outlook
from kubectl_routes.render.html.contents import SIGNS, Contents
from kubectl_routes.render.json import literal
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import plain

# So many tables have room for all the words of a cell: what becomes of it, and when.
FULL_UP_TO = 3
_RANKS = {state: rank for rank, state in enumerate(SEVERITY)}


def payload(contents: Contents) -> str:
    """JSON that may stand in a ``script`` element: nothing in it can end the element.

    Cells are places in ``looks``, which holds each look once: 5,000 nodes × 8 tables are 40,000
    cells, and all but a few look alike.
    """
    page, rows, tables = contents.page, contents.matrix.nodes, contents.columns
    labels, switches = contents.labels, contents.used_switches
    switch_places = {switch: place for place, switch in enumerate(switches)}
    table_places = {table.id: place for place, table in enumerate(tables)}
    row_places = {row.name: place for place, row in enumerate(rows)}
    counted = counted_tables(contents.matrix.tables)
    looks = _Looks(contents)
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
        for row in rows
    ]
    document = {
        "words": _words(page),
        "states": [[state.value, SIGNS[state], page.state(state)] for state in SEVERITY],
        "tables": [
            {
                "id": plain(table.id),
                "label": labels[table.id],
                "managed": table.managed is not False,
            }
            for table in tables
        ],
        "vSwitches": list(map(plain, switches)),
        "looks": looks.all,
        "nodes": nodes,
        "findings": [
            {
                "code": finding.code,
                "nodes": sorted(row_places[name] for name in finding.nodes if name in row_places),
            }
            for finding in contents.diagnosis.shown
        ],
    }
    return _inert(literal(document))


def say(cell: Cell, contents: Contents) -> str:
    """The words of a cell, without the sign: ``missing → create 5m``, or ``missing 5m`` beside
    many tables.
    """
    detail = Detail.FULL if len(contents.columns) <= FULL_UP_TO else Detail.SHORT
    return cell_text(cell, detail, contents.page, contents.period).partition(" ")[2]


def own_text(page: Page) -> str:
    """What the frame of a cell means."""
    return page.say("the table of the node's vSwitch")


def _words(page: Page) -> dict[str, str]:
    """The words that the script writes; it fills the placeholders."""
    return {
        "copied": page.say("Copied"),
        "shown": page.say("{shown} of {all} nodes", shown="{shown}", all="{all}"),
        "none_shown": page.say("No node matches the filter."),
        "only_of": page.say("only nodes of {code}", code="{code}"),
        "own": own_text(page),
        "printed": page.say(
            "Only the first {count} of {all} nodes are printed; filter first to print others.",
            count="{count}",
            all="{all}",
        ),
        "lane": page.say(
            "{table}: {wrong} of {all} nodes have no working route",
            table="{table}",
            wrong="{wrong}",
            all="{all}",
        ),
        "node": page.say("Node"),
        "instance": page.say("Instance"),
        "pod_cidr": "podCIDR",
        "vswitch": page.say("vSwitch"),
        "table": page.say("Table"),
        "next_hop": page.say("Next hop"),
        "entry": page.say("Entry"),
        "unmanaged": page.say("not managed"),
    }


class _Looks:
    """Every look of a cell once: state, words, outlook, detail, next hop, entry, code."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._places: dict[tuple[object, ...], int] = {}
        self.all: list[list[Any]] = []

    def place(self, cell: Cell, row: NodeRow) -> int:
        """The place of that cell's look. A route that is as it should be goes to the node's own
        instance, which the row shows.
        """
        plainly = cell.state is State.OK and cell.next_hop == row.instance_id
        hop, entry = ("", "") if plainly else (cell.next_hop, cell.entry_id)
        key = (look(cell), cell.detail, hop, entry)
        place = self._places.setdefault(key, len(self.all))
        if place == len(self.all):
            becomes = outlook(cell, self._contents.period, self._contents.page)
            texts = (say(cell, self._contents), becomes, cell.detail, hop, entry, cell.because)
            self.all.append([_RANKS[cell.state], *map(plain, texts)])
        return place


def _inert(json: str) -> str:
    """The same JSON without the characters that mean something to HTML; all stand in strings."""
    return json.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
