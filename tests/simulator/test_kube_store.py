from __future__ import annotations

import msgspec
import pytest

from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_store import Object, Store, TooOld
from tests.simulator.filling import NOW, config_map, plain_node

NODES = resource_of_kind("v1", "Node")


@pytest.fixture
def store() -> Store:
    return Store(lambda: NOW)


def version_of(value: Object) -> int:
    return int(value["metadata"]["resourceVersion"])


def test_every_write_of_any_kind_raises_the_one_version(store: Store) -> None:
    bare = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "team"}}
    assert store.put(bare)["metadata"] == {
        "name": "team",
        "uid": "00000001-0000-4000-8000-000000000000",
        "resourceVersion": "1",
        "creationTimestamp": "2024-03-01T10:00:00Z",
    }
    second = store.put(config_map("cloud-config"))
    third = store.put(plain_node(2))
    again = store.put(plain_node(2))
    changed = store.put(plain_node(2, role="worker"))
    assert [version_of(value) for value in (second, third, again, changed)] == [2, 3, 3, 4]
    assert changed["metadata"]["uid"] == third["metadata"]["uid"]
    assert store.version == 4


def test_replace_hands_out_a_copy(store: Store) -> None:
    before = store.put(plain_node(1))

    def cordon(value: Object) -> None:
        value["spec"]["unschedulable"] = True

    after = store.replace("Node", "", "node-1", cordon)
    assert (before["spec"].get("unschedulable"), after["spec"]["unschedulable"]) == (None, True)
    assert store.get("Node", "", "node-1") is after


def test_absent_objects_and_kinds_not_served_are_lookup_errors(store: Store) -> None:
    with pytest.raises(LookupError):
        store.get("Node", "", "node-1")
    with pytest.raises(LookupError):
        store.delete("Node", "", "node-1")
    with pytest.raises(LookupError):
        store.replace("Node", "", "node-1", lambda _: None)
    with pytest.raises(LookupError, match="does not serve batch/v1 Job"):
        store.put({"kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": "x"}})


def test_list_is_in_the_order_of_keys_and_of_one_namespace(store: Store) -> None:
    for namespace, name in (("b", "y"), ("a", "z"), ("b", "x"), ("ba", "w")):
        store.put(config_map(name, namespace))
    listed = [value["metadata"]["name"] for value in store.list("ConfigMap")]
    assert listed == ["z", "x", "y", "w"]
    assert [value["metadata"]["name"] for value in store.list("ConfigMap", "b")] == ["x", "y"]


def test_a_view_does_not_change_under_its_reader(store: Store) -> None:
    store.put(plain_node(1))
    view = store.view(NODES)
    store.delete("Node", "", "node-1")
    assert ([item.key for item in view.items], view.version) == (["node-1"], 1)
    assert store.view(NODES).items == ()


def test_changes_since_a_version_and_none_from_a_forgotten_one(store: Store) -> None:
    store.put(plain_node(1))
    store.put(plain_node(2))
    store.delete("Node", "", "node-1")
    seen = [(one.version, one.old is None, one.new is None) for one in store.changes(NODES, 1)]
    assert seen == [(2, True, False), (3, False, True)]
    store.compact()
    assert store.changes(NODES, 3) == ()
    with pytest.raises(TooOld) as caught:
        store.changes(NODES, 2)
    assert caught.value.args == (4,)


def test_encoded_parts_are_shared_and_appear_in_the_json(store: Store) -> None:
    heavy = store.put(plain_node(1))["status"]["images"]
    store.replace("Node", "", "node-1", lambda value: value["metadata"].update(labels={}))
    found = store.find(NODES, "", "node-1")
    assert found.value["status"]["images"] is heavy
    decoded = msgspec.json.decode(found.encoded_whole)
    assert decoded["status"]["images"] == msgspec.json.decode(heavy)
    assert (decoded["kind"], decoded["apiVersion"]) == ("Node", "v1")
    assert "kind" not in msgspec.json.decode(found.encoded)
