"""The real kubectl is the judge of whether the simulated cluster is a Kubernetes server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_access import Denial
from tests.simulator.filling import plain_node
from tests.simulator.kubectl import Kubectl, cluster


@pytest.fixture
def kube(tmp_path: Path) -> Iterator[KubeSimulator]:
    with cluster(tmp_path) as running:
        yield running


@pytest.fixture
def kubectl(kube: KubeSimulator, tmp_path: Path) -> Kubectl:
    return Kubectl(kube, tmp_path)


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


NODES = [f"node-{at}" for at in range(1, 8)]


def test_get_nodes(kubectl: Kubectl) -> None:
    header, first, *others = rows(kubectl("get", "nodes", "-o", "wide"))
    assert header[:5] == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    assert header[5:8] == ["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE"]
    assert first[:6] == ["node-1", "Ready", "<none>", "120m", "v1.30.4-aliyun.1", "10.0.0.1"]
    assert [row[0] for row in others] == NODES[1:]


def test_describe(kubectl: Kubectl) -> None:
    node = kubectl("describe", "node", "node-1")
    for words in ("ProviderID:                   cn-hangzhou.i-1\n", "ccm-1", "SyncRouteFailed"):
        assert words in node
    daemon_set = kubectl("describe", "ds", "ccm", "-n", "kube-system")
    for words in ("Desired Number of Nodes Scheduled: 3\n", "registry/ccm:v1"):
        assert words in daemon_set
    assert "cloud-config.conf:" in kubectl("describe", "cm", "cloud-config", "-n", "kube-system")


def test_get_the_rest_of_the_cluster(kubectl: Kubectl) -> None:
    kinds = "daemonsets,configmaps,pods,events"
    tables = kubectl("get", kinds, "-A", "-o", "wide").split("\n\n")
    assert [rows(table)[1] for table in tables] == [
        [
            *("kube-system", "daemonset.apps/ccm", "3", "3", "2", "3", "2"),
            *("node-role.kubernetes.io/master=", "120m", "ccm", "registry/ccm:v1", "app=ccm"),
        ],
        ["kube-system", "configmap/cloud-config", "1", "120m"],
        [
            *("kube-system", "pod/ccm-1", "1/1", "Running", "0", "120m"),
            *("10.0.0.1", "node-1", "<none>", "<none>"),
        ],
        [
            *("default", "5m", "Warning", "SyncRouteFailed", "node/node-1", "route-controller"),
            *("Reconciling", "route", "error", "120m", "3", "sync-failed"),
        ],
    ]


def test_logs_version_and_raw(kubectl: Kubectl) -> None:
    assert kubectl("logs", "-n", "kube-system", "ccm-1", "--tail=2") == "two\nthree\n"
    assert "Server Version: v1.37.0\n" in kubectl("version")
    assert json.loads(kubectl("get", "--raw", "/api/v1/nodes?limit=1"))["kind"] == "NodeList"


def test_auth(kube: KubeSimulator, kubectl: Kubectl) -> None:
    pods = ("auth", "can-i", "list", "pods", "-n", "kube-system")
    assert kubectl(*pods) == "yes\n"
    assert kubectl("auth", "can-i", "get", "/metrics") == "yes\n"
    assert "alice" in kubectl("auth", "whoami")
    kube.access.denied.append(Denial("list", "pods"))
    assert kubectl.run(*pods)[:2] == (1, "no\n")


def test_namespaces_of_the_cluster_itself_stay(kubectl: Kubectl) -> None:
    assert kubectl.run("delete", "namespace", "default")[2] == (
        'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may '
        "not be deleted\n"
    )


def test_watch_shows_changes_as_they_come(kube: KubeSimulator, kubectl: Kubectl) -> None:
    with kubectl.start("get", "nodes", "-w", "--no-headers") as process:
        assert process.stdout is not None
        first = [process.stdout.readline().split()[0] for _ in NODES]
        kube.store.put(plain_node(8))
        kube.store.replace(
            "Node", "", "node-1", lambda value: value["spec"].update(unschedulable=True)
        )
        then = [process.stdout.readline().split()[:2] for _ in range(2)]
        process.terminate()
        process.communicate()
    assert first == NODES
    assert then == [["node-8", "Ready"], ["node-1", "Ready,SchedulingDisabled"]]
