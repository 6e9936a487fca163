"""The controllers of DaemonSets and Deployments, and the nodes as they see them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_store import Object, Store
from kubectl_routes_simulator.pods import Pods, hash_of, is_leaving, is_ready, made_of

NODES = resource_of_kind("v1", "Node")


class Host(Struct, frozen=True):
    """A node that pods can run on; ``ip`` is its InternalIP."""

    name: str
    ip: str
    labels: Mapping[str, str]


class Hosts:
    """The nodes as they were at the last look, in the order of their names."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = -1
        self._known: dict[str, Host] = {}

    @property
    def up_to_date(self) -> bool:
        """Whether no node has changed since the last look."""
        return self._store.last_change(NODES) <= self._version

    def refresh(self) -> bool:
        """Look again; whether a node came, went or changed its address or labels."""
        if self.up_to_date:
            return False
        self._version = self._store.version
        before = self._known
        self._known = {host.name: host for host in map(_host, self._store.list("Node"))}
        return self._known != before

    def selected(self, selector: Mapping[str, str]) -> list[Host]:
        """The nodes that have every label of the selector."""
        return [host for host in self._known.values() if selector.items() <= host.labels.items()]

    def get(self, name: str) -> Host | None:
        """The node of that name, or None when it is gone."""
        return self._known.get(name)


def _host(node: Object) -> Host:
    addresses = node.get("status", {}).get("addresses", ())
    ips = [each["address"] for each in addresses if each["type"] == "InternalIP"]
    return Host(node["metadata"]["name"], "".join(ips[:1]), node["metadata"].get("labels") or {})


class _Place(Struct, frozen=True):
    """One node and the DaemonSet's pods on it that are not being deleted."""

    host: Host
    old: list[Object]
    new: list[Object]
    leaving: bool

    @property
    def works(self) -> bool:
        return any(is_ready(pod) for pod in (*self.old, *self.new))


class DaemonSets:
    """Does for each DaemonSet what its controller does. Taints and maxSurge are not looked at."""

    def __init__(self, store: Store, pods: Pods, hosts: Hosts) -> None:
        self._store = store
        self._pods = pods
        self._hosts = hosts

    def create_running(self, daemon_set: Object, created: str) -> None:
        """Roll out a DaemonSet that has been there since ``created``."""
        for host in self._wanted(daemon_set):
            self._pods.create_running(daemon_set, host.name, created)

    def reconcile(self, daemon_set: Object) -> None:
        """Make, and ask for the end of, the pods that must be made or end now; tell the status."""
        template_hash = hash_of(daemon_set["spec"]["template"])
        pods = self._pods.of(daemon_set)
        wanted = self._wanted(daemon_set)
        places = [_place(host, pods, template_hash) for host in wanted]
        names = {host.name for host in wanted}
        for pod in pods:
            if pod["spec"].get("nodeName") not in names:
                self._pods.remove(daemon_set, pod)
        for place in places:
            if not place.old and not place.new and not place.leaving:
                self._pods.create(daemon_set, template_hash, place.host.name)
        strategy = daemon_set["spec"].get("updateStrategy", {})
        if strategy.get("type", "RollingUpdate") == "RollingUpdate":
            self._roll(daemon_set, places, strategy.get("rollingUpdate") or {})
        self._tell(daemon_set, template_hash, names)

    def _wanted(self, daemon_set: Object) -> list[Host]:
        spec = daemon_set["spec"]["template"]["spec"]
        return self._hosts.selected(spec.get("nodeSelector") or {})

    def _roll(self, daemon_set: Object, places: list[_Place], limits: Object) -> None:
        most = max(1, _share(limits.get("maxUnavailable", 1), len(places), math.ceil))
        missing = [place for place in places if not place.works]
        # An old pod that does not work may go at any time: it makes nothing worse.
        ending = [pod for place in missing for pod in place.old]
        alone = (place for place in places if not place.new)
        working = [pod for place in alone for pod in place.old if is_ready(pod)]
        for pod in [*ending, *working[: max(0, most - len(missing))]]:
            self._pods.remove(daemon_set, pod)

    def _tell(self, daemon_set: Object, template_hash: str, wanted: set[str]) -> None:
        pods = [pod for pod in self._pods.of(daemon_set) if not is_leaving(pod)]
        right = [pod for pod in pods if pod["spec"].get("nodeName") in wanted]
        ready = {pod["spec"]["nodeName"] for pod in right if is_ready(pod)}
        updated = {pod["spec"]["nodeName"] for pod in right if made_of(pod, template_hash)}
        status: Object = {
            "currentNumberScheduled": len({pod["spec"]["nodeName"] for pod in right}),
            "desiredNumberScheduled": len(wanted),
            "numberAvailable": len(ready),
            "numberMisscheduled": len(pods) - len(right),
            "numberReady": len(ready),
            "observedGeneration": daemon_set["metadata"]["generation"],
            "updatedNumberScheduled": len(updated),
        }
        if len(ready) < len(wanted):
            status["numberUnavailable"] = len(wanted) - len(ready)
        _set_status(self._store, daemon_set, status)


