from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.kube_admission import defaulted
from tests.simulator.filling import config_map, daemon_set

Object = dict[str, Any]


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


def test_a_daemon_set() -> None:
    value = workload()
    del value["spec"]["updateStrategy"]
    spec = defaulted(value)["spec"]
    assert spec == {
        "selector": {"matchLabels": {"app": "ccm"}},
        "template": {
            "metadata": {"labels": {"app": "ccm"}},
            "spec": {
                "dnsPolicy": "ClusterFirst",
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {},
                "terminationGracePeriodSeconds": 30,
            },
        },
        "updateStrategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
        },
        "revisionHistoryLimit": 10,
    }
    value["spec"]["updateStrategy"] = {"type": "OnDelete"}
    assert defaulted(value)["spec"]["updateStrategy"] == {"type": "OnDelete"}
    value["spec"]["updateStrategy"] = {"rollingUpdate": {"maxUnavailable": "50%"}}
    assert defaulted(value)["spec"]["updateStrategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "50%"},
    }


def test_a_deployment() -> None:
    value = workload("Deployment")
    del value["spec"]["updateStrategy"]
    spec = defaulted(value)["spec"]
    assert {key: spec[key] for key in spec if key not in ("selector", "template")} == {
        "progressDeadlineSeconds": 600,
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
        },
    }


def test_a_container() -> None:
    probe = {"httpGet": {"port": 80}, "periodSeconds": 5}
    given = {
        "name": "main",
        "image": "app:v1",
        "ports": [{"containerPort": 80}],
        "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}],
        "livenessProbe": probe,
        "lifecycle": {"preStop": {"httpGet": {"port": 80}}, "stopSignal": "SIGTERM"},
    }
    assert container_of(**given) == {
        "name": "main",
        "image": "app:v1",
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 80, "protocol": "TCP"}],
        "env": [
            {
                "name": "A",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.hostIP"}},
            }
        ],
        "livenessProbe": {
            "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
            "periodSeconds": 5,
            "failureThreshold": 3,
            "successThreshold": 1,
            "timeoutSeconds": 1,
        },
        "lifecycle": {
            "preStop": {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}},
            "stopSignal": "SIGTERM",
        },
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }


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


def test_ports_on_the_host_network() -> None:
    container = {"name": "main", "ports": [{"containerPort": 80}]}
    (found,) = pod_of(hostNetwork=True, containers=[container])["containers"]
    assert found["ports"] == [{"containerPort": 80, "protocol": "TCP", "hostPort": 80}]


def test_volumes() -> None:
    given = [
        {"name": "a"},
        {"name": "b", "configMap": {"name": "c"}},
        {"name": "d", "hostPath": {"path": "/d"}},
        {"name": "e", "secret": {"secretName": "e", "defaultMode": 256}},
    ]
    assert pod_of(volumes=given)["volumes"] == [
        {"name": "a", "emptyDir": {}},
        {"name": "b", "configMap": {"name": "c", "defaultMode": 420}},
        {"name": "d", "hostPath": {"path": "/d", "type": ""}},
        {"name": "e", "secret": {"secretName": "e", "defaultMode": 256}},
    ]


def test_the_service_account_under_both_names() -> None:
    for name in ("serviceAccount", "serviceAccountName"):
        found = pod_of(**{name: "ccm"})
        assert (found["serviceAccount"], found["serviceAccountName"]) == ("ccm", "ccm")


def test_defaults_are_not_shared_between_objects() -> None:
    first, second = container_of(name="a"), container_of(name="b")
    first["resources"]["limits"] = {}
    assert second["resources"] == {}


def test_what_has_none() -> None:
    assert defaulted(config_map("x")) == config_map("x")
    bare = {"kind": "DaemonSet", "metadata": {}}
    assert defaulted(dict(bare)) == bare
