"""What runs in the cluster writes: the logs of containers, and Events."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable

from kubectl_routes_simulator.kube_status import bad_request
from kubectl_routes_simulator.kube_store import Object, Store, rfc3339
from kubectl_routes_simulator.server import Request

_NOT_STARTED = {
    "ImagePullBackOff": "trying and failing to pull image",
    "ErrImagePull": "trying and failing to pull image",
    "ContainerCreating": "ContainerCreating",
}


_REFERENCE = ("kind", "apiVersion", "namespace", "name", "uid")


class PodLogs:
    """What the containers have written. Safe between threads. ``follow`` is not supported: a log
    ends where it is, as that of a container that has exited.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lines: dict[tuple[str, str, str, bool], list[tuple[float, str]]] = {}
        self._lock = threading.Lock()

    def append(
        self, namespace: str, pod: str, container: str, *lines: str, previous: bool = False
    ) -> None:
        """Add lines, without line ends, to the log of a container, or of its previous run."""
        written = [(self._clock(), line) for line in lines]
        with self._lock:
            self._lines.setdefault((namespace, pod, container, previous), []).extend(written)

    def end_run(self, namespace: str, pod: str, container: str) -> None:
        """A container has exited and waits to be started again: its log is the previous one too."""
        with self._lock:
            lines = self._lines.get((namespace, pod, container, False), ())
            self._lines[namespace, pod, container, True] = list(lines)

    def start_run(self, namespace: str, pod: str, container: str) -> None:
        """A container starts with an empty log; that of an earlier run is the previous one."""
        with self._lock:
            lines = self._lines.pop((namespace, pod, container, False), None)
            if lines is not None:
                self._lines[namespace, pod, container, True] = lines

    def forget(self, namespace: str, pod: str) -> None:
        """Drop what a pod has written."""
        with self._lock:
            for key in [key for key in self._lines if key[:2] == (namespace, pod)]:
                del self._lines[key]

    def lines(self, namespace: str, pod: str, container: str, previous: bool = False) -> list[str]:
        """What a container, or its previous run, has written."""
        return [line for _, line in self._written(namespace, pod, container, previous)]

    def read(self, pod: Object, request: Request) -> bytes:
        """The log that a request asks for. Raises Refusal (400) where there is none to give."""
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        container = _container_of(pod, request.first("container"))
        previous = request.first("previous") == "true"
        lines = self._written(namespace, name, container, previous)
        if not lines:
            _refuse_without_log(pod, container, previous)
        tail, limit = _whole_number(request, "tailLines"), _whole_number(request, "limitBytes")
        kept = lines if tail is None else lines[max(len(lines) - tail, 0) :]
        if request.first("timestamps") == "true":
            return "".join(f"{rfc3339(time)} {line}\n" for time, line in kept).encode()[:limit]
        return "".join(f"{line}\n" for _, line in kept).encode()[:limit]

    def _written(
        self, namespace: str, pod: str, container: str, previous: bool
    ) -> list[tuple[float, str]]:
        with self._lock:
            return list(self._lines.get((namespace, pod, container, previous), ()))


def _whole_number(request: Request, name: str) -> int | None:
    text = request.first(name)
    if not text:
        return None
    if not text.isdigit():
        raise bad_request(f'{name}: Invalid value: "{text}"')
    return int(text)


def _container_of(pod: Object, asked: str) -> str:
    name = pod["metadata"]["name"]
    containers = [one["name"] for one in pod["spec"].get("containers", [])]
    if asked and asked not in containers:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    if asked or len(containers) == 1:
        return asked or str(containers[0])
    listed = " ".join(containers)
    raise bad_request(
        f"a container name must be specified for pod {name}, choose one of: [{listed}]"
    )


def _refuse_without_log(pod: Object, container: str, previous: bool) -> None:
    name = pod["metadata"]["name"]
    if previous:
        raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    for status in pod.get("status", {}).get("containerStatuses", []):
        reason = status.get("state", {}).get("waiting", {}).get("reason", "")
        if status["name"] == container and reason in _NOT_STARTED:
            raise bad_request(
                f'container "{container}" in pod "{name}" is waiting to start: '
                f"{_NOT_STARTED[reason]}"
            )


class Recorder:
    """Writes Events of ``component``; the same one again is counted."""

    def __init__(self, store: Store, clock: Callable[[], float], component: str) -> None:
        self._store = store
        self._clock = clock
        self._component = component

    def record(self, about: Object, type_: str, reason: str, message: str, host: str = "") -> None:
        """An Event about an object, or what an ObjectReference names; ``type_`` is Normal or
        Warning, ``host`` the node on which the component runs.
        """
        named = {**about, **about.get("metadata", {})}
        meant = {key: named[key] for key in _REFERENCE if key in named}
        now = rfc3339(self._clock())
        key = zlib.crc32(f"{meant['kind']}/{meant.get('uid', '')}/{reason}/{message}".encode())
        name, namespace = f"{meant['name']}.{key:016x}", meant.get("namespace", "default")
        try:
            known = self._store.get("Event", namespace, name)
        except LookupError:
            known = {"firstTimestamp": now, "count": 0}
        self._store.put(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace},
                "involvedObject": meant,
                "type": type_,
                "reason": reason,
                "message": message,
                "source": {"component": self._component, **({"host": host} if host else {})},
                "reportingComponent": self._component,
                "reportingInstance": host,
                "firstTimestamp": known["firstTimestamp"],
                "lastTimestamp": now,
                "count": known["count"] + 1,
            }
        )
