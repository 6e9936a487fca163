from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_access import Access
from kubectl_routes_simulator.kube_access import User
from tests.simulator.filling import NOW
from tests.simulator.filling import Client
from tests.simulator.filling import Object
from tests.simulator.filling import config_map
from tests.simulator.filling import fill

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
CONFIGS = "/api/v1/namespaces/kube-system/configmaps"
DAEMON_SETS = "/apis/apps/v1/namespaces/kube-system/daemonsets"


@pytest.fixture
def kube() -> Iterator[KubeSimulator]:
    with KubeSimulator(clock=lambda: NOW) as running:
        fill(running, nodes=1)
        yield running


@pytest.fixture
def client(kube: KubeSimulator) -> Iterator[Client]:
    client = Client(kube)
    yield client
    client.close()


def config(**data: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "x", "namespace": "kube-system"},
        "data": data,
    }


def apply(client: Client, value: Object, manager: str, query: str = "") -> Any:
    target = f"{CONFIGS}/x?fieldManager={manager}{query}"
    return client.write("PATCH", target, value, APPLY)


def managers(value: Object) -> list[tuple[str, str, Object]]:
    return [
        (one["manager"], one["operation"], one["fieldsV1"])
        for one in value["metadata"]["managedFields"]
    ]


def test_applying_creates_what_is_not_there(client: Client) -> None:
    body = yaml.safe_dump(config(a="1")).encode()
    headers = {"Content-Type": APPLY}
    target = f"{CONFIGS}/x?fieldManager=one"
    status, answer = client.send(target, method="PATCH", headers=headers, body=body)
    assert status == 201
    assert managers(json.loads(answer)) == [("one", "Apply", {"f:data": {"f:a": {}}})]


def test_applying_the_same_again_is_no_write(kube: KubeSimulator, client: Client) -> None:
    made = apply(client, config(a="1"), "one")
    version = kube.store.version
    assert apply(client, config(a="1"), "one") == made
    assert kube.store.version == version


def test_what_is_no_longer_applied_is_removed(client: Client) -> None:
    apply(client, config(a="1", b="2"), "one")
    apply(client, config(b="2", c="3"), "two")
    after = apply(client, config(d="4"), "one")
    assert after["data"] == {"b": "2", "c": "3", "d": "4"}
    assert managers(after) == [
        ("one", "Apply", {"f:data": {"f:d": {}}}),
        ("two", "Apply", {"f:data": {"f:b": {}, "f:c": {}}}),
    ]


def test_a_field_of_another_manager_is_a_conflict(client: Client) -> None:
    apply(client, config(a="1"), "one")
    answer = apply(client, config(a="2"), "two")
    assert answer == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'Apply failed with 1 conflict: conflict with "one": .data.a',
        "reason": "Conflict",
        "details": {
            "causes": [
                {
                    "reason": "FieldManagerConflict",
                    "message": 'conflict with "one"',
                    "field": ".data.a",
                }
            ]
        },
        "code": 409,
    }


def test_several_conflicts_are_listed_by_manager(client: Client) -> None:
    client.write("POST", f"{CONFIGS}?fieldManager=first", config(a="1", b="1", c="1"))
    apply(client, config(c="1", d="1"), "second")
    answer = apply(client, config(a="2", b="2", d="2"), "third")
    assert answer["message"] == (
        'Apply failed with 3 conflicts: conflicts with "first" using v1:\n- .data.a\n- .data.b\n'
        'conflicts with "second":\n- .data.d'
    )


def test_force_takes_the_fields_over(client: Client) -> None:
    apply(client, config(a="1", b="1"), "one")
    after = apply(client, config(a="2"), "two", "&force=true")
    assert after["data"] == {"a": "2", "b": "1"}
    assert managers(after) == [
        ("one", "Apply", {"f:data": {"f:b": {}}}),
        ("two", "Apply", {"f:data": {"f:a": {}}}),
    ]


def test_equal_values_are_shared(client: Client) -> None:
    apply(client, config(a="1"), "one")
    after = apply(client, config(a="1"), "two")
    assert [name for name, _, _ in managers(after)] == ["one", "two"]


def test_an_object_without_managers_has_had_one_before(kube: KubeSimulator, client: Client) -> None:
    kube.store.put(config_map("x", a="1"))
    answer = apply(client, config(a="2"), "one")
    assert answer["message"] == (
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a'
    )
    after = apply(client, config(b="2"), "one")
    assert [name for name, _, _ in managers(after)] == ["one", "before-first-apply"]


def test_a_dry_run_conflicts_all_the_same(kube: KubeSimulator, client: Client) -> None:
    apply(client, config(a="1"), "one")
    version = kube.store.version
    assert apply(client, config(a="2"), "two", "&dryRun=All")["code"] == 409
    tried = apply(client, config(a="2"), "two", "&dryRun=All&force=true")
    assert tried["data"] == {"a": "2"}
    assert kube.store.version == version


