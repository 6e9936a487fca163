"""Taking one write of this run back, whatever has happened to its object since."""

from __future__ import annotations

from copy import deepcopy

import pytest
from msgspec import structs

from kubectl_routes.model.plan import Change
from kubectl_routes.model.undo import UNDO
from kubectl_routes.plan.rollback import reverse_change
from tests.plan.world import (
    KEY,
    NAME,
    Object,
    carried_out,
    change_of,
    config_map,
    container_of,
    daemon_set,
    plan_of,
    taken_back,
    wired,
)

CREATED = change_of(plan_of(daemon_set()), "ConfigMap")
TURNED = change_of(plan_of(daemon_set()), "DaemonSet")
LISTED = change_of(plan_of(wired(), config_map("{}")), "ConfigMap")


def there(change: Change) -> Object:
    assert change.after is not None
    return deepcopy(change.after)


def outcome(
    change: Change, stored: Object | None, now: Object | None
) -> tuple[Change | None, list[str]]:
    """The write, and what has to stay."""
    reversal = reverse_change(change, stored, now)
    return reversal.change, reversal.left


def test_what_was_made_is_deleted_again() -> None:
    now = there(CREATED)
    assert reverse_change(CREATED, now, now).change == Change(
        "ConfigMap", "kube-system", "cloud-config", now, None
    )


def test_what_is_gone_needs_no_write() -> None:
    assert outcome(CREATED, there(CREATED), None) == (None, [])
    name = f"DaemonSet kube-system/{NAME}"
    assert outcome(TURNED, there(TURNED), None) == (None, [f"{name} is gone"])


def test_what_was_deleted_is_made_again_without_what_the_server_fills_in() -> None:
    gone = taken_back(*carried_out(plan_of(daemon_set()), daemon_set(), None))
    change = change_of(gone, "ConfigMap")
    assert change.before is not None
    full = deepcopy(change.before)
    full["metadata"] |= {"uid": "u", "resourceVersion": "9", "generation": 1, "managedFields": []}
    made = reverse_change(
        Change(change.kind, change.namespace, change.name, full, None), None, None
    ).change
    assert made is not None
    assert (made.before, made.after) == (None, change.before)
    assert outcome(change, None, config_map("{}")) == (
        None,
        ["ConfigMap kube-system/cloud-config is there again, created by another client"],
    )


def test_an_object_that_nobody_has_touched_since_comes_back_whole() -> None:
    for change in (TURNED, LISTED):
        stored = there(change)
        stored["metadata"]["resourceVersion"] = "99"
        now = {**deepcopy(stored), "status": {"numberReady": 1}}
        reversal = reverse_change(change, stored, now)
        assert reversal.change is not None
        assert (reversal.change.before, reversal.left) == (now, [])
        after = reversal.change.after
        assert after is not None
        assert change.before is not None
        assert after["metadata"]["resourceVersion"] == "99"
        part = "spec" if "spec" in after else "data"
        assert after[part] == change.before[part]
        assert UNDO not in after["metadata"].get("annotations", {})


def test_what_others_have_changed_since_stays() -> None:
    now = there(TURNED)
    container_of(now)["command"].append("--theirs")
    container_of(now)["image"] = "their:image"
    container_of(now)["volumeMounts"] = []
    reversal = reverse_change(TURNED, there(TURNED), now)
    assert reversal.left == ["nothing is mounted at /etc/kubernetes/config any more"]
    assert reversal.change is not None
    assert reversal.change.before == now
    assert reversal.change.after is not None
    assert container_of(reversal.change.after) == {
        **container_of(daemon_set()),
        "command": [*container_of(daemon_set())["command"], "--theirs"],
        "image": "their:image",
    }