def _share(limit: Any, of: int, rounded: Callable[[float], int]) -> int:
    """A limit of a strategy: a number, or a percentage."""
    if isinstance(limit, str) and limit.endswith("%"):
        return rounded(int(limit[:-1]) * of / 100)
    return int(limit)


def _set_status(store: Store, workload: Object, status: Object) -> None:
    """Write a workload's status, unless it is gone."""
    meta = workload["metadata"]
    with suppress(LookupError):
        store.replace(
            workload["kind"],
            meta["namespace"],
            meta["name"],
            lambda value: {**value, "status": status},
        )


def _place(host: Host, pods: list[Object], template_hash: str) -> _Place:
    here = [pod for pod in pods if pod["spec"].get("nodeName") == host.name]
    alive = [pod for pod in here if not is_leaving(pod)]
    new = [pod for pod in alive if made_of(pod, template_hash)]
    old = [pod for pod in alive if pod not in new]
    return _Place(host, old, new, leaving=len(alive) < len(here))


class Deployments:
    """Does for each Deployment what its controllers and the scheduler do; every strategy is played
    as RollingUpdate, without a deadline and without conditions.
    """

    def __init__(self, store: Store, pods: Pods, hosts: Hosts) -> None:
        self._store = store
        self._pods = pods
        self._hosts = hosts

    def reconcile(self, deployment: Object) -> None:
        """Make, and ask for the end of, the pods that must be made or end now; tell the status."""
        template_hash = hash_of(deployment["spec"]["template"])
        alive = [pod for pod in self._pods.of(deployment) if not is_leaving(pod)]
        new = [pod for pod in alive if made_of(pod, template_hash)]
        ending, room = _roll(deployment, [pod for pod in alive if pod not in new], new)
        for pod in [*ending, *new[_replicas(deployment) :]]:
            self._pods.remove(deployment, pod)
        for _ in range(min(_replicas(deployment), room) - len(new)):
            self._pods.create(deployment, template_hash, self._place(deployment))
        self._tell(deployment, template_hash)

    def _place(self, deployment: Object) -> str:
        """The node with the fewest of the Deployment's pods, empty for none."""
        spec = deployment["spec"]["template"]["spec"]
        taken = [pod["spec"].get("nodeName") for pod in self._pods.of(deployment)]
        hosts = self._hosts.selected(spec.get("nodeSelector") or {})
        return min((host.name for host in hosts), key=taken.count, default="")

    def _tell(self, deployment: Object, template_hash: str) -> None:
        alive = [pod for pod in self._pods.of(deployment) if not is_leaving(pod)]
        updated = [pod for pod in alive if made_of(pod, template_hash)]
        ready = [pod for pod in alive if is_ready(pod)]
        counts = {
            "replicas": len(alive),
            "updatedReplicas": len(updated),
            "readyReplicas": len(ready),
            "availableReplicas": len(ready),
            "unavailableReplicas": max(0, _replicas(deployment) - len(ready)),
        }
        given = {name: count for name, count in counts.items() if count}
        generation = deployment["metadata"]["generation"]
        _set_status(self._store, deployment, {"observedGeneration": generation, **given})


def _replicas(deployment: Object) -> int:
    """How many pods a Deployment wants; one that does not say wants one."""
    wanted = deployment["spec"].get("replicas")
    return 1 if wanted is None else int(wanted)


def _limits(deployment: Object) -> tuple[int, int]:
    """How many pods more, and how many fewer, there may be while they are replaced."""
    limits = deployment["spec"].get("strategy", {}).get("rollingUpdate") or {}
    surge = _share(limits.get("maxSurge", "25%"), _replicas(deployment), math.ceil)
    fewer = _share(limits.get("maxUnavailable", "25%"), _replicas(deployment), math.floor)
    return surge, max(fewer, 0 if surge else 1)


def _roll(deployment: Object, old: list[Object], new: list[Object]) -> tuple[list[Object], int]:
    """Which old pods may go now, and how many new ones there may be."""
    surge, unavailable = _limits(deployment)
    least = _replicas(deployment) - unavailable
    ready = [pod for pod in [*old, *new] if is_ready(pod)]
    budget = max(0, len(old) + len(new) - least - sum(not is_ready(pod) for pod in new))
    broken = [pod for pod in old if not is_ready(pod)][:budget]
    working = [pod for pod in old if is_ready(pod)]
    spare = min(budget - len(broken), max(0, len(ready) - least))
    return [*broken, *working[:spare]], _replicas(deployment) + surge - len(old)
