"""The matrix block of ``status``: one row a node, one column a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from kubectl_routes.model.matrix import Cell, NextAction, NodeRow, State, TableColumn, Trigger
from kubectl_routes.render.cells import Detail, cell_text
from kubectl_routes.render.colour import painted
from kubectl_routes.render.grid import grid, needed
from kubectl_routes.render.page import PAINTS, Page
from kubectl_routes.render.text import plain

UNKNOWN = "?"
OWN = "*"


def own_legend(page: Page) -> str:
    """What the mark of a cell means."""
    return page.say("{mark} the table of the node's vSwitch", mark=OWN)


class Layout(Struct, frozen=True):
    """Which columns a matrix has, and how much its cells say.

    Without the TABLE column the cell in the table of the node's own vSwitch carries a mark.
    ``instance`` adds the ECS instance and the vSwitch.
    """

    detail: Detail
    instance: bool = False
    pod_cidr: bool = True
    own_table: bool = True


# The first that fits the width is taken; what CCM will do is worth more than a column that
# the explanations or another output tell.
LAYOUTS = (
    Layout(Detail.FULL),
    Layout(Detail.FULL, own_table=False),
    Layout(Detail.SHORT),
    Layout(Detail.SHORT, own_table=False),
    Layout(Detail.SHORT, pod_cidr=False, own_table=False),
    Layout(Detail.BARE, own_table=False),
    Layout(Detail.BARE, pod_cidr=False, own_table=False),
)


def with_cells(rows: Sequence[NodeRow], tables: Sequence[TableColumn]) -> tuple[TableColumn, ...]:
    """The tables that rows have cells for; a gateway route table has none, no node needs it."""
    return tuple(table for table in tables if any(table.id in row.routes for row in rows[:1]))


def shown_tables(tables: Sequence[TableColumn], page: Page) -> tuple[TableColumn, ...]:
    """The tables that get a column: on a wide page all, else the managed ones and those that
    nodes are behind, or may be. When that would be none, all.
    """
    some = tuple(table for table in tables if table.managed or table.nodes_behind != 0)
    return tuple(tables) if page.wide or not some else some


def matrix_block(
    rows: Sequence[NodeRow],
    tables: Sequence[TableColumn],
    labels: Mapping[str, str],
    period: int | None,
    page: Page,
) -> list[str]:
    """Lines of the matrix in the fullest layout that fits the page.

    Tables that do not fit beside each other even in the narrowest get a block of rows below, except
    for a script, which wants one line a node. ``labels`` maps table ids to what stands above their
    columns; ``period`` is the length of CCM's reconcile period in seconds, or None.
    """
    measure = _Measure(rows, tables, labels, period, page)
    layout = _WIDE if page.wide else measure.layout(tables)
    whole = page.wide or not page.headers
    write = _writer(layout, period, page)
    lines: list[str] = []
    for some in (tuple(tables),) if whole else measure.groups(tables, layout):
        cells = [
            [*_about(row, labels, layout), *(write(row, table) for table in some)] for row in rows
        ]
        lines += [
            *([""] if lines else []),
            *grid(_headers(some, labels, layout, page), cells, page),
        ]
    return lines if layout.own_table or not page.headers else [*lines, own_legend(page)]


_WIDE = Layout(Detail.FULL, instance=True)
# All that the text of a cell depends on, except page and layout.
_Look = tuple[State, NextAction, Trigger | None, str, bool]


class _Measure:
    """How wide a matrix would be, measured on one cell of each look."""

    def __init__(
        self,
        rows: Sequence[NodeRow],
        tables: Sequence[TableColumn],
        labels: Mapping[str, str],
        period: int | None,
        page: Page,
    ) -> None:
        self._labels = labels
        self._period = period
        self._page = page
        self._about = {
            page.say("NODE"): {plain(row.name) for row in rows},
            page.say("PODCIDR"): {plain(row.pod_cidr) for row in rows},
            page.say("TABLE"): {labels.get(row.table, UNKNOWN) for row in rows},
        }
        self._looks = {
            table.id: {_look(row, table): row.routes[table.id] for row in rows} for table in tables
        }

    def layout(self, tables: Sequence[TableColumn]) -> Layout:
        """The first layout that fits; else the narrowest."""
        return next((each for each in LAYOUTS if self._fits(each, tables)), LAYOUTS[-1])

    def groups(
        self, tables: Sequence[TableColumn], layout: Layout
    ) -> list[tuple[TableColumn, ...]]:
        """The tables in order, as many beside each other as fit; at least one, if there is one."""
        groups: list[tuple[TableColumn, ...]] = [()]
        for table in tables:
            longer = (*groups[-1], table)
            if not groups[-1] or self._fits(layout, longer):
                groups[-1] = longer
            else:
                groups.append((table,))
        return groups

    def _fits(self, layout: Layout, tables: Sequence[TableColumn]) -> bool:
        headers = _headers(tables, self._labels, layout, self._page)
        fixed = [self._about[header] for header in headers[: len(headers) - len(tables)]]
        cells = [
            {
                _text(cell, look, layout, self._period, self._page)
                for look, cell in self._looks[table.id].items()
            }
            for table in tables
        ]
        return needed(headers, [*fixed, *cells]) <= self._page.width


def _headers(
    tables: Sequence[TableColumn], labels: Mapping[str, str], layout: Layout, page: Page
) -> list[str]:
    return [
        page.say("NODE"),
        *([page.say("INSTANCE")] if layout.instance else []),
        *([page.say("PODCIDR")] if layout.pod_cidr else []),
        *([page.say("VSWITCH")] if layout.instance else []),
        *([page.say("TABLE")] if layout.own_table else []),
        *(_column(table, labels) for table in tables),
    ]


def _column(table: TableColumn, labels: Mapping[str, str]) -> str:
    """A table that CCM does not write to stands in parentheses."""
    label = labels[table.id]
    return f"({label})" if table.managed is False else label


def _about(row: NodeRow, labels: Mapping[str, str], layout: Layout) -> list[str]:
    return [
        plain(row.name),
        *([plain(row.instance_id) or UNKNOWN] if layout.instance else []),
        *([plain(row.pod_cidr) or UNKNOWN] if layout.pod_cidr else []),
        *([plain(row.v_switch) or UNKNOWN] if layout.instance else []),
        *([labels.get(row.table, UNKNOWN)] if layout.own_table else []),
    ]


def _writer(
    layout: Layout, period: int | None, page: Page
) -> Callable[[NodeRow, TableColumn], str]:
    """What writes cells, painted; each look is written once, however many cells have it."""
    texts: dict[_Look, str] = {}

    def write(row: NodeRow, table: TableColumn) -> str:
        look = _look(row, table)
        if look not in texts:
            cell = row.routes[table.id]
            text = _text(cell, look, layout, period, page)
            texts[look] = painted(text, PAINTS[cell.state], page.colour)
        return texts[look]

    return write


def _look(row: NodeRow, table: TableColumn) -> _Look:
    cell = row.routes[table.id]
    return (cell.state, cell.next, cell.when, cell.because, row.table == table.id)


def _text(cell: Cell, look: _Look, layout: Layout, period: int | None, page: Page) -> str:
    text = cell_text(cell, layout.detail, page, period)
    own = look[-1]
    return text + OWN if own and not layout.own_table else text
