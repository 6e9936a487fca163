"""What the simulated API server makes of writes, beyond what tests/contract holds it to."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.kube import KubeSimulator
from tests.simulator.filling import Client, Object, config_map, daemon_set

CONFIGS = "/api/v1/namespaces/kube-system/configmaps"
CONFIG = f"{CONFIGS}/cloud-config"
CCM = "/apis/apps/v1/namespaces/kube-system/daemonsets/ccm"
JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"


def test_a_new_object_gets_what_only_the_server_may_say(client: Client) -> None:
    wanted = daemon_set()
    wanted["metadata"] |= {"name": "fresh", "uid": "mine", "generation": 9, "managedFields": [{}]}
    made = client.write("POST", CCM.removesuffix("/ccm"), wanted)
    meta = made["metadata"]
    assert (meta["generation"], meta["creationTimestamp"]) == (1, "2024-03-01T10:00:00Z")
    assert meta["uid"] != "mine"
    assert [entry["manager"] for entry in meta["managedFields"]] == ["tester"]
    assert made["status"]["numberReady"] == 0


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"kind": "Secret"}, 400, "converting (v1.Secret) to (v1.ConfigMap): unknown conversion"),
        ({"apiVersion": "v2"}, 400, "(v2) does not match the expected API version (v1)"),
        (
            {"metadata": {"name": "x", "resourceVersion": "5"}},
            500,
            "resourceVersion should not be set on objects to be created",
        ),
        ({"data": {"a": "x" * 3_145_728}}, 413, "Request entity too large: limit is 3145728"),
    ],
)
def test_a_creation_that_is_refused(
    client: Client, change: Object, code: int, message: str
) -> None:
    answer = client.write("POST", CONFIGS, config_map("x") | change)
    assert answer["code"] == code
    assert message in answer["message"]


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ([{"op": "replace", "path": "/none/x", "value": 1}], 422),
        ([{"op": "replace", "path": "", "value": 1}], 422),
        ([{"op": "twist", "path": "/data"}], 422),
        ([{"op": "remove", "path": "/data"}] * 10_001, 413),
    ],
)
def test_a_json_patch_that_does_not_apply(client: Client, patch: Any, code: int) -> None:
    before = client.get(CONFIG)
    assert client.write("PATCH", CONFIG, patch, JSON_PATCH)["code"] == code
    assert client.get(CONFIG) == before


def test_a_merge_patch(client: Client) -> None:
    client.write("PATCH", CONFIG, {"data": {"a": "1", "b": "2"}}, MERGE)
    patched = client.write("PATCH", CONFIG, {"data": {"a": None, "b": "3"}}, MERGE)
    assert patched["data"] == {"cloud-config.conf": "{}", "b": "3"}
    assert client.write("PATCH", CONFIG, {"metadata": {"name": "other"}}, MERGE)["code"] == 400
    assert client.write("PATCH", CONFIG, {"metadata": {"name": None}}, MERGE)["code"] == 400
    assert client.write("PATCH", CONFIG, [], MERGE)["code"] == 400


@pytest.mark.parametrize(
    ("method", "kind", "body", "status"),
    [
        ("POST", "text/plain", b"{}", 415),
        ("POST", "application/vnd.kubernetes.protobuf", b"x", 400),
        ("POST", "", b"{", 400),
        ("POST", "", b"[]", 400),
        ("POST", "application/yaml", b"metadata: {name: written}", 415),
        ("PATCH", MERGE, b"{x", 400),
        ("PATCH", JSON_PATCH, b"{x", 400),
    ],
)
def test_formats(client: Client, method: str, kind: str, body: bytes, status: int) -> None:
    headers, target = {"Content-Type": kind}, CONFIGS if method == "POST" else CONFIG
    assert client.send(target, method=method, headers=headers, body=body)[0] == status


def test_what_changes_nothing_stays_as_a_scenario_has_put_it(
    kube: KubeSimulator, client: Client
) -> None:
    def spec() -> Object:
        found: Object = kube.store.get("DaemonSet", "kube-system", "ccm")["spec"]
        return found

    version, before = kube.store.version, spec()
    heavy = kube.store.get("Node", "", "node-1")["status"]["images"]
    assert client.write("PATCH", CCM, {"spec": {"paused": False}}, MERGE) == client.get(CCM)
    assert client.write("PATCH", "/api/v1/nodes/node-1", [], JSON_PATCH)["kind"] == "Node"
    assert kube.store.version == version
    labels = {"metadata": {"labels": {"a": "b"}}}
    client.write("PATCH", "/api/v1/nodes/node-1", labels, MERGE)
    assert kube.store.get("Node", "", "node-1")["status"]["images"] is heavy
    client.write("PATCH", CCM, {"metadata": {"annotations": {"a": "b"}, "generation": 9}}, MERGE)
    assert spec() is before
    client.write("PATCH", CCM, {"spec": {"minReadySeconds": 5}}, MERGE)
    assert spec()["template"] is before["template"]


def test_status_is_written_through_its_subresource_only(client: Client) -> None:
    before = client.get(CCM)
    patch = {"spec": {"minReadySeconds": 5}, "status": {"numberReady": 3}}
    spec = client.write("PATCH", CCM, patch, MERGE)
    assert (spec["spec"]["minReadySeconds"], spec["status"]) == (5, before["status"])
    patch = {"spec": {"minReadySeconds": 9}, "status": {"numberReady": 3}}
    status = client.write("PATCH", f"{CCM}/status", patch, MERGE)
    assert status["spec"]["minReadySeconds"] == 5
    assert status["status"] == before["status"] | {"numberReady": 3}
    assert status["metadata"]["generation"] == 2
    entries = status["metadata"]["managedFields"]
    assert [entry.get("subresource", "") for entry in entries] == ["", "status"]
