from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube import KubeSimulator
from tests.simulator.filling import NOW, Client, Object, config_map, daemon_set, fill
from tests.simulator.manifests import images, node

CONFIGS = "/api/v1/namespaces/kube-system/configmaps"
CONFIG = f"{CONFIGS}/cloud-config"
DAEMON_SETS = "/apis/apps/v1/namespaces/kube-system/daemonsets"
CCM = f"{DAEMON_SETS}/ccm"
JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


@pytest.fixture
def kube() -> Iterator[KubeSimulator]:
    with KubeSimulator(clock=lambda: NOW) as running:
        fill(running, nodes=2)
        yield running


def refused(answer: Any) -> tuple[int, str, str]:
    return answer["code"], answer["reason"], answer["message"]


def causes(answer: Any) -> list[tuple[str, str]]:
    return [(one["field"], one["message"]) for one in answer["details"]["causes"]]


def test_a_new_object_gets_what_only_the_server_may_say(client: Client) -> None:
    wanted = config_map("fresh", key="value")
    wanted["metadata"] |= {"uid": "mine", "generation": 7}
    made = client.write("POST", CONFIGS, wanted)
    assert made == {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {
            "name": "fresh",
            "namespace": "kube-system",
            "uid": "00000007-0000-4000-8000-000000000000",
            "resourceVersion": "7",
            "creationTimestamp": "2024-03-01T10:00:00Z",
            "managedFields": [
                {
                    "manager": "tester",
                    "operation": "Update",
                    "apiVersion": "v1",
                    "time": "2024-03-01T10:00:00Z",
                    "fieldsType": "FieldsV1",
                    "fieldsV1": {},
                }
            ],
        },
        "data": {"key": "value"},
    }
    assert client.get(f"{CONFIGS}/fresh") == made


def test_a_name_can_be_left_to_the_server(client: Client) -> None:
    wanted = config_map("x", key="value")
    wanted["metadata"] = {"generateName": "made-"}
    first, second = (client.write("POST", CONFIGS, wanted)["metadata"] for _ in range(2))
    assert first["name"].startswith("made-")
    assert len(first["name"]) == len("made-") + 5
    assert first["name"] != second["name"]
    assert first["namespace"] == "kube-system"


def test_what_exists_is_not_created_again(client: Client) -> None:
    answer = client.write("POST", CONFIGS, config_map("cloud-config"))
    assert refused(answer) == (
        409,
        "AlreadyExists",
        'configmaps "cloud-config" already exists',
    )
    assert answer["details"] == {"name": "cloud-config", "kind": "configmaps"}


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (
            {"kind": "Secret"},
            400,
            'Secret in version "v1" cannot be handled as a ConfigMap: '
            "converting (v1.Secret) to (v1.ConfigMap): unknown conversion",
        ),
        (
            {"apiVersion": "v2"},
            400,
            "the API version in the data (v2) does not match the expected API version (v1)",
        ),
        (
            {"metadata": {"name": "x", "namespace": "other"}},
            400,
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        (
            {"data": {"port": 80}},
            400,
            'ConfigMap in version "v1" cannot be handled as a ConfigMap: '
            "'int' object has no attribute 'encode'",
        ),
        (
            {"metadata": {"name": "x", "resourceVersion": "5"}},
            500,
            "resourceVersion should not be set on objects to be created",
        ),
        (
            {"metadata": {}},
            422,
            'ConfigMap "" is invalid: metadata.name: Required value: '
            "name or generateName is required",
        ),
    ],
)
def test_a_creation_that_is_refused(
    client: Client, change: Object, code: int, message: str
) -> None:
    answer = client.write("POST", CONFIGS, config_map("x") | change)
    assert (answer["code"], answer["message"]) == (code, message)


def test_nothing_is_created_in_a_namespace_that_there_is_not(client: Client) -> None:
    wanted = config_map("x", namespace="team")
    answer = client.write("POST", "/api/v1/namespaces/team/configmaps", wanted)
    assert refused(answer) == (404, "NotFound", 'namespaces "team" not found')


