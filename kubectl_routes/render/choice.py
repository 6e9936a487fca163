"""Which tables ``--tables auto`` would choose, as far as that is known."""

from __future__ import annotations

from kubectl_routes.model.matrix import TableColumn


def chosen(table: TableColumn) -> bool | None:
    """Whether ``auto`` would choose the table; None when it depends on nodes, vSwitches or the type
    of a table that could not be read.
    """
    if table.auto or (table.nodes_behind is not None and table.type):
        return table.auto
    return None if table.exists and table.associate_type != "Gateway" else False
