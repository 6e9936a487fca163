"""Good inputs to begin with: what the simulated servers answer, and what is made of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

from kubectl_routes.cli.main import main
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.cli.asking import BASE, ask

SCENARIOS = ("healthy", "conflict", "crashloop", "space-in-list", "managed-blocked")
# Parameters that tell one call from another.
_TELLING = ("Action", "RouteTableId", "labelSelector", "fieldSelector", "PageNumber")


def key_of(request: Request) -> str:
    """What names a request among those of one command."""
    told = [(name, request.query[name][0]) for name in _TELLING if name in request.query]
    return f"{request.path}?{urlencode(told)}" if told else request.path


@cache
def snapshots() -> tuple[Any, ...]:
    """The snapshot of each scenario, as decoded JSON, with some pods that ``trace`` asks for."""
    found = []
    for scenario in SCENARIOS:
        with SimulatedCluster(scenario, 4) as cluster:
            found.append(json.loads(ask(cluster, "snapshot", "-o", "-").stdout))
    return tuple(found)


@cache
def answers(scenario: str) -> tuple[dict[str, Reply], dict[str, Reply]]:
    """What the Kubernetes and the VPC API answer to ``diagnose`` and ``enable``, by request."""
    with SimulatedCluster(scenario, 4) as cluster:
        kube = _recorded(cluster.kube.server)
        vpc = _recorded(cluster.vpc.server)
        env = cluster.environment(BASE)
        for words in (["diagnose"], ["enable", "--tables", "auto", "--dry-run=client"]):
            main(["kubectl-routes", *words], env, io.StringIO(), io.StringIO())
    return kube, vpc


def _recorded(server: LoopbackServer) -> dict[str, Reply]:
    replies: dict[str, Reply] = {}
    handle: Callable[[Request], Reply] = server.handle

    def recording(request: Request) -> Reply:
        reply = handle(request)
        replies[key_of(request)] = reply
        return reply

    server.handle = recording
    return replies
