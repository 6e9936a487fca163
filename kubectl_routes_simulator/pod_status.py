"""The status of a pod as its kubelet writes it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.kube_store import Object


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
    """The state of a container whose process has ended by itself."""
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
