"""The whole writing: enable and disable do the same to a simulated and to a real API server.

No controller runs on such a server, so that no new pods are created: it is not waited for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest

from kubectl_routes.model.undo import CONFIG_HASH, HISTORY, UNDO
from kubectl_routes_simulator.vpc import VpcSimulator
from tests.contract.cluster import CANARY, CCM, CONFIG, ask, installed, simulated_vpc
from tests.contract.servers import Object, Server
from tests.contract.test_writing import MERGE

ENABLE = (
    "enable", "--tables", "vtb-system,vtb-custom", "--yes", "--no-wait", "--skip-preflight", "RT112"
)  # fmt: skip
DISABLE = ("disable", "--yes", "--no-wait")


@pytest.fixture
def vpc(server: Server) -> Iterator[VpcSimulator]:
    if not server.spare:
        pytest.skip("nothing is changed in the kube-system of a cluster that is in use")
    with simulated_vpc() as simulator, installed(server):
        yield simulator


def lasting(value: Object) -> Object:
    """An object without what changes with every write, and without the history."""
    kept = deepcopy(value)
    for name in ("resourceVersion", "managedFields", "generation"):
        kept["metadata"].pop(name, None)
    annotations = kept["metadata"].pop("annotations", {})
    annotations.pop(HISTORY, None)
    # Set by the server at the first look, and raised with the template.
    annotations.pop("deprecated.daemonset.template.generation", None)
    return kept | {"annotations": annotations}


def standing(server: Server) -> tuple[Object, Object]:
    return lasting(server.get(CONFIG).json()), lasting(server.get(CCM).json())


def listed(server: Server) -> str:
    config = json.loads(server.get(CONFIG).json()["data"]["cloud-config.conf"])
    assert config["Global"]["accessKeySecret"] == CANARY
    return str(config["Global"]["routeTableIDs"])


def test_enable_and_back(server: Server, vpc: VpcSimulator) -> None:
    before = standing(server)
    code, out, err = ask(server, vpc, *ENABLE)
    assert code == 0, err
    assert CANARY not in out + err
    assert listed(server) == "vtb-system,vtb-custom"
    workload = server.get(CCM).json()
    template = workload["spec"]["template"]
    assert {UNDO, HISTORY} <= set(workload["metadata"]["annotations"])
    assert template["metadata"]["annotations"][CONFIG_HASH]
    assert CANARY not in json.dumps(workload)
    # The server knows who has changed what.
    assert "kubectl-routes" in {one["manager"] for one in workload["metadata"]["managedFields"]}
    code, _, err = ask(server, vpc, *DISABLE)
    assert code == 0, err
    assert standing(server) == before


def test_dry_run_on_the_server_changes_nothing(server: Server, vpc: VpcSimulator) -> None:
    before = [server.get(path).json() for path in (CONFIG, CCM)]
    code, out, err = ask(server, vpc, *ENABLE, "--dry-run=server")
    assert (code, "dry run (server): nothing was changed" in err) == (1, True)
    assert "routeTableIDs" in out
    assert [server.get(path).json() for path in (CONFIG, CCM)] == before


def test_what_the_server_refuses_is_told_before_anything_is_written(
    server: Server, vpc: VpcSimulator
) -> None:
    assert server.send("PATCH", CONFIG, {"immutable": True}, MERGE).status == 200
    before = [server.get(path).json() for path in (CONFIG, CCM)]
    code, _, err = ask(server, vpc, *ENABLE)
    assert code == 3
    assert "immutable" in err
    assert [server.get(path).json() for path in (CONFIG, CCM)] == before
