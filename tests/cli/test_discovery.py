"""enable and disable where nothing of ACK is in the cluster, or CCM is not where ACK puts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes.model.nodes import FLANNEL_BACKEND
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube_access import Denial
from tests.cli.asking import Answer, ask, shot
from tests.cli.enabling import CCM, both, enable, simulated
from tests.cli.meddling import put_config_map

Object = dict[str, Any]

SEED = Path(__file__).parents[1] / "plan" / "seed.yaml"
SPACE = "infra"
FLAGS = ["--cluster-cidr=172.20.0.0/16", "--configure-cloud-routes=true"]
CONFIG = "/etc/provider/cloud.conf"


MOUNTS = [{"name": "config", "mountPath": "/etc/provider"}]


def workload(kind: str, name: str, container: Object) -> Object:
    labels = {"k8s-app": name}
    pod = {
        "nodeSelector": {"node-role.kubernetes.io/master": ""},
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "ccm", "volumeMounts": MOUNTS, **container}],
        "volumes": [{"name": "config", "configMap": {"name": "provider-config"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": SPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            **({"replicas": 2} if kind == "Deployment" else {}),
        },
    }


def put_provider_config(cluster: SimulatedCluster) -> None:
    text = json.dumps({"Global": {"region": "cn-hangzhou", "routeTableIDs": ""}})
    put_config_map(cluster, "provider-config", {"cloud.conf": text}, SPACE)


@pytest.fixture
def absent() -> Iterator[SimulatedCluster]:
    with simulated("absent") as cluster:
        put_provider_config(cluster)
        yield cluster


def install(cluster: SimulatedCluster, one: Object) -> None:
    cluster.kube.store.put(one)
    cluster.settle()


def controller(cluster: SimulatedCluster) -> Object:
    found: Object = ask(cluster, "status", "-o", "json").document["controller"]
    return found


IMAGE = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager:v2.11.2"
RUN = [f"--cloud-config={CONFIG}", *FLAGS]
OWN = {"image": IMAGE, "command": ["/cloud-controller-manager", *RUN]}


@pytest.mark.parametrize(
    ("kind", "name", "container"),
    [
        (
            "Deployment",
            "alibaba-cloud-controller-manager",
            {"image": IMAGE, "command": ["/cloud-controller-manager"], "args": RUN},
        ),
        ("DaemonSet", "ccm", OWN),
    ],
)
def test_enable_and_disable_work_on_a_ccm_where_it_is(
    absent: SimulatedCluster, kind: str, name: str, container: Object
) -> None:
    install(absent, workload(kind, name, container))
    store = absent.kube.store
    before = store.get("ConfigMap", "kube-system", "cloud-config")["data"]

    answer = enable(absent, "--yes")
    assert answer.code == 0
    assert "20 in 2 tables" in answer.stderr + answer.stdout
    text = store.get("ConfigMap", SPACE, "provider-config")["data"]["cloud.conf"]
    assert json.loads(text)["Global"]["routeTableIDs"] == both(absent)
    assert ask(absent, "status", "--check").code == 0
    assert store.get("ConfigMap", "kube-system", "cloud-config")["data"] == before

    assert ask(absent, "disable", "--yes").code == 0
    text = store.get("ConfigMap", SPACE, "provider-config")["data"]["cloud.conf"]
    assert json.loads(text)["Global"]["routeTableIDs"] == ""


def test_not_found_without_looking_everywhere_is_unknown(absent: SimulatedCluster) -> None:
    absent.kube.access.denied.append(Denial("list", "daemonsets", namespace=""))
    answer = ask(absent, "status", "-o", "json")
    assert answer.document["controller"]["kind"] == "Unknown"
    assert (answer.code, answer.gap_parts) == (3, ["controller"])
    assert "in all namespaces" in answer.gaps[0][1]


def seed() -> tuple[Object, str]:
    """The official document's DaemonSet as it was before the document's changes, and the release
    that the document names.
    """
    _, after = yaml.safe_load_all(SEED.read_text().replace("${CLUSTER_CIDR}", "172.20.0.0/16"))
    pod = after["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    release = container["image"].rpartition(":")[2]
    container["image"] = container["image"].replace(release, "v1.9.3.81-gca19cd4-aliyun")
    container["command"] = [one for one in container["command"] if "cloud-config" not in one]
    container["volumeMounts"].pop()
    container["volumeMounts"][0]["readOnly"] = True
    pod["volumes"].pop()
    return after, release


STARTED = {"startedAt": "2026-01-01T00:00:00Z"}


def static_pod(node: str, image: str, command: list[str]) -> Object:
    """A pod of a manifest on a node, as the kubelet shows it to the API server."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"cloud-controller-manager-{node}",
            "namespace": "kube-system",
            "annotations": {"kubernetes.io/config.source": "file"},
            "ownerReferences": [{"kind": "Node", "name": node, "apiVersion": "v1", "uid": "1"}],
        },
        "spec": {
            "nodeName": node,
            "containers": [
                {"name": "ccm", "image": image, "command": command, "volumeMounts": MOUNTS}
            ],
            "volumes": [{"name": "config", "hostPath": {"path": "/etc/provider"}}],
        },
        "status": {
            "phase": "Running",
            "containerStatuses": [{"name": "ccm", "ready": True, "state": {"running": STARTED}}],
        },
    }


