"""Where a node needs its route, and what --tables auto takes."""

from __future__ import annotations

import pytest

from kubectl_routes.analyze.matrix import build
from kubectl_routes.analyze.needs import (
    auto_tables,
    auto_takes,
    counted_tables,
    is_healthy,
    is_usable,
    needed_cells,
    needed_counts,
    wanted_tables,
)
from kubectl_routes.model.matrix import Cell, NodeRow, State, TableColumn
from kubectl_routes.model.vpc import RouteTable
from tests.analyze.cluster import SYSTEM, controller, listing, snapshot

OK, MISSING = Cell(State.OK), Cell(State.MISSING)
A = TableColumn("vtb-a", managed=True)
B = TableColumn("vtb-b")


def row(a: Cell, b: Cell, table: str = "vtb-a") -> NodeRow:
    return NodeRow("n", "i-1", "", "", table, None, {"vtb-a": a, "vtb-b": b})


def test_a_table_that_ccm_does_not_manage_counts_only_for_the_nodes_that_use_it() -> None:
    counted = counted_tables((A, B))
    assert is_healthy(row(OK, MISSING, table="vtb-a"), counted)
    assert not is_healthy(row(OK, MISSING, table="vtb-b"), counted)
    assert needed_cells(row(OK, MISSING, table="vtb-a"), counted) == [OK]


def test_where_ccm_manages_no_table_those_that_auto_takes_count() -> None:
    taken = TableColumn("vtb-b", auto=True)
    assert counted_tables((TableColumn("vtb-a"), taken)) == {"vtb-b"}
    assert counted_tables((TableColumn("vtb-a"), B)) == {"vtb-a", "vtb-b"}


@pytest.mark.parametrize(
    ("table", "nodes", "expected"),
    [
        (RouteTable("vtb-1", type="System"), 0, True),
        (RouteTable("vtb-1", type="System"), None, True),
        (RouteTable("vtb-2", type="Custom"), 2, True),
        (RouteTable("vtb-2", type="Custom"), 0, False),
        (RouteTable("vtb-2", type="Custom"), None, None),
        (RouteTable("vtb-2"), 0, None),
        (RouteTable("vtb-2"), 1, True),
        (RouteTable("vtb-3", type="Custom", associate_type="gateway"), 2, False),
        (RouteTable("vtb-4", type="Custom", status="Deleting"), 2, False),
    ],
)
def test_what_auto_takes(table: RouteTable, nodes: int | None, expected: bool | None) -> None:
    usable = is_usable(table, in_vpc=True)
    assert auto_takes(table, usable=usable, nodes=nodes) is expected
    assert auto_takes(table, usable=is_usable(table, in_vpc=False), nodes=nodes) is False


def test_auto_is_not_known_while_one_table_is_not() -> None:
    known = TableColumn("vtb-a", auto=True)
    assert auto_tables((known, TableColumn("vtb-b", auto=False))) == ("vtb-a",)
    assert auto_tables((known, TableColumn("vtb-b", auto=None))) is None


def test_the_list_keeps_what_it_names_as_far_as_ccm_can_manage_it() -> None:
    tables = (
        TableColumn("vtb-a", usable=True, auto=True),
        TableColumn("vtb-b", usable=True),
        TableColumn("vtb-c"),
    )
    assert wanted_tables(tables, (" vtb-b", "vtb-c")) == ("vtb-a", "vtb-b")
    assert wanted_tables((*tables, TableColumn("vtb-d", auto=None)), ()) == ()


def test_a_table_that_is_being_deleted_is_left_out_and_one_that_does_not_exist() -> None:
    ending = RouteTable(
        "vtb-b", type="Custom", status="Deleting", vpc_id="vpc-1", v_switch_ids=("vsw-2",)
    )
    whole = snapshot(controller("v2.11.2", listing("vtb-a,vtb-gone")), tables=(SYSTEM, ending))
    found = {one.id: (one.usable, one.auto) for one in build(whole).tables}
    assert found == {"vtb-a": (True, True), "vtb-b": (False, False), "vtb-gone": (False, False)}


def test_without_the_vswitches_only_the_system_table_is_certain() -> None:
    whole = snapshot(controller("v2.11.2", listing("vtb-a")), v_switches=())
    assert [one.auto for one in build(whole).tables] == [True, None]


def test_only_the_cells_that_are_needed_are_counted() -> None:
    counts = needed_counts(
        (row(OK, MISSING), row(OK, MISSING, table="vtb-b")), frozenset({"vtb-a"})
    )
    assert {state: number for state, number in counts.items() if number} == {
        State.OK: 2,
        State.MISSING: 1,
    }
