"""From symptoms to causes: for every route that is not as it should be, the code that explains it.

What keeps CCM from writing is in the cell itself (``because``). The rest is attributed here:
what waits for the periodic reconcile although it should not, what stands in the way, and what
cannot be seen because CCM, or its list, is not visible.
"""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from kubectl_routes.analyze.matrix import Examination
from kubectl_routes.analyze.needs import counted_tables, needed_cells, needs_route
from kubectl_routes.ccm.entries import is_visible
from kubectl_routes.ccm.log_patterns import SEVERAL_TABLES
from kubectl_routes.ccm.nodes import region_of
from kubectl_routes.model.matrix import (
    Cell,
    Matrix,
    NextAction,
    NodeRow,
    State,
    TableColumn,
    Trigger,
)
from kubectl_routes.model.vpc import RouteEntry

# The code of the symptom itself, for what a finding explains.
SYMPTOMS = {
    State.MISSING: "RT301",
    State.CONFLICT: "RT302",
    State.PENDING: "RT303",
    State.SHADOWED: "RT304",
}


class AffectedRoute(Struct, frozen=True, gc=False):
    """One cell of the matrix that the code is responsible for."""

    node: str
    pod_cidr: str
    table: str
    cell: Cell

    @property
    def symptom(self) -> str:
        """The code of what is seen, whatever its cause; empty for a route that is there."""
        return SYMPTOMS.get(self.cell.state, "")


def attribute(examined: Examination) -> dict[str, tuple[AffectedRoute, ...]]:
    """The cells by the code that explains them, in the order of the matrix.

    Only cells that matter are there: of tables that CCM manages (where it manages none, that it
    should) or that the node itself sends by, and everything that is stuck.
    """
    judge = _Judge(examined)
    found: dict[str, list[AffectedRoute]] = {}
    for row in examined.matrix.nodes:
        for table, cell in row.routes.items():
            if cell.state is State.OK and cell.next is not NextAction.STUCK:
                continue
            code = judge.code(row, table, cell)
            if code:
                found.setdefault(code, []).append(
                    AffectedRoute(row.name, row.pod_cidr, table, cell)
                )
    return {code: tuple(cells) for code, cells in found.items()}


def reports_multiple_tables(examined: Examination) -> bool:
    """Whether CCM lately reported that it found several tables and no list, and still does as far
    as can be known; of one in a managed control plane that is all that can be heard.

    A route that CCM has created since, or every route in place, is the sign that it has a list now.
    """
    recent = examined.table_context.recent
    events = examined.snapshot.controller.events
    said = [
        event.last_seen
        for event in events
        if SEVERAL_TABLES.search(event.message) and recent.holds(event.last_seen)
    ]
    if not said:
        return False
    created = max(
        (event.last_seen for event in events if event.reason == "CreatedRoute"), default=""
    )
    return created < max(said) and not _all_in_place(examined.matrix)


def _all_in_place(matrix: Matrix) -> bool:
    """Whether routes are needed, and all of them are seen to be there."""
    counted = counted_tables(matrix.tables)
    cells = [needed_cells(row, counted) for row in matrix.nodes if not row.exempt]
    return bool(cells) and all(
        some and all(cell.state is State.OK for cell in some) for some in cells
    )


class _Judge:
    def __init__(self, examined: Examination) -> None:
        self._examined = examined
        self._counted = counted_tables(examined.matrix.tables)
        # The VPC has no instance in another region.
        own = ("", examined.table_context.region)
        self._elsewhere = frozenset(
            one.node.name
            for one in examined.ccm.served
            if region_of(one.node.provider_id) not in own
        )
        self._unseen = {table.id: self._out_of_sight(table) for table in examined.matrix.tables}

    def code(self, row: NodeRow, table: str, cell: Cell) -> str:
        """The code responsible, or empty where nothing is wrong."""
        if cell.next is NextAction.STUCK:
            return cell.because
        if cell.state not in SYMPTOMS or not needs_route(row, table, self._counted):
            return ""
        if cell.state is State.MISSING:
            return "RT202" if row.name in self._elsewhere else self._missing(table, cell)
        entry = self._entries.get((table, cell.entry_id))
        if cell.state is State.CONFLICT:
            return "RT302" if entry is not None and is_visible(entry) else "RT305"
        if cell.state is State.PENDING:
            disabled = entry is not None and entry.next_hops[0].enabled is False
            return "RT308" if disabled else "RT303"
        return "RT304"

    def _missing(self, table: str, cell: Cell) -> str:
        if cell.next is NextAction.NONE:
            return self._unseen[table]
        delays = self._examined.table_context.passes.delayed_by
        return delays[0] if delays and cell.when is Trigger.PERIODIC else "RT301"

    def _out_of_sight(self, table: TableColumn) -> str:
        """The code for what is missing in a table of a CCM, or of a list, that cannot be seen."""
        if reports_multiple_tables(self._examined):
            return "RT101"
        if not table.managed and table.nodes_behind and not (table.counts or {}).get(State.OK):
            return "RT107" if table.type == "System" else "RT108"
        return "RT301"

    @cached_property
    def _entries(self) -> dict[tuple[str, str], RouteEntry]:
        return {
            (table, entry.id): entry
            for table, entries in self._examined.snapshot.entries.items()
            for entry in entries
        }
