from __future__ import annotations

import pytest

from kubectl_routes.model.matrix import TableColumn
from kubectl_routes.render.choice import chosen


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (TableColumn("vtb-1", type="System", auto=True, nodes_behind=0), True),
        (TableColumn("vtb-1", type="System", auto=True), True),
        (TableColumn("vtb-2", type="Custom", nodes_behind=0), False),
        (TableColumn("vtb-2", type="Custom"), None),
        (TableColumn("vtb-3", type="Custom", associate_type="Gateway"), False),
        (TableColumn("vtb-4", exists=False), False),
    ],
)
def test_a_table_is_not_left_out_because_the_v_switches_are_unread(
    table: TableColumn, expected: bool | None
) -> None:
    assert chosen(table) is expected
