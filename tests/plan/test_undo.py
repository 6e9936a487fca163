"""Single pieces taken out, each only while it still stands."""

from __future__ import annotations

import pytest

from kubectl_routes.model.undo import (
    CONFIG_HASH,
    UNDO,
    ConfigMapUndo,
    FlagUndo,
    ItemUndo,
    ListChange,
    ListUndo,
    MountUndo,
    ValueChange,
    WorkloadUndo,
)
from kubectl_routes.plan.annotations import encoded, record_in, record_of, set_annotation
from kubectl_routes.plan.cloud_config_edit import edit, fresh
from kubectl_routes.plan.edit import Edit
from kubectl_routes.plan.undo import revert_config_map, revert_workload
from tests.plan.world import KEY, NAME, Object, config_map, container_of, daemon_set, pod_of, wired

NONE = ValueChange(None, None)


def undone(workload: Object, **pieces: object) -> tuple[Object, tuple[str, ...], tuple[str, ...]]:
    """The container, the steps and what was left, once these pieces are undone."""
    record = WorkloadUndo(NAME, f"cloud-config/{KEY}", NONE, **pieces)  # type: ignore[arg-type]
    reverted = revert_workload(workload, record)
    assert reverted.after is not None
    return reverted.after, tuple(reverted.steps), tuple(reverted.left)


def test_records_survive_their_annotation() -> None:
    for record in (
        ConfigMapUndo(KEY, text=ListUndo(ListChange.REPLACED, '"x"', "x"), backup="b"),
        ConfigMapUndo(KEY, created=True, absent=("data",)),
    ):
        held = config_map("{}")
        set_annotation(held, UNDO, encoded(record))
        assert record_in(held, ConfigMapUndo) == record
    on_workload = WorkloadUndo(
        NAME,
        "a/b",
        ValueChange("x", "y"),
        None,
        FlagUndo("args", "--a", "--b"),
        "v",
        ItemUndo("v", "k"),
        "/m",
        MountUndo("/p", {"readOnly": True}),
        ValueChange(None, "h"),
        ("args",),
    )
    workload = daemon_set()
    set_annotation(workload, UNDO, encoded(on_workload))
    assert record_in(workload, WorkloadUndo) == on_workload
    set_annotation(workload, UNDO, None)
    assert (record_of(workload), record_in(workload, WorkloadUndo)) == ("", None)
    assert (record_of(None), record_in(None, ConfigMapUndo)) == ("", None)


def test_an_image_goes_back_unless_somebody_has_set_another() -> None:
    after, steps, left = undone(daemon_set(image="x:2"), image=ValueChange("x:1", "x:2"))
    assert (container_of(after)["image"], steps, left) == ("x:1", ("image: back to x:1",), ())
    after, steps, left = undone(daemon_set(image="x:3"), image=ValueChange("x:1", "x:2"))
    assert (container_of(after)["image"], steps) == ("x:3", ())
    assert left == ("the image is now x:3, which is kept",)


def test_a_flag_that_took_the_place_of_another_gives_it_back() -> None:
    flag = FlagUndo("args", "--cloud-config=/x", "--cloud-config=")
    after, steps, _ = undone(daemon_set(args=["--a", "--cloud-config=/x", "--b"]), flag=flag)
    assert container_of(after)["args"] == ["--a", "--cloud-config=", "--b"]
    assert steps == ("args: back to --cloud-config=",)


def test_write_protection_comes_back_unless_somebody_has_set_it() -> None:
    writable = MountUndo("/etc", {"readOnly": True, "recursiveReadOnly": "Enabled"})
    mount = {"name": "k8s", "mountPath": "/etc"}
    after, steps, _ = undone(daemon_set(volumeMounts=[mount]), writable=writable)
    assert container_of(after)["volumeMounts"] == [{**mount, **writable.was}]
    assert steps == ("mount at /etc: readOnly again",)
    for mounts in ([], [{**mount, "readOnly": False}]):
        after, steps, left = undone(daemon_set(volumeMounts=mounts), writable=writable)
        assert (container_of(after)["volumeMounts"], steps) == (mounts, ())
        assert left == ("the mount at /etc has been changed since",)


def test_an_item_goes_away_with_its_key() -> None:
    item = ItemUndo("cloud-config", KEY)
    after, steps, _ = undone(wired(), item=item)
    assert pod_of(after)["volumes"][0]["configMap"]["items"] == []
    assert steps == (f"volume cloud-config: remove item {KEY}",)
    after, steps, _ = undone(daemon_set(), item=item)
    assert (after, steps) == (daemon_set(), ())


def test_the_newest_of_two_items_goes_away() -> None:
    workload = wired()
    items = pod_of(workload)["volumes"][0]["configMap"]["items"]
    items.append({"key": KEY, "path": "ours"})
    after, _, _ = undone(workload, item=ItemUndo("cloud-config", KEY))
    assert pod_of(after)["volumes"][0]["configMap"]["items"] == [{"key": KEY, "path": KEY}]


