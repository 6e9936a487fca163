from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_access import Access, Denial, User
from tests.simulator.filling import NOW, Client, fill, refusal

ROLES = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: routes-read}
rules:
- {apiGroups: [""], resources: [nodes], verbs: [get, list]}
- {apiGroups: [apps], resources: [daemonsets], verbs: ["*"]}
- {nonResourceURLs: ["/metrics", "/debug/*"], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: routes-read, namespace: kube-system}
rules:
- {apiGroups: [""], resources: [configmaps], resourceNames: [cloud-config], verbs: [get, list]}
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [cloud-config, mine]
  verbs: [create, update, patch, delete]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: routes}
"""
AUTH = "Bearer practice-token"


@pytest.fixture
def start() -> Iterator[Any]:
    with ExitStack() as stack:

        def begin(access: Access) -> Client:
            kube = stack.enter_context(KubeSimulator(access=access, clock=lambda: NOW))
            fill(kube, nodes=2)
            client = Client(kube)
            stack.callback(client.close)
            return client

        yield begin


@pytest.fixture
def limited(start: Any, tmp_path: Path) -> Any:
    """A client whose user, alice, has exactly ROLES."""
    roles = tmp_path / "roles.yaml"
    roles.write_text(ROLES)
    return start(Access({"practice-token": User("alice"), "root": ROOT}, roles))


ROOT = User("root", ("system:masters",))


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic cm9vdDpyb290", ""])
def test_a_wrong_or_missing_token_is_unauthorized(limited: Client, header: str) -> None:
    assert limited.get("/api/v1/nodes", Authorization=header) == refusal(
        401, "Unauthorized", "Unauthorized"
    )


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/api/v1/nodes", 200),
        ("/api/v1/nodes/node-1", 200),
        ("/api/v1/nodes?watch=1", 403),
        ("/apis/apps/v1/daemonsets?watch=true&timeoutSeconds=1&resourceVersion=5", 200),
        ("/api/v1/namespaces/kube-system/configmaps/cloud-config", 200),
        ("/api/v1/namespaces/kube-system/configmaps", 403),
        (
            "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dcloud-config",
            200,
        ),
        ("/api/v1/namespaces/kube-system/pods/ccm-1/log", 200),
        ("/api/v1/namespaces/default/pods/ccm-1/log", 403),
        ("/version", 200),
        ("/apis/apps/v1", 200),
        ("/logs", 403),
    ],
)
def test_what_the_roles_admit(limited: Client, target: str, status: int) -> None:
    assert limited.send(target, headers={"Authorization": AUTH})[0] == status


@pytest.mark.parametrize(
    ("target", "message", "details"),
    [
        (
            "/api/v1/namespaces/default/pods/ccm-1/log?tailLines=5",
            'pods "ccm-1" is forbidden: User "alice" cannot get resource "pods/log" in API group '
            '"" in the namespace "default"',
            {"name": "ccm-1", "kind": "pods"},
        ),
        ("/logs", 'forbidden: User "alice" cannot get path "/logs"', {}),
    ],
)
def test_words_of_a_refusal(
    limited: Client, target: str, message: str, details: dict[str, str]
) -> None:
    assert limited.get(target, Authorization=AUTH) == refusal(403, "Forbidden", message, details)


def test_an_impersonated_user_has_its_own_rights_and_name(limited: Client) -> None:
    headers = {
        "Authorization": "Bearer root",
        "Impersonate-User": "bob",
        "Impersonate-Group": "ops",
    }
    status, body = limited.send("/api/v1/secrets", headers=headers)
    assert status == 403
    assert b'secrets is forbidden: User \\"bob\\" cannot list' in body
    masters = headers | {"Impersonate-Group": "system:masters"}
    assert limited.send("/api/v1/secrets", headers=masters)[0] == 200


def test_who_may_not_impersonate_is_told_so(limited: Client) -> None:
    answer = limited.get("/api/v1/nodes", Authorization=AUTH, Impersonate_User="root")
    assert answer["message"] == (
        'users "root" is forbidden: User "alice" cannot impersonate resource "users" '
        'in API group "" at the cluster scope'
    )


def test_a_denial_takes_away_one_thing(start: Any) -> None:
    client = start(
        Access(denied=(Denial("list", "nodes"), Denial("get", "secrets", "ak", "kube-system")))
    )
    assert client.get("/api/v1/nodes")["code"] == 403
    assert client.get("/api/v1/nodes/node-1")["kind"] == "Node"
    assert client.get("/api/v1/namespaces/kube-system/secrets/ak")["code"] == 403
    assert client.get("/api/v1/namespaces/kube-system/secrets/other")["code"] == 404


def review(**attributes: str) -> dict[str, Any]:
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "spec": {"resourceAttributes": attributes},
    }


SSAR = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def test_an_access_review_of_a_path(limited: Client) -> None:
    def allowed(path: str) -> bool:
        spec = {"nonResourceAttributes": {"path": path, "verb": "get"}}
        answer = limited.post(SSAR, {"spec": spec}, Authorization=AUTH)
        return bool(answer["status"]["allowed"])

    paths = ("/metrics", "/debug/pprof", "/logs")
    assert [allowed(path) for path in paths] == [True, True, False]


def test_an_access_review_without_attributes_is_refused(limited: Client) -> None:
    assert limited.post(SSAR, {"spec": {}}, Authorization=AUTH)["code"] == 400
    headers = {"Authorization": AUTH, "Content-Type": "text/plain"}
    assert limited.send(SSAR, method="POST", headers=headers, body=b"x")[0] == 415
    headers["Content-Type"] = "application/vnd.kubernetes.protobuf"
    for body in (b"x", b"k8s\x00\x12\x7fcut", b"k8s\x00\x08\x01"):
        assert limited.send(SSAR, method="POST", headers=headers, body=body)[0] == 400
    headers["Content-Type"] = "application/json"
    assert limited.send(SSAR, method="POST", headers=headers, body=b"{")[0] == 400


def test_a_subject_review_names_the_user(limited: Client) -> None:
    target = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    answer = limited.post(target, {}, Authorization=AUTH)
    assert answer["status"] == {
        "userInfo": {"username": "alice", "groups": ["system:authenticated"]}
    }


CONFIGS = "/api/v1/namespaces/kube-system/configmaps"
CCM = "/apis/apps/v1/namespaces/kube-system/daemonsets/ccm"
MERGE = "application/merge-patch+json"


@pytest.mark.parametrize(
    ("method", "target", "verb", "allowed"),
    [
        ("PUT", f"{CONFIGS}/cloud-config", "update", True),
        ("PATCH", f"{CONFIGS}/cloud-config", "patch", True),
        ("DELETE", f"{CONFIGS}/cloud-config", "delete", True),
        ("DELETE", f"{CONFIGS}/other", "delete", False),
        ("POST", CONFIGS, "create", False),
        ("PATCH", CCM, "patch", True),
        ("PATCH", f"{CCM}/status", "patch", False),
        ("PATCH", "/api/v1/nodes/node-1", "patch", False),
    ],
)
def test_writes_need_their_own_verbs(
    limited: Client, method: str, target: str, verb: str, allowed: bool
) -> None:
    headers = {"Authorization": AUTH, "Content-Type": MERGE if method == "PATCH" else ""}
    body = b'{"metadata":{"name":"cloud-config"}}' if method == "PUT" else b"{}"
    target = f"{target}?dryRun=All"
    status, answer = limited.send(target, method=method, headers=headers, body=body)
    assert status == (200 if allowed else 403)
    if not allowed:
        assert f'User \\"alice\\" cannot {verb} resource' in answer.decode()


@pytest.mark.parametrize(
    ("verb", "name", "allowed"),
    [
        ("patch", "cloud-config", True),
        ("patch", "other", False),
        ("patch", "", False),
        ("create", "mine", True),
        ("create", "", False),
    ],
)
def test_a_review_of_a_write_goes_by_the_same_roles(
    limited: Client, verb: str, name: str, allowed: bool
) -> None:
    asked = review(verb=verb, resource="configmaps", namespace="kube-system", name=name)
    answer = limited.post(SSAR, asked, Authorization=AUTH)
    assert answer["status"] == {"allowed": allowed}
