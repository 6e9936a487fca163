"""Single pieces taken out, each only while it still stands.

golden/undo.txt shows each case: the steps, what was left, and what changes in the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_routes.model.undo import (
    CONFIG_HASH,
    UNDO,
    ConfigMapUndo,
    FlagUndo,
    ItemUndo,
    MountUndo,
    ValueChange,
    WorkloadUndo,
)
from kubectl_routes.plan.annotations import record_in, record_of, set_annotation
from kubectl_routes.plan.cloud_config_edit import edit, fresh
from kubectl_routes.plan.edit import Edit
from kubectl_routes.plan.undo import revert_config_map, revert_workload
from tests.plan.world import (
    KEY,
    MOUNT,
    NAME,
    VOLUME,
    Object,
    compare,
    config_map,
    daemon_set,
    pod_of,
    shown_edit,
    wired,
)

NONE = ValueChange(None, None)
IMAGE = ValueChange("x:1", "x:2")
ETC = {"name": "k8s", "mountPath": "/etc"}
WRITABLE = MountUndo("/etc", {"readOnly": True, "recursiveReadOnly": "Enabled"})
ITEM = ItemUndo("cloud-config", KEY)
TWO_ITEMS = [{"key": KEY, "path": KEY}, {"key": KEY, "path": "ours"}]
USER = {"volumeMounts": [{"name": "cloud-config", "mountPath": "/x"}]}
HASH = ValueChange(None, "h-1")
BOTH = ("annotations", "metadata")


def hashed(metadata: Object) -> Object:
    workload = daemon_set()
    workload["spec"]["template"]["metadata"] = metadata
    set_annotation(workload["spec"]["template"], CONFIG_HASH, "h-1")
    return workload


def used() -> Object:
    """The volume is mounted in other containers."""
    workload = wired(volumeMounts=[])
    pod_of(workload)["containers"].append({"name": "side", **USER})
    pod_of(workload)["initContainers"] = [{"name": "first", **USER}, {"name": "second"}]
    return workload


WORKLOADS: dict[str, tuple[Object, dict[str, Any]]] = {
    "the image": (daemon_set(image="x:2"), {"image": IMAGE}),
    "another image": (daemon_set(image="x:3"), {"image": IMAGE}),
    "a flag that took the place of another": (
        daemon_set(args=["--a", "--cloud-config=/x", "--b"]),
        {"flag": FlagUndo("args", "--cloud-config=/x", "--cloud-config=")},
    ),
    "write protection": (daemon_set(volumeMounts=[ETC]), {"writable": WRITABLE}),
    "write protection that others have set": (
        daemon_set(volumeMounts=[{**ETC, "readOnly": False}]), {"writable": WRITABLE}
    ),
    "write protection of a mount that is gone": (
        daemon_set(volumeMounts=[]), {"writable": WRITABLE}
    ),
    "an item": (wired(), {"item": ITEM}),
    "an item of a volume that is gone": (daemon_set(), {"item": ITEM}),
    "the newest of two items": (
        wired(volumes=[{**VOLUME, "configMap": {"name": "cloud-config", "items": TWO_ITEMS}}]),
        {"item": ITEM},
    ),
    "a volume that others use": (used(), {"volume": "cloud-config"}),
    "the hash before": (hashed({}), {"hash": ValueChange("h-0", "h-1")}),
    "a template that had no metadata": (hashed({}), {"hash": HASH, "absent": BOTH}),
    "a template that had no annotations": (hashed({}), {"hash": HASH, "absent": BOTH[:1]}),
    "a template that had both": (hashed({}), {"hash": HASH}),
    "others have set a label": (hashed({"labels": {"a": "b"}}), {"hash": HASH, "absent": BOTH}),
    "others have annotated": (hashed({"annotations": {"a": "b"}}), {"hash": HASH, "absent": BOTH}),
    "the container is gone": (
        daemon_set(name="other"), {"flag": FlagUndo("command", "/ccm"), "mount": "/x"}
    ),
    "lists that were not there": (
        wired(args=["--cloud-config=/x"]),
        {
            "flag": FlagUndo("args", "--cloud-config=/x"),
            "mount": MOUNT["mountPath"],
            "volume": "cloud-config",
            "absent": ("args", "volumeMounts", "volumes"),
        },
    ),
}  # fmt: skip

ADDED = edit('{"Global": {}}', "vtb-a")
MADE = config_map(fresh("vtb-a"))
CREATED = ConfigMapUndo(KEY, created=True)


def recorded(mine: Object, **theirs: Any) -> Object:
    """A ConfigMap with a record and what others have put into it."""
    held = config_map(None, data={**theirs, **mine})
    held["metadata"]["annotations"] = {**theirs, UNDO: "x"}
    return held


def without_data() -> Object:
    held = config_map(None)
    del held["data"]
    return held


KEY_ADDED = ConfigMapUndo(KEY, key_added=True, absent=("data", "annotations"))
CONFIG_MAPS: dict[str, tuple[Object, ConfigMapUndo]] = {
    "a list that was added": (config_map(ADDED.text), ConfigMapUndo(KEY, text=ADDED.undo)),
    "a record without a text": (
        config_map('{"Global": {"routeTableIDs": "vtb-a"}}'), ConfigMapUndo(KEY)
    ),
    "a ConfigMap that was made": (MADE, CREATED),
    "a ConfigMap that was made, and holds a file of others": (
        {**MADE, "binaryData": {"theirs": "AAAA"}}, CREATED
    ),
    "mappings that were not there": (recorded({KEY: fresh("vtb-a")}), KEY_ADDED),
    "mappings that were not there, and hold more": (
        recorded({KEY: fresh("vtb-a")}, x="y"), KEY_ADDED
    ),
    "mappings that were there": (
        recorded({KEY: fresh("vtb-a")}), ConfigMapUndo(KEY, key_added=True)
    ),
    "the key is gone": (recorded({}), KEY_ADDED),
    "the key is gone, others are there": (recorded({}, x="y"), KEY_ADDED),
    "the mappings are gone": (without_data(), ConfigMapUndo(KEY, absent=("data", "annotations"))),
}  # fmt: skip


def cases() -> Iterator[tuple[str, str]]:
    for name, (workload, pieces) in WORKLOADS.items():
        record = WorkloadUndo(NAME, f"cloud-config/{KEY}", NONE, **pieces)
        yield name, shown_edit(revert_workload(workload, record))
    for name, (held, undo) in CONFIG_MAPS.items():
        yield name, shown_edit(revert_config_map(held, undo))


def test_what_enable_has_put_in_is_taken_out(request: pytest.FixtureRequest) -> None:
    compare(request, "undo", cases())


def test_a_carrier_without_an_annotation_has_no_record() -> None:
    assert (record_of(None), record_in(None, ConfigMapUndo)) == ("", None)
    assert (record_of(wired()), record_in(wired(), WorkloadUndo)) == ("", None)


def test_a_record_nested_without_end_is_none_that_can_be_read() -> None:
    carrier = {"metadata": {"annotations": {UNDO: '{"x":' + "[" * 100_000}}}
    assert record_in(carrier, WorkloadUndo) is None


def test_an_object_is_not_shown_by_its_repr() -> None:
    assert repr(Edit(None, config_map("secret"), ["a"], ["b"])) == "Edit(['a'], ['b'])"