def test_an_update_replaces_and_keeps_what_the_server_has_set(client: Client) -> None:
    before = client.get(CONFIG)
    after = client.write("PUT", CONFIG, config_map("cloud-config", other="x"))
    assert after["data"] == {"other": "x"}
    for name in ("uid", "creationTimestamp"):
        assert after["metadata"][name] == before["metadata"][name]
    assert after["metadata"]["resourceVersion"] == "7"


@pytest.mark.parametrize(
    ("meta", "code", "reason", "message"),
    [
        (
            {"resourceVersion": "2"},
            409,
            "Conflict",
            'Operation cannot be fulfilled on daemonsets.apps "ccm": the object has been modified; '
            "please apply your changes to the latest version and try again",
        ),
        (
            {"uid": "other"},
            409,
            "Conflict",
            'Operation cannot be fulfilled on daemonsets.apps "ccm": StorageError: invalid object, '
            "Code: 4, Key: /registry/daemonsets/kube-system/ccm, ResourceVersion: 0, "
            "AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object "
            "meta: 00000003-0000-4000-8000-000000000000",
        ),
        (
            {"name": "other"},
            400,
            "BadRequest",
            "the name of the object (other) does not match the name on the URL (ccm)",
        ),
        (
            {"namespace": "other"},
            400,
            "BadRequest",
            "the namespace of the object (other) does not match the namespace on the request "
            "(kube-system)",
        ),
    ],
)
def test_an_update_that_is_refused(
    client: Client, meta: Object, code: int, reason: str, message: str
) -> None:
    wanted = daemon_set()
    wanted["metadata"] |= meta
    assert refused(client.write("PUT", CCM, wanted)) == (code, reason, message)


def test_what_is_not_there_is_neither_updated_nor_patched(client: Client) -> None:
    target = f"{DAEMON_SETS}/none"
    wanted = daemon_set()
    wanted["metadata"]["name"] = "none"
    message = 'daemonsets.apps "none" not found'
    for answer in (
        client.write("PUT", target, wanted),
        client.write("PATCH", target, {}, MERGE),
        client.write("DELETE", target),
    ):
        assert refused(answer) == (404, "NotFound", message)


def test_an_event_may_be_created_by_its_first_update(client: Client) -> None:
    target = "/api/v1/namespaces/default/events/told"
    told = {"metadata": {"name": "told"}, "reason": "Noted", "involvedObject": {"kind": "Node"}}
    assert client.write("PUT", target, told)["metadata"]["namespace"] == "default"
    assert client.get(target)["reason"] == "Noted"


def test_a_lease_is_not_updated_blindly(client: Client) -> None:
    leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    lease = {"metadata": {"name": "ccm"}, "spec": {"holderIdentity": "a"}}
    made = client.write("POST", leases, lease)
    answer = client.write("PUT", f"{leases}/ccm", lease)
    assert causes(answer) == [
        ("metadata.resourceVersion", "Invalid value: 0: must be specified for an update")
    ]
    made["spec"]["holderIdentity"] = "b"
    assert client.write("PUT", f"{leases}/ccm", made)["spec"] == {"holderIdentity": "b"}


def test_a_json_patch_that_tests_the_version(client: Client) -> None:
    version = client.get(CONFIG)["metadata"]["resourceVersion"]
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "add", "path": "/data/more", "value": "x"},
    ]
    assert client.write("PATCH", CONFIG, patch, JSON_PATCH)["data"] == {
        "cloud-config.conf": "{}",
        "more": "x",
    }
    answer = client.write("PATCH", CONFIG, patch, JSON_PATCH)
    message = "the server rejected our request due to an error in our request"
    assert refused(answer) == (422, "Invalid", message)
    assert answer["details"] == {}


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ([{"op": "remove", "path": "/data/none"}], 422),
        ([{"op": "replace", "path": "/none/x", "value": 1}], 422),
        ([{"op": "replace", "path": "", "value": 1}], 422),
        ([{"op": "twist", "path": "/data"}], 422),
        ({"op": "remove", "path": "/data"}, 400),
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