def test_a_second_ccm_is_found_by_diagnose_in_any_namespace(tmp_path: Path) -> None:
    with SimulatedCluster("healthy") as cluster:
        put_provider_config(cluster)
        install(cluster, workload("DaemonSet", "second", OWN))
        for words in (("diagnose",), ("diagnose", "--snapshot", shot(cluster, tmp_path))):
            (finding,) = ask(cluster, *words, "-o", "json").document["findings"]
            assert (finding["code"], finding["evidence"]) == (
                "RT120",
                [f"DaemonSet {SPACE}/second runs CCM, too"],
            )
        cluster.kube.server.faults.add(
            Fault(FaultKind.REFUSE, "/apis/apps/v1/daemonsets", None, status=403)
        )
        assert ask(cluster, "diagnose", "-o", "json").document["findings"] == []


def test_a_static_pod_of_ccm_is_not_absent(absent: SimulatedCluster) -> None:
    store = absent.kube.store
    master = next(
        node["metadata"]["name"]
        for node in store.list("Node")
        if "node-role.kubernetes.io/master" in node["metadata"]["labels"]
    )
    other = ["/cloud-controller-manager", "--cloud-provider=aws"]
    store.put(static_pod(master, "example.com/aws:1", other))
    assert controller(absent)["kind"] == "Absent"
    off = [word.replace("routes=true", "routes=false") for word in RUN]
    store.put(static_pod(master, IMAGE, ["/cloud-controller-manager", *off]))
    answer = ask(absent, "status", "-o", "json")
    seen = answer.document["controller"]
    assert (seen["kind"], seen["version"], seen["ready"]) == ("Pod", "v2.11.2", 1)
    assert answer.gap_parts == ["cloud-config"]
    (finding,) = (
        one
        for one in ask(absent, "diagnose", "-o", "json").document["findings"]
        if one["code"] == "RT111"
    )
    assert finding["commands"] == []
    assert "/etc/kubernetes/manifests" in finding["remedy"]
    refused = enable(absent, "--yes")
    assert refused.code == 3
    assert "/etc/kubernetes/manifests" in refused.stderr
    assert "/etc/provider/cloud.conf" in refused.stderr
    assert "install it first" not in refused.stderr + refused.stdout
    assert "nothing to undo" in ask(absent, "disable", "--yes").stderr


def test_the_document_s_daemon_set_goes_from_nothing_to_proven_without_any_config_map() -> None:
    with simulated("seed-before") as cluster:
        store = cluster.kube.store
        for found in store.list("ConfigMap"):
            store.delete("ConfigMap", found["metadata"]["namespace"], found["metadata"]["name"])
        daemon_set, release = seed()
        store.delete("DaemonSet", "kube-system", CCM)
        cluster.settle()
        install(cluster, daemon_set)

        tables = both(cluster)
        answer = enable(cluster, "--ccm-version", release, "--yes", tables=tables)
        assert answer.code == 0, answer.stderr
        assert "enabled: " in answer.stderr + answer.stdout
        text = store.get("ConfigMap", "kube-system", "cloud-config")["data"]["cloud-config.conf"]
        assert json.loads(text) == {"Global": {"routeTableIDs": tables}}
        container = store.get("DaemonSet", "kube-system", CCM)["spec"]["template"]["spec"][
            "containers"
        ][0]
        assert container["image"].endswith(":v1.9.3.86-g4454991-aliyun")
        status = ask(cluster, "status", "--check", "-o", "json")
        evidence = status.document["cluster"]["vpcEvidence"]
        assert (status.code, evidence[:23]) == (0, "DescribeRouteTableList:")


