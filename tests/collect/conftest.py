from __future__ import annotations

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.collect.reading import Reader


@pytest.fixture
def reader(cluster: SimulatedCluster) -> Reader:
    return Reader(cluster)
