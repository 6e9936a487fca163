"""Strategic merge patches: live object, patch, and what comes of them."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from kubectl_routes_simulator.kube_bodies import strategic_patched
from kubectl_routes_simulator.kube_status import Refusal

Object = dict[str, Any]


def named(*names: str) -> list[Object]:
    return [{"name": name} for name in names]


A, B = {"name": "A", "value": "1"}, {"name": "B", "value": "2"}
MOUNT, PORT = {"mountPath": "/c", "name": "conf"}, {"containerPort": 80, "protocol": "TCP"}
SELECTOR = {"nodeSelector": {"zone": "a"}}
ORDER, FINALIZERS = "$setElementOrder/containers", "$setElementOrder/finalizers"


@pytest.mark.parametrize(
    ("live", "patch", "after"),
    [
        # Items of keyed lists are merged.
        ({"env": [A, B]}, {"env": [{"name": "B", "value": "3"}]}, {"env": [A, B | {"value": "3"}]}),
        ({"env": [A, B]}, {"env": [{"name": "C"}]}, {"env": [A, B, {"name": "C"}]}),
        (
            {"volumeMounts": [MOUNT]},
            {"volumeMounts": [{"mountPath": "/c", "readOnly": True}]},
            {"volumeMounts": [MOUNT | {"readOnly": True}]},
        ),
        (
            {"ports": [PORT]},
            {"ports": [{"containerPort": 80, "name": "http"}]},
            {"ports": [PORT | {"name": "http"}]},
        ),
        # Other lists are replaced.
        ({"args": ["--a", "--b"]}, {"args": ["--c"]}, {"args": ["--c"]}),
        (
            {"tolerations": [{"operator": "Exists"}]},
            {"tolerations": [{"key": "x"}]},
            {"tolerations": [{"key": "x"}]},
        ),
        # A null removes a field.
        ({"args": ["--a"], "image": "x"}, {"args": None}, {"image": "x"}),
        (SELECTOR, {"nodeSelector": None}, {}),
        (SELECTOR, {"nodeSelector": {"zone": None, "b": "c"}}, {"nodeSelector": {"b": "c"}}),
        # Directives, in items and in maps.
        (
            {"volumes": named("a", "b")},
            {"volumes": [{"name": "a", "$patch": "delete"}]},
            {"volumes": named("b")},
        ),
        (SELECTOR, {"nodeSelector": {"$patch": "delete"}}, {"nodeSelector": {}}),
        (
            {"volumes": named("a", "b")},
            {"volumes": [{"$patch": "replace"}, {"name": "c"}]},
            {"volumes": named("c")},
        ),
        (
            SELECTOR,
            {"nodeSelector": {"$patch": "replace", "b": "c"}},
            {"nodeSelector": {"b": "c"}},
        ),
        (
            SELECTOR,
            {"nodeSelector": {"$patch": "merge", "b": "c"}},
            {"nodeSelector": {"zone": "a", "b": "c"}},
        ),
        # They do not survive where there was nothing.
        (
            {},
            {"affinity": {"x": {"$patch": "delete"}, "y": [{"$patch": "merge", "z": 1}]}},
            {"affinity": {"x": {}, "y": [{"z": 1}]}},
        ),
        # Retained keys are the only ones left.
        (
            {"volumes": [{"name": "a", "configMap": {"name": "a"}}]},
            {"volumes": [{"name": "a", "$retainKeys": ["name", "emptyDir"], "emptyDir": {}}]},
            {"volumes": [{"name": "a", "emptyDir": {}}]},
        ),
        # An order can be set; others stay before what they stood before.
        *(
            (
                {"containers": named("main", "side")},
                {ORDER: named(*order), "containers": named(*added)},
                {"containers": named(*after)},
            )
            for order, added, after in (
                (("new", "main"), ["new"], ("new", "main", "side")),
                (("side", "main"), [], ("side", "main")),
                (("side", "new"), ["new"], ("main", "side", "new")),
                (("main", "side"), ["new"], ("main", "side", "new")),
            )
        ),
        # Sets of plain values.
        ({"finalizers": ["a", "b"]}, {"finalizers": ["c", "a"]}, {"finalizers": ["a", "b", "c"]}),
        ({"finalizers": ["a", "b"]}, {FINALIZERS: ["b", "a"]}, {"finalizers": ["b", "a"]}),
        ({}, {FINALIZERS: ["b", "a"]}, {}),
        ({}, {"ownerReferences": [{"uid": "x"}]}, {"ownerReferences": [{"uid": "x"}]}),
    ],
)
def test_what_a_patch_makes_of_an_object(live: Object, patch: Object, after: Object) -> None:
    before = copy.deepcopy(live)
    assert strategic_patched(live, patch) == after
    assert live == before


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"$patch": "twist"}, "Wrong directive type: twist"),
        ({"containers": [{"image": "app:v2"}]}, "does not contain declared merge key: name"),
        ({"containers": ["main"]}, "list element types are not identical"),
        ({"$retainKeys": "all"}, "invalid patch format"),
        ({"$retainKeys": ["name"], "emptyDir": {}}, "non-retained fields in $retainKeys"),
        ({"$setElementOrder/containers": {}}, "invalid patch format"),
    ],
)
def test_what_is_no_patch(patch: Object, message: str) -> None:
    with pytest.raises(Refusal, match=re.escape(message)):
        strategic_patched({"containers": named("main")}, patch)