def daemon_set(*containers: Object, **pod: Any) -> Object:
    labels = {"app": "x"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "x", "finalizers": ["example.com/keep"]},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": list(containers), **pod},
            },
        },
    }


def test_lists_of_a_workload_are_owned_item_by_item(client: Client) -> None:
    target = f"{DAEMON_SETS}/x?fieldManager="
    main = {"name": "main", "image": "app:v1", "ports": [{"containerPort": 80}]}
    side = {"name": "side", "image": "side:v1", "env": [{"name": "A", "value": "b"}]}
    tolerations = [{"operator": "Exists"}]
    wanted = daemon_set(main, side, tolerations=tolerations)
    made = client.write("PATCH", f"{target}one", wanted, APPLY)
    fields = managers(made)[0][2]
    containers = fields["f:spec"]["f:template"]["f:spec"]["f:containers"]
    port: Object = {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}
    assert containers['k:{"name":"main"}'] == {
        ".": {},
        "f:image": {},
        "f:name": {},
        "f:ports": port,
    }
    assert fields["f:metadata"] == {"f:finalizers": {'v:"example.com/keep"': {}}}
    again = client.write("PATCH", f"{target}one", wanted, APPLY)
    assert again == made
    image = daemon_set({"name": "main", "image": "app:v2"}, tolerations=[])
    answer = client.write("PATCH", f"{target}two", image, APPLY)
    paths = [one["field"] for one in answer["details"]["causes"]]
    assert paths == ['.spec.template.spec.containers[name="main"].image']
    less = client.write("PATCH", f"{target}one", daemon_set(main), APPLY)
    assert [one["name"] for one in less["spec"]["template"]["spec"]["containers"]] == ["main"]
    assert "tolerations" not in less["spec"]["template"]["spec"]


def test_an_item_is_kept_for_who_still_wants_something_in_it(client: Client) -> None:
    target = f"{DAEMON_SETS}/x?fieldManager="
    main, side = {"name": "main", "image": "app:v1"}, {"name": "side", "image": "side:v1"}
    client.write("PATCH", f"{target}one", daemon_set(main, side), APPLY)
    client.write("PATCH", f"{target}two", daemon_set(side), APPLY)
    less = client.write("PATCH", f"{target}one", daemon_set(main), APPLY)
    assert [one["name"] for one in less["spec"]["template"]["spec"]["containers"]] == [
        "main",
        "side",
    ]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"kind": "Secret"}, 400, "incorrect object kind or version"),
        ({"metadata": {"name": "y"}}, 400, "does not match the name on the URL (x)"),
        ({"metadata": {"name": "x", "managedFields": [{}]}}, 400, "managedFields must be nil"),
        ({"metadata": {"name": "x", "uid": "other"}}, 422, "metadata.uid: Invalid value"),
        ({"metadata": {"name": "x", "resourceVersion": "1"}}, 409, "has been modified"),
        ({"dada": {}}, 500, ".dada: field not declared in schema"),
        ({"data": {"a": 1}}, 500, "failed to create typed patch object (kube-system/x; v1, Kind"),
    ],
)
def test_an_apply_that_is_refused(client: Client, change: Object, code: int, message: str) -> None:
    apply(client, config(a="1"), "one")
    answer = apply(client, config(a="1") | change, "one")
    assert answer["code"] == code
    assert message in answer["message"]


def test_an_apply_needs_a_manager(client: Client) -> None:
    answer = client.write("PATCH", f"{CONFIGS}/x", config(), APPLY)
    assert answer["message"] == (
        'PatchOptions.meta.k8s.io "" is invalid: '
        "fieldManager: Required value: is required for apply patch"
    )


def test_an_apply_that_creates_needs_the_right_to(tmp_path: Path) -> None:
    roles = tmp_path / "roles.yaml"
    roles.write_text(
        "kind: ClusterRole\nmetadata: {name: patcher}\n"
        'rules: [{apiGroups: [""], resources: [configmaps], verbs: [patch]}]\n'
    )
    access = Access({"t": User("alice")}, roles)
    headers = {"Authorization": "Bearer t", "Content-Type": APPLY}
    with KubeSimulator(access=access) as kube:
        fill(kube, nodes=1)
        client = Client(kube)
        body = json.dumps(config(a="1")).encode()
        target = f"{CONFIGS}/x?fieldManager=one"
        status, answer = client.send(target, method="PATCH", headers=headers, body=body)
        client.close()
    assert status == 403
    assert 'cannot create resource \\"configmaps\\"' in answer.decode()
