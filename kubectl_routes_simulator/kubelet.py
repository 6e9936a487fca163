"""The kubelets: what becomes of each pod on its node, step by step, and why it may not run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import Enum

from msgspec import Struct

from kubectl_routes_simulator.ccm_setup import ccm_container
from kubectl_routes_simulator.controller import CcmProcess, Launcher
from kubectl_routes_simulator.hosts import Hosts
from kubectl_routes_simulator.kube_logs import PodLogs, Recorder
from kubectl_routes_simulator.kube_store import Object, Store, rfc3339
from kubectl_routes_simulator.node_runtime import (
    HostFolders,
    NodeImages,
    liveness_miss,
    volume_failure,
)
from kubectl_routes_simulator.pods import (
    Container,
    exited,
    not_started,
    pod_status,
    running,
    waiting,
)

# A failed start, or pull, is tried again after so many seconds, then after twice as many, and so
# on; a volume is tried again sooner.
_BACK_OFF = 10
_LONGEST = 300
_MOUNT_AGAIN = 2
# Of a process that does not heed the signal to end.
_KILLED = 137


class StepInterval(Struct, frozen=True):
    """How fast things go: seconds that a step of a pod takes, and how long a second takes that a
    kubelet or a controller waits.
    """

    step: float
    second: float


class Nodes(Struct, frozen=True):
    """What the kubelets of a cluster share. ``clock`` gives seconds since the epoch."""

    store: Store
    logs: PodLogs
    hosts: Hosts
    launch: Launcher
    recorder: Recorder
    clock: Callable[[], float]
    pace: StepInterval
    folders: HostFolders
    images: NodeImages


class Stage(Enum):
    """How far a pod has come."""

    BOUND = "bound"
    MOUNTING = "mounting"
    PULLING = "pulling"
    PULL_FAILED = "pull failed"
    PULL_BACK_OFF = "pull back-off"
    RUNNING = "running"
    EXITED = "exited"
    CRASH_BACK_OFF = "crash back-off"
    LEAVING = "leaving"


class PodWorker:
    """One pod in the hands of its node's kubelet.

    ``due`` is when its next step is to be done, None for never. ``resting`` says that until then
    it only waits: to try again what has failed, or for a probe that will fail.
    """

    def __init__(self, nodes: Nodes, pod: Object, now: float) -> None:
        meta = pod["metadata"]
        self.namespace: str = meta["namespace"]
        self.name: str = meta["name"]
        self.uid: str = meta["uid"]
        self.node: str = pod["spec"]["nodeName"]
        self.container: str = ccm_container(pod["spec"])["name"]
        self.stage = Stage.BOUND
        self.due: float | None = now + nodes.pace.step
        self.resting = False
        self.process: CcmProcess | None = None
        self._nodes = nodes
        self._failures = 0
        self._complaint = ""
        self._told = Container(waiting("ContainerCreating"), 0, {}, self._now())

    def adopt(self, since: str, now: float) -> None:
        """Take the pod for one that has run since then, with nothing said about it; one that can
        not start fails now.
        """
        pod = self._pod()
        if pod is None:
            return
        self._nodes.folders.mount(self.node, pod, ccm_container(pod["spec"]))
        self._told = Container(self._told.state, 0, {}, since)
        self._run(pod, since, now)

    def leave(self, now: float) -> None:
        """The pod was deleted: its container is stopped, and after a step it is gone."""
        if self.stage is Stage.LEAVING:
            return
        pod = self._pod()
        if pod is not None and self._told.runs:
            self._record(pod, "Normal", "Killing", f"Stopping container {self.container}")
        self.stage, self.due, self.resting = Stage.LEAVING, now + self._nodes.pace.step, False

    def act(self, now: float) -> None:
        """Do the step that is due."""
        self.due, self.resting = None, False
        pod = self._pod()
        if pod is not None:
            _STEPS[self.stage](self, pod, now)

    def vanish(self) -> None:
        """The pod is taken out of the API."""
        self.due, self.process = None, None
        if self._pod() is not None:
            with suppress(LookupError):
                self._nodes.store.delete("Pod", self.namespace, self.name)
            self._nodes.logs.forget(self.namespace, self.name)

    def _create(self, _: Object, now: float) -> None:
        self._tell(waiting("ContainerCreating"))
        self._next(Stage.MOUNTING, now)

    def _mount(self, pod: Object, now: float) -> None:
        failure = volume_failure(self._nodes.store, self.namespace, pod["spec"])
        if failure:
            self._record(pod, "Warning", "FailedMount", failure)
            self._rest(Stage.MOUNTING, _MOUNT_AGAIN, now)
        elif self._nodes.images.complete(pod):
            self._start(pod, now)
        else:
            self._begin_pull(pod, now)

    def _begin_pull(self, pod: Object, now: float) -> None:
        self._nodes.images.begin(pod)
        self._next(Stage.PULLING, now)

    def _finish_pull(self, pod: Object, now: float) -> None:
        self._tell(waiting("ErrImagePull", self._nodes.images.finish(pod)))
        self._next(Stage.PULL_FAILED, now)

    def _back_off_pulling(self, pod: Object, now: float) -> None:
        self._tell(waiting("ImagePullBackOff", self._nodes.images.back_off(pod)))
        self._failures += 1
        self._rest(Stage.PULL_BACK_OFF, _delay(self._failures), now)

    def _start(self, pod: Object, now: float) -> None:
        self._nodes.logs.start_run(self.namespace, self.name, self.container)
        failure = self._nodes.folders.mount(self.node, pod, ccm_container(pod["spec"]))
        if failure:
            self._record(pod, "Warning", "Failed", f"Error: {failure}")
            end = not_started(failure, self._now())
            self._tell(waiting("RunContainerError", failure), last=end)
            self._next(Stage.EXITED, now)
            return
        self._record(pod, "Normal", "Created", f"Created container {self.container}")
        self._record(pod, "Normal", "Started", f"Started container {self.container}")
        self._run(pod, self._now(), now)

    def _run(self, pod: Object, since: str, now: float) -> None:
        """The process may end at once; or run, until a probe finds fault with it."""
        self.process = self._nodes.launch(pod)
        if self.process.failure:
            self._exit(self.process.exit_code, now)
            return
        self.stage, self.due = Stage.RUNNING, None
        self._tell(running(since), since)
        miss = liveness_miss(ccm_container(pod["spec"]), self.process.health_ports)
        if miss is not None:
            self._complaint = miss.message
            self._rest(Stage.RUNNING, miss.seconds, now)

    def _end_by_probe(self, pod: Object, now: float) -> None:
        words = f"Container {self.container} failed liveness probe, will be restarted"
        self._record(pod, "Warning", "Unhealthy", self._complaint)
        self._record(pod, "Normal", "Killing", words)
        self._exit(_KILLED, now)

    def _after_exit(self, pod: Object, now: float) -> None:
        """The first time the container is started again at once, later only after a while."""
        self._failures += 1
        if self._failures == 1:
            self._restart(pod, now)
            return
        delay = _delay(self._failures - 1)
        where = f"{self.name}_{self.namespace}({self.uid})"
        message = f"Back-off restarting failed container {self.container} in pod {where}"
        self._record(pod, "Warning", "BackOff", message)
        words = f"back-off {_go_seconds(delay)} restarting failed container={self.container} pod="
        self._tell(waiting("CrashLoopBackOff", words + where), last=self._ended())
        self._nodes.logs.end_run(self.namespace, self.name, self.container)
        self._rest(Stage.CRASH_BACK_OFF, delay, now)

    def _restart(self, pod: Object, now: float) -> None:
        restarts = self._told.restarts + 1
        self._told = Container(self._told.state, restarts, self._ended(), self._now())
        self._start(pod, now)

    def _ended(self) -> Object:
        """How the container has ended the last time."""
        return self._told.last if "waiting" in self._told.state else self._told.state

    def _exit(self, code: int, now: float) -> None:
        when = self._now()
        self.process = None
        began = self._told.since if self._told.runs else when
        self._tell(exited(code, began, when))
        self._next(Stage.EXITED, now)

    def _next(self, stage: Stage, now: float) -> None:
        self.stage, self.due = stage, now + self._nodes.pace.step

    def _rest(self, stage: Stage, seconds: float, now: float) -> None:
        self.stage, self.due = stage, now + seconds * self._nodes.pace.second
        self.resting = True

    def _record(self, pod: Object, type_: str, reason: str, message: str) -> None:
        self._nodes.recorder.record(pod, type_, reason, message, self.node)

    def _tell(self, state: Object, since: str = "", last: Object | None = None) -> None:
        told = Container(
            state=state,
            restarts=self._told.restarts,
            last=self._told.last if last is None else last,
            since=since or self._now(),
        )
        self._told = told
        host = self._nodes.hosts.get(self.node)
        ip = host.ip if host is not None else ""

        def write(pod: Object) -> None:
            if pod["metadata"]["uid"] == self.uid:
                pod["status"] = pod_status(pod, self.container, ip, told)

        with suppress(LookupError):
            self._nodes.store.replace("Pod", self.namespace, self.name, write)

    def _pod(self) -> Object | None:
        try:
            pod = self._nodes.store.get("Pod", self.namespace, self.name)
        except LookupError:
            return None
        return pod if pod["metadata"]["uid"] == self.uid else None

    def _now(self) -> str:
        return rfc3339(self._nodes.clock())


_STEPS: dict[Stage, Callable[[PodWorker, Object, float], None]] = {
    Stage.BOUND: PodWorker._create,
    Stage.MOUNTING: PodWorker._mount,
    Stage.PULLING: PodWorker._finish_pull,
    Stage.PULL_FAILED: PodWorker._back_off_pulling,
    Stage.PULL_BACK_OFF: PodWorker._begin_pull,
    Stage.RUNNING: PodWorker._end_by_probe,
    Stage.EXITED: PodWorker._after_exit,
    Stage.CRASH_BACK_OFF: PodWorker._restart,
    Stage.LEAVING: lambda worker, _pod, _now: worker.vanish(),
}


def _delay(waits: int) -> int:
    """How many seconds the kubelet waits for the first time, the second time and so on."""
    return int(min(_BACK_OFF * 2 ** (waits - 1), _LONGEST))


def _go_seconds(seconds: int) -> str:
    """As Go prints a duration."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
