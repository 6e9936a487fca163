from __future__ import annotations

import gzip
import json
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import urllib3
import yaml

from kubectl_routes_simulator.kube import KubeSimulator
from tests.simulator.filling import NOW, Client, fill, names, plain_node, pod
from tests.simulator.manifests import images, node

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kube(clock: Clock) -> Iterator[KubeSimulator]:
    with KubeSimulator(clock=clock) as running:
        fill(running)
        yield running


def pages(client: Client, target: str) -> list[Any]:
    """Every page of a list; ``target`` ends in a limit."""
    found = [client.get(target)]
    while token := found[-1]["metadata"].get("continue"):
        found.append(client.get(f"{target}&continue={token}"))
    return found


def test_a_list_of_everything(client: Client) -> None:
    listed = client.get("/api/v1/nodes")
    assert (listed["kind"], listed["apiVersion"]) == ("NodeList", "v1")
    assert listed["metadata"] == {"resourceVersion": "11"}
    assert names(listed) == [f"node-{at}" for at in range(1, 8)]
    assert "kind" not in listed["items"][0]


def test_pages_show_one_moment_and_count_what_remains(kube: KubeSimulator, client: Client) -> None:
    first = client.get("/api/v1/nodes?limit=3")
    kube.store.delete("Node", "", "node-5")
    kube.store.put(plain_node(9))
    target = f"/api/v1/nodes?limit=3&continue={first['metadata']['continue']}"
    second = client.get(target)
    third = client.get(f"/api/v1/nodes?limit=3&continue={second['metadata']['continue']}")
    assert [names(page) for page in (first, second, third)] == [
        ["node-1", "node-2", "node-3"],
        ["node-4", "node-5", "node-6"],
        ["node-7"],
    ]
    shown = [page["metadata"] for page in (first, second, third)]
    assert [meta["resourceVersion"] for meta in shown] == ["11"] * 3
    assert [meta.get("remainingItemCount") for meta in shown] == [4, 1, None]
    assert "node-5" not in names(client.get("/api/v1/nodes"))


def test_a_last_page_that_is_just_full_has_no_token(client: Client) -> None:
    assert [len(page["items"]) for page in pages(client, "/api/v1/nodes?limit=7")] == [7]


def test_under_a_selector_pages_are_full_and_nobody_counts(client: Client) -> None:
    found = pages(client, "/api/v1/nodes?labelSelector=zone%3Da&limit=2")
    assert [names(page) for page in found] == [["node-1", "node-3"], ["node-5", "node-7"]]
    assert all("remainingItemCount" not in page["metadata"] for page in found)


def test_pages_of_one_namespace_stay_in_it(kube: KubeSimulator, client: Client) -> None:
    for at in range(2, 5):
        kube.store.put(pod(f"ccm-{at}"))
    stray = pod("stray")
    stray["metadata"]["namespace"] = "kube-system2"
    kube.store.put(stray)
    found = pages(client, "/api/v1/namespaces/kube-system/pods?limit=3")
    assert [names(page) for page in found] == [["ccm-1", "ccm-2", "ccm-3"], ["ccm-4"]]
    everywhere = pages(client, "/api/v1/pods?limit=3")
    assert [names(page) for page in everywhere][1] == ["ccm-4", "stray"]


def test_version_zero_is_served_whole_whatever_the_limit(client: Client) -> None:
    listed = client.get("/api/v1/nodes?resourceVersion=0&limit=3")
    assert (len(listed["items"]), listed["metadata"]) == (7, {"resourceVersion": "11"})


def test_an_expired_token_is_a_410_that_offers_to_go_on(
    kube: KubeSimulator, client: Client
) -> None:
    first = client.get("/api/v1/nodes?limit=3")
    kube.expire_tokens()
    answer = client.get(f"/api/v1/nodes?limit=3&continue={first['metadata']['continue']}")
    assert (answer["code"], answer["reason"]) == (410, "Expired")
    assert answer["message"].startswith("The provided continue parameter is too old to display")
    rest = client.get(f"/api/v1/nodes?continue={answer['metadata']['continue']}")
    assert names(rest) == ["node-4", "node-5", "node-6", "node-7"]


