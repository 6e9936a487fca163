"""What the simulated API server answers to readers, beyond what tests/contract holds it to."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes_simulator.kube import KubeSimulator
from tests.simulator.filling import Client, names, pod, refusal

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PODS = "/api/v1/namespaces/kube-system/pods"


def pages(client: Client, target: str) -> list[list[str]]:
    """The names on every page of a list; ``target`` ends in a limit."""
    found = [client.get(target)]
    while token := found[-1]["metadata"].get("continue"):
        found.append(client.get(f"{target}&continue={token}"))
    return [names(page) for page in found]


def test_pages_stay_in_their_namespace_and_selection(kube: KubeSimulator, client: Client) -> None:
    for at in range(2, 5):
        kube.store.put(pod(f"ccm-{at}"))
    stray = pod("stray")
    stray["metadata"]["namespace"] = "kube-system2"
    kube.store.put(stray)
    assert pages(client, f"{PODS}?limit=3") == [["ccm-1", "ccm-2", "ccm-3"], ["ccm-4"]]
    assert pages(client, "/api/v1/pods?limit=3")[1] == ["ccm-4", "stray"]
    assert pages(client, "/api/v1/nodes?limit=7") == [[f"node-{at}" for at in range(1, 8)]]
    odd = pages(client, "/api/v1/nodes?labelSelector=zone%3Da&limit=2")
    assert odd == [["node-1", "node-3"], ["node-5", "node-7"]]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("nodes?fieldSelector=metadata.name==node-2", ["node-2"]),
        ("nodes?fieldSelector=spec.unschedulable=true", []),
        ("nodes?labelSelector=zone%20in%20(a,b),! zone", []),
        ("nodes?fieldSelector=spec.unschedulable=false,metadata.name=node-2", ["node-2"]),
        ("pods?fieldSelector=spec.nodeName=node-1,status.phase!=Failed", ["ccm-1"]),
        (
            "events?fieldSelector=involvedObject.name=node-1,source=route-controller",
            ["sync-failed"],
        ),
        ("events?fieldSelector=type=Normal", []),
    ],
)
def test_selectors(client: Client, target: str, found: list[str]) -> None:
    assert names(client.get(f"/api/v1/{target}")) == found


def test_version_zero_is_served_whole_whatever_the_limit(client: Client) -> None:
    listed = client.get("/api/v1/nodes?resourceVersion=0&limit=3")
    assert (len(listed["items"]), listed["metadata"]) == (7, {"resourceVersion": "11"})


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("continue=bm90IGpzb24", 400, "invalid continue token: continue key is not valid"),
        ("continue=eyJ2IjoieCIsInJ2IjoxLCJzdGFydCI6IngifQ", 400, "continue key is not valid"),
        ("limit=x", 400, "invalid syntax"),
        ("labelSelector=a%20b", 400, "unable to parse requirement: found 'a b'"),
        ("fieldSelector=nothing", 400, "invalid selector: 'nothing'; can't understand 'nothing'"),
        ("watch=true&timeoutSeconds=x", 400, "invalid syntax"),
    ],
)
def test_a_list_that_is_refused(client: Client, query: str, code: int, message: str) -> None:
    answer = client.get(f"/api/v1/nodes?{query}")
    assert (answer["kind"], answer["code"]) == ("Status", code)
    assert message in answer["message"]


def test_a_resource_without_fields_names_the_two_that_all_have(client: Client) -> None:
    answer = client.get("/apis/apps/v1/daemonsets?fieldSelector=spec.x=y")
    known = '"metadata.name", "metadata.namespace"'
    assert answer["message"] == f'"spec.x" is not a known field selector: only {known}'


@pytest.mark.parametrize(
    "target",
    ["foos", "namespaces/x/nodes", "pods/ccm-1", "nodes/node-1/proxy", "namespaces/x/foos/y"],
)
def test_what_is_no_resource(client: Client, target: str) -> None:
    message = "the server could not find the requested resource"
    assert client.get(f"/api/v1/{target}") == refusal(404, "NotFound", message, {})


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/api/v1/secrets"),
        ("PUT", "/api/v1/namespaces/default/services/x"),
        ("POST", PODS),
        ("DELETE", "/api/v1/configmaps"),
        ("DELETE", "/api/v1/namespaces/kube-system/configmaps"),
        ("POST", "/api/v1/nodes/node-1"),
        ("PATCH", f"{PODS}/ccm-1/log"),
        ("POST", "/version"),
        ("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    ],
)
def test_methods_that_are_not_offered(client: Client, method: str, target: str) -> None:
    status, body = client.send(target, method=method, body=b"{}")
    assert (status, json.loads(body)["reason"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize(("include", "kind"), [("Object", "Node"), ("None", None)])
def test_what_a_row_carries(client: Client, include: str, kind: str | None) -> None:
    shown = client.get(f"/api/v1/nodes?limit=1&includeObject={include}", Accept=TABLE)
    assert set(shown["metadata"]) == {"resourceVersion", "continue", "remainingItemCount"}
    carried = shown["rows"][0]["object"]
    assert (carried and carried["kind"]) == kind


def test_the_log_of_a_pod(kube: KubeSimulator, client: Client) -> None:
    target = f"{PODS}/ccm-1/log"
    assert client.send(target) == (200, b"one\ntwo\nthree\n")
    assert client.send(f"{target}?tailLines=2") == (200, b"two\nthree\n")
    assert client.send(f"{target}?tailLines=0") == (200, b"")
    assert client.send(f"{target}?container=ccm&limitBytes=5") == (200, b"one\nt")
    stamped = client.send(f"{target}?timestamps=true&tailLines=1")
    assert stamped == (200, b"2024-03-01T10:00:00Z three\n")
    kube.logs.append("kube-system", "ccm-1", "ccm", "panic", previous=True)
    assert client.send(f"{target}?previous=true") == (200, b"panic\n")
    kube.logs.forget("kube-system", "ccm-1")
    assert client.send(target) == (200, b"")


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("ccm-1/log?container=x", 400, "container x is not valid for pod ccm-1"),
        ("ccm-1/log?tailLines=x", 400, 'tailLines: Invalid value: "x"'),
        ("none/log", 404, 'pods "none" not found'),
        ("ccm-1/log?previous=true", 400, 'container "ccm" in pod "ccm-1" not found'),
        ("pulling/log", 400, "is waiting to start: trying and failing to pull image"),
        ("twofold/log", 400, "a container name must be specified for pod twofold, choose one of:"),
    ],
)
def test_logs_that_there_are_not(
    kube: KubeSimulator, client: Client, target: str, code: int, message: str
) -> None:
    waiting = {"name": "ccm", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    kube.store.put(pod("pulling", containerStatuses=[waiting]))
    twofold = pod("twofold")
    twofold["spec"]["containers"].append({"name": "sidecar"})
    kube.store.put(twofold)
    answer = client.get(f"{PODS}/{target}")
    assert answer["code"] == code
    assert message in answer["message"]


def test_openapi_says_that_patches_of_every_kind_are_validated(client: Client) -> None:
    paths = client.get("/openapi/v3")["paths"]
    found = client.get(paths["apis/apps/v1"]["serverRelativeURL"])["paths"]
    patch = found["/apis/apps/v1/namespaces/{namespace}/daemonsets/{name}"]["patch"]
    assert {"name": "fieldValidation", "in": "query"} in patch["parameters"]
    assert client.get("/openapi/v2")["definitions"] == {}
    assert client.send("/openapi/v3/none")[0] == 404
    assert client.send("/healthz") == (200, b"ok")


def test_a_kubeconfig_for_its_owner_only(kube: KubeSimulator, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("old")
    path.chmod(0o644)
    assert kube.kubeconfig(path, token="practice-token", authority="/ca.pem") == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    config: Any = yaml.safe_load(path.read_text())
    cluster = {"server": kube.url, "certificate-authority": "/ca.pem"}
    assert config["clusters"] == [{"name": "practice", "cluster": cluster}]
    assert config["users"] == [{"name": "practice", "user": {"token": "practice-token"}}]
    assert (config["current-context"], config["contexts"][0]["name"]) == ("practice", "practice")
