"""How objects end, on any API server: what holds them back, and what takes many at once."""

from __future__ import annotations

from typing import Any

from tests.contract.servers import Object, Server
from tests.contract.test_reading import unique
from tests.contract.test_writing import MERGE, configs, made, made_daemon_set, name_of, refusal


def pods(server: Server, name: str = "") -> str:
    path = f"/api/v1/namespaces/{server.run}/pods"
    return f"{path}/{name}" if name else path


def pod(server: Server, name: str, **labels: str) -> Object:
    """A pod on a node that there is not, so that no kubelet runs or ends it."""
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": server.run, "labels": labels},
        "spec": {
            "containers": [{"name": "main", "image": "registry.example.com/none:v1"}],
            "nodeName": "nowhere.example.com",
            "terminationGracePeriodSeconds": 30,
            "automountServiceAccountToken": False,
        },
        "status": {"phase": "Pending"},
    }


def test_a_finalizer_holds_an_object_back(server: Server) -> None:
    path = configs(server, name_of(made(server)))
    held: Any = {"metadata": {"finalizers": ["example.com/keep"]}}
    assert server.send("PATCH", path, held, MERGE).status == 200
    waiting = server.send("DELETE", path).json()
    assert waiting["metadata"]["deletionTimestamp"]
    assert server.get(path).json() == waiting
    free = {"metadata": {"finalizers": None}}
    assert server.send("PATCH", path, free, MERGE).status == 200
    assert server.get(path).status == 404


def test_a_dry_run_deletes_nothing(server: Server) -> None:
    path = configs(server, name_of(made(server)))
    tried = server.send("DELETE", path, dryRun="All")
    assert (tried.status, tried.json()["kind"]) == (200, "Status")
    assert server.get(path).status == 200


def test_a_deleted_workload_is_answered_with_a_status(server: Server) -> None:
    name = name_of(made_daemon_set(server))
    path = f"/apis/apps/v1/namespaces/{server.run}/daemonsets/{name}"
    gone = server.send("DELETE", path, {"propagationPolicy": "Background"})
    assert (gone.status, gone.json()["kind"]) == (200, "Status")
    assert gone.json()["details"]["name"] == name
    again = server.send("DELETE", path)
    assert refusal(again)[:2] == (404, "NotFound")


def test_a_pod_on_a_node_may_end_later(server: Server) -> None:
    name = unique("pod")
    server.seed(pod(server, name))
    path = pods(server, name)
    tried = server.send("DELETE", path, dryRun="All").json()
    assert (tried["kind"], tried["metadata"]["name"]) == ("Pod", name)
    assert "deletionTimestamp" not in server.get(path).json()["metadata"]
    version = server.get(path).json()["metadata"]["resourceVersion"]
    stale = {"preconditions": {"resourceVersion": "1"}}
    assert refusal(server.send("DELETE", path, stale))[:2] == (409, "Conflict")
    fresh = {"preconditions": {"resourceVersion": version}, "gracePeriodSeconds": 0}
    gone = server.send("DELETE", path, fresh).json()
    assert (gone["kind"], gone["metadata"]["name"]) == ("Pod", name)
    assert server.get(path).status == 404
