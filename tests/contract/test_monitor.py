"""The manifests of the monitor are accepted by any API server, as far as it has their kinds."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.programs import BESIDE_PYTHON
from tests.contract.servers import Server

MONITOR = Path(__file__).parents[2] / "deploy" / "monitor"
# Where objects of each kind are created. Those of the Prometheus Operator come with it.
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Service": "/api/v1/namespaces/{}/services",
}
OPERATOR = ("PodMonitor", "PrometheusRule")


def rendered() -> list[Any]:
    command = [str(BESIDE_PYTHON / "kubectl"), "kustomize", str(MONITOR)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [one for one in yaml.safe_load_all(done.stdout) if one["kind"] not in OPERATOR]


@pytest.mark.parametrize("kind", PATHS)
def test_the_server_accepts_it(server: Server, kind: str) -> None:
    path = PATHS[kind].format(server.run)
    if "create" not in _verbs(server, path):
        pytest.skip(f"this server does not create a {kind}")
    found = [one for one in rendered() if one["kind"] == kind]
    assert found
    for value in found:
        meta = {**value["metadata"], "name": f"{server.run}-{value['metadata']['name']}"}
        if "{}" in PATHS[kind]:
            meta["namespace"] = server.run
        answer = server.send("POST", path, {**value, "metadata": meta}, dryRun="All")
        assert answer.status == 201, answer.body
        assert answer.json().get("spec", {}).keys() >= value.get("spec", {}).keys()


def _verbs(server: Server, path: str) -> list[str]:
    """What may be done with the resource of a path."""
    group, _, name = path.rpartition("/")
    found = server.get(group.partition("/namespaces/")[0] or group).json()["resources"]
    return [verb for one in found if one["name"] == name for verb in one["verbs"]]
