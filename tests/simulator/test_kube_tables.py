from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_tables import since, table
from tests.simulator.filling import CREATED, NOW, Object, plain_node, pod


def shown(value: Object) -> dict[str, Any]:
    """The cells of one object by column."""
    resource = resource_of_kind(value["apiVersion"], value["kind"])
    document = table(resource, (value,), NOW, "None")
    columns = [column["name"] for column in document["columnDefinitions"]]
    return dict(zip(columns, document["rows"][0]["cells"], strict=True))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (119, "119s"),
        (120, "2m"),
        (10_799, "179m"),
        (10_800, "3h"),
        (172_799, "47h"),
        (172_800, "2d"),
    ],
)
def test_age(seconds: int, text: str) -> None:
    assert since("2024-03-01T10:00:00Z", NOW + seconds) == text


def test_an_age_of_nothing_is_unknown() -> None:
    assert since(None, NOW) == "<unknown>"


@pytest.mark.parametrize(
    ("ready", "unschedulable", "status"),
    [
        ("True", False, "Ready"),
        ("False", False, "NotReady"),
        ("Unknown", False, "NotReady"),
        ("", False, "Unknown"),
        ("True", True, "Ready,SchedulingDisabled"),
    ],
)
def test_status_of_a_node(ready: str, unschedulable: bool, status: str) -> None:
    value = plain_node(1)
    value["spec"]["unschedulable"] = unschedulable
    value["status"]["conditions"] = [{"type": "Ready", "status": ready}] if ready else []
    assert shown(value)["Status"] == status


def test_roles_of_a_node() -> None:
    labels = {"node-role.kubernetes.io/master": "", "node-role.kubernetes.io/control-plane": ""}
    assert shown(plain_node(1, **labels))["Roles"] == "control-plane,master"
    assert shown(plain_node(1))["Roles"] == "<none>"


def container(**state: Any) -> list[Object]:
    return [{"name": "ccm", "ready": False, "restartCount": 4, "state": state}]


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (container(waiting={"reason": "CrashLoopBackOff"}), "CrashLoopBackOff"),
        (container(terminated={"reason": "Error", "exitCode": 255}), "Error"),
        (container(terminated={"exitCode": 2}), "ExitCode:2"),
        (container(running={}), "Running"),
    ],
)
def test_status_of_a_pod(statuses: list[Object], status: str) -> None:
    cells = shown(pod("ccm-1", containerStatuses=statuses))
    assert (cells["Ready"], cells["Status"], cells["Restarts"]) == ("0/1", status, "4")


def test_a_pod_that_was_restarted_and_is_being_deleted() -> None:
    statuses = container(running={})
    statuses[0]["lastState"] = {"terminated": {"finishedAt": "2024-03-01T09:55:00Z"}}
    value = pod("ccm-1", containerStatuses=statuses)
    value["metadata"]["deletionTimestamp"] = CREATED
    cells = shown(value)
    assert (cells["Status"], cells["Restarts"]) == ("Terminating", "4 (5m ago)")


def named(kind: str, api_version: str = "v1", **parts: Any) -> Object:
    meta = {"name": "x", "namespace": "team", "creationTimestamp": CREATED}
    return {"kind": kind, "apiVersion": api_version, "metadata": meta, **parts}


@pytest.mark.parametrize(
    ("value", "cells"),
    [
        (
            named(
                "Deployment",
                "apps/v1",
                spec={"replicas": 2, "template": {"spec": {"containers": []}}},
                status={"readyReplicas": 1, "updatedReplicas": 2},
            ),
            ["x", "1/2", 2, 0, "120m", "", "", "<none>"],
        ),
        (named("Secret", type="Opaque", data={"a": "", "b": ""}), ["x", "Opaque", 2, "120m"]),
        (named("Namespace", status={"phase": "Active"}), ["x", "Active", "120m"]),
        (named("ServiceAccount"), ["x", 0, "120m"]),
        (named("Service"), ["x", "120m"]),
    ],
)
def test_cells(value: Object, cells: list[Any]) -> None:
    assert list(shown(value).values()) == cells
