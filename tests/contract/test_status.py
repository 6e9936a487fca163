"""The whole reading, from a server and a VPC to the matrix: the simulated cluster shows what a real
API server shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_routes_simulator.vpc import VpcSimulator
from tests.contract.cluster import CANARY, ask, installed, simulated_vpc
from tests.contract.servers import LABEL, Server


@pytest.fixture(scope="module")
def vpc() -> Iterator[VpcSimulator]:
    with simulated_vpc() as simulator:
        yield simulator


def status(server: Server, vpc: VpcSimulator, *flags: str) -> tuple[int, Any, str]:
    """Exit code, the JSON, and all that was printed."""
    code, out, err = ask(server, vpc, "status", "-o", "json", *flags)
    return code, json.loads(out), out + err


def test_status_of_a_cluster_with_a_blank_in_its_list(server: Server, vpc: VpcSimulator) -> None:
    if not server.spare:
        pytest.skip("nothing is installed into the kube-system of a cluster that is in use")
    with installed(server):
        code, document, printed = status(server, vpc, "-l", f"{LABEL}={server.run}")
    assert CANARY not in printed
    assert (code, document["mode"], document["gaps"]) == (0, "multi-table", [])
    assert document["controller"] == {
        "kind": "DaemonSet",
        "version": "v2.14.0",
        "image": "registry.example.com/acs/cloud-controller-manager:v2.14.0",
        "desired": 0,
        "periodSeconds": 300,
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
