"""What the real kubectl says of a rollout in the simulated cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from kubectl_routes_simulator.ack_objects import ccm_image
from kubectl_routes_simulator.ccm_setup import NAME
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.simulator.ccm_stage import V0
from tests.simulator.rolling import annotated, container, kubectl, pods, status, with_tag


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    with SimulatedCluster("healthy", period=300.0, pace=0.02) as opened:
        yield opened


def crashing(cluster: SimulatedCluster) -> str:
    """The pod that waits to be started again, once there is one."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for pod in pods(cluster):
            waiting = container(pod).get("state", {}).get("waiting", {})
            if waiting.get("reason") == "CrashLoopBackOff":
                return str(pod["metadata"]["name"])
        time.sleep(0.02)
    pytest.fail("no pod crashes")


def test_rollout_status_of_a_rollout_that_succeeds(cluster: SimulatedCluster) -> None:
    cluster.edit_workload(annotated("restart"))
    done = kubectl(cluster, "rollout", "status", f"ds/{NAME}", "--timeout=20s")
    assert done.stdout.splitlines()[-1] == f'daemon set "{NAME}" successfully rolled out'
    assert status(cluster)["updatedNumberScheduled"] == 3


def test_rollout_status_of_a_rollout_that_hangs(cluster: SimulatedCluster) -> None:
    cluster.edit_workload(with_tag("v2.99.0"))
    done = kubectl(cluster, "rollout", "status", f"ds/{NAME}", "--timeout=1s")
    assert done.returncode == 1
    assert "1 out of 3 new pods have been updated" in done.stdout
    cluster.edit_workload(with_tag("v2.11.2"))
    done = kubectl(cluster, "rollout", "status", f"ds/{NAME}", "--timeout=20s")
    assert done.returncode == 0


def test_pod_that_crashes(cluster: SimulatedCluster) -> None:
    cluster.edit_config_map(
        lambda value: value["data"].update({"cloud-config.conf": "{ Global: {} }"})
    )
    cluster.edit_workload(with_tag(V0))
    pod = crashing(cluster)
    fatal = "unknown flag: --metrics-bind-addr\n"
    previous = kubectl(cluster, "logs", pod, "--previous")
    assert (previous.stdout, previous.stderr) == (fatal, "")
    said = kubectl(cluster, "describe", "pod", pod).stdout
    assert "Exit Code:    1" in said
    assert "Back-off restarting failed container cloud-controller-manager in pod" in said


def test_describe_of_a_pod_that_runs(cluster: SimulatedCluster) -> None:
    cluster.edit_workload(with_tag("v2.14.0"))
    cluster.settle()
    name = pods(cluster)[0]["metadata"]["name"]
    said = kubectl(cluster, "describe", "pod", name).stdout
    told = (
        f"DaemonSet/{NAME}",
        "Successfully assigned kube-system/",
        f'Container image "{ccm_image("v2.14.0")}" already present on machine',
        f"Created container {NAME}",
        f"Started container {NAME}",
    )
    assert [words for words in told if words not in said] == []
    row = kubectl(cluster, "get", "pod", name, "--no-headers").stdout.split()
    assert row[:4] == [name, "1/1", "Running", "0"]
