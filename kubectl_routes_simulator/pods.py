"""The pods of workloads, as their controllers make, find and remove them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.hosts import Host
from kubectl_routes_simulator.kube_store import Object, Store, rfc3339
from kubectl_routes_simulator.recorder import Recorder

# The label with which each kind of workload tells its pods of one template from those of another.
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


def controller_of(pod: Object) -> Object | None:
    """The reference to the controller that has made the pod, or None."""
    owners: list[Object] = pod["metadata"].get("ownerReferences") or []
    return next((one for one in owners if one.get("controller")), None)


class Birth(Struct, frozen=True):
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

    def lay(self, workload: Object, host: Host, created: str) -> Object:
        """A pod that has been there since ``created``; nothing is said about it."""
        suffix = hashlib.sha256(host.name.encode()).hexdigest()[:5]
        birth = Birth(hash_of(workload["spec"]["template"]), host)
        pod = _pod(workload, birth, suffix, created)
        return self._store.put(pod)

    def create(self, workload: Object, birth: Birth) -> None:
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
        if self.dismiss(meta["namespace"], meta["name"]):
            self._recorders[workload["kind"]].record(
                workload, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}"
            )

    def dismiss(self, namespace: str, name: str) -> bool:
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


def _pod(workload: Object, birth: Birth, suffix: str, created: str) -> Object:
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
