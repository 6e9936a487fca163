from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_access import Access, User
from tests.contract.envtest import api_server
from tests.contract.servers import RealServer, Server, SimulatedServer

Kind = Literal["simulator", "envtest", "kubeconfig"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hold every test against every server that is to be had; the others are skipped, visibly."""
    if "server" not in metafunc.fixturenames:
        return
    missing = {
        "envtest": "KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd",
        "kubeconfig": "no --kubeconfig FILE of a cluster to test against was given",
    }
    if os.environ.get("KUBEBUILDER_ASSETS"):
        del missing["envtest"]
    if metafunc.config.getoption("--kubeconfig"):
        del missing["kubeconfig"]
    kinds: tuple[Kind, ...] = ("simulator", "envtest", "kubeconfig")
    marks = {kind: [pytest.mark.skip(reason=missing[kind])] for kind in missing}
    chosen = [pytest.param(kind, marks=marks.get(kind, [])) for kind in kinds]
    metafunc.parametrize("server", chosen, indirect=True, scope="session")


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    work = tmp_path_factory.mktemp("server")
    with ExitStack() as stack:
        found = _start(request.param, request.config, work, stack)
        stack.callback(found.close)
        yield found


def _start(kind: Kind, config: pytest.Config, work: Path, stack: ExitStack) -> Server:
    if kind == "simulator":
        return _simulated_server(work, stack)
    if kind == "envtest":
        assets = Path(os.environ["KUBEBUILDER_ASSETS"])
        return RealServer(*stack.enter_context(api_server(assets, work)))
    return RealServer(Path(config.getoption("--kubeconfig")))


def _simulated_server(work: Path, stack: ExitStack) -> SimulatedServer:
    """A simulated cluster in which only the administrator has rights, as on a real server."""
    roles = work / "roles.yaml"
    roles.touch()
    admin = User("contract-admin", ("system:masters",))
    kube = stack.enter_context(KubeSimulator(access=Access({"contract-token": admin}, roles)))
    return SimulatedServer(kube, kube.kubeconfig(work / "kubeconfig", token="contract-token"))
