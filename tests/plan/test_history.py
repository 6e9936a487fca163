from __future__ import annotations

import json

import pytest
from msgspec import structs

from kubectl_routes.model.undo import HISTORY, HistoryEntry
from kubectl_routes.plan.history import MOST, history_of, noted, with_entry
from tests.plan.world import after_of, carried_out, daemon_set, plan_of, taken_back

DEED = HistoryEntry("2026-11-24T12:00:00.000000Z", "enabled", "me", None, "vtb-a,vtb-b", "x:2")


def test_a_deed_is_noted_on_the_workload_in_the_same_write() -> None:
    workload = daemon_set()
    made = with_entry(plan_of(workload), DEED)
    assert json.loads(after_of(made, "DaemonSet")["metadata"]["annotations"][HISTORY]) == [
        {
            "time": "2026-11-24T12:00:00.000000Z",
            "action": "enabled",
            "by": "me",
            "was": None,
            "now": "vtb-a,vtb-b",
            "image": "x:2",
        }
    ]
    assert HISTORY not in after_of(made, "ConfigMap")["metadata"]["annotations"]
    workload, held = carried_out(made, workload, None)
    later = HistoryEntry("2026-11-25T12:00:00.000000Z", "disabled", "you", "vtb-a,vtb-b")
    back = with_entry(taken_back(workload, held), later)
    assert history_of(after_of(back, "DaemonSet")) == (DEED, later)
    assert back.changes[-1].after is None


def test_a_deed_is_noted_on_a_deployment_too() -> None:
    change = next(one for one in plan_of(daemon_set()).changes if one.kind == "DaemonSet")
    assert history_of(noted(structs.replace(change, kind="Deployment"), DEED).after) == (DEED,)


def test_only_the_last_deeds_are_kept() -> None:
    workload = daemon_set()
    deeds = [HistoryEntry(str(number), "enabled", "me") for number in range(MOST + 2)]
    for deed in deeds:
        made = with_entry(plan_of(workload), deed)
        workload["metadata"]["annotations"][HISTORY] = after_of(made, "DaemonSet")["metadata"][
            "annotations"
        ][HISTORY]
    assert history_of(workload) == tuple(deeds[2:])


@pytest.mark.parametrize("text", ["", "{", "{}", '[{"time": 5}]', "\ud800"])
def test_a_history_that_cannot_be_read_tells_nothing(text: str) -> None:
    workload = daemon_set()
    workload["metadata"]["annotations"][HISTORY] = text
    assert history_of(workload) == ()
    del workload["metadata"]["annotations"]
    assert history_of(workload) == ()


def test_a_history_nested_without_end_tells_nothing() -> None:
    assert history_of({"metadata": {"annotations": {HISTORY: '[{"x":' + "[" * 100_000}}}) == ()
