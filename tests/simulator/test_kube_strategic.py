from __future__ import annotations

import re
from typing import Any

import pytest

from kubectl_routes_simulator.kube_bodies import strategic_patched
from kubectl_routes_simulator.kube_status import Refusal

Object = dict[str, Any]


def live() -> Object:
    return {
        "containers": [
            {
                "name": "main",
                "image": "app:v1",
                "args": ["--a", "--b"],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "volumeMounts": [{"name": "conf", "mountPath": "/etc/conf"}],
            },
            {"name": "side", "image": "side:v1"},
        ],
        "tolerations": [{"operator": "Exists"}],
        "volumes": [{"name": "conf", "configMap": {"name": "conf"}}, {"name": "tmp"}],
        "nodeSelector": {"zone": "a"},
    }


def patched(patch: Object) -> Object:
    before = live()
    after = strategic_patched(before, patch)
    assert before == live()
    return after


def main(patch: Object) -> Object:
    found: Object = patched({"containers": [{"name": "main", **patch}]})["containers"][0]
    return found


def names(items: list[Object]) -> list[str]:
    return [item["name"] for item in items]


def test_items_of_keyed_lists_are_merged() -> None:
    assert main({"image": "app:v2"}) == live()["containers"][0] | {"image": "app:v2"}
    assert main({"env": [{"name": "B", "value": "3"}, {"name": "C"}]})["env"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "3"},
        {"name": "C"},
    ]
    assert main({"volumeMounts": [{"mountPath": "/etc/conf", "readOnly": True}]})[
        "volumeMounts"
    ] == [{"name": "conf", "mountPath": "/etc/conf", "readOnly": True}]
    assert main({"ports": [{"containerPort": 80, "name": "http"}]})["ports"] == [
        {"containerPort": 80, "protocol": "TCP", "name": "http"}
    ]


def test_other_lists_are_replaced() -> None:
    assert main({"args": ["--c"]})["args"] == ["--c"]
    assert patched({"tolerations": [{"key": "x"}]})["tolerations"] == [{"key": "x"}]


def test_null_removes_a_field() -> None:
    assert "args" not in main({"args": None})
    assert "nodeSelector" not in patched({"nodeSelector": None})
    assert patched({"nodeSelector": {"zone": None, "b": "c"}})["nodeSelector"] == {"b": "c"}


def test_delete_takes_an_item_or_the_content_of_a_map() -> None:
    gone = patched({"volumes": [{"name": "conf", "$patch": "delete"}]})
    assert gone["volumes"] == [{"name": "tmp"}]
    assert patched({"nodeSelector": {"$patch": "delete"}})["nodeSelector"] == {}


def test_replace_takes_the_place_of_a_list_or_a_map() -> None:
    replaced = patched({"volumes": [{"$patch": "replace"}, {"name": "new"}]})
    assert replaced["volumes"] == [{"name": "new"}]
    selector = {"$patch": "replace", "b": "c"}
    assert patched({"nodeSelector": selector})["nodeSelector"] == {"b": "c"}
    assert patched({"nodeSelector": {"$patch": "merge", "b": "c"}})["nodeSelector"] == {
        "zone": "a",
        "b": "c",
    }


def test_retained_keys_are_the_only_ones_left() -> None:
    volume = {"name": "conf", "$retainKeys": ["name", "emptyDir"], "emptyDir": {}}
    assert patched({"volumes": [volume]})["volumes"][0] == {"name": "conf", "emptyDir": {}}
    with pytest.raises(Refusal) as caught:
        patched({"volumes": [volume | {"$retainKeys": ["name"]}]})
    assert caught.value.code == 422


def test_an_order_can_be_set() -> None:
    order = [{"name": "new"}, {"name": "main"}]
    patch = {"$setElementOrder/containers": order, "containers": [{"name": "new"}]}
    assert names(patched(patch)["containers"]) == ["new", "main", "side"]
    order = [{"name": "side"}, {"name": "main"}]
    assert names(patched({"$setElementOrder/containers": order})["containers"]) == ["side", "main"]
    order = [{"name": "side"}, {"name": "new"}]
    patch = {"$setElementOrder/containers": order, "containers": [{"name": "new"}]}
    assert names(patched(patch)["containers"]) == ["main", "side", "new"]
    patch["$setElementOrder/containers"] = [{"name": "main"}, {"name": "side"}]
    assert names(patched(patch)["containers"]) == ["main", "side", "new"]


def test_sets_of_plain_values() -> None:
    added = strategic_patched({"finalizers": ["a", "b"]}, {"finalizers": ["c", "a"]})
    assert added == {"finalizers": ["a", "b", "c"]}
    patch = {"$setElementOrder/finalizers": ["b", "a"]}
    assert strategic_patched({"finalizers": ["a", "b"]}, patch) == {"finalizers": ["b", "a"]}
    assert strategic_patched({}, patch) == {}
    owners = strategic_patched({}, {"ownerReferences": [{"uid": "x"}]})
    assert owners == {"ownerReferences": [{"uid": "x"}]}


def test_directives_do_not_survive_where_there_was_nothing() -> None:
    patch = {"affinity": {"x": {"$patch": "delete"}, "y": [{"$patch": "merge", "z": 1}]}}
    assert patched(patch)["affinity"] == {"x": {}, "y": [{"z": 1}]}


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"$patch": "twist"}, "Wrong directive type: twist"),
        ({"containers": [{"image": "app:v2"}]}, "does not contain declared merge key: name"),
        ({"containers": ["main"]}, "list element types are not identical"),
        ({"$retainKeys": "all"}, "invalid patch format"),
        ({"$setElementOrder/containers": {}}, "invalid patch format"),
    ],
)
def test_what_is_no_patch(patch: Object, message: str) -> None:
    with pytest.raises(Refusal, match=re.escape(message)):
        patched(patch)
