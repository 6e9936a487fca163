"""The pods of workloads, as their controllers make, find and remove them, and their status."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.hosts import Host
from kubectl_routes_simulator.kube_logs import Recorder
from kubectl_routes_simulator.kube_store import Object, Store, rfc3339


class Container(Struct, frozen=True):
    """Where the container that matters stands: ``state`` and ``last`` are states of the API.

    ``since`` is when its readiness changed last.
    """

    state: dict[str, Any]
    restarts: int
    last: dict[str, Any]
    since: str

    @property
    def runs(self) -> bool:
        """Whether it is up; nothing probes its readiness, so that makes it ready."""
        return "running" in self.state


def waiting(reason: str, message: str = "") -> Object:
    """The state of a container that is not started (again) yet."""
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def running(started: str) -> Object:
    """The state of a container that runs."""
    return {"running": {"startedAt": started}}


def exited(code: int, started: str, finished: str) -> Object:
    """The state of a container whose process has ended."""
    return {
        "terminated": {
            "exitCode": code,
            "reason": "Completed" if code == 0 else "Error",
            "startedAt": started,
            "finishedAt": finished,
        }
    }


def not_started(message: str, finished: str) -> Object:
    """The state of a container that the runtime could not start."""
    return {
        "terminated": {
            "exitCode": 128,
            "reason": "StartError",
            "message": message,
            "startedAt": "1970-01-01T00:00:00Z",
            "finishedAt": finished,
        }
    }


def pod_status(pod: Object, main: str, ip: str, container: Container) -> Object:
    """The whole status. ``main`` names the container that matters; any other runs as soon as that
    has been started once.
    """
    known = pod.get("status", {})
    started = container.runs or bool(container.last) or "terminated" in container.state
    start_time = known.get("startTime") or container.since
    others = running(start_time) if started else waiting("ContainerCreating")
    statuses = [
        _container_status(
            one, container if one["name"] == main else Container(others, 0, {}, start_time)
        )
        for one in pod["spec"]["containers"]
    ]
    return {
        "phase": "Running" if started else "Pending",
        "hostIP": ip,
        "podIP": ip,
        "podIPs": [{"ip": ip}],
        "qosClass": known.get("qosClass", "Burstable"),
        "startTime": start_time,
        "conditions": _conditions(
            known, [one["name"] for one in statuses if not one["ready"]], container.since
        ),
        "containerStatuses": statuses,
    }


def _container_status(container: Object, told: Container) -> Object:
    image = container["image"]
    pulled = told.runs or told.last or "terminated" in told.state
    status: Object = {
        "name": container["name"],
        "image": image,
        "imageID": f"{image.rpartition(':')[0]}@sha256:{'0' * 64}" if pulled else "",
        "ready": told.runs,
        "started": told.runs,
        "restartCount": told.restarts,
        "state": told.state,
        "lastState": told.last,
    }
    if pulled:
        status["containerID"] = f"containerd://{told.restarts:064x}"
    return status


def _conditions(known: Object, unready: list[str], since: str) -> list[Object]:
    before = {one["type"]: one for one in known.get("conditions", ())}
    why = {
        "reason": "ContainersNotReady",
        "message": f"containers with unready status: [{' '.join(unready)}]",
    }
    conditions = []
    for type_ in ("Initialized", "Ready", "ContainersReady", "PodScheduled"):
        about_containers = type_ in ("Ready", "ContainersReady")
        status = "False" if unready and about_containers else "True"
        old = before.get(type_, {})
        when = old["lastTransitionTime"] if old.get("status") == status else since
        condition: Object = {"type": type_, "status": status, "lastTransitionTime": when}
        conditions.append(condition | why if status == "False" else condition)
    return conditions


# The label with which each kind of workload distinguishes its pods by their template.
HASH_LABELS = {"DaemonSet": "controller-revision-hash", "Deployment": "pod-template-hash"}
GRACE_SECONDS = 30
_COMPONENTS = {"DaemonSet": "daemonset-controller", "Deployment": "replicaset-controller"}
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def hash_of(template: Object) -> str:
    """The hash of a pod template: the same template has always the same one."""
    meta = {key: value for key, value in template.get("metadata", {}).items() if value is not None}
    text = msgspec.json.encode({**template, "metadata": meta}, order="deterministic")
    return "".join(_LETTERS[ord(digit) % len(_LETTERS)] for digit in str(zlib.crc32(text)))


def is_leaving(pod: Object) -> bool:
    """Whether the pod was deleted already."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_ready(pod: Object) -> bool:
    """Whether the pod counts as ready: the kubelet says so, and it was not deleted."""
    conditions = pod.get("status", {}).get("conditions", ())
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and not is_leaving(pod)


def made_of(pod: Object, template_hash: str) -> bool:
    """Whether the pod is of the pod template with that hash."""
    return any(pod["metadata"]["labels"].get(one) == template_hash for one in HASH_LABELS.values())


def controller_of(pod: Object) -> Object | None:
    """The reference to the controller that has made the pod, or None."""
    owners: list[Object] = pod["metadata"].get("ownerReferences") or []
    return next((one for one in owners if one.get("controller")), None)


