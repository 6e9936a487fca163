"""The controllers of DaemonSets and Deployments; ReplicaSets are not served."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.hosts import Host, Hosts
from kubectl_routes_simulator.kube_store import Object, Store, rfc3339
from kubectl_routes_simulator.pods import Pods, PodStart, hash_of, is_leaving, is_ready, made_of


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

    def create_running(self, daemon_set: Object, created: str) -> None:
        """Roll out a DaemonSet that has been there since ``created``."""
        for host in self._wanted(daemon_set):
            self._pods.create_running(daemon_set, host, created)

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
                self._pods.create(daemon_set, PodStart(template_hash, place.host))
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
        ending = [pod for one in missing for pod in one.old]
        working = [pod for one in places if not one.new for pod in one.old if is_ready(pod)]
        for pod in [*ending, *working[: max(0, most - len(missing))]]:
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
            self._pods.create(daemon_set, PodStart(template_hash, place.host))

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
    new = [pod for pod in alive if made_of(pod, template_hash)]
    return _Place(
        host=host,
        old=tuple(pod for pod in alive if pod not in new),
        new=tuple(new),
        leaving=len(alive) < len(here),
    )


_DEADLINE = 600
_DONE = "NewReplicaSetAvailable"


class _Progress(Struct, frozen=True):
    """How far a rollout has come, and since when it stands there, in seconds."""

    counts: tuple[str, int, int, int]
    since: float


class Deployments:
    """Does for each Deployment what its controllers and the scheduler do.

    A second of progressDeadlineSeconds takes ``second`` seconds. ``clock`` gives seconds since the
    epoch.
    """

    def __init__(
        self,
        store: Store,
        pods: Pods,
        hosts: Hosts,
        clock: Callable[[], float],
        second: float,
    ) -> None:
        self._store = store
        self._pods = pods
        self._hosts = hosts
        self._clock = clock
        self._second = second
        self._progress: dict[str, _Progress] = {}

    def reconcile(self, deployment: Object, now: float) -> float | None:
        """Make, and ask for the end of, the pods that must be made or end now; tell the status.

        Returns when the rollout will have taken too long, None when that is not to be feared.
        """
        template_hash = hash_of(deployment["spec"]["template"])
        pods = self._pods.of(deployment)
        alive = [pod for pod in pods if not is_leaving(pod)]
        new = [pod for pod in alive if made_of(pod, template_hash)]
        old = [pod for pod in alive if pod not in new]
        if deployment["spec"].get("strategy", {}).get("type") == "Recreate":
            ending, room = old, replicas(deployment) if len(pods) == len(new) else 0
        else:
            ending, room = _roll(deployment, old, new)
        ending = [*ending, *new[replicas(deployment) :]]
        for pod in ending:
            self._pods.remove(deployment, pod)
        for _ in range(min(replicas(deployment), room) - len(new)):
            self._pods.create(deployment, PodStart(template_hash, self._place(deployment)))
        return self._tell(deployment, template_hash, now)

    def _place(self, deployment: Object) -> Host | None:
        """The node with the fewest of the Deployment's pods."""
        spec = deployment["spec"]["template"]["spec"]
        taken = [pod["spec"].get("nodeName") for pod in self._pods.of(deployment)]
        hosts = self._hosts.selected(spec.get("nodeSelector") or {})
        return min(hosts, key=lambda host: taken.count(host.name), default=None)

    def _tell(self, deployment: Object, template_hash: str, now: float) -> float | None:
        alive = [pod for pod in self._pods.of(deployment) if not is_leaving(pod)]
        updated = [p for p in alive if made_of(p, template_hash)]
        ready = [pod for pod in alive if is_ready(pod)]
        wanted = replicas(deployment)
        counts = {
            "replicas": len(alive),
            "updatedReplicas": len(updated),
            "readyReplicas": len(ready),
            "availableReplicas": len(ready),
            "unavailableReplicas": max(0, wanted - len(ready)),
        }
        done = len(alive) == len(updated) == wanted and len(ready) >= wanted
        come = (template_hash, len(alive), len(updated), len(ready))
        deadline = self._deadline(deployment, come, now)
        progressing = self._progressing(deployment, template_hash, done, now >= deadline)
        conditions = [_available(len(ready) >= wanted - _limits(deployment)[1]), progressing]
        status: Object = {
            "observedGeneration": deployment["metadata"]["generation"],
            **{name: count for name, count in counts.items() if count},
            "conditions": [self._dated(deployment, one) for one in conditions],
        }
        set_status(self._store, deployment, status)
        return deadline if progressing["reason"] == "ReplicaSetUpdated" else None

    def _deadline(self, deployment: Object, counts: tuple[str, int, int, int], now: float) -> float:
        uid = deployment["metadata"]["uid"]
        progress = self._progress.get(uid)
        if progress is None or progress.counts != counts:
            progress = self._progress[uid] = _Progress(counts, now)
        seconds: float = deployment["spec"].get("progressDeadlineSeconds", _DEADLINE)
        return progress.since + seconds * self._second

    def _progressing(
        self, deployment: Object, template_hash: str, done: bool, late: bool
    ) -> Object:
        replica_set = f'ReplicaSet "{deployment["metadata"]["name"]}-{template_hash}"'
        known = _condition(deployment, "Progressing")
        message = f"{replica_set} has successfully progressed."
        # What has been rolled out once stays so, whatever becomes of its pods.
        if done or (known.get("reason") == _DONE and known.get("message") == message):
            return {"status": "True", "type": "Progressing", "reason": _DONE, "message": message}
        reason, words = "ReplicaSetUpdated", "is progressing."
        if late:
            reason, words = "ProgressDeadlineExceeded", "has timed out progressing."
        return {
            "type": "Progressing",
            "status": "False" if late else "True",
            "reason": reason,
            "message": f"{replica_set} {words}",
        }

    def _dated(self, deployment: Object, condition: Object) -> Object:
        known = _condition(deployment, condition["type"])
        bare = {key: value for key, value in known.items() if not key.startswith("last")}
        if bare == condition:
            return known
        now = rfc3339(self._clock())
        same = known.get("status") == condition["status"]
        since = known["lastTransitionTime"] if same else now
        return {**condition, "lastUpdateTime": now, "lastTransitionTime": since}