def test_the_record_of_an_earlier_enable_comes_back_too() -> None:
    workload, held = carried_out(plan_of(wired(), config_map("{}")), wired(), config_map("{}"))
    assert held is not None
    for change in plan_of(workload, held, ("vtb-c",)).changes:
        now = there(change)
        now["metadata"]["labels"] = {"theirs": "x"}
        (now.get("data") or now["spec"])["theirs"] = "x"
        reversal = reverse_change(change, there(change), now)
        assert reversal.change is not None
        assert reversal.change.after is not None
        before = held if change.kind == "ConfigMap" else workload
        annotations = reversal.change.after["metadata"]["annotations"]
        assert annotations[UNDO] == before["metadata"]["annotations"][UNDO]


def test_a_config_map_into_which_others_have_put_a_file_stays() -> None:
    now = there(CREATED)
    now["binaryData"] = {"theirs": "AAAA"}
    after = there(CREATED)
    del after["metadata"]["annotations"][UNDO]
    expected = Change(
        "ConfigMap",
        "kube-system",
        "cloud-config",
        now,
        {**after, "data": {}, "binaryData": {"theirs": "AAAA"}},
    )
    assert outcome(CREATED, there(CREATED), now) == (expected, [])


def test_a_second_enable_of_somebody_else_is_not_overwritten() -> None:
    for change, where in ((TURNED, "DaemonSet"), (CREATED, "ConfigMap")):
        stored = there(change)
        stored["metadata"]["annotations"][UNDO] = "another record"
        # The content is the same; only the record shows that another client came between.
        name = NAME if where == "DaemonSet" else "cloud-config"
        assert outcome(structs.replace(change, undo=None), stored, there(change)) == (
            None,
            [f"{where} kube-system/{name} was changed by another client, and is left as it is"],
        )


def test_an_earlier_record_comes_back_with_the_whole() -> None:
    workload, held = carried_out(plan_of(wired(), config_map("{}")), wired(), config_map("{}"))
    assert held is not None
    for change in plan_of(workload, held, ("vtb-c",)).changes:
        reversal = reverse_change(change, there(change), there(change)).change
        assert reversal is not None
        assert reversal.after == change.before


@pytest.mark.parametrize(
    ("before", "theirs"), [(None, {}), ({}, {}), (None, {"x": "y"}), ({"x": "y"}, {"x": "y"})]
)
def test_annotations_go_away_if_there_were_none(
    before: dict[str, str] | None, theirs: dict[str, str]
) -> None:
    held = config_map("{}")
    if before is not None:
        held["metadata"]["annotations"] = before
    change = change_of(plan_of(wired(), held), "ConfigMap")
    now = there(change)
    now["metadata"]["annotations"] |= theirs
    reversal = reverse_change(change, there(change), now).change
    assert reversal is not None
    assert reversal.after is not None
    assert reversal.after["metadata"].get("annotations") == (theirs or before)


def test_a_write_whose_answer_was_lost_is_taken_out_by_its_pieces() -> None:
    reversal = reverse_change(LISTED, None, there(LISTED))
    assert reversal.change is not None
    assert reversal.change.after is not None
    assert reversal.change.after["data"] == {KEY: "{}"}
    reversal = reverse_change(CREATED, None, there(CREATED))
    assert reversal.change is not None
    assert reversal.change.after is None


def test_a_text_that_others_have_broken_is_left() -> None:
    now = there(LISTED)
    now["data"][KEY] = "[]"
    assert outcome(LISTED, there(LISTED), now) == (
        None,
        ["ConfigMap kube-system/cloud-config cannot be undone: it is not an object"],
    )


def test_a_disable_upon_which_others_have_written_is_left() -> None:
    objects = carried_out(plan_of(wired(), config_map("{}")), wired(), config_map("{}"))
    change = change_of(taken_back(*objects), "DaemonSet")
    now = there(change)
    container_of(now)["image"] = "their:image"
    before = deepcopy(now)
    assert outcome(change, there(change), now) == (
        None,
        [f"DaemonSet kube-system/{NAME} was changed by another client, and is left as it is"],
    )
    assert now == before


def test_data_that_was_not_there_goes_away() -> None:
    held = config_map(None)
    del held["data"]
    change = change_of(plan_of(wired(), held), "ConfigMap")
    reversal = reverse_change(change, there(change), there(change))
    assert reversal.change is not None
    assert reversal.change.after == held