def test_a_token_expires_by_itself(client: Client, clock: Clock) -> None:
    token = client.get("/api/v1/nodes?limit=3")["metadata"]["continue"]
    clock.now += 301
    assert client.get(f"/api/v1/nodes?limit=3&continue={token}")["code"] == 410


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("continue=%21", 400, "invalid continue token: continue key is not valid"),
        ("continue=bm90IGpzb24", 400, "invalid continue token: continue key is not valid"),
        ("continue=e30", 400, "invalid continue token: continue key is not valid"),
        ("continue=eyJ2IjoieCIsInJ2IjoxLCJzdGFydCI6IngifQ", 400, "does not recognize"),
        ("continue=e30&resourceVersion=5", 400, "is not allowed when using continue"),
        ("limit=x", 400, "invalid syntax"),
        ("resourceVersion=x", 500, "invalid syntax"),
        ("resourceVersion=x&limit=1", 400, "invalid resource version: resourceVersion: Invalid"),
        ("resourceVersion=99", 504, "Too large resource version: 99, current: 11"),
        ("resourceVersion=3&resourceVersionMatch=Exact", 410, "is too old"),
        ("labelSelector=a%20b", 400, "unable to parse requirement"),
    ],
)
def test_a_list_that_is_refused(client: Client, query: str, code: int, message: str) -> None:
    answer = client.get(f"/api/v1/nodes?{query}")
    assert (answer["kind"], answer["code"]) == ("Status", code)
    assert message in answer["message"]


def test_an_exact_version_that_is_still_true(client: Client) -> None:
    listed = client.get("/api/v1/nodes?resourceVersion=7&resourceVersionMatch=Exact")
    assert len(listed["items"]) == 7


def test_one_object_with_its_kind(client: Client) -> None:
    found = client.get("/apis/apps/v1/namespaces/kube-system/daemonsets/ccm")
    assert (found["kind"], found["apiVersion"]) == ("DaemonSet", "apps/v1")
    assert found["metadata"]["generation"] == 1
    assert client.get("/api/v1/nodes/node-1/status")["spec"]["podCIDR"] == "172.16.1.0/24"


@pytest.mark.parametrize(
    ("target", "message", "details"),
    [
        ("/api/v1/nodes/x", 'nodes "x" not found', {"name": "x", "kind": "nodes"}),
        (
            "/apis/apps/v1/namespaces/default/daemonsets/x",
            'daemonsets.apps "x" not found',
            {"name": "x", "group": "apps", "kind": "daemonsets"},
        ),
        ("/api/v1/foos", "the server could not find the requested resource", {}),
        ("/api/v1/namespaces/x/nodes", "the server could not find the requested resource", {}),
        ("/api/v1/pods/ccm-1", "the server could not find the requested resource", {}),
        ("/api/v1/nodes/node-1/proxy", "the server could not find the requested resource", {}),
    ],
)
def test_what_is_not_there(
    client: Client, target: str, message: str, details: dict[str, str]
) -> None:
    assert client.get(target) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": "NotFound",
        "details": details,
        "code": 404,
    }


def test_a_path_outside_the_api_is_a_plain_page(client: Client) -> None:
    assert client.send("/nowhere") == (404, b"404 page not found\n")


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/api/v1/secrets"),
        ("PUT", "/api/v1/namespaces/default/services/x"),
        ("PATCH", "/api/v1/namespaces/default/services/x"),
        ("DELETE", "/api/v1/namespaces/default/services/x"),
        ("POST", "/api/v1/namespaces/kube-system/pods"),
        ("POST", "/api/v1/configmaps"),
        ("DELETE", "/api/v1/configmaps"),
        ("POST", "/api/v1/nodes/node-1"),
        ("PATCH", "/api/v1/namespaces/kube-system/pods/ccm-1/log"),
        ("POST", "/version"),
        ("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    ],
)
def test_methods_that_are_not_offered(client: Client, method: str, target: str) -> None:
    status, body = client.send(target, method=method, body=b"{}")
    assert (status, json.loads(body)["reason"]) == (405, "MethodNotAllowed")


