"""What enable and disable write: the credentials stay where they were, and are nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from tests.cli.enabling import simulated
from tests.qa.security.canaries import leaks
from tests.qa.security.planted import Planted

ENABLE = ("enable", "--tables", "auto", "--yes", "-v", "10", "--timeout", "20s")
DISABLE = ("disable", "--yes", "-v", "10", "--timeout", "20s")


def held(cluster: SimulatedCluster, planted: dict[str, str]) -> dict[tuple[str, str], list[str]]:
    """Which canaries every object holds, by kind and name. Pods are copies of the template."""
    kinds = ("ConfigMap", "Secret", "DaemonSet", "Deployment", "Event", "Node")
    found = {
        (kind, one["metadata"]["name"]): leaks(msgspec.json.encode(one).decode(), planted)
        for kind in kinds
        for one in cluster.kube.store.list(kind)
    }
    return {name: places for name, places in found.items() if places}


def own_annotations(cluster: SimulatedCluster) -> str:
    kinds = ("ConfigMap", "DaemonSet", "Deployment")
    objects: list[dict[str, Any]] = [one for kind in kinds for one in cluster.kube.store.list(kind)]
    ours = [
        text
        for one in objects
        for place in (one["metadata"], one.get("spec", {}).get("template", {}).get("metadata", {}))
        for name, text in (place.get("annotations") or {}).items()
        if name.startswith("kubectl-routes/")
    ]
    return "\n".join(ours)


@pytest.mark.parametrize("scenario", ["unlisted-vswitch", "seed-before", "managed-blocked"])
def test_enable_and_disable_copy_no_credential(scenario: str, tmp_path: Path) -> None:
    with simulated(scenario) as cluster:
        cluster.addon.store.seconds = 0.0
        place = Planted(cluster, tmp_path)
        place.secrets()
        if scenario == "unlisted-vswitch":
            place.cloud_config()
            place.workload()
            cluster.settle()
        place.canaries |= {"add-on": CANARY_SECRET, "env": place.env["ALIBABA_CLOUD_ACCESS_KEY_ID"]}
        before = held(cluster, place.canaries)
        for words in (ENABLE, DISABLE):
            assert place.run(*words).code == 0
            assert leaks(own_annotations(cluster), place.canaries) == []
            assert held(cluster, place.canaries) == before
            assert own_annotations(cluster) != ""


def test_a_rollback_shows_no_credential_either(tmp_path: Path) -> None:
    with simulated("unlisted-vswitch") as cluster:
        place = Planted(cluster, tmp_path)
        place.cloud_config()
        place.workload()
        cluster.settle()
        place.signals()
        before = held(cluster, place.canaries)
        sentence = "; ".join(place.sentences("an answer to a write"))
        body = {"kind": "Status", "code": 422, "message": sentence}
        refused = Fault(
            FaultKind.REFUSE,
            match="PATCH /apis/apps/v1/namespaces/kube-system/daemonsets",
            times=None,
            skip=1,
            status=422,
            body=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        cluster.kube.server.faults.add(refused)
        assert place.run(*ENABLE).code in (3, 5)
        assert leaks(own_annotations(cluster), place.canaries) == []
        assert held(cluster, place.canaries) == before
