"""What kubectl makes of several requests to change a cluster, done to the simulated cluster; single
writes are in tests/contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes_simulator.kube import KubeSimulator
from tests.simulator.filling import Object
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
