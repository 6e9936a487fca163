"""The matrix block of ``status``: one row a node, one column a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from kubectl_routes.model.matrix import NodeRow, TableColumn
from kubectl_routes.render.cells import Detail, Look, cell_text, look
from kubectl_routes.render.looks import MARKS
from kubectl_routes.render.page import Page, needed
from kubectl_routes.render.text import columns, plain, quoted

# A label above a column.
LONGEST_NAME = 12
SHORTEST_TAIL = 5
UNKNOWN = "?"
OWN = "*"


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
_WIDE = Layout(Detail.FULL, instance=True)


def labels(tables: Sequence[TableColumn], ellipsis: str) -> dict[str, str]:
    """A label for each table id: its name where that is unique and short, else the id's tail.

    Tails are the shortest that differ from those of all other tables, behind ``ellipsis``.
    """
    names = Counter(table.name for table in tables)
    ids = [table.id for table in tables]
    return {
        table.id: plain(table.name)
        if table.name and names[table.name] == 1 and columns(plain(table.name)) <= LONGEST_NAME
        else _tail(table.id, ids, ellipsis)
        for table in tables
    }


def _tail(table_id: str, ids: Sequence[str], ellipsis: str) -> str:
    others = [other for other in ids if other != table_id]
    for length in range(SHORTEST_TAIL, len(table_id) - len(ellipsis)):
        tail = table_id[-length:]
        if tail == tail.strip() and not any(other.endswith(tail) for other in others):
            return ellipsis + plain(tail)
    return quoted(table_id)


def with_cells(rows: Sequence[NodeRow], tables: Sequence[TableColumn]) -> tuple[TableColumn, ...]:
    """The tables that rows have cells for; a gateway route table has none, no node needs it."""
    return tuple(table for table in tables if any(table.id in row.routes for row in rows[:1]))


def shown_tables(tables: Sequence[TableColumn], page: Page) -> tuple[TableColumn, ...]:
    """The tables that get a column: on a wide page all, else the managed ones and those that
    nodes are behind, or may be. When that would be none, all.
    """
    some = tuple(table for table in tables if table.managed or table.nodes_behind != 0)
    return tuple(tables) if page.wide or not some else some


class _Column(Struct, frozen=True):
    """What stands above a column and in it; ``samples`` are rows that have all of its texts."""

    header: str
    text: Callable[[NodeRow], str]
    samples: Sequence[NodeRow]


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
    block = _Block(rows, tables, labels, period, page)
    layout = _WIDE if page.wide else block.layout(tables)
    lines: list[str] = []
    for some in [tables] if page.wide or not page.headers else block.groups(tables, layout):
        shown = block.columns(layout, some)
        lines += [""] if lines else []
        cells = [[column.text(row) for column in shown] for row in rows]
        lines += page.table([column.header for column in shown], cells)
    if page.headers and not layout.own_table:
        lines.append(page.say("{mark} the table of the node's vSwitch", mark=OWN))
    return lines


class _Block:
    """The columns that a matrix may have, and how many fit; a cell is measured and written once for
    each of its looks, however many cells have it.
    """

    def __init__(
        self,
        rows: Sequence[NodeRow],
        tables: Sequence[TableColumn],
        labels: Mapping[str, str],
        period: int | None,
        page: Page,
    ) -> None:
        self._rows, self._labels, self._period, self._page = rows, labels, period, page
        self._looks = {
            table.id: tuple({_look(row, table): row for row in rows}.values()) for table in tables
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

    def columns(self, layout: Layout, tables: Sequence[TableColumn]) -> list[_Column]:
        """What a row says of its node, and then a cell a table."""
        page, labels = self._page, self._labels
        about: list[tuple[bool, str, Callable[[NodeRow], str]]] = [
            (True, page.say("NODE"), lambda row: row.name),
            (layout.instance, page.say("INSTANCE"), lambda row: row.instance_id),
            (layout.pod_cidr, page.say("PODCIDR"), lambda row: row.pod_cidr),
            (layout.instance, page.say("VSWITCH"), lambda row: row.v_switch),
            (layout.own_table, page.say("TABLE"), lambda row: labels.get(row.table, "")),
        ]
        return [
            *(_Column(name, _known(text), self._rows) for shown, name, text in about if shown),
            *(self._cells(layout, table) for table in tables),
        ]

    def _fits(self, layout: Layout, tables: Sequence[TableColumn]) -> bool:
        shown = self.columns(layout, tables)
        texts = [map(column.text, column.samples) for column in shown]
        return needed([column.header for column in shown], texts) <= self._page.width

    def _cells(self, layout: Layout, table: TableColumn) -> _Column:
        """The cells of a table, which stands in parentheses where CCM does not write to it."""
        label = self._labels[table.id]
        texts: dict[tuple[Look, bool], str] = {}

        def text(row: NodeRow) -> str:
            shown = _look(row, table)
            if shown not in texts:
                cell = row.routes[table.id]
                own = OWN if row.table == table.id and not layout.own_table else ""
                words = cell_text(cell, layout.detail, self._page, self._period) + own
                texts[shown] = self._page.paint(words, MARKS[cell.state].paint)
            return texts[shown]

        header = f"({label})" if table.managed is False else label
        return _Column(header, text, self._looks[table.id])


def _look(row: NodeRow, table: TableColumn) -> tuple[Look, bool]:
    return look(row.routes[table.id]), row.table == table.id


def _known(text: Callable[[NodeRow], str]) -> Callable[[NodeRow], str]:
    return lambda row: plain(text(row)) or UNKNOWN
