"""Who may do what on the simulated API server, by roles as deploy/ has them."""

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
ALICE, ROOT = {"Authorization": "Bearer practice-token"}, {"Authorization": "Bearer root"}
SYSTEM = "/api/v1/namespaces/kube-system"
CCM = "/apis/apps/v1/namespaces/kube-system/daemonsets/ccm"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


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
    """A client of a server on which alice has exactly ROLES."""
    roles = tmp_path / "roles.yaml"
    roles.write_text(ROLES)
    root = User("root", ("system:masters",))
    return start(Access({"practice-token": User("alice"), "root": root}, roles))


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic cm9vdDpyb290", ""])
def test_a_wrong_or_missing_token_is_unauthorized(limited: Client, header: str) -> None:
    answer = limited.get("/api/v1/nodes", Authorization=header)
    assert answer == refusal(401, "Unauthorized", "Unauthorized")


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/api/v1/nodes", 200),
        ("GET", "/api/v1/nodes/node-1", 200),
        ("GET", "/api/v1/nodes?watch=1", 403),
        ("GET", "/apis/apps/v1/daemonsets?watch=true&timeoutSeconds=1&resourceVersion=5", 200),
        ("GET", f"{SYSTEM}/configmaps/cloud-config", 200),
        ("GET", f"{SYSTEM}/configmaps", 403),
        ("GET", f"{SYSTEM}/configmaps?fieldSelector=metadata.name%3Dcloud-config", 200),
        ("GET", f"{SYSTEM}/pods/ccm-1/log", 200),
        ("GET", "/api/v1/namespaces/default/pods/ccm-1/log", 403),
        ("GET", "/version", 200),
        ("GET", "/apis/apps/v1", 200),
        ("GET", "/logs", 403),
        ("PUT", f"{SYSTEM}/configmaps/cloud-config", 200),
        ("PATCH", f"{SYSTEM}/configmaps/cloud-config", 200),
        ("DELETE", f"{SYSTEM}/configmaps/cloud-config", 200),
        ("DELETE", f"{SYSTEM}/configmaps/other", 403),
        ("POST", f"{SYSTEM}/configmaps", 403),
        ("PATCH", CCM, 200),
        ("PATCH", f"{CCM}/status", 403),
        ("PATCH", "/api/v1/nodes/node-1", 403),
    ],
)
def test_what_the_roles_admit(limited: Client, method: str, target: str, status: int) -> None:
    kind = "application/merge-patch+json" if method == "PATCH" else ""
    body = b'{"metadata":{"name":"cloud-config"}}' if method == "PUT" else b"{}"
    path = target if method == "GET" else f"{target}?dryRun=All"
    headers = {**ALICE, "Content-Type": kind}
    assert limited.send(path, method=method, headers=headers, body=body)[0] == status


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({**ROOT, "Impersonate-User": "bob", "Impersonate-Group": "ops"}, 403, b'User \\"bob\\"'),
        ({**ROOT, "Impersonate-User": "bob", "Impersonate-Group": "system:masters"}, 200, b""),
        ({**ALICE, "Impersonate-User": "root"}, 403, b'\\"alice\\" cannot impersonate'),
    ],
)
def test_an_impersonated_user_has_its_own_rights(
    limited: Client, headers: dict[str, str], status: int, words: bytes
) -> None:
    answer = limited.send("/api/v1/secrets", headers=headers)
    assert answer[0] == status
    assert words in answer[1]


def test_a_denial_takes_away_one_thing(start: Any) -> None:
    secret = Denial("get", "secrets", "ak", "kube-system")
    client = start(Access(denied=(Denial("list", "nodes"), secret)))
    assert client.get("/api/v1/nodes")["code"] == 403
    assert client.get("/api/v1/nodes/node-1")["kind"] == "Node"
    assert client.get(f"{SYSTEM}/secrets/ak")["code"] == 403
    assert client.get(f"{SYSTEM}/secrets/other")["code"] == 404


CONFIG_MAPS = {"resource": "configmaps", "namespace": "kube-system"}


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        ({"nonResourceAttributes": {"path": "/metrics", "verb": "get"}}, True),
        ({"nonResourceAttributes": {"path": "/debug/pprof", "verb": "get"}}, True),
        ({"nonResourceAttributes": {"path": "/logs", "verb": "get"}}, False),
        ({"resourceAttributes": {**CONFIG_MAPS, "verb": "patch", "name": "cloud-config"}}, True),
        ({"resourceAttributes": {**CONFIG_MAPS, "verb": "patch", "name": "other"}}, False),
        ({"resourceAttributes": {**CONFIG_MAPS, "verb": "patch"}}, False),
        ({"resourceAttributes": {**CONFIG_MAPS, "verb": "create", "name": "mine"}}, True),
    ],
)
def test_an_access_review_goes_by_the_same_roles(
    limited: Client, spec: dict[str, Any], allowed: bool
) -> None:
    given = limited.write("POST", REVIEWS, {"spec": spec}, **ALICE)
    assert (given["spec"], given["status"]) == (spec, {"allowed": allowed})


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"spec": {}}', 400),
        ("application/json", b"{", 400),
        ("text/plain", b"x", 415),
        ("application/vnd.kubernetes.protobuf", b"k8s\x00\x12\x7fcut", 400),
        ("application/vnd.kubernetes.protobuf", b"k8s\x00\x08\x01", 400),
    ],
)
def test_an_access_review_that_is_none(
    limited: Client, kind: str, body: bytes, status: int
) -> None:
    headers = {**ALICE, "Content-Type": kind}
    assert limited.send(REVIEWS, method="POST", headers=headers, body=body)[0] == status
