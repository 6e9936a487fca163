from __future__ import annotations

from kubectl_routes.model.matrix import Cell, NextAction, NodeRow, State
from kubectl_routes.render.page import Page
from kubectl_routes.render.remarks import explanations


def test_thirty_eight_cells_with_one_cause_have_one_explanation() -> None:
    rows = [
        NodeRow(f"n-{n}", "", "", "", "", None, {"vtb-a": Cell(State.MISSING, detail=f"of {n}")})
        for n in range(38)
    ]
    assert explanations(rows, {"vtb-a": "prod"}, None, Page(120)) == [
        "✗ missing, CCM takes no action: 38 nodes in prod (n-0, n-1, n-2 and 35 more)",
        "    of 0",
        "    of 1",
        "    of 2",
        "    and 35 more",
    ]
    assert len(explanations(rows, {"vtb-a": "prod"}, None, Page(120, wide=True))) == 39


def test_tables_without_a_column_are_not_explained() -> None:
    rows = [NodeRow("n", "", "", "", "", None, {"vtb-a": Cell(State.MISSING)})]
    assert explanations(rows, {}, None, Page()) == []


def test_many_cells_of_several_tables_are_counted_by_table_and_vswitch() -> None:
    lost = Cell(State.MISSING, next=NextAction.STUCK, because="RT101")
    both = {"vtb-a": lost, "vtb-b": lost}
    rows = [
        *(NodeRow(f"n-{n}", "", "", "vsw-1", "", None, both) for n in range(1500)),
        *(NodeRow(f"m-{n}", "", "", "", "", None, {"vtb-b": lost}) for n in range(2)),
    ]
    assert explanations(rows, {"vtb-a": "prod", "vtb-b": "stage"}, None, Page(120)) == [
        "✗ missing, stuck, CCM will not fix it (RT101): 1,502 nodes in prod, stage"
        " (n-0, n-1, n-2 and 1,499 more)",
        "    stage: 1,502 nodes, by vSwitch: vsw-1 (1,500), unknown (2)",
        "    prod: 1,500 nodes, by vSwitch: vsw-1 (1,500)",
    ]