BACKENDS = ["vxlan", "host-gw", "wireguard", "ali-vpc"]


def flannel(cluster: SimulatedCluster, backend: str, namespace: str = "kube-system") -> None:
    """Let Flannel have another backend."""
    store = cluster.kube.store
    old = store.get("ConfigMap", "kube-system", "kube-flannel-cfg")
    network = json.loads(old["data"]["net-conf.json"]) | {"Backend": {"Type": backend}}
    store.delete("ConfigMap", "kube-system", "kube-flannel-cfg")
    data = {"net-conf.json": json.dumps(network)}
    put_config_map(cluster, "kube-flannel-cfg", data, namespace)


def codes(answer: Answer) -> list[str]:
    return [finding["code"] for finding in answer.document["findings"]]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("namespace", ["kube-system", "kube-flannel"])
def test_an_overlay_with_routes_off_is_healthy(backend: str, namespace: str) -> None:
    with SimulatedCluster("routes-off") as cluster:
        flannel(cluster, backend, namespace)
        one, other = (node.name for node in cluster.infra.nodes[:2])
        status = ask(cluster, "status", "--check", "-o", "json")
        diagnosis = ask(cluster, "diagnose", "-o", "json")
        trace = ask(cluster, "trace", "172.20.0.9", "172.20.1.9")
    assert status.code == 0
    assert "RT111" not in status.stdout
    assert (diagnosis.code, codes(diagnosis)) == (0, [])
    assert (trace.code, one in trace.stdout, other in trace.stdout) == (0, True, True)
    assert f"Flannel ({backend}) carries packets of pods between the nodes" in trace.stdout


@pytest.mark.parametrize("place", ["annotation", "mounted"])
def test_the_backend_is_found_without_flannels_usual_config_map(place: str) -> None:
    with simulated("routes-off") as cluster:
        store = cluster.kube.store
        store.delete("ConfigMap", "kube-system", "kube-flannel-cfg")
        flannel = store.get("DaemonSet", "kube-system", "kube-flannel-ds")
        if place == "annotation":  # as where flanneld is a service of the node
            store.delete("DaemonSet", "kube-system", "kube-flannel-ds")
            for node in store.list("Node"):
                noted = {**node["metadata"]["annotations"], FLANNEL_BACKEND: "vxlan"}
                store.put({**node, "metadata": {**node["metadata"], "annotations": noted}})
        else:
            text = '{"Network": "172.20.0.0/16", "Backend": {"Type": "vxlan"}}'
            put_config_map(cluster, "canal-config", {"net-conf.json": text})
            volume = {"name": "config", "configMap": {"name": "canal-config"}}
            template = flannel["spec"]["template"]
            pod = {**template["spec"], "volumes": [volume]}
            spec = {**flannel["spec"], "template": {**template, "spec": pod}}
            store.put({**flannel, "spec": spec})
        assert ask(cluster, "status", "--check").code == 0
        assert "RT111" not in ask(cluster, "diagnose").stdout


def test_an_overlay_with_routes_on_is_told_to_switch_them_off_before_anything_of_quota() -> None:
    with SimulatedCluster("quota") as cluster:
        assert "RT401" in codes(ask(cluster, "diagnose", "-o", "json"))
        flannel(cluster, "vxlan")
        answer = ask(cluster, "diagnose", "-o", "json")
        finding, *others = answer.document["findings"]
        assert (finding["code"], {one["severity"] for one in others}) == ("RT118", {"info"})
        assert finding["cause"].startswith("The network plugin is Flannel (vxlan), and CCM still")
        assert ask(cluster, "status", "--check").code == 0
