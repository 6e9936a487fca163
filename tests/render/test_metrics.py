"""What the gauges of ``monitor`` hold, and what they leave out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.model.matrix import State
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.model.vpc import EntryQuota
from kubectl_routes.render.metrics import Gauge, ReadingState, judged, of_reading
from tests.analyze.cluster import CUSTOM, SPARE, SYSTEM, controller, node
from tests.checks.asking import FULL, taken, without

REAL = EntryQuota(200)


def gauges(snapshot: Snapshot) -> dict[str, dict[tuple[str, ...], float]]:
    """The samples of a snapshot by gauge, without its prefix, and by labels."""
    examined = examine(snapshot)
    found = judged(examined.matrix, diagnose_examined(examined, DiagnoseOptions()))
    return _by_name(found)


def _by_name(found: tuple[Gauge, ...]) -> dict[str, dict[tuple[str, ...], float]]:
    return {one.name.removeprefix("kubectl_routes_"): dict(one.samples) for one in found}


def test_routes_are_counted_by_table_and_state_with_the_zeros_that_are_known() -> None:
    routes = gauges(taken(entries=without(3, "vtb-b")))["routes"]
    assert routes["vtb-b", "missing"] == 1
    assert {key: number for key, number in routes.items() if key[0] == "vtb-a"} == {
        ("vtb-a", state.value): 6 if state is State.OK else 0 for state in State
    }


def test_a_table_that_no_node_needs_its_route_in_has_no_routes() -> None:
    spare = gauges(taken(tables=(SYSTEM, CUSTOM, SPARE), entries={**FULL, "vtb-c": ()}))
    assert {table for table, _ in spare["routes"]} == {"vtb-a", "vtb-b"}
    assert spare["table_entries"]["vtb-c",] == 0


def test_a_table_whose_entries_were_not_read_has_unknown_routes_and_no_zeros() -> None:
    gap = Gap("entries/vtb-b", "throttled")
    found = gauges(taken(entries={"vtb-a": FULL["vtb-a"]}, entry_quota=REAL, gaps=(gap,)))
    assert {key: n for key, n in found["routes"].items() if key[0] == "vtb-b"} == {
        ("vtb-b", "unknown"): 6
    }
    for name in ("table_entries", "table_quota", "table_room_nodes"):
        assert set(found[name]) == {("vtb-a",)}


def test_without_the_nodes_no_route_is_counted() -> None:
    assert gauges(taken(nodes=(), gaps=(Gap("nodes", "forbidden"),)))["routes"] == {}


@pytest.mark.parametrize(
    ("quota", "room"), [(REAL, 194), (EntryQuota(5), 0), (EntryQuota(), None), (None, None)]
)
def test_the_room_of_a_table_is_that_of_its_real_quota(
    quota: EntryQuota | None, room: int | None
) -> None:
    found = gauges(taken(entry_quota=quota))
    assert found["table_entries"]["vtb-a",] == 6
    assert found["table_room_nodes"].get(("vtb-a",)) == room
    assert found["table_quota"].get(("vtb-a",)) == (None if room is None else quota and quota.total)


def test_a_check_that_found_nothing_is_zero_and_one_that_could_not_run_is_absent() -> None:
    found = gauges(taken(entries=without(3, "vtb-b")))["findings"]
    assert found["RT103", "error"] == 0
    assert [key for key, number in found.items() if number] == [("RT301", "error")]
    blind = gauges(taken(nodes=(), gaps=(Gap("nodes", "forbidden"),)))["findings"]
    assert blind["RT901", "warning"] == 1
    assert ("RT201", "error") not in blind


def test_a_ccm_whose_image_names_no_release_has_an_unknown_version() -> None:
    assert gauges(taken())["ccm_info"] == {("v2.14.0", "multi-table"): 1}
    foreign = replace(controller("v2.14.0", None), image="registry.example.com/ccm:latest")
    assert gauges(taken(foreign))["ccm_info"] == {("unknown", "unknown"): 1}


def test_no_label_holds_the_name_of_a_node() -> None:
    nodes = tuple(node(number, name=f"canary-{number}") for number in range(1, 7))
    snapshot = taken(nodes=nodes, entries=without(3, "vtb-a", "vtb-b"), entry_quota=REAL)
    values = {value for some in gauges(snapshot).values() for labels in some for value in labels}
    assert len(values) > 20
    assert [value for value in values if "canary" in value] == []


def test_a_reading_says_what_it_lacks_when_the_last_complete_one_was_and_how_long_it_took() -> None:
    never = _by_name(of_reading(ReadingState(("nodes", "events", "events"), None, 1.5)))
    assert never == {
        "gaps": {("events",): 2, ("nodes",): 1},
        "last_success_timestamp_seconds": {},
        "read_duration_seconds": {(): 1.5},
    }
    whole = _by_name(of_reading(ReadingState((), 1_795_420_800.0, 1.5)))
    assert whole["gaps"] == {}
    assert whole["last_success_timestamp_seconds"] == {(): 1_795_420_800.0}
