"""Short names for route tables, so that a column a table fits on a narrow screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kubectl_routes.model.matrix import TableColumn
from kubectl_routes.render.text import columns, plain, quoted

LONGEST_NAME = 12
SHORTEST_TAIL = 5


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
