"""Manifests as people have them: CCM in a namespace of its own, its flags from the environment, its
cloud-config in a Secret, its account and its roles beside it.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import yaml

from kubectl_routes_simulator.ccm_setup import expanded
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.kube_store import Object
from tests.simulator.ccm_stage import setup_in
from tests.simulator.kubectl import Kubectl
from tests.simulator.test_scenarios import instance_entries, wanted

IMAGE = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager:v2.11.2"
CONTAINER: Object = {
    "name": "ccm",
    "image": IMAGE,
    "command": ["/cloud-controller-manager"],
    "args": [
        "--cloud-config=$(FOLDER)/cloud.conf",
        "--cluster-cidr=$(CLUSTER_CIDR)",
        "--configure-cloud-routes=$(ROUTES)",
    ],
    "envFrom": [{"configMapRef": {"name": "flags"}}],
    "env": [
        {"name": "CLUSTER_CIDR", "value": "$(RANGE)/16"},
        {"name": "FOLDER", "value": "/etc/c"},
    ],
    "volumeMounts": [{"name": "config", "mountPath": "/etc/c"}],
}
WORKLOAD: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "alibaba-ccm", "namespace": "infra"},
    "spec": {
        "selector": {"matchLabels": {"app": "ccm"}},
        "template": {
            "metadata": {"labels": {"app": "ccm"}},
            "spec": {
                "serviceAccountName": "ccm",
                "containers": [CONTAINER],
                "volumes": [{"name": "config", "secret": {"secretName": "cloud"}}],
            },
        },
    },
}


def named(kind: str, name: str, version: str = "v1", **fields: object) -> Object:
    meta = {"name": name}
    if not kind.startswith(("Cluster", "Namespace")):
        meta["namespace"] = "infra"
    return {"apiVersion": version, "kind": kind, "metadata": meta, **fields}


def manifests(tables: str) -> list[Object]:
    rbac = "rbac.authorization.k8s.io/v1"
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "ccm"}
    text = json.dumps({"Global": {"routeTableIDs": tables}})
    return [
        named("Namespace", "infra"),
        named("ServiceAccount", "ccm"),
        named("ClusterRole", "ccm", rbac, rules=[{"apiGroups": [""], "resources": ["nodes"]}]),
        named("ClusterRoleBinding", "ccm", rbac, roleRef=role, subjects=[]),
        named("ConfigMap", "flags", data={"RANGE": "172.20.0.0", "ROUTES": "true"}),
        named("Secret", "cloud", stringData={"cloud.conf": text}),
        WORKLOAD,
    ]


def test_ccm_runs_wherever_a_manifest_puts_it(tmp_path: Path) -> None:
    with SimulatedCluster("absent") as cluster:
        file = tmp_path / "ccm.yaml"
        file.write_text(yaml.safe_dump_all(manifests(",".join(cluster.infra.table_ids))))
        kubectl = Kubectl(cluster.kube, tmp_path)
        kubectl("apply", "-f", str(file))
        cluster.reconcile()
        cluster.reconcile()
        infra = cluster.infra
        deployment = cluster.kube.store.get("Deployment", "infra", "alibaba-ccm")
        assert deployment["status"]["readyReplicas"] == 1
        assert [instance_entries(infra, number) for number in (0, 1)] == [wanted(infra)] * 2
        secret = cluster.kube.store.get("Secret", "infra", "cloud")
        assert secret["type"] == "Opaque"
        assert "stringData" not in secret
        assert base64.b64decode(secret["data"]["cloud.conf"]).startswith(b'{"Global"')

        kubectl("delete", "namespace", "infra")
        assert cluster.kube.store.list("Pod", "infra") == ()
        cluster.settle()
        assert not cluster.infra.ccm.running


def test_a_reference_that_is_not_known_stays_as_it_is() -> None:
    assert expanded("--a=$(A)$(B) $$(A) $A", {"A": "x"}) == "--a=x$(B) $(A) $A"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"fieldRef": {"fieldPath": "metadata.namespace"}}, "infra"),
        ({"configMapKeyRef": {"name": "flags", "key": "RANGE"}}, "172.20.0.0"),
        ({"secretKeyRef": {"name": "cloud", "key": "range"}}, "10.0.0.0"),
        ({"secretKeyRef": {"name": "gone", "key": "range"}}, "$(X)"),
        ({"resourceFieldRef": {"resource": "limits.cpu"}}, "$(X)"),
    ],
)
def test_a_variable_comes_from_where_it_says(source: Object, value: str) -> None:
    with SimulatedCluster("absent") as cluster:
        put = cluster.kube.store.put
        put(named("ConfigMap", "flags", data={"RANGE": "172.20.0.0"}))
        put(named("Secret", "cloud", data={"range": base64.b64encode(b"10.0.0.0").decode()}))
        container = {**CONTAINER, "args": ["--cluster-cidr=$(X)"]}
        container["env"] = [{"name": "X", "valueFrom": source}]
        workload = json.loads(json.dumps(WORKLOAD))
        workload["spec"]["template"]["spec"]["containers"] = [container]
        put(workload)
        assert setup_in(cluster.kube.store, workload).cluster_cidr == value
