"""Where nodes need their routes: the one owner of the rules that everything else asks.

- A node needs its route in every table that counts, and in the table of its own vSwitch.
- The tables that count are those that CCM manages (or that ``--tables`` names). Where it manages
  none they are those that it should: what ``--tables auto`` takes, and where that is empty all.
- ``--tables auto`` takes the system route table and every table that a node's vSwitch uses, except
  gateway tables, tables in another VPC and tables that are being deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kubectl_routes.model.matrix import Cell, NodeRow, State, TableColumn
from kubectl_routes.model.vpc import RouteTable


def is_usable(table: RouteTable, *, in_vpc: bool) -> bool:
    """Whether CCM could keep routes to nodes in the table."""
    return in_vpc and not table.is_gateway and table.status != "Deleting"


def auto_takes(table: RouteTable, *, usable: bool | None, nodes: int | None) -> bool | None:
    """Whether ``--tables auto`` takes the table; None when that depends on what was not read.

    ``nodes`` is how many nodes use the table, None when that is not known.
    """
    if not usable:
        return usable
    if table.type == "System" or nodes:
        return True
    return None if nodes is None or not table.type else False


def auto_tables(tables: Iterable[TableColumn]) -> tuple[str, ...] | None:
    """The ids that ``--tables auto`` takes; None when that is not known of some table."""
    taken = {table.id: table.auto for table in tables}
    if None in taken.values():
        return None
    return tuple(table_id for table_id, taken_too in taken.items() if taken_too)


def wanted_tables(tables: Sequence[TableColumn], listed: Iterable[str]) -> tuple[str, ...]:
    """The ids that CCM's list should hold: what ``--tables auto`` takes, and what is listed already
    as far as CCM can manage it. Empty when that is not known.
    """
    if auto_tables(tables) is None:
        return ()
    named = {item.strip() for item in listed}
    return tuple(table.id for table in tables if table.auto or (table.usable and table.id in named))


def counted_tables(tables: Iterable[TableColumn]) -> frozenset[str]:
    """The ids of the tables in which every node needs its route."""
    shown = tuple(tables)
    managed = frozenset(table.id for table in shown if table.managed)
    auto = frozenset(table.id for table in shown if table.auto)
    return managed or auto or frozenset(table.id for table in shown)


def needs_route(row: NodeRow, table_id: str, counted: frozenset[str]) -> bool:
    """Whether the node needs its route in the table; ``counted`` are the tables that count."""
    return table_id in counted or table_id == row.table


def needed_cells(row: NodeRow, counted: frozenset[str]) -> list[Cell]:
    """The cells of the tables that the node needs its route in."""
    return [cell for table, cell in row.routes.items() if needs_route(row, table, counted)]


def is_healthy(row: NodeRow, counted: frozenset[str]) -> bool:
    """Whether every cell that the node needs is ``ok``, or the node was exempted on purpose."""
    return row.exempt or all(cell.state is State.OK for cell in needed_cells(row, counted))


def counts_of_table(
    rows: Iterable[NodeRow], table_id: str, counted: frozenset[str]
) -> dict[State, int]:
    """The cells of one table by state, of the nodes that need their route in it; only the states
    that occur.
    """
    return Counter(
        row.routes[table_id].state
        for row in rows
        if table_id in row.routes and needs_route(row, table_id, counted)
    )


def needed_counts(rows: Iterable[NodeRow], counted: frozenset[str]) -> dict[State, int]:
    """Cells by state in the tables that the nodes need their routes in, every state present."""
    states = [cell.state for row in rows for cell in needed_cells(row, counted)]
    return {state: states.count(state) for state in State}