def test_a_patch_for_another_version_or_uid_is_refused(client: Client) -> None:
    stale = client.write("PATCH", CONFIG, {"metadata": {"resourceVersion": "1"}}, MERGE)
    assert refused(stale) == (
        409,
        "Conflict",
        'Operation cannot be fulfilled on configmaps "cloud-config": the object has been modified; '
        "please apply your changes to the latest version and try again",
    )
    other = client.write("PATCH", CONFIG, {"metadata": {"uid": "other"}}, MERGE)
    assert other["code"] == 422
    assert causes(other) == [("metadata.uid", 'Invalid value: "other": field is immutable')]
    named = client.write("PATCH", CONFIG, {"metadata": {"name": "other"}}, MERGE)
    assert named["code"] == 400


def test_formats_that_are_not_understood(client: Client) -> None:
    assert client.write("POST", CONFIGS, {}, "text/plain")["code"] == 415
    answer = client.write("PATCH", CONFIG, {}, "application/json")
    assert refused(answer) == (
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, "
        "application/strategic-merge-patch+json (given application/json)",
    )
    for kind in (MERGE, JSON_PATCH):
        headers = {"Content-Type": kind}
        assert client.send(CONFIG, method="PATCH", headers=headers, body=b"{x")[0] == 400
    assert client.send(CONFIGS, method="POST", body=b"{")[0] == 400
    assert client.send(CONFIGS, method="POST", body=b"[]")[0] == 400
    assert client.write("PATCH", CONFIG, [], MERGE)["code"] == 400


def test_a_body_that_is_too_large(client: Client) -> None:
    answer = client.write("POST", CONFIGS, config_map("x", a="x" * 3_145_728))
    message = "Request entity too large: limit is 3145728"
    assert refused(answer) == (413, "RequestEntityTooLarge", message)


def test_yaml_is_understood(client: Client) -> None:
    body = b"metadata: {name: written}\ndata: {a: b}\n"
    headers = {"Content-Type": "application/yaml"}
    assert client.send(CONFIGS, method="POST", headers=headers, body=body)[0] == 201
    assert client.get(f"{CONFIGS}/written")["data"] == {"a": "b"}
    assert client.send(CONFIGS, method="POST", headers=headers, body=b"{a: [")[0] == 400


def test_writing_what_is_there_is_no_write(kube: KubeSimulator, client: Client) -> None:
    version = kube.store.version
    same = client.get(CCM)
    assert client.write("PUT", CCM, same) == same
    assert client.write("PATCH", CCM, {"spec": {"paused": False}}, MERGE) == same
    assert client.write("PATCH", "/api/v1/nodes/node-1", [], JSON_PATCH)["kind"] == "Node"
    assert kube.store.version == version


def test_generation_rises_with_the_spec_only(client: Client) -> None:
    def generation(patch: Object) -> int:
        return int(client.write("PATCH", CCM, patch, MERGE)["metadata"]["generation"])

    assert generation({"metadata": {"annotations": {"a": "b"}}}) == 1
    assert generation({"spec": {"minReadySeconds": 5}}) == 2
    assert generation({"metadata": {"generation": 9}}) == 2


def test_the_template_stays_as_a_scenario_has_put_it_until_it_changes(
    kube: KubeSimulator, client: Client
) -> None:
    def spec() -> Object:
        found: Object = kube.store.get("DaemonSet", "kube-system", "ccm")["spec"]
        return found

    before = spec()
    client.write("PATCH", CCM, {"metadata": {"annotations": {"a": "b"}}}, MERGE)
    assert spec() is before
    client.write("PATCH", CCM, {"spec": {"minReadySeconds": 5}}, MERGE)
    assert spec() is not before
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
    assert [one.get("subresource", "") for one in entries] == ["", "status"]