def test_a_client_that_cannot_read_json_is_told_so(client: Client) -> None:
    for target in ("/api/v1/nodes", "/version"):
        answer = client.get(target, Accept="application/vnd.kubernetes.protobuf")
        assert (answer["code"], answer["reason"]) == (406, "NotAcceptable")
    both = "application/vnd.kubernetes.protobuf,application/json"
    assert client.get("/api/v1/nodes", Accept=both)["kind"] == "NodeList"


def test_nodes_as_a_table(client: Client) -> None:
    shown = client.get("/api/v1/nodes?limit=1", Accept=TABLE)
    assert (shown["kind"], shown["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert set(shown["metadata"]) == {"resourceVersion", "continue", "remainingItemCount"}
    columns = [(one["name"], one["priority"]) for one in shown["columnDefinitions"]]
    assert columns == [
        ("Name", 0),
        ("Status", 0),
        ("Roles", 0),
        ("Age", 0),
        ("Version", 0),
        ("Internal-IP", 1),
        ("External-IP", 1),
        ("OS-Image", 1),
        ("Kernel-Version", 1),
        ("Container-Runtime", 1),
    ]
    (row,) = shown["rows"]
    assert row["cells"][:6] == ["node-1", "Ready", "<none>", "120m", "v1.30.4-aliyun.1", "10.0.0.1"]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert row["object"]["metadata"]["name"] == "node-1"


@pytest.mark.parametrize(("include", "kind"), [("Object", "Node"), ("None", None)])
def test_what_a_row_carries(client: Client, include: str, kind: str | None) -> None:
    shown = client.get(f"/api/v1/nodes/node-1?includeObject={include}", Accept=TABLE)
    carried = shown["rows"][0]["object"]
    assert (carried and carried["kind"]) == kind


def test_the_log_of_a_pod(kube: KubeSimulator, client: Client) -> None:
    target = "/api/v1/namespaces/kube-system/pods/ccm-1/log"
    assert client.send(target) == (200, b"one\ntwo\nthree\n")
    assert client.send(f"{target}?tailLines=2") == (200, b"two\nthree\n")
    assert client.send(f"{target}?tailLines=0") == (200, b"")
    assert client.send(f"{target}?container=ccm&limitBytes=5") == (200, b"one\nt")
    kube.logs.append("kube-system", "ccm-1", "ccm", "panic", previous=True)
    assert client.send(f"{target}?previous=true") == (200, b"panic\n")
    kube.logs.forget("kube-system", "ccm-1")
    assert client.send(target) == (200, b"")


def test_logs_that_there_are_not(kube: KubeSimulator, client: Client) -> None:
    waiting = {"name": "ccm", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    kube.store.put(pod("pulling", containerStatuses=[waiting]))
    twofold = pod("twofold")
    twofold["spec"]["containers"].append({"name": "sidecar"})
    kube.store.put(twofold)

    def message(target: str) -> tuple[int, str]:
        answer = client.get(f"/api/v1/namespaces/kube-system/pods/{target}")
        return answer["code"], answer["message"]

    assert message("ccm-1/log?container=x") == (400, "container x is not valid for pod ccm-1")
    assert message("ccm-1/log?tailLines=x") == (400, 'tailLines: Invalid value: "x"')
    assert message("none/log") == (404, 'pods "none" not found')
    assert message("ccm-1/log?previous=true") == (
        400,
        'previous terminated container "ccm" in pod "ccm-1" not found',
    )
    assert message("pulling/log") == (
        400,
        'container "ccm" in pod "pulling" is waiting to start: trying and failing to pull image',
    )
    assert message("twofold/log") == (
        400,
        "a container name must be specified for pod twofold, choose one of: [ccm sidecar]",
    )


def test_discovery_in_both_forms(client: Client) -> None:
    assert client.get("/api")["versions"] == ["v1"]
    groups = [group["name"] for group in client.get("/apis")["groups"]]
    assert groups == [
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "coordination.k8s.io",
        "rbac.authorization.k8s.io",
    ]
    assert client.get("/apis/apps")["preferredVersion"]["groupVersion"] == "apps/v1"
    listed = {one["name"]: one for one in client.get("/api/v1")["resources"]}
    assert listed["nodes"] == {
        "name": "nodes",
        "singularName": "node",
        "namespaced": False,
        "kind": "Node",
        "verbs": [
            *("create", "delete", "get", "list", "patch", "update", "watch"),
        ],
        "shortNames": ["no"],
    }
    assert listed["services"]["verbs"] == ["get", "list", "watch"]
    assert "create" not in listed["pods"]["verbs"]
    assert listed["pods/log"]["verbs"] == ["get"]
    assert listed["nodes/status"]["verbs"] == ["get", "patch", "update"]
    for version in ("v2", "v2beta1"):
        accept = f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
        document = client.get("/apis", Accept=accept)
        assert document["apiVersion"] == f"apidiscovery.k8s.io/{version}"
        found = document["items"][0]["versions"][0]["resources"]
        names_found = [one["resource"] for one in found]
        assert names_found == ["daemonsets", "deployments"]


def test_openapi_says_that_patches_of_every_kind_are_validated(client: Client) -> None:
    paths = client.get("/openapi/v3")["paths"]
    found = client.get(paths["apis/apps/v1"]["serverRelativeURL"])["paths"]
    patch = found["/apis/apps/v1/namespaces/{namespace}/daemonsets/{name}"]["patch"]
    assert {"name": "fieldValidation", "in": "query"} in patch["parameters"]
    assert client.get("/openapi/v2")["definitions"] == {}


def test_version_and_health(client: Client) -> None:
    version = client.get("/version")
    assert (version["gitVersion"], version["major"], version["minor"]) == ("v1.30.4", "1", "30")
    assert client.send("/healthz") == (200, b"ok")


def test_the_user_agent_is_recorded(kube: KubeSimulator, client: Client) -> None:
    client.get("/api/v1/nodes", User_Agent="kubectl-routes/1.0")
    (seen,) = kube.server.requests
    assert (seen.path, seen.user_agent) == ("/api/v1/nodes", "kubectl-routes/1.0")


@pytest.mark.parametrize("compress", [True, False])
def test_large_bodies_are_compressed_only_when_switched_on(compress: bool) -> None:
    with KubeSimulator(compress=compress) as kube:
        for at in range(20):
            kube.store.put(node(f"node-{at}", images=images()))
        pool = urllib3.PoolManager(retries=False)
        target = f"{kube.url}/api/v1/nodes"
        accepting = pool.request(
            "GET", target, headers={"Accept-Encoding": "gzip"}, decode_content=False
        )
        plain = pool.request("GET", target)
        small = pool.request("GET", f"{kube.url}/version", headers={"Accept-Encoding": "gzip"})
        pool.clear()
    assert accepting.headers.get("Content-Encoding") == ("gzip" if compress else None)
    body = gzip.decompress(accepting.data) if compress else accepting.data
    assert body == plain.data
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in small.headers


def test_a_kubeconfig_for_its_owner_only(kube: KubeSimulator, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("old")
    path.chmod(0o644)
    assert kube.kubeconfig(path, token="practice-token", authority="/ca.pem") == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert yaml.safe_load(path.read_text()) == {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "practice",
        "clusters": [
            {
                "name": "practice",
                "cluster": {"server": kube.url, "certificate-authority": "/ca.pem"},
            }
        ],
        "users": [{"name": "practice", "user": {"token": "practice-token"}}],
        "contexts": [{"name": "practice", "context": {"cluster": "practice", "user": "practice"}}],
    }


def test_over_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    pem = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.cert_chain_pems[0].write_to_path(str(cert))
    pem.private_key_pem.write_to_path(str(key))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with KubeSimulator(cert=str(cert), key=str(key)) as kube:
        fill(kube, nodes=1)
        pool = urllib3.PoolManager(ssl_context=context, retries=False)
        reply = pool.request("GET", f"{kube.url}/api/v1/nodes")
        pool.clear()
    assert names(json.loads(reply.data)) == ["node-1"]
