"""The pods of workloads, as their controllers make, find and remove them, and their status."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

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

    @property
    def has_started(self) -> bool:
        """Whether it runs, or has run before."""
        return self.runs or bool(self.last) or "terminated" in self.state


def waiting(reason: str, message: str = "") -> Object:
    """The state of a container that is not started (again) yet."""
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def ended(code: int, reason: str, started: str, finished: str) -> Object:
    """The state of a container whose process has ended."""
    times = {"startedAt": started, "finishedAt": finished}
    return {"terminated": {"exitCode": code, "reason": reason, **times}}


def pod_status(pod: Object, main: str, ip: str, container: Container) -> Object:
    """The whole status. ``main`` is the container that matters; others run once it has started."""
    known = pod.get("status", {})
    start_time = known.get("startTime") or container.since
    state = waiting("ContainerCreating")
    if container.has_started:
        state = {"running": {"startedAt": start_time}}
    other = Container(state, 0, {}, start_time)
    statuses = [
        _container_status(each, container if each["name"] == main else other)
        for each in pod["spec"]["containers"]
    ]
    unready = [status["name"] for status in statuses if not status["ready"]]
    return {
        "phase": "Running" if container.has_started else "Pending",
        "hostIP": ip,
        "podIP": ip,
        "podIPs": [{"ip": ip}],
        "qosClass": known.get("qosClass", "Burstable"),
        "startTime": start_time,
        "conditions": _conditions(known, unready, container.since),
        "containerStatuses": statuses,
    }


def _container_status(container: Object, stands: Container) -> Object:
    image, pulled = container["image"], stands.has_started
    status: Object = {
        "name": container["name"],
        "image": image,
        "imageID": f"{image.rpartition(':')[0]}@sha256:{'0' * 64}" if pulled else "",
        "ready": stands.runs,
        "started": stands.runs,
        "restartCount": stands.restarts,
        "state": stands.state,
        "lastState": stands.last,
    }
    return status | ({"containerID": f"containerd://{stands.restarts:064x}"} if pulled else {})


def _conditions(known: Object, unready: list[str], since: str) -> list[Object]:
    before = {condition["type"]: condition for condition in known.get("conditions", ())}
    message = f"containers with unready status: [{' '.join(unready)}]"
    why = {"reason": "ContainersNotReady", "message": message}
    conditions = []
    for type_ in ("Initialized", "Ready", "ContainersReady", "PodScheduled"):
        status = "False" if unready and type_ in ("Ready", "ContainersReady") else "True"
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
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and not is_leaving(pod)


def made_of(pod: Object, template_hash: str) -> bool:
    """Whether the pod is of the pod template with that hash."""
    labels = pod["metadata"]["labels"]
    return any(labels.get(label) == template_hash for label in HASH_LABELS.values())


def controller_of(pod: Object) -> Object | None:
    """The reference to the controller that has made the pod, or None."""
    owners: list[Object] = pod["metadata"].get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), None)


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
        label, found = HASH_LABELS[workload["kind"]], []
        for pod in self._store.list("Pod", workload["metadata"]["namespace"]):
            template_hash = pod["metadata"].get("labels", {}).get(label, "")
            owner = controller_of(pod)
            if owner is not None and owner["uid"] == _owner(workload, template_hash)["uid"]:
                found.append(pod)
        return found

    def create_running(self, workload: Object, node: str, created: str) -> Object:
        """A pod that has been there since ``created``; nothing is said about it."""
        suffix = hashlib.sha256(node.encode()).hexdigest()[:5]
        template_hash = hash_of(workload["spec"]["template"])
        return self._store.put(_pod(workload, template_hash, node, (suffix, created)))

    def create(self, workload: Object, template_hash: str, node: str) -> None:
        """Make a pod of the workload's template; without ``node`` it fits on none."""
        self._made += 1
        seed = hashlib.sha256(f"{workload['metadata']['uid']}/{self._made}".encode()).digest()
        suffix = "".join(_LETTERS[byte % len(_LETTERS)] for byte in seed[:5])
        birth = (suffix, rfc3339(self._clock()))
        pod = self._store.put(_pod(workload, template_hash, node, birth))
        name = pod["metadata"]["name"]
        recorder = self._recorders[workload["kind"]]
        recorder.record(workload, "Normal", "SuccessfulCreate", f"Created pod: {name}")
        if node:
            where = f"{pod['metadata']['namespace']}/{name} to {node}"
            self._scheduler.record(pod, "Normal", "Scheduled", f"Successfully assigned {where}")

    def remove(self, workload: Object, pod: Object) -> None:
        """Ask for the end of a pod; its kubelet sees to it."""
        meta = pod["metadata"]
        if not is_leaving(pod) and self.stop_pod(meta["namespace"], meta["name"]):
            recorder = self._recorders[workload["kind"]]
            recorder.record(workload, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    def stop_pod(self, namespace: str, name: str) -> bool:
        """Mark a pod as deleted; False when it is gone already. Safe between threads."""
        now = rfc3339(self._clock())

        def mark(pod: Object) -> None:
            pod["metadata"].setdefault("deletionTimestamp", now)
            pod["metadata"].setdefault("deletionGracePeriodSeconds", GRACE_SECONDS)

        try:
            self._store.replace("Pod", namespace, name, mark)
        except LookupError:
            return False
        return True


def _owner(workload: Object, template_hash: str) -> Object:
    """Who owns the pods: the DaemonSet itself, or a ReplicaSet, which is not served."""
    meta, kind = workload["metadata"], workload["kind"]
    if kind == "DaemonSet":
        return {"kind": kind, "name": meta["name"], "uid": meta["uid"]}
    uid = f"{meta['uid'][:-8]}{zlib.crc32(template_hash.encode()):08x}"
    return {"kind": "ReplicaSet", "name": f"{meta['name']}-{template_hash}", "uid": uid}


def _pod(workload: Object, template_hash: str, node: str, birth: tuple[str, str]) -> Object:
    """A new pod; ``birth`` is the last part of its name, and when it is made."""
    meta, template, kind = workload["metadata"], workload["spec"]["template"], workload["kind"]
    own, owner, (suffix, created) = (
        template.get("metadata", {}),
        _owner(workload, template_hash),
        birth,
    )
    reference = {"apiVersion": "apps/v1", **owner, "controller": True, "blockOwnerDeletion": True}
    labels = {**(own.get("labels") or {}), HASH_LABELS[kind]: template_hash}
    if kind == "DaemonSet":
        labels["pod-template-generation"] = str(meta["generation"])
    scheduled = {"type": "PodScheduled", "status": "True" if node else "False"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{owner['name']}-{suffix}",
            "generateName": f"{owner['name']}-",
            "namespace": meta["namespace"],
            "labels": labels,
            "creationTimestamp": created,
            "ownerReferences": [reference],
            **({"annotations": dict(own["annotations"])} if own.get("annotations") else {}),
        },
        "spec": {**template["spec"], **({"nodeName": node} if node else {})},
        "status": {
            "phase": "Pending",
            "conditions": [{**scheduled, "lastTransitionTime": created}],
            "qosClass": "Burstable",
        },
    }