def replicas(deployment: Object) -> int:
    """How many pods a Deployment wants; one that does not say wants one."""
    wanted = deployment["spec"].get("replicas")
    return 1 if wanted is None else int(wanted)


def _limits(deployment: Object) -> tuple[int, int]:
    """How many pods more, and how many fewer, there may be while they are replaced."""
    strategy = deployment["spec"].get("strategy", {})
    wanted = replicas(deployment)
    if strategy.get("type") == "Recreate":
        return 0, wanted
    limits = strategy.get("rollingUpdate") or {}
    surge = share(limits.get("maxSurge", "25%"), wanted)
    unavailable = _share_down(limits.get("maxUnavailable", "25%"), wanted)
    return surge, max(unavailable, 0 if surge else 1)


def _share_down(limit: Any, of: int) -> int:
    if isinstance(limit, str) and limit.endswith("%"):
        return math.floor(int(limit[:-1]) * of / 100)
    return int(limit)


def _roll(deployment: Object, old: list[Object], new: list[Object]) -> tuple[list[Object], int]:
    """Which old pods may go now, and how many new ones there may be."""
    wanted = replicas(deployment)
    surge, unavailable = _limits(deployment)
    least = wanted - unavailable
    ready = [pod for pod in [*old, *new] if is_ready(pod)]
    budget = max(0, len(old) + len(new) - least - sum(not is_ready(pod) for pod in new))
    broken = [pod for pod in old if not is_ready(pod)][:budget]
    working = [pod for pod in old if is_ready(pod)]
    spare = min(budget - len(broken), max(0, len(ready) - least))
    return [*broken, *working[:spare]], wanted + surge - len(old)


def _available(enough: bool) -> Object:
    if enough:
        return {
            "type": "Available",
            "status": "True",
            "reason": "MinimumReplicasAvailable",
            "message": "Deployment has minimum availability.",
        }
    return {
        "type": "Available",
        "status": "False",
        "reason": "MinimumReplicasUnavailable",
        "message": "Deployment does not have minimum availability.",
    }


def _condition(deployment: Object, type_: str) -> Object:
    conditions = deployment.get("status", {}).get("conditions", ())
    return next((one for one in conditions if one["type"] == type_), {})
