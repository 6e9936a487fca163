"""The requests that a command makes, found in the servers' logs of a run in which all goes well."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import quote, quote_plus

from msgspec import Struct

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import Exchange, LoopbackServer

# Parameters that tell one request from another by their values, and those that do by being there.
# Everything else of a query is alike in all of them, or new in each (signatures, nonces).
_BY_VALUE = ("Action", "RouteTableId", "labelSelector", "fieldSelector", "version")
_BY_PRESENCE = ("continue", "NextToken", "dryRun", "previous")
# Names of pods and ids of tasks are new in each cluster.
_POD = re.compile(r"(cloud\\?-controller\\?-manager\\?-)[a-z0-9]{5}(?![a-z0-9])")
_TASK = re.compile(r"(?<=/tasks/)[^/ ]+")


class Place(Struct, frozen=True, order=True):
    """The request number ``occurrence`` (from 0) of those that ``pattern`` finds in the lines that
    a server's faults look at; ``key`` is the same for people.
    """

    server: str
    key: str
    pattern: str
    occurrence: int


def servers(cluster: SimulatedCluster) -> dict[str, LoopbackServer]:
    return {"kube": cluster.kube.server, "vpc": cluster.vpc.server, "ack": cluster.addon.server}


def places(cluster: SimulatedCluster) -> list[Place]:
    """All requests in the logs, in an order that does not depend on who was quicker."""
    found = []
    for name, server in servers(cluster).items():
        seen: Counter[str] = Counter()
        for one in server.requests:
            pattern = _pattern(one)
            found.append(Place(name, _key(one), pattern, seen[pattern]))
            seen[pattern] += 1
    return sorted(found)


def _key(one: Exchange) -> str:
    words = [f"{name}={one.query[name][0]}" for name in _BY_VALUE if name in one.query]
    words += [name for name in _BY_PRESENCE if name in one.query]
    return _POD.sub(r"\1…", _TASK.sub("…", " ".join((one.method, one.path, *words))))


def _pattern(one: Exchange) -> str:
    path = _TASK.sub("[^/ ]+", re.escape(quote(one.path)))
    conditions = [
        f"(?=.*[?&]{name}={re.escape(quote_plus(one.query[name][0]))}(&|$))"
        for name in _BY_VALUE
        if name in one.query
    ]
    conditions += [f"(?{'=' if name in one.query else '!'}.*[?&]{name}=)" for name in _BY_PRESENCE]
    pattern = f"^{one.method} {path}(?=\\?|$){''.join(conditions)}"
    return _POD.sub(r"\1[a-z0-9]{5}", pattern)
