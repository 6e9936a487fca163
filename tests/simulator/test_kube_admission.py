"""Defaults and validation, as far as they change how CCM runs or what kubectl shows."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kubectl_routes_simulator.kube_admission import check_creation, check_update, defaulted
from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_status import Refusal
from tests.simulator.filling import Object, config_map, daemon_set, plain_node


def workload(kind: str = "DaemonSet", **pod_spec: Any) -> Object:
    value = daemon_set() | {"kind": kind}
    value["spec"]["template"]["spec"] = pod_spec
    return value


def pod_of(**pod_spec: Any) -> Object:
    found: Object = defaulted(workload(**pod_spec))["spec"]["template"]["spec"]
    return found


def container_of(**fields: Any) -> Object:
    found: Object = pod_of(containers=[fields])["containers"][0]
    return found


HTTP_GET = {"path": "/", "port": 80, "scheme": "HTTP"}


def test_a_container_of_a_daemon_set() -> None:
    field = {"fieldRef": {"fieldPath": "status.hostIP"}}
    given = {
        "name": "main",
        "image": "app:v1",
        "ports": [{"containerPort": 80}],
        "env": [{"name": "A", "valueFrom": field}],
        "livenessProbe": {"httpGet": {"port": 80}, "periodSeconds": 5},
        "lifecycle": {"preStop": {"httpGet": {"port": 80}}, "stopSignal": "SIGTERM"},
    }
    assert container_of(**given) == {
        "name": "main",
        "image": "app:v1",
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 80, "protocol": "TCP"}],
        "env": [
            {"name": "A", "valueFrom": {"fieldRef": {**field["fieldRef"], "apiVersion": "v1"}}}
        ],
        "livenessProbe": {
            "httpGet": HTTP_GET,
            "periodSeconds": 5,
            "failureThreshold": 3,
            "successThreshold": 1,
            "timeoutSeconds": 1,
        },
        "lifecycle": {"preStop": {"httpGet": HTTP_GET}, "stopSignal": "SIGTERM"},
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }


def test_a_deployment() -> None:
    value = workload("Deployment", serviceAccount="ccm")
    del value["spec"]["updateStrategy"]
    spec = defaulted(value)["spec"]
    assert spec.pop("template")["spec"] == {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
        "serviceAccount": "ccm",
        "serviceAccountName": "ccm",
    }
    assert spec == {
        "progressDeadlineSeconds": 600,
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "selector": {"matchLabels": {"app": "ccm"}},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
        },
    }


@pytest.mark.parametrize(
    ("given", "strategy"),
    [
        ({"type": "OnDelete"}, {"type": "OnDelete"}),
        (
            {"rollingUpdate": {"maxUnavailable": "50%"}},
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "50%"}},
        ),
    ],
)
def test_an_update_strategy(given: Object, strategy: Object) -> None:
    value = workload()
    value["spec"]["updateStrategy"] = given
    assert defaulted(value)["spec"]["updateStrategy"] == strategy


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("app", "Always"),
        ("app:latest", "Always"),
        ("registry:5000/app", "Always"),
        ("registry:5000/app:v1", "IfNotPresent"),
        ("app@sha256:00", "IfNotPresent"),
    ],
)
def test_when_an_image_is_pulled(image: str, policy: str) -> None:
    assert container_of(name="main", image=image)["imagePullPolicy"] == policy


def test_ports_on_the_host_network_and_volumes() -> None:
    container = {"name": "main", "ports": [{"containerPort": 80}]}
    volumes = [{"name": "a"}, {"name": "e", "secret": {"secretName": "e", "defaultMode": 256}}]
    volumes += [
        {"name": "b", "configMap": {"name": "c"}},
        {"name": "d", "hostPath": {"path": "/d"}},
    ]
    found = pod_of(hostNetwork=True, containers=[container], volumes=volumes)
    port = {"containerPort": 80, "protocol": "TCP", "hostPort": 80}
    assert found["containers"][0]["ports"] == [port]
    assert found["volumes"] == [
        {"name": "a", "emptyDir": {}},
        {"name": "e", "secret": {"secretName": "e", "defaultMode": 256}},
        {"name": "b", "configMap": {"name": "c", "defaultMode": 420}},
        {"name": "d", "hostPath": {"path": "/d", "type": ""}},
    ]


def test_what_else_has_defaults_and_what_has_none() -> None:
    secret = {"kind": "Secret", "stringData": {"a": "b"}}
    data = {"a": base64.b64encode(b"b").decode()}
    assert defaulted(secret) == {"kind": "Secret", "type": "Opaque", "data": data}
    assert defaulted(config_map("x")) == config_map("x")
    assert defaulted({"kind": "DaemonSet"}) == {"kind": "DaemonSet"}
    first, second = container_of(name="a"), container_of(name="b")
    first["resources"]["limits"] = {}
    assert second["resources"] == {}


def problems(value: Object, live: Object | None = None) -> list[tuple[str, str]]:
    """Field and message of every cause of the refusal of an object, or of its update."""
    resource = resource_of_kind(value["apiVersion"], value["kind"])
    try:
        if live is None:
            check_creation(resource, value)
        else:
            for each in (live, value):
                each["metadata"].setdefault("uid", "uid-1")
            check_update(resource, live, value)
    except Refusal as refusal:
        return [(cause.field, cause.message) for cause in (refusal.details or {})["causes"]]
    return []


def named(name: str, **meta: Any) -> Object:
    value = config_map(name)
    value["metadata"] |= meta
    return value


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (named("fine.name-1", labels={"example.com/a": "b"}, annotations={"B/c": "?"}), []),
        (named("x", annotations={"a b": ""}), ["metadata.annotations"]),
        (named("x", labels={"a": "b c"}), ["metadata.labels"]),
        (config_map("x") | {"data": {"a": "x" * 1_048_576}}, []),
    ],
)
def test_names_labels_and_config_maps(value: Object, fields: list[str]) -> None:
    assert [field for field, _ in problems(value)] == fields


@pytest.mark.parametrize(
    ("pod_spec", "fields"),
    [
        ({}, ["containers"]),
        ({"containers": [{}]}, ["containers[0].name", "containers[0].image"]),
        ({"containers": [{"name": "a", "image": "a"}] * 2}, ["containers[1].name"]),
        ({"volumes": [{"name": "c", "configMap": {}}]}, ["volumes[0].configMap.name"]),
    ],
)
def test_pod_templates(pod_spec: Object, fields: list[str]) -> None:
    given: Object = {"containers": [{"name": "a", "image": "a"}], **pod_spec}
    value = workload(**given)
    if not pod_spec:
        del value["spec"]["template"]["spec"]
    assert [field.removeprefix("spec.template.spec.") for field, _ in problems(value)] == fields


def test_selectors() -> None:
    container = {"name": "ccm", "image": "x:v1"}
    good, without, other = (workload(containers=[container]) for _ in range(3))
    del without["spec"]["selector"]
    other["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    assert problems(good) == []
    assert problems(without) == [("spec.selector", "Required value")]
    assert problems(other) == [
        (
            "spec.template.metadata.labels",
            'Invalid value: {"app":"ccm"}: `selector` does not match template `labels`',
        )
    ]


def test_what_may_not_change() -> None:
    immutable = config_map("x", a="1") | {"immutable": True}
    assert problems(immutable, immutable) == []
    assert problems(immutable, config_map("x", a="1")) == []
    changed = problems(config_map("x", a="2"), immutable)
    assert [field for field, _ in changed] == ["immutable", "data"]
    bare = plain_node(1) | {"spec": {}}
    assert problems(plain_node(1), bare) == []
    because = 'Forbidden: node updates may not change {} except from "" to valid'
    assert problems(plain_node(2), plain_node(1)) == [
        ("spec.podCIDRs", because.format("podCIDR")),
        ("spec.providerID", because.format("providerID")),
    ]
