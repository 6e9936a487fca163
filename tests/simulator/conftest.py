"""The simulated APIs that several tests begin with, and clients of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.vpc import VpcSimulator
from tests.simulator.filling import NOW, Client, fill
from tests.simulator.vpc_client import Clock, Sdk, small_store


@pytest.fixture
def kube() -> Iterator[KubeSimulator]:
    with KubeSimulator(clock=lambda: NOW) as running:
        fill(running)
        yield running


@pytest.fixture
def client(kube: KubeSimulator) -> Iterator[Client]:
    client = Client(kube)
    yield client
    client.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vpc(clock: Clock) -> Iterator[VpcSimulator]:
    with VpcSimulator(small_store(clock)) as vpc:
        yield vpc


@pytest.fixture
def sdk(vpc: VpcSimulator) -> Sdk:
    return Sdk(vpc)
