from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubectl_routes_simulator.kube_admission import check_creation, check_update, defaulted
from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_status import Refusal
from tests.simulator.filling import config_map, daemon_set, plain_node, pod

Object = dict[str, Any]
SPEC = "spec.template.spec"


def causes(check: Callable[[], None]) -> list[tuple[str, str]]:
    """Field and message of every cause; none when the object passes."""
    try:
        check()
    except Refusal as refusal:
        found = (refusal.details or {})["causes"]
        return [(one["field"], one["message"]) for one in found]
    return []


def of_creation(value: Object) -> list[tuple[str, str]]:
    resource = resource_of_kind(value["apiVersion"], value["kind"])
    return causes(lambda: check_creation(resource, value))


def of_update(live: Object, value: Object) -> list[tuple[str, str]]:
    for one in (live, value):
        one["metadata"].setdefault("uid", "uid-1")
    resource = resource_of_kind(value["apiVersion"], value["kind"])
    return causes(lambda: check_update(resource, live, value))


def named(name: str, **meta: Any) -> Object:
    value = config_map(name)
    value["metadata"] |= meta
    return value


def test_an_immutable_config_map_stays_as_it_is() -> None:
    live = config_map("x", a="1") | {"immutable": True}
    assert of_update(live, live) == []
    because = "Forbidden: field is immutable when `immutable` is set"
    assert of_update(live, config_map("x", a="2")) == [("immutable", because), ("data", because)]
    assert of_update(config_map("x", a="1"), live) == []


def test_a_uid_does_not_change() -> None:
    assert of_update(named("x", uid="a"), named("x", uid="b")) == [
        ("metadata.uid", 'Invalid value: "b": field is immutable')
    ]


def workload(**pod_spec: Any) -> Object:
    value = daemon_set()
    value["spec"]["template"]["spec"] |= pod_spec
    return defaulted(value)


def container(**fields: Any) -> Object:
    return {"name": "ccm", "image": "x:v1", **fields}


CONF = {"name": "conf", "configMap": {"name": "c"}}


def test_several_problems_are_told_at_once() -> None:
    value = workload(containers=[{}])
    with pytest.raises(Refusal) as caught:
        check_creation(resource_of_kind("apps/v1", "DaemonSet"), value)
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")
    assert caught.value.message == (
        'DaemonSet.apps "ccm" is invalid: [spec.template.spec.containers[0].name: Required value, '
        "spec.template.spec.containers[0].image: Required value]"
    )
    assert (caught.value.details or {})["causes"][0] == {
        "reason": "FieldValueRequired",
        "message": "Required value",
        "field": "spec.template.spec.containers[0].name",
    }


def test_a_node_keeps_its_network_and_its_instance() -> None:
    live, other = plain_node(1), plain_node(2)
    assert of_update(live, other) == [
        (
            "spec.podCIDRs",
            'Forbidden: node updates may not change podCIDR except from "" to valid',
        ),
        (
            "spec.providerID",
            'Forbidden: node updates may not change providerID except from "" to valid',
        ),
    ]
    bare = plain_node(1) | {"spec": {}}
    assert of_update(bare, live) == []


def test_a_pod_keeps_its_spec_but_for_the_image() -> None:
    live, image, node = pod("x"), pod("x"), pod("x", at_node="node-9")
    image["spec"]["containers"][0]["image"] = "registry/ccm:v2"
    assert of_update(live, image) == []
    ((field, message),) = of_update(live, node)
    assert field == "spec"
    assert message.startswith("Forbidden: pod updates may not change fields other than `spec.con")


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (named("fine.name-1", labels={"example.com/a": "b"}, annotations={"B/c": "?"}), []),
        (named(""), ["metadata.name"]),
        (named("Upper"), ["metadata.name"]),
        (named("x" * 254), ["metadata.name"]),
        (named("x", annotations={"a b": ""}), ["metadata.annotations"]),
        (named("x", labels={"a": "b c"}), ["metadata.labels"]),
        (config_map("x") | {"data": {"a b": ""}}, ["data[a b]"]),
        (config_map("x") | {"data": {"a": "x" * 1_048_577}}, ["[]"]),
        (config_map("x") | {"data": {"a": "x" * 1_048_576}}, []),
    ],
)
def test_names_labels_and_config_maps(value: Object, fields: list[str]) -> None:
    assert [field for field, _ in of_creation(value)] == fields


@pytest.mark.parametrize(
    ("pod_spec", "found"),
    [
        ({}, []),
        ({"containers": []}, [("containers", "Required value")]),
        ({"containers": [{"image": "x"}]}, [("containers[0].name", "Required value")]),
        ({"containers": [{"name": "x"}]}, [("containers[0].image", "Required value")]),
        (
            {"containers": [container(), container()]},
            [("containers[1].name", 'Duplicate value: "ccm"')],
        ),
        (
            {"containers": [container(volumeMounts=[{}])]},
            [
                ("containers[0].volumeMounts[0].name", 'Not found: ""'),
                ("containers[0].volumeMounts[0].mountPath", "Required value"),
            ],
        ),
        (
            {
                "volumes": [CONF],
                "containers": [container(volumeMounts=[{"name": "conf", "mountPath": "/a"}] * 2)],
            },
            [("containers[0].volumeMounts[1].mountPath", 'Invalid value: "/a": must be unique')],
        ),
        ({"volumes": [CONF, CONF]}, [("volumes[1].name", 'Duplicate value: "conf"')]),
        (
            {"volumes": [{"name": "c", "configMap": {}}]},
            [("volumes[0].configMap.name", "Required value")],
        ),
        (
            {"volumes": [{"name": "c", "secret": {"secretName": "s", "items": [{}]}}]},
            [
                ("volumes[0].secret.items[0].key", "Required value"),
                ("volumes[0].secret.items[0].path", "Required value"),
            ],
        ),
    ],
)
def test_pod_templates(pod_spec: Object, found: list[tuple[str, str]]) -> None:
    assert of_creation(workload(**pod_spec)) == [
        (f"{SPEC}.{field}", message) for field, message in found
    ]


def test_selectors() -> None:
    without, other = workload(), workload()
    del without["spec"]["selector"]
    other["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    mismatch = (
        "spec.template.metadata.labels",
        'Invalid value: {"app":"ccm"}: `selector` does not match template `labels`',
    )
    assert of_creation(without) == [("spec.selector", "Required value")]
    assert of_creation(other) == [mismatch]
    assert of_update(workload(), other) == [
        mismatch,
        ("spec.selector", 'Invalid value: {"matchLabels":{"app":"other"}}: field is immutable'),
    ]


def test_numbers_of_a_workload() -> None:
    value = workload()
    value["spec"]["minReadySeconds"] = -1
    assert of_creation(value) == [
        ("spec.minReadySeconds", "Invalid value: -1: must be greater than or equal to 0")
    ]
    value["spec"]["minReadySeconds"] = 0
    value["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] = 0
    field = "spec.updateStrategy.rollingUpdate.maxUnavailable"
    assert of_creation(value) == [(field, "Required value: cannot be 0 when maxSurge is 0")]
    value["spec"]["updateStrategy"] = {"type": "OnDelete"}
    assert of_creation(defaulted(value)) == []