def test_a_volume_that_others_use_stays() -> None:
    workload = wired(volumeMounts=[])
    user = {"volumeMounts": [{"name": "cloud-config", "mountPath": "/x"}]}
    pod_of(workload)["containers"].append({"name": "side", **user})
    pod_of(workload)["initContainers"] = [{"name": "first", **user}, {"name": "second"}]
    after, steps, left = undone(workload, volume="cloud-config")
    assert (after, steps) == (workload, ())
    assert left == ("volume cloud-config is in use by side, first",)


@pytest.mark.parametrize(
    ("metadata", "absent", "rest"),
    [
        ({}, ("annotations", "metadata"), None),
        ({}, ("annotations",), {}),
        ({}, (), {"annotations": {}}),
        ({"labels": {"a": "b"}}, ("annotations", "metadata"), {"labels": {"a": "b"}}),
        ({"annotations": {"a": "b"}}, ("annotations", "metadata"), {"annotations": {"a": "b"}}),
    ],
)
def test_the_hash_goes_away_with_the_mappings_that_were_not_there(
    metadata: Object, absent: tuple[str, ...], rest: Object | None
) -> None:
    workload = daemon_set()
    template = workload["spec"]["template"]
    template["metadata"] = metadata
    set_annotation(template, CONFIG_HASH, "h-1")
    after, steps, _ = undone(workload, hash=ValueChange(None, "h-1"), absent=absent)
    assert after["spec"]["template"].get("metadata") == rest
    assert steps == ("restart the pods",)
    after, _, _ = undone(workload, hash=ValueChange("h-0", "h-1"))
    assert after["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH] == "h-0"


def test_a_list_that_was_added_is_told_to_be_removed() -> None:
    edited = edit('{"Global": {}}', "vtb-a")
    reverted = revert_config_map(config_map(edited.text), ConfigMapUndo(KEY, text=edited.undo))
    assert reverted.steps == [f"{KEY}: remove routeTableIDs"]


def test_a_config_map_that_was_made_stays_where_others_keep_a_file_in_it() -> None:
    held = config_map(fresh("vtb-a"), binaryData={"theirs": "AAAA"})
    reverted = revert_config_map(held, ConfigMapUndo(KEY, created=True))
    assert reverted == Edit(held, {**held, "data": {}}, [f"remove key {KEY}"])


def test_a_container_that_is_gone_leaves_everything() -> None:
    workload = daemon_set(name="other")
    after, steps, left = undone(workload, flag=FlagUndo("command", "/ccm"), mount="/x")
    assert (after, steps, left) == (workload, (), (f"container {NAME} is gone",))


def test_lists_that_were_not_there_go_away_once_they_are_empty() -> None:
    workload = wired(args=["--cloud-config=/x"])
    after, _, _ = undone(
        workload,
        flag=FlagUndo("args", "--cloud-config=/x"),
        mount="/etc/kubernetes/config",
        volume="cloud-config",
        absent=("args", "volumeMounts", "volumes"),
    )
    assert {"args", "volumeMounts"}.isdisjoint(container_of(after))
    assert "volumes" not in pod_of(after)


def test_a_list_only_record_without_a_text_leaves_the_text() -> None:
    held = config_map('{"Global": {"routeTableIDs": "vtb-a"}}')
    reverted = revert_config_map(held, ConfigMapUndo(KEY))
    assert reverted.after == held


TIDIED: dict[str, tuple[tuple[str, ...], Object, Object]] = {
    "what was not there": (("data", "annotations"), {}, {}),
    "what others have put in": (
        ("data", "annotations"),
        {"data": {"x": "y"}, "annotations": {"x": "y"}},
        {"data": {"x": "y"}, "annotations": {"x": "y"}},
    ),
    "what was there and empty": (
        (),
        {"data": {}, "annotations": {}},
        {"data": {}, "annotations": {}},
    ),
}


@pytest.mark.parametrize("case", TIDIED)
@pytest.mark.parametrize("there", [True, False])
def test_mappings_go_away_if_they_were_not_there_and_are_empty(case: str, there: bool) -> None:
    absent, others, rest = TIDIED[case]
    mine = {KEY: fresh("vtb-a")} if there else {}
    held = config_map(None, data={**others.get("data", {}), **mine})
    held["metadata"]["annotations"] = {**others.get("annotations", {}), UNDO: "x"}
    after = revert_config_map(held, ConfigMapUndo(KEY, key_added=True, absent=absent)).after
    assert after is not None
    assert after.get("data") == rest.get("data")
    assert after["metadata"].get("annotations") == rest.get("annotations")


def test_mappings_that_are_gone_already_are_not_missed() -> None:
    held = config_map(None)
    del held["data"]
    reverted = revert_config_map(held, ConfigMapUndo(KEY, absent=("data", "annotations")))
    assert reverted == Edit(held, held, left=[f"key {KEY} is gone"])


def test_an_object_is_not_shown_by_its_repr() -> None:
    assert repr(Edit(None, config_map("secret"), ["a"], ["b"])) == "Edit(['a'], ['b'])"


def test_a_record_nested_without_end_is_none_that_can_be_read() -> None:
    carrier = {"metadata": {"annotations": {UNDO: '{"x":' + "[" * 100_000}}}
    assert record_in(carrier, WorkloadUndo) is None
    assert record_in(carrier, ConfigMapUndo) is None
