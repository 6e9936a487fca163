"""Simulated clusters to enable multi-table mode on, and what a test looks at afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, NamedTuple

from kubectl_routes.model.undo import HISTORY
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import Answer, ask

Object = dict[str, Any]

SPACE, CCM = "kube-system", "cloud-controller-manager"
KEY = "cloud-config.conf"
# Seconds: a whole rollout takes about half a second, and a periodic reconcile comes soon after.
PACE, PERIOD = 0.02, 1.0


def simulated(scenario: str) -> SimulatedCluster:
    """A simulated cluster that runs in a thread, quickly."""
    return SimulatedCluster(scenario, period=PERIOD, pace=PACE)


class State(NamedTuple):
    """What enable changes and disable brings back: the ConfigMap without what the server fills in,
    and the workload's spec with all annotations but the history.
    """

    config_map: Object | None
    spec: Object
    annotations: dict[str, str]


def state(cluster: SimulatedCluster) -> State:
    workload = lasting(cluster.kube.store.get("DaemonSet", SPACE, CCM))
    return State(config_map(cluster), workload["spec"], workload["metadata"].get("annotations", {}))


def config_map(cluster: SimulatedCluster) -> Object | None:
    try:
        return lasting(cluster.kube.store.get("ConfigMap", SPACE, "cloud-config"))
    except LookupError:
        return None


def lasting(value: Object) -> Object:
    """An object without its history, and what the server or a controller fills in."""
    kept = deepcopy(value)
    kept.pop("status", None)
    for name in ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"):
        kept["metadata"].pop(name, None)
    annotations = kept["metadata"].get("annotations") or {}
    if HISTORY in annotations:
        del annotations[HISTORY]
        if not annotations:
            del kept["metadata"]["annotations"]
    template = kept.get("spec", {}).get("template", {}).get("metadata", {})
    template.pop("creationTimestamp", None)  # always null
    return kept


def listed(cluster: SimulatedCluster) -> str:
    """The list in the ConfigMap, read as strict JSON."""
    found = config_map(cluster)
    assert found is not None
    text: str = json.loads(found["data"][KEY])["Global"]["routeTableIDs"]
    return text


def both(cluster: SimulatedCluster) -> str:
    """All tables, as a list that CCM reads."""
    return ",".join(cluster.infra.table_ids)


def writes(cluster: SimulatedCluster) -> list[str]:
    """The requests that changed something, as ``METHOD kind``; dry runs and questions are none."""
    return [
        f"{one.method} {one.path.rsplit('/', 2 if one.method != 'POST' else 1)[1]}"
        for one in cluster.kube.server.requests
        if one.method != "GET" and "dryRun" not in one.query and "selfsubject" not in one.path
    ]


@contextmanager
def unchanged(cluster: SimulatedCluster, *, written: bool = False) -> Iterator[None]:
    """What happens inside writes nothing, or, with ``written``, leaves nothing of it."""
    before = state(cluster)
    cluster.kube.server.forget()
    yield
    assert state(cluster) == before
    assert written or writes(cluster) == []


@contextmanager
def enabled(scenario: str) -> Iterator[SimulatedCluster]:
    """A simulated cluster on which enable has come to its end."""
    with simulated(scenario) as cluster:
        answer = enable(cluster, "--yes")
        assert answer.code == 0, answer
        yield cluster


def skip(*codes: str) -> list[str]:
    """The flags that skip these preflight checks."""
    return [word for code in codes for word in ("--skip-preflight", code)]


def container_of(cluster: SimulatedCluster) -> Object:
    """CCM's container."""
    workload = cluster.kube.store.get("DaemonSet", SPACE, CCM)
    found: Object = workload["spec"]["template"]["spec"]["containers"][0]
    return found


def write_config(cluster: SimulatedCluster, text: str) -> None:
    """Another text of cloud-config."""
    cluster.edit_config_map(lambda one: one["data"].update({KEY: text}))


def edit_container(cluster: SimulatedCluster, change: Callable[[Object], object]) -> None:
    """What another client does to CCM's container."""

    def edit(workload: Object) -> None:
        change(workload["spec"]["template"]["spec"]["containers"][0])

    cluster.edit_workload(edit)


def enable(cluster: SimulatedCluster, *words: str, tables: str = "auto") -> Answer:
    return ask(cluster, "enable", "--tables", tables, *words)


def disable(cluster: SimulatedCluster, *words: str) -> Answer:
    return ask(cluster, "disable", *words)
