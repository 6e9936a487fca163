"""The DaemonSet controller: a pod on every node of the selector, replaced by the strategy."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.hosts import Host, Hosts
from kubectl_routes_simulator.kube_store import Object, Store
from kubectl_routes_simulator.pods import HASH_LABELS, Birth, Pods, hash_of, is_leaving, is_ready

_LABEL = HASH_LABELS["DaemonSet"]


class _Place(Struct, frozen=True):
    """One node and the DaemonSet's pods on it that are not being deleted."""

    host: Host
    old: tuple[Object, ...]
    new: tuple[Object, ...]
    leaving: bool

    @property
    def alive(self) -> tuple[Object, ...]:
        return (*self.old, *self.new)


class DaemonSets:
    """Does for each DaemonSet what its controller does. Taints are not looked at."""

    def __init__(self, store: Store, pods: Pods, hosts: Hosts) -> None:
        self._store = store
        self._pods = pods
        self._hosts = hosts

    def lay(self, daemon_set: Object, created: str) -> None:
        """Roll out a DaemonSet that has been there since ``created``."""
        for host in self._wanted(daemon_set):
            self._pods.lay(daemon_set, host, created)

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
            if not place.alive and not place.leaving:
                self._pods.create(daemon_set, Birth(template_hash, place.host))
        strategy = daemon_set["spec"].get("updateStrategy", {})
        if strategy.get("type", "RollingUpdate") == "RollingUpdate":
            self._roll(daemon_set, template_hash, places, strategy.get("rollingUpdate") or {})
        self._tell(daemon_set, template_hash, names)

    def _wanted(self, daemon_set: Object) -> tuple[Host, ...]:
        return self._hosts.selected(
            daemon_set["spec"]["template"]["spec"].get("nodeSelector") or {}
        )

    def _roll(
        self, daemon_set: Object, template_hash: str, places: list[_Place], limits: Object
    ) -> None:
        surge = share(limits.get("maxSurge", 0), len(places))
        if surge:
            self._surge(daemon_set, template_hash, places, surge)
            return
        most = max(1, share(limits.get("maxUnavailable", 1), len(places)))
        missing = [one for one in places if not any(is_ready(pod) for pod in one.alive)]
        # An old pod that does not work may go at any time: it makes nothing worse.
        doomed = [pod for one in missing for pod in one.old]
        working = [pod for one in places if not one.new for pod in one.old if is_ready(pod)]
        for pod in [*doomed, *working[: max(0, most - len(missing))]]:
            self._pods.remove(daemon_set, pod)

    def _surge(
        self, daemon_set: Object, template_hash: str, places: list[_Place], surge: int
    ) -> None:
        beside = [one for one in places if one.old and one.new]
        for place in beside:
            if any(is_ready(pod) for pod in place.new):
                for pod in place.old:
                    self._pods.remove(daemon_set, pod)
        alone = [one for one in places if one.old and not one.new]
        broken = [one for one in alone if not any(is_ready(pod) for pod in one.old)]
        working = [one for one in alone if one not in broken]
        for place in [*broken, *working[: max(0, surge - len(beside))]]:
            self._pods.create(daemon_set, Birth(template_hash, place.host))

    def _tell(self, daemon_set: Object, template_hash: str, wanted: set[str]) -> None:
        pods = [pod for pod in self._pods.of(daemon_set) if not is_leaving(pod)]
        right = [pod for pod in pods if pod["spec"].get("nodeName") in wanted]
        ready = {pod["spec"]["nodeName"] for pod in right if is_ready(pod)}
        updated = {
            pod["spec"]["nodeName"]
            for pod in right
            if pod["metadata"]["labels"].get(_LABEL) == template_hash
        }
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
        set_status(self._store, daemon_set, status)


def share(limit: Any, of: int) -> int:
    """A limit of a strategy: a number, or a percentage rounded up."""
    if isinstance(limit, str) and limit.endswith("%"):
        return math.ceil(int(limit[:-1]) * of / 100)
    return int(limit)


def set_status(store: Store, workload: Object, status: Object) -> None:
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
    new = [pod for pod in alive if pod["metadata"]["labels"].get(_LABEL) == template_hash]
    return _Place(
        host=host,
        old=tuple(pod for pod in alive if pod not in new),
        new=tuple(new),
        leaving=len(alive) < len(here),
    )