def test_a_heavy_node_can_be_labelled(kube: KubeSimulator, client: Client) -> None:
    heavy = images(2)
    kube.store.put(node("node-9", internal_ip="10.0.0.9", images=heavy))
    labels = {"metadata": {"labels": {"a": "b"}}}
    patched = client.write("PATCH", "/api/v1/nodes/node-9", labels, MERGE)
    assert len(patched["status"]["images"]) == 2
    assert kube.store.get("Node", "", "node-9")["status"]["images"] is heavy


@pytest.mark.parametrize(
    "write",
    [
        ("POST", CONFIGS, config_map("tried", a="b"), "application/json"),
        ("PUT", CONFIG, config_map("cloud-config", a="b"), "application/json"),
        ("PATCH", CONFIG, {"data": {"a": "b"}}, MERGE),
        ("DELETE", CONFIG, None, "application/json"),
    ],
)
def test_a_dry_run_answers_as_if_and_stores_nothing(
    kube: KubeSimulator, client: Client, write: tuple[str, str, Any, str]
) -> None:
    method, target, value, kind = write
    version, configs = kube.store.version, client.get(CONFIGS)["items"]
    answer = client.write(method, f"{target}?dryRun=All&fieldManager=m", value, kind)
    assert "code" not in answer
    if value is not None:
        assert answer["data"]["a"] == "b"
        assert answer["metadata"]["managedFields"][0]["manager"] == "m"
    assert kube.store.version == version
    assert client.get(CONFIGS)["items"] == configs


def test_a_dry_run_shows_no_version_of_its_own(client: Client) -> None:
    made = client.write("POST", f"{CONFIGS}?dryRun=All", config_map("tried"))["metadata"]
    assert ("uid" in made, "resourceVersion" in made) == (True, False)
    patch = {"spec": {"minReadySeconds": 5}}
    meta = client.write("PATCH", f"{CCM}?dryRun=All", patch, MERGE)["metadata"]
    assert (meta["generation"], meta["resourceVersion"]) == (2, "3")
    answer = client.write("POST", f"{CONFIGS}?dryRun=All", config_map("cloud-config"))
    assert answer["reason"] == "AlreadyExists"


BAD_FIELDS = b'{"metadata":{"name":"x","foo":1},"data":{"a":"b","a":"c"},"bar":2}'
UNKNOWN = ['unknown field "metadata.foo"', 'duplicate field "data.a"', 'unknown field "bar"']


def managers(value: Object) -> list[tuple[str, str, Object]]:
    return [
        (one["manager"], one["operation"], one["fieldsV1"])
        for one in value["metadata"]["managedFields"]
    ]


def test_a_write_that_is_committed_but_not_answered(kube: KubeSimulator, client: Client) -> None:
    kube.server.faults.add(Fault(FaultKind.DROP_AFTER_COMMIT, "PATCH /api"))
    with pytest.raises(Exception, match=r"closed connection|Connection aborted"):
        client.write("PATCH", CONFIG, {"data": {"a": "b"}}, MERGE)
    assert client.get(CONFIG)["data"]["a"] == "b"
    kube.server.faults.add(Fault(FaultKind.REFUSE, "PATCH /api", status=500))
    client.send(CONFIG, method="PATCH", body=b"{}")
    logged = [(one.method, one.committed, one.status) for one in kube.server.requests]
    assert logged == [("PATCH", True, 0), ("GET", True, 200), ("PATCH", False, 500)]


def test_the_log_keeps_bodies_when_told_to(kube: KubeSimulator, client: Client) -> None:
    client.write("PATCH", CONFIG, {}, MERGE)
    kube.server.keep_bodies = True
    client.write("PATCH", CONFIG, {}, MERGE)
    logged = [(one.content_type, one.body) for one in kube.server.requests]
    assert logged == [(MERGE, b""), (MERGE, b"{}")]
