from __future__ import annotations

import msgspec
import pytest

from kubectl_routes.analyze.needs import counted_tables, is_healthy
from kubectl_routes.analyze.order import SortBy, collapsed, is_problem, ordered
from kubectl_routes.model.matrix import Cell, Matrix, NextAction, NodeRow, State, TableColumn
from tests.render.examples import HEALTHY

A = TableColumn("vtb-a", managed=True)
B = TableColumn("vtb-b")
OK = Cell(State.OK)
MISSING = Cell(State.MISSING)


def row(name: str, a: Cell, b: Cell = OK, table: str = "vtb-a", **about: str) -> NodeRow:
    fields = {"instance_id": "", "pod_cidr": "", "v_switch": "", **about}
    routes = {"vtb-a": a, "vtb-b": b}
    return NodeRow(name=name, table=table, skipped=None, routes=routes, **fields)  # type: ignore[arg-type]


def matrix(*rows: NodeRow, tables: tuple[TableColumn, ...] = (A, B)) -> Matrix:
    return msgspec.structs.replace(HEALTHY, tables=tables, nodes=rows)


def names(matrix: Matrix, by: SortBy) -> list[str]:
    return [row.name for row in ordered(matrix, by)]


def test_problems_come_first_and_names_stand_in_natural_order() -> None:
    rows = (
        row("node-10", OK),
        row("node-9", OK),
        row("skipped", Cell(State.SKIPPED)),
        row("pending", Cell(State.PENDING)),
        row("unknown", Cell(State.UNKNOWN)),
        row("missing", MISSING),
        row("shadowed", Cell(State.SHADOWED)),
        row("conflict", Cell(State.CONFLICT)),
    )
    assert names(matrix(*rows), SortBy.STATE) == [
        "conflict",
        "shadowed",
        "missing",
        "unknown",
        "pending",
        "node-9",
        "node-10",
        "skipped",
    ]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (SortBy.NAME, ["n-1", "n-2", "n-10"]),
        (SortBy.INSTANCE, ["n-2", "n-10", "n-1"]),
        (SortBy.POD_CIDR, ["n-10", "n-1", "n-2"]),
        (SortBy.TABLE, ["n-1", "n-10", "n-2"]),
    ],
)
def test_rows_are_sorted_by_the_column_asked_for(by: SortBy, expected: list[str]) -> None:
    rows = (
        row("n-1", MISSING, table="vtb-a", instance_id="i-c", pod_cidr="10.0.10.0/24"),
        row("n-2", OK, table="vtb-b", instance_id="i-a", pod_cidr="none"),
        row("n-10", OK, table="vtb-a", instance_id="i-b", pod_cidr="10.0.9.0/24"),
    )
    assert names(matrix(*rows), by) == expected


def test_a_row_without_any_cell_comes_last() -> None:
    bare = NodeRow("a", "", "", "", "", None, {})
    assert names(matrix(bare, row("b", Cell(State.SKIPPED))), SortBy.STATE) == ["b", "a"]


def test_a_node_whose_own_table_lacks_its_route_comes_above_all() -> None:
    rows = (
        row("elsewhere", OK, Cell(State.CONFLICT), table="vtb-a"),
        row("own", MISSING, table="vtb-a"),
        NodeRow("no-podcidr", "i-1", "", "", "vtb-a", "no podCIDR", {}),
        NodeRow("excluded", "i-2", "", "", "vtb-a", "excluded by label", {}, exempt=True),
        row("healthy", OK),
    )
    both = (A, TableColumn("vtb-b", managed=True))
    assert names(matrix(*rows, tables=both), SortBy.STATE) == [
        "own",
        "elsewhere",
        "no-podcidr",
        "healthy",
        "excluded",
    ]


def test_a_route_that_ccm_will_replace_is_a_problem_although_it_is_healthy_now() -> None:
    flapping = row("n", Cell(State.OK, next=NextAction.REPLACE))
    counted = counted_tables((A, B))
    assert is_healthy(flapping, counted)
    assert is_problem(flapping, counted)
    assert is_problem(row("n", MISSING), counted)
    assert not is_problem(row("n", OK, MISSING), counted)


def test_a_number_that_python_refuses_to_read_sorts_as_text() -> None:
    long = "9" * 5000
    rows = (row(f"n-{long}", OK), row("n-10", OK), row("n-9", OK))
    assert names(matrix(*rows), SortBy.NAME) == ["n-9", "n-10", f"n-{long}"]


def test_equal_rows_are_counted_and_the_healthy_ones_apart() -> None:
    rows = (
        *(row(f"lost-{number}", MISSING) for number in range(7)),
        row("other", MISSING, table="vtb-b"),
        *(row(f"well-{number}", OK) for number in range(19)),
    )
    short = collapsed(rows, counted_tables((A, B)))
    assert len(short.rows) == 5 + 1 + 5
    assert [(one.name, number) for one, number in short.alike] == [("lost-0", 2)]
    assert short.healthy == 14
    few = collapsed(rows[:20], counted_tables((A, B)))
    assert (few.rows, few.alike, few.healthy) == (rows[:20], (), 0)
