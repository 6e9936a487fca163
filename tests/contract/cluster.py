"""A cluster whose CCM has a space in its list, on any API server; its VPC is always simulated."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager

from kubectl_routes.cli.main import main
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.route_table import NextHop, TableRecord, VpcRecord, VSwitchRecord
from kubectl_routes_simulator.vpc import VpcSimulator
from kubectl_routes_simulator.vpc_store import VpcStore
from tests.contract.servers import LABEL, Object, Server

NODES = 3
CANARY = "Y2FuYXJ5LWNhbmFyeQ=="
CONFIG = "/api/v1/namespaces/kube-system/configmaps/cloud-config"
CCM = "/apis/apps/v1/namespaces/kube-system/daemonsets/cloud-controller-manager"


def routed_node(server: Server, number: int) -> Object:
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": f"{server.run}-n{number}", "labels": {LABEL: server.run}},
        "spec": {
            "podCIDR": f"172.20.{number}.0/24",
            "podCIDRs": [f"172.20.{number}.0/24"],
            "providerID": f"cn-hangzhou.i-{number}",
        },
        "status": {"addresses": [{"type": "InternalIP", "address": f"192.168.0.{number + 1}"}]},
    }


def config(list_text: str) -> Object:
    settings = {"vpcid": "vpc-1", "accessKeySecret": CANARY, "routeTableIDs": list_text}
    return {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": "cloud-config", "namespace": "kube-system"},
        "data": {"cloud-config.conf": json.dumps({"Global": settings})},
    }


def workload() -> Object:
    labels = {"app": "cloud-controller-manager"}
    items = [{"key": "cloud-config.conf", "path": "cloud-config.conf"}]
    container = {
        "name": "cloud-controller-manager",
        "image": "registry.example.com/acs/cloud-controller-manager:v2.14.0",
        "command": [
            "/cloud-controller-manager",
            "--cluster-cidr=172.20.0.0/16",
            "--cloud-config=/etc/kubernetes/config/cloud-config.conf",
        ],
        "volumeMounts": [{"name": "cloud-config", "mountPath": "/etc/kubernetes/config"}],
    }
    volume = {"name": "cloud-config", "configMap": {"name": "cloud-config", "items": items}}
    return {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "cloud-controller-manager", "namespace": "kube-system"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [container],
                    "volumes": [volume],
                    "nodeSelector": {LABEL: "nowhere"},
                },
            },
        },
    }


@contextmanager
def simulated_vpc() -> Iterator[VpcSimulator]:
    """Two tables, the second of which is behind a space in CCM's list; one route is there."""
    store = VpcStore(lambda: 1_700_000_000.0)
    store.add_vpc(VpcRecord("vpc-1", "192.168.0.0/16", "vrt-1"))
    store.add_table(TableRecord("vtb-system", "vpc-1", "vrt-1", type="System"))
    store.add_table(TableRecord("vtb-custom", "vpc-1", "vrt-1"))
    store.add_v_switch(VSwitchRecord("vsw-1", "vpc-1", "192.168.0.0/24", "z", "vtb-system"))
    store.plant("vtb-system", "172.20.0.0/24", NextHop("i-0"))
    with VpcSimulator(store) as simulator:
        yield simulator


@contextmanager
def installed(server: Server) -> Iterator[None]:
    """Nodes, cloud-config and CCM until the end of the block, on a server that is not in use."""
    server.seed(*(routed_node(server, number) for number in range(NODES)))
    made = [
        server.send("POST", path.rpartition("/")[0], value).status
        for path, value in ((CONFIG, config("vtb-system, vtb-custom")), (CCM, workload()))
    ]
    assert made == [201, 201]
    try:
        yield
    finally:
        server.send("DELETE", CCM)
        server.send("DELETE", CONFIG)
        for number in range(NODES):
            server.send("DELETE", f"/api/v1/nodes/{server.run}-n{number}")


def ask(server: Server, vpc: VpcSimulator, *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command of ours."""
    env = {
        "VPC_ENDPOINT": vpc.url,
        "ECS_ENDPOINT": vpc.url,
        "QUOTAS_ENDPOINT": vpc.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": SIMULATED_KEY.id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SIMULATED_KEY.secret,
        "HOME": str(server.kubeconfig.parent),
    }
    out, err = io.StringIO(), io.StringIO()
    argv = ["kubectl-routes", *words, "--kubeconfig", str(server.kubeconfig)]
    code = main(argv, env, out, err)
    return code, out.getvalue(), err.getvalue()
