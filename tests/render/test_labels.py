from __future__ import annotations

import pytest

from kubectl_routes.model.matrix import TableColumn
from kubectl_routes.render.rows import labels


@pytest.mark.parametrize(
    ("tables", "shown"),
    [
        ({"vtb-bp1aaaaa1": "prod", "vtb-bp1aaaaa2": "stage"}, ["prod", "stage"]),
        ({"vtb-bp1aaaaa1": "prod", "vtb-bp1aaaaa2": "prod"}, ["…aaaa1", "…aaaa2"]),
        ({"vtb-bp1aaaaa1": "production-east", "vtb-bp1aaaaa2": ""}, ["…aaaa1", "…aaaa2"]),
        ({"vtb-bp1xaaaaa": "", "vtb-bp1yaaaaa": ""}, ["…xaaaaa", "…yaaaaa"]),
        ({"vtb-b": "", " vtb-b": "", "": ""}, ["vtb-b", '" vtb-b"', '""']),
    ],
    ids=["short names", "one name twice", "long or none", "a longer tail", "a space, or nothing"],
)
def test_a_table_is_called_by_a_short_name_or_the_end_of_its_id(
    tables: dict[str, str], shown: list[str]
) -> None:
    columns = [TableColumn(table_id, name) for table_id, name in tables.items()]
    assert labels(columns, "…") == dict(zip(tables, shown, strict=True))
