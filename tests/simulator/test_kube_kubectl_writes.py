"""What people do with kubectl to change a cluster, done to the simulated cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_access import Denial
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


def test_create(kube: KubeSimulator, kubectl: Kubectl) -> None:
    assert kubectl("create", "-f", "-", given=CONFIG_MAP) == "configmap/app created\n"
    assert get(kube)["metadata"]["managedFields"][0]["manager"] == "kubectl-create"
    code, _, err = kubectl.run("create", "-f", "-", given=CONFIG_MAP)
    assert code == 1
    assert 'Error from server (AlreadyExists): error when creating "STDIN": ' in err
    assert 'configmaps "app" already exists' in err


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


def test_the_three_patches(kube: KubeSimulator, kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", given=DAEMON_SET)
    patch = ("patch", "ds/app", *SYSTEM)
    container = "/spec/template/spec/containers/0"
    steps = f'[{{"op":"replace","path":"{container}/image","value":"registry/app:v2"}}]'
    assert kubectl(*patch, "--type=json", "-p", steps) == "daemonset.apps/app patched\n"
    assert image(kube) == "registry/app:v2"
    strategic = (
        '{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"registry/app:v3"}]}}}}'
    )
    assert kubectl(*patch, "-p", strategic) == "daemonset.apps/app patched\n"
    assert kubectl(*patch, "-p", strategic) == "daemonset.apps/app patched (no change)\n"
    assert image(kube) == "registry/app:v3"
    merge = '{"metadata":{"annotations":{"a":"b"}}}'
    assert kubectl(*patch, "--type=merge", "-p", merge) == "daemonset.apps/app patched\n"
    assert get(kube, "DaemonSet")["metadata"]["annotations"] == {"a": "b"}
    tested = '[{"op":"test","path":"/metadata/resourceVersion","value":"1"}]'
    assert kubectl.run(*patch, "--type=json", "-p", tested) == (
        1,
        "",
        "The request is invalid: the server rejected our request due to an error in our request\n",
    )


def test_replace(kube: KubeSimulator, kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", given=CONFIG_MAP)
    kept = kubectl("get", "cm", "app", *SYSTEM, "-o", "yaml")
    changed = CONFIG_MAP.replace('"1"', '"2"')
    assert kubectl("replace", "-f", "-", given=changed) == "configmap/app replaced\n"
    assert get(kube)["data"] == {"a": "2"}
    code, _, err = kubectl.run("replace", "-f", "-", given=kept)
    assert code == 1
    assert "Error from server (Conflict): error when replacing" in err
    assert 'Operation cannot be fulfilled on configmaps "app": the object has been modified' in err


def test_delete(kube: KubeSimulator, kubectl: Kubectl) -> None:
    said = kubectl("delete", "cm/cloud-config", *SYSTEM)
    assert said == 'configmap "cloud-config" deleted from kube-system namespace\n'
    assert "ccm-1" in kubectl("delete", "pods", "--all", *SYSTEM)
    assert "ccm" in kubectl("delete", "ds/ccm", *SYSTEM, "--cascade=foreground")
    kinds = ("ConfigMap", "Pod", "DaemonSet")
    assert [kube.store.list(kind, "kube-system") for kind in kinds] == [(), (), ()]


def test_label_and_annotate(kube: KubeSimulator, kubectl: Kubectl) -> None:
    assert kubectl("label", "node", "node-1", "a=b") == "node/node-1 labeled\n"
    assert kubectl("annotate", "node", "node-1", "c=d") == "node/node-1 annotated\n"
    assert kubectl("label", "node", "node-1", "a-") == "node/node-1 unlabeled\n"
    meta = kube.store.get("Node", "", "node-1")["metadata"]
    assert (meta["labels"].get("a"), meta["annotations"]["c"]) == (None, "d")
    said = kubectl("label", "node", "node-1", "e=f", "--dry-run=server")
    assert said == "node/node-1 labeled (server dry run)\n"
    assert "e" not in kube.store.get("Node", "", "node-1")["metadata"]["labels"]


def test_cordon_and_taint(kube: KubeSimulator, kubectl: Kubectl) -> None:
    assert kubectl("cordon", "node-1") == "node/node-1 cordoned\n"
    assert kubectl("taint", "node", "node-1", "a=b:NoSchedule") == "node/node-1 tainted\n"
    spec = kube.store.get("Node", "", "node-1")["spec"]
    assert spec["unschedulable"]
    assert spec["taints"] == [{"key": "a", "value": "b", "effect": "NoSchedule"}]


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


def test_a_dry_run_on_the_server(kube: KubeSimulator, kubectl: Kubectl) -> None:
    version = kube.store.version
    dry = ("-f", "-", "--dry-run=server")
    for command in ("create", "apply"):
        said = kubectl(command, *dry, given=CONFIG_MAP)
        assert said == "configmap/app created (server dry run)\n"
    assert "(server dry run)" in kubectl("delete", "cm/cloud-config", *SYSTEM, "--dry-run=server")
    assert kube.store.version == version
    broken = DAEMON_SET.replace("{name: conf, mountPath", "{name: none, mountPath")
    assert kubectl.run("create", *dry, given=broken) == (
        1,
        "",
        'The DaemonSet "app" is invalid: '
        'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "none"\n',
    )


def test_can_i_write(kube: KubeSimulator, kubectl: Kubectl) -> None:
    question = ("auth", "can-i", "patch", "daemonsets", *SYSTEM)
    assert kubectl(*question) == "yes\n"
    kube.access.denied.append(Denial("patch", "daemonsets"))
    assert kubectl.run(*question)[:2] == (1, "no\n")
    code, _, err = kubectl.run("set", "image", "ds/ccm", *SYSTEM, "ccm=x")
    assert code == 1
    assert 'User "alice" cannot patch resource "daemonsets" in API group "apps"' in err
