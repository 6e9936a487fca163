"""How far a rollout of CCM has come, judged from its workload and its pods."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Object
from kubectl_routes.plan.annotations import hash_of
from kubectl_routes.plan.pods import template_of

# Waiting reasons that do not pass, as the kubelet words them.
_HOPELESS = (
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "ImagePullBackOff",
    "InvalidImageName",
)
# The same behind the second restart: once may be bad luck.
_DOUBTFUL = ("CreateContainerError", "ErrImagePull", "RunContainerError")


class Trouble(Struct, frozen=True):
    """A pod of the new template that does not become ready, and why in the kubelet's words."""

    pod: str
    reason: str
    message: str = ""

    @property
    def text(self) -> str:
        """One clause for people."""
        why = f"{self.reason}: {self.message}" if self.message else self.reason
        return message("pod {name}: {reason}", name=self.pod, reason=why)


class RolloutStatus(Struct, frozen=True):
    """A rollout at one moment.

    ``done``: every pod has the new template and is ready. ``line`` says how far it is.
    ``trouble`` is set once it will not become ready. ``outdated`` are pods of an older template by
    name and uid, those that do not work first; ``removable``: one of them may be deleted without
    leaving fewer pods at work than there are now. ``strategy`` is the workload's update strategy.
    """

    done: bool
    line: str
    trouble: Trouble | None = None
    outdated: tuple[tuple[str, str], ...] = ()
    removable: bool = False
    strategy: str = ""


def judge(workload: Object, pods: Iterable[Object]) -> RolloutStatus:
    """The stage of a rollout; ``pods`` are those of the workload's selector."""
    status = workload.get("status") or {}
    daemon = workload.get("kind") == "DaemonSet"
    desired = _number(status, "desiredNumberScheduled") if daemon else _replicas(workload)
    updated = _number(status, "updatedNumberScheduled" if daemon else "updatedReplicas")
    available = _number(status, "numberAvailable" if daemon else "availableReplicas")
    total = desired if daemon else _number(status, "replicas")
    seen = _number(status, "observedGeneration") >= _number(workload["metadata"], "generation")
    alive = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    current = [pod for pod in alive if is_current(workload, pod)]
    outdated = [pod for pod in alive if not is_current(workload, pod)]
    ready = sum(map(_is_ready, current))
    counted = seen and updated >= desired and available >= desired and total <= desired
    done = counted and desired > 0 and ready >= desired and not outdated
    line = message("{ready} of {desired} CCM pods updated and ready", ready=ready, desired=desired)
    reason = "" if desired or not seen else message("no node takes a pod of CCM")
    broken = (trouble for pod in current if (trouble := trouble_of(pod)) is not None)
    outdated.sort(key=lambda pod: (_is_ready(pod), pod["metadata"]["name"]))
    removable = bool(outdated) and (
        not _is_ready(outdated[0]) or (all(map(_is_ready, alive)) and len(alive) >= desired)
    )
    return RolloutStatus(
        done=done,
        line=reason or line,
        trouble=next(broken, None),
        outdated=tuple((pod["metadata"]["name"], _uid(pod)) for pod in outdated),
        removable=removable,
        strategy=str((workload["spec"].get("updateStrategy") or {}).get("type", "")),
    )


def is_current(workload: Object, pod: Object) -> bool:
    """Whether a pod was made from the workload's present template.

    Every write of ours changes the hash of the config, so that it alone decides. Images are not
    compared: admission webhooks rewrite them to mirrors.
    """
    return (hash_of(template_of(workload)) or "") == (hash_of(pod) or "")


def trouble_of(pod: Object) -> Trouble | None:
    """Why a pod will not become ready, None while it still may."""
    for status in (pod.get("status") or {}).get("containerStatuses") or []:
        waiting = (status.get("state") or {}).get("waiting") or {}
        reason, restarts = str(waiting.get("reason", "")), _number(status, "restartCount")
        if reason in _HOPELESS or (reason in _DOUBTFUL and restarts > 1):
            last = (status.get("lastState") or {}).get("terminated") or {}
            message = str(last.get("message") or waiting.get("message") or "")
            return Trouble(pod["metadata"]["name"], reason, " ".join(message.split())[:256])
    return None


def waiting_for(pods: Iterable[Object]) -> str:
    """What the pods that are not ready wait for, in one clause; empty when all are."""
    for pod in pods:
        for status in (pod.get("status") or {}).get("containerStatuses") or []:
            waiting = (status.get("state") or {}).get("waiting") or {}
            if waiting.get("reason"):
                return f"{pod['metadata']['name']}: {waiting['reason']}"
    return ""


def _replicas(workload: Object) -> int:
    """A Deployment that does not say wants one."""
    return _number(workload["spec"], "replicas") if "replicas" in workload["spec"] else 1


def _is_ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(
        (condition.get("type"), condition.get("status")) == ("Ready", "True")
        for condition in conditions
    )


def _uid(pod: Object) -> str:
    return str(pod["metadata"].get("uid", ""))


def _number(owner: dict[str, Any], name: str) -> int:
    value = owner.get(name)
    return value if isinstance(value, int) else 0
