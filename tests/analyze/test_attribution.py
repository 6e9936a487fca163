"""Which code is affected for a route that is not promised."""

from __future__ import annotations

from kubectl_routes.analyze.attribution import attribute
from kubectl_routes.analyze.matrix import examine
from kubectl_routes.model.controller import ConfigSourceKind
from kubectl_routes.model.snapshot import Snapshot
from tests.analyze.cluster import CUSTOM, SPARE, SYSTEM, config
from tests.checks.asking import FULL, managed, running, taken, without

ALL = ["n1", "n2", "n3", "n4", "n5", "n6"]


def affected(whole: Snapshot) -> dict[tuple[str, str], list[str]]:
    """The nodes by code and table."""
    found: dict[tuple[str, str], list[str]] = {}
    for code, cells in attribute(examine(whole)).items():
        for one in cells:
            found.setdefault((code, one.table), []).append(one.node)
    return found


def test_where_no_table_is_managed_those_count_that_should_be() -> None:
    tables = (SYSTEM, CUSTOM, SPARE)
    bare = taken(managed(), tables=tables, entries={table.id: () for table in tables})
    assert affected(bare) == {("RT107", "vtb-a"): ALL, ("RT108", "vtb-b"): ALL}


def test_where_one_is_managed_another_counts_for_the_nodes_that_send_by_it() -> None:
    half = taken(managed(), entries={"vtb-a": FULL["vtb-a"], "vtb-b": ()})
    assert affected(half) == {("RT108", "vtb-b"): ["n2", "n4", "n6"]}


def test_a_table_that_holds_other_routes_is_on_the_list_that_nobody_can_read() -> None:
    secret = config(None, source=ConfigSourceKind.SECRET)
    whole = taken(running(cloud_config=secret), entries=without(3, "vtb-a", "vtb-b"))
    assert affected(whole) == {("RT301", "vtb-a"): ["n3"], ("RT301", "vtb-b"): ["n3"]}
