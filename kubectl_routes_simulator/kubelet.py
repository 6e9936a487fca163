"""The kubelets: what becomes of each pod on its node, step by step, and why it may not run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

from kubectl_routes_simulator.ccm_run import CcmContext
from kubectl_routes_simulator.ccm_setup import ccm_container
from kubectl_routes_simulator.controller import CcmProcess
from kubectl_routes_simulator.kube_logs import PodLogs, Recorder
from kubectl_routes_simulator.kube_store import Object, rfc3339
from kubectl_routes_simulator.node_runtime import (
    HostFolders,
    liveness_miss,
    pull_failure,
    volume_failure,
)
from kubectl_routes_simulator.pods import Container, ended, pod_status, waiting
from kubectl_routes_simulator.workloads import Hosts

# A failed start, or pull, is tried again after so many seconds, then after twice as many, and so
# on; a volume is tried again sooner.
_BACK_OFF = 10
_LONGEST = 300
_MOUNT_AGAIN = 2
# Of a process that does not heed the signal to end.
_KILLED = 137


class Nodes(Struct, frozen=True):
    """What the kubelets of a cluster share. A step of a pod takes ``step`` seconds, and a second
    that a kubelet waits takes ``second``.
    """

    around: CcmContext
    logs: PodLogs
    hosts: Hosts
    recorder: Recorder
    step: float
    second: float
    folders: HostFolders


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
        self.leaving = False
        self.due: float | None = now + nodes.step
        self.resting = False
        self.process: CcmProcess | None = None
        self._nodes = nodes
        self._step: Step = PodWorker._create
        self._failures = 0
        self._complaint = ""
        self._stands = Container(waiting("ContainerCreating"), 0, {}, self._now())

    def adopt(self, since: str, now: float) -> None:
        """Take the pod for one that has run since then; one that can not start fails now."""
        pod = self._pod()
        if pod is None:
            return
        self._nodes.folders.mount(pod, ccm_container(pod["spec"]))
        self._stands = Container(self._stands.state, 0, {}, since)
        self._run(pod, since, now)

    def leave(self, now: float) -> None:
        """The pod was deleted: its container is stopped, and after a step it is gone."""
        if self.leaving:
            return
        pod = self._pod()
        if pod is not None and self._stands.runs:
            self._record(pod, "Normal", "Killing", f"Stopping container {self.container}")
        self.leaving, self.resting = True, False
        self._next(lambda worker, _pod, _now: worker.vanish(), now)

    def act(self, now: float) -> None:
        """Do the step that is due."""
        self.due, self.resting = None, False
        pod = self._pod()
        if pod is not None:
            self._step(self, pod, now)

    def vanish(self) -> None:
        """The pod is taken out of the API."""
        self.due, self.process = None, None
        if self._pod() is not None:
            with suppress(LookupError):
                self._nodes.around.store.delete("Pod", self.namespace, self.name)
            self._nodes.logs.forget(self.namespace, self.name)

    def _create(self, _: Object, now: float) -> None:
        self._tell(waiting("ContainerCreating"))
        self._next(PodWorker._mount, now)

    def _mount(self, pod: Object, now: float) -> None:
        failure = volume_failure(self._nodes.around.store, pod)
        if failure:
            self._record(pod, "Warning", "FailedMount", failure)
            self._rest(PodWorker._mount, _MOUNT_AGAIN, now)
            return
        if _absent(pod):
            self._begin_pull(pod, now)
            return
        for image in _images(pod):
            words = f'Container image "{image}" already present on machine'
            self._record(pod, "Normal", "Pulled", words)
        self._start(pod, now)

    def _begin_pull(self, pod: Object, now: float) -> None:
        self._record(pod, "Normal", "Pulling", f'Pulling image "{_absent(pod)}"')
        self._next(PodWorker._finish_pull, now)

    def _finish_pull(self, pod: Object, now: float) -> None:
        failure = pull_failure(_absent(pod))
        words = f'Failed to pull image "{_absent(pod)}": {failure}'
        self._record(pod, "Warning", "Failed", words)
        self._record(pod, "Warning", "Failed", "Error: ErrImagePull")
        self._tell(waiting("ErrImagePull", failure))
        self._next(PodWorker._back_off_pulling, now)

    def _back_off_pulling(self, pod: Object, now: float) -> None:
        words = f'Back-off pulling image "{_absent(pod)}"'
        self._record(pod, "Normal", "BackOff", words)
        self._record(pod, "Warning", "Failed", "Error: ImagePullBackOff")
        self._tell(waiting("ImagePullBackOff", words))
        self._failures += 1
        self._rest(PodWorker._begin_pull, _delay(self._failures), now)

    def _start(self, pod: Object, now: float) -> None:
        self._nodes.logs.start_run(self.namespace, self.name, self.container)
        failure = self._nodes.folders.mount(pod, ccm_container(pod["spec"]))
        if failure:
            self._record(pod, "Warning", "Failed", f"Error: {failure}")
            end = ended(128, "StartError", "1970-01-01T00:00:00Z", self._now())
            end["terminated"]["message"] = failure
            self._tell(waiting("RunContainerError", failure), last=end)
            self._next(PodWorker._after_exit, now)
            return
        self._record(pod, "Normal", "Created", f"Created container {self.container}")
        self._record(pod, "Normal", "Started", f"Started container {self.container}")
        self._run(pod, self._now(), now)

    def _run(self, pod: Object, since: str, now: float) -> None:
        """The process may end at once; or run, until a probe finds fault with it."""
        self.process = CcmProcess(pod, self._nodes.around, self._nodes.logs)
        if self.process.failure:
            self._exit(self.process.exit_code, now)
            return
        self.due = None
        self._tell({"running": {"startedAt": since}}, since)
        miss = liveness_miss(ccm_container(pod["spec"]), self.process.health_ports)
        if miss is not None:
            seconds, self._complaint = miss
            self._rest(PodWorker._end_by_probe, seconds, now)

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
        minutes, rest = divmod(delay, 60)
        wait = f"{minutes}m{rest}s" if minutes else f"{rest}s"
        words = f"back-off {wait} restarting failed container={self.container} pod="
        self._tell(waiting("CrashLoopBackOff", words + where), last=self._ended())
        self._nodes.logs.end_run(self.namespace, self.name, self.container)
        self._rest(PodWorker._restart, delay, now)

    def _restart(self, pod: Object, now: float) -> None:
        restarts = self._stands.restarts + 1
        self._stands = Container(self._stands.state, restarts, self._ended(), self._now())
        self._start(pod, now)

    def _ended(self) -> Object:
        """How the container has ended the last time."""
        return self._stands.last if "waiting" in self._stands.state else self._stands.state

    def _exit(self, code: int, now: float) -> None:
        when = self._now()
        self.process = None
        began = self._stands.since if self._stands.runs else when
        self._tell(ended(code, "Completed" if code == 0 else "Error", began, when))
        self._next(PodWorker._after_exit, now)

    def _next(self, step: Step, now: float) -> None:
        self._step, self.due = step, now + self._nodes.step

    def _rest(self, step: Step, seconds: float, now: float) -> None:
        self._step, self.due = step, now + seconds * self._nodes.second
        self.resting = True

    def _record(self, pod: Object, type_: str, reason: str, message: str) -> None:
        self._nodes.recorder.record(pod, type_, reason, message, self.node)

    def _tell(self, state: Object, since: str = "", last: Object | None = None) -> None:
        last = self._stands.last if last is None else last
        self._stands = Container(state, self._stands.restarts, last, since or self._now())
        host = self._nodes.hosts.get(self.node)
        ip = host.ip if host is not None else ""

        def write(pod: Object) -> None:
            if pod["metadata"]["uid"] == self.uid:
                pod["status"] = pod_status(pod, self.container, ip, self._stands)

        with suppress(LookupError):
            self._nodes.around.store.replace("Pod", self.namespace, self.name, write)

    def _pod(self) -> Object | None:
        try:
            pod = self._nodes.around.store.get("Pod", self.namespace, self.name)
        except LookupError:
            return None
        return pod if pod["metadata"]["uid"] == self.uid else None

    def _now(self) -> str:
        return rfc3339(self._nodes.around.clock())


Step = Callable[[PodWorker, Object, float], None]


def _images(pod: Object) -> list[str]:
    return [container["image"] for container in pod["spec"]["containers"]]


def _absent(pod: Object) -> str:
    """The first image that cannot be pulled; all others are on every node already."""
    return next((image for image in _images(pod) if pull_failure(image)), "")


def _delay(waits: int) -> int:
    """How many seconds the kubelet waits for the first time, the second time and so on."""
    return int(min(_BACK_OFF * 2 ** (waits - 1), _LONGEST))
