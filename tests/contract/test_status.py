"""The whole reading, from a server and a VPC to the matrix: what the practice cluster shows is what
a real API server shows.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_routes.cli.main import main
from kubectl_routes.simulator.vpc import PRACTICE_KEY
from kubectl_routes.simulator.vpc import VpcSimulator
from kubectl_routes.simulator.vpc_records import NextHop
from kubectl_routes.simulator.vpc_records import TableRecord
from kubectl_routes.simulator.vpc_records import VpcRecord
from kubectl_routes.simulator.vpc_records import VSwitchRecord
from kubectl_routes.simulator.vpc_store import VpcStore
from tests.contract.servers import LABEL
from tests.contract.servers import Object
from tests.contract.servers import Server

NODES = 3
CANARY = "Y2FuYXJ5LWNhbmFyeQ=="


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


@pytest.fixture(scope="module")
def vpc() -> Iterator[VpcSimulator]:
    """Two tables, the second of which is behind a blank in CCM's list; one route is there."""
    store = VpcStore(lambda: 1_700_000_000.0)
    store.add_vpc(VpcRecord("vpc-1", "192.168.0.0/16", "vrt-1"))
    store.add_table(TableRecord("vtb-system", "vpc-1", "vrt-1", type="System"))
    store.add_table(TableRecord("vtb-custom", "vpc-1", "vrt-1"))
    store.add_v_switch(VSwitchRecord("vsw-1", "vpc-1", "192.168.0.0/24", "z", "vtb-system"))
    store.plant("vtb-system", "172.20.0.0/24", NextHop("i-0"))
    with VpcSimulator(store) as simulator:
        yield simulator


def status(server: Server, vpc: VpcSimulator, *flags: str) -> tuple[int, Any, str]:
    """Exit code, the JSON, and all that was printed."""
    env = {
        "VPC_ENDPOINT": vpc.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": PRACTICE_KEY.id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": PRACTICE_KEY.secret,
        "HOME": str(server.kubeconfig.parent),
    }
    out, err = io.StringIO(), io.StringIO()
    argv = ["kubectl-routes", "status", "-o", "json", "--kubeconfig", str(server.kubeconfig)]
    code = main([*argv, *flags], env, out, err)
    return code, json.loads(out.getvalue()), out.getvalue() + err.getvalue()


def test_status_of_a_cluster_with_a_blank_in_its_list(server: Server, vpc: VpcSimulator) -> None:
    if not server.spare:
        pytest.skip("nothing is installed into the kube-system of a cluster that somebody uses")
    server.seed(*(routed_node(server, number) for number in range(NODES)))
    server.seed(config("vtb-system, vtb-custom"), workload())
    code, document, printed = status(server, vpc, "-l", f"{LABEL}={server.run}")
    assert CANARY not in printed
    assert (code, document["mode"], document["gaps"]) == (0, "multi-table", [])
    assert document["controller"] == {
        "kind": "DaemonSet",
        "version": "v2.14.0",
        "image": "registry.example.com/acs/cloud-controller-manager:v2.14.0",
        "desired": 0,
        "ready": 0,
        "cloudConfig": "ok",
    }
    rows = [row for row in document["nodes"] if "-n" in row["name"]]
    outlook = {
        row["name"].rpartition("-")[2]: [
            (cell["state"], cell["next"], cell["when"], cell["because"])
            for cell in row["routes"].values()
        ]
        for row in rows
    }
    stuck = ("missing", "stuck", None, "RT103")
    waiting = ("missing", "create", "periodic", None)
    assert outlook == {
        "n0": [("ok", "none", None, None), stuck],
        "n1": [waiting, stuck],
        "n2": [waiting, stuck],
    }


def test_status_of_whatever_cluster_it_is(server: Server, vpc: VpcSimulator) -> None:
    """On a cluster in use only this: reading it succeeds, or says what it could not read."""
    code, document, _ = status(server, vpc, "--region", "cn-hangzhou", "--vpc-id", "vpc-1")
    assert code in (0, 3)
    assert document["kind"] == "RouteStatus"
    assert bool(document["gaps"]) == (code == 3)
