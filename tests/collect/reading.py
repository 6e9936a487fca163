"""A simulated cluster and one who reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kubectl_routes.collect import snapshot
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.kube_access import Denial
from tests.collect.timing import FastClock, silent

DEPLOY = Path(__file__).parents[2] / "deploy"


class Reader:
    """Its environment may be changed; its time passes only by waiting."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self.cluster = cluster
        self.env = cluster.environment({"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"})
        self.clock = FastClock()

    def read(self, **options: Any) -> Snapshot:
        given = CollectOptions(**{"request_timeout": 20.0, **options})
        return snapshot.take(given, self.env, self.clock, silent)

    def deny(self, verb: str = "*", resource: str = "*", name: str | None = None) -> None:
        self.cluster.kube.access.denied.append(Denial(verb, resource, name))


def parts(taken: Snapshot) -> list[str]:
    """What could not be read."""
    return [gap.part for gap in taken.gaps]
