"""What kubectl asks an API server about itself, for the resources that this tool uses."""

from __future__ import annotations

import pytest

from tests.contract.servers import Server

# By group and version: resource, kind, whether it lies in a namespace, verbs that are used.
READ = {"get", "list", "watch"}
WRITTEN = READ | {"create", "delete", "patch", "update"}
USED = {
    "/api/v1": {
        "nodes": ("Node", False, READ),
        "pods": ("Pod", True, READ | {"delete"}),
        "pods/log": ("Pod", True, {"get"}),
        "configmaps": ("ConfigMap", True, WRITTEN),
        "events": ("Event", True, {"create", *READ}),
        "namespaces": ("Namespace", False, {"get"}),
    },
    "/apis/apps/v1": {
        "daemonsets": ("DaemonSet", True, WRITTEN),
        "deployments": ("Deployment", True, WRITTEN),
    },
    "/apis/coordination.k8s.io/v1": {"leases": ("Lease", True, READ)},
}


@pytest.mark.parametrize("path", USED)
def test_resources(server: Server, path: str) -> None:
    document = server.get(path).json()
    assert document["kind"] == "APIResourceList"
    listed = {one["name"]: one for one in document["resources"]}
    for name, (kind, namespaced, verbs) in USED[path].items():
        found = listed[name]
        assert (found["kind"], found["namespaced"]) == (kind, namespaced)
        assert verbs <= set(found["verbs"])


def test_groups(server: Server) -> None:
    assert server.get("/api").json()["versions"] == ["v1"]
    groups = {one["name"]: one for one in server.get("/apis").json()["groups"]}
    assert {"apps", "authorization.k8s.io", "coordination.k8s.io"} <= set(groups)
    assert groups["apps"]["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}


def test_version(server: Server) -> None:
    version = server.get("/version").json()
    assert version["major"] == "1"
    assert version["gitVersion"].startswith(f"v1.{version['minor'].rstrip('+')}.")
