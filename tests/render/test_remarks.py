from __future__ import annotations

from kubectl_routes.model.matrix import Cell, NodeRow, State
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