class PodStart(Struct, frozen=True):
    """What a new pod depends on beside its workload: the template's hash and the node, None for
    one that fits on no node.
    """

    hash: str
    host: Host | None


class Pods:
    """The pods of the workloads in ``store``. ``clock`` gives seconds since the epoch."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._made = 0
        self._recorders = {
            kind: Recorder(store, clock, component) for kind, component in _COMPONENTS.items()
        }
        self._scheduler = Recorder(store, clock, "default-scheduler")

    def of(self, workload: Object) -> list[Object]:
        """The pods that the workload's controller has made, also those that are leaving."""
        meta = workload["metadata"]
        return [
            pod
            for pod in self._store.list("Pod", meta["namespace"])
            if (owner := controller_of(pod)) is not None and _owns(workload, owner, pod)
        ]

    def create_running(self, workload: Object, host: Host, created: str) -> Object:
        """A pod that has been there since ``created``; nothing is said about it."""
        suffix = hashlib.sha256(host.name.encode()).hexdigest()[:5]
        birth = PodStart(hash_of(workload["spec"]["template"]), host)
        pod = _pod(workload, birth, suffix, created)
        return self._store.put(pod)

    def create(self, workload: Object, birth: PodStart) -> None:
        """Make a pod of the workload's template."""
        self._made += 1
        seed = f"{workload['metadata']['uid']}/{self._made}"
        suffix = "".join(
            _LETTERS[one % len(_LETTERS)] for one in hashlib.sha256(seed.encode()).digest()[:5]
        )
        pod = self._store.put(_pod(workload, birth, suffix, rfc3339(self._clock())))
        name = pod["metadata"]["name"]
        self._recorders[workload["kind"]].record(
            workload, "Normal", "SuccessfulCreate", f"Created pod: {name}"
        )
        if birth.host is not None:
            where = f"{pod['metadata']['namespace']}/{name} to {birth.host.name}"
            self._scheduler.record(pod, "Normal", "Scheduled", f"Successfully assigned {where}")

    def remove(self, workload: Object, pod: Object) -> None:
        """Ask for the end of a pod; its kubelet sees to it."""
        if is_leaving(pod):
            return
        meta = pod["metadata"]
        if self.stop_pod(meta["namespace"], meta["name"]):
            self._recorders[workload["kind"]].record(
                workload, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}"
            )

    def stop_pod(self, namespace: str, name: str) -> bool:
        """Mark a pod as deleted; False when it is gone already."""
        now = rfc3339(self._clock())

        def mark(pod: Object) -> None:
            pod["metadata"].setdefault("deletionTimestamp", now)
            pod["metadata"].setdefault("deletionGracePeriodSeconds", GRACE_SECONDS)

        try:
            self._store.replace("Pod", namespace, name, mark)
        except LookupError:
            return False
        return True


def _owns(workload: Object, owner: Object, pod: Object) -> bool:
    meta = workload["metadata"]
    if workload["kind"] == "DaemonSet":
        return bool(owner["uid"] == meta["uid"])
    template_hash = pod["metadata"].get("labels", {}).get(HASH_LABELS["Deployment"])
    return bool(owner["uid"] == _replica_set_uid(workload, template_hash))


def _replica_set_uid(deployment: Object, template_hash: str) -> str:
    """ReplicaSets are not served; their uid is made of the Deployment's and the hash."""
    digest = zlib.crc32(template_hash.encode() if template_hash else b"")
    return f"{deployment['metadata']['uid'][:-8]}{digest:08x}"


def _pod(workload: Object, birth: PodStart, suffix: str, created: str) -> Object:
    meta, template = workload["metadata"], workload["spec"]["template"]
    own = template.get("metadata", {})
    kind = workload["kind"]
    owner = {"kind": kind, "name": meta["name"], "uid": meta["uid"]}
    if kind == "Deployment":
        owner = {
            "kind": "ReplicaSet",
            "name": f"{meta['name']}-{birth.hash}",
            "uid": _replica_set_uid(workload, birth.hash),
        }
    reference = {"apiVersion": "apps/v1", **owner, "controller": True, "blockOwnerDeletion": True}
    labels = {**(own.get("labels") or {}), HASH_LABELS[kind]: birth.hash}
    if kind == "DaemonSet":
        labels["pod-template-generation"] = str(meta["generation"])
    scheduled = "True" if birth.host is not None else "False"
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{owner['name']}-{suffix}",
            "generateName": f"{owner['name']}-",
            "namespace": meta["namespace"],
            "labels": labels,
            "creationTimestamp": created,
            "ownerReferences": [reference],
        },
        "spec": dict(template["spec"]),
        "status": {
            "phase": "Pending",
            "conditions": [
                {"type": "PodScheduled", "status": scheduled, "lastTransitionTime": created}
            ],
            "qosClass": "Burstable",
        },
    }
    if own.get("annotations"):
        pod["metadata"]["annotations"] = dict(own["annotations"])
    if birth.host is not None:
        pod["spec"]["nodeName"] = birth.host.name
    return pod
