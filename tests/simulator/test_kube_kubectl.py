"""The real kubectl is the judge of whether the simulated cluster is a Kubernetes server. Single
writes are in tests/contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_access import Denial
from tests.simulator.filling import Object, plain_node
from tests.simulator.kubectl import Kubectl, cluster

SYSTEM = ("-n", "kube-system")
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: app, namespace: kube-system}
data: {a: "1"}
"""
DAEMON_SET = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: app, namespace: kube-system}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      hostNetwork: true
      serviceAccountName: app
      containers:
      - name: main
        image: registry/app:v1
        env: [{name: A, value: "1"}]
        ports: [{containerPort: 80}]
        livenessProbe: {httpGet: {port: 80}}
        volumeMounts: [{name: conf, mountPath: /etc/conf}]
      - name: side
        image: registry/side:v1
      volumes:
      - name: conf
        configMap: {name: app, items: [{key: a, path: a}]}
      - name: kubeconfig
        hostPath: {path: /etc/kubernetes}
"""
DEPLOYMENT = DAEMON_SET.replace("DaemonSet", "Deployment")


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


def get(kube: KubeSimulator, kind: str = "ConfigMap", name: str = "app") -> Object:
    return kube.store.get(kind, "kube-system", name)


def image(kube: KubeSimulator) -> Any:
    return get(kube, "DaemonSet")["spec"]["template"]["spec"]["containers"][0]["image"]


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        (CONFIG_MAP, "configmap/app"),
        (DAEMON_SET, "daemonset.apps/app"),
        (DEPLOYMENT, "deployment.apps/app"),
    ],
    ids=("ConfigMap", "DaemonSet", "Deployment"),
)
def test_apply_twice(kubectl: Kubectl, manifest: str, name: str) -> None:
    apply = ("apply", "-f", "-")
    assert kubectl(*apply, given=manifest) == f"{name} created\n"
    assert kubectl(*apply, given=manifest) == f"{name} unchanged\n"
    assert kubectl("diff", "-f", "-", given=manifest) == ""


def test_apply_a_change(kube: KubeSimulator, kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", given=DAEMON_SET)
    changed = yaml.safe_load(DAEMON_SET)
    pod = changed["spec"]["template"]["spec"]
    pod["containers"] = [{**pod["containers"][0], "env": [{"name": "B", "value": "2"}]}]
    del pod["volumes"][1]
    given = yaml.safe_dump(changed)
    code, out, _ = kubectl.run("diff", "-f", "-", given=given)
    assert code == 1
    assert "-        - name: A\n" in out
    assert kubectl("apply", "-f", "-", given=given) == "daemonset.apps/app configured\n"
    spec = get(kube, "DaemonSet")["spec"]["template"]["spec"]
    assert [one["name"] for one in spec["containers"]] == ["main"]
    assert spec["containers"][0]["env"] == [{"name": "B", "value": "2"}]
    assert [one["name"] for one in spec["volumes"]] == ["conf"]
    assert get(kube, "DaemonSet")["metadata"]["generation"] == 2


def test_edit(kube: KubeSimulator, kubectl: Kubectl, tmp_path: Path) -> None:
    kubectl("create", "-f", "-", given=DAEMON_SET)
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nexec sed -i.bak s,registry/app:v1,registry/app:v2, "$1"\n')
    editor.chmod(0o755)
    edit = ("edit", "ds/app", *SYSTEM)
    assert kubectl(*edit, EDITOR=str(editor)) == "daemonset.apps/app edited\n"
    assert image(kube) == "registry/app:v2"
    assert "Edit cancelled, no changes made." in kubectl.run(*edit, EDITOR=str(editor))[2]


def test_delete(kube: KubeSimulator, kubectl: Kubectl) -> None:
    said = kubectl("delete", "cm/cloud-config", *SYSTEM)
    assert said == 'configmap "cloud-config" deleted from kube-system namespace\n'
    assert "ccm-1" in kubectl("delete", "pods", "--all", *SYSTEM)
    assert "ccm" in kubectl("delete", "ds/ccm", *SYSTEM, "--cascade=foreground")
    kinds = ("ConfigMap", "Pod", "DaemonSet")
    assert [kube.store.list(kind, "kube-system") for kind in kinds] == [(), (), ()]


def test_drain(kube: KubeSimulator, kubectl: Kubectl) -> None:
    out = kubectl.run("drain", "node-1", "--force", "--disable-eviction")[1]
    assert out == "node/node-1 cordoned\npod/ccm-1 deleted\nnode/node-1 drained\n"
    assert kube.store.list("Pod") == ()


def test_set_image_and_restart(kube: KubeSimulator, kubectl: Kubectl) -> None:
    said = kubectl("set", "image", "ds/ccm", *SYSTEM, "ccm=registry/ccm:v2")
    assert said == "daemonset.apps/ccm image updated\n"
    assert kubectl("rollout", "restart", "ds/ccm", *SYSTEM) == "daemonset.apps/ccm restarted\n"
    ccm = get(kube, "DaemonSet", "ccm")
    assert ccm["metadata"]["generation"] == 3
    template = ccm["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == "registry/ccm:v2"
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]
