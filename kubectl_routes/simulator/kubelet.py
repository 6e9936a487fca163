"""The kubelets: what becomes of each pod on its node, step by step, and why it may not run."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from kubectl_routes.simulator.ccm_process import CcmProcess
from kubectl_routes.simulator.ccm_process import Launcher
from kubectl_routes.simulator.ccm_setup import ccm_container
from kubectl_routes.simulator.hosts import Hosts
from kubectl_routes.simulator.images import pull_failure
from kubectl_routes.simulator.kube_logs import PodLogs
from kubectl_routes.simulator.kube_store import Object
from kubectl_routes.simulator.kube_store import Store
from kubectl_routes.simulator.kube_store import rfc3339
from kubectl_routes.simulator.pod_status import Container
from kubectl_routes.simulator.pod_status import exited
from kubectl_routes.simulator.pod_status import not_started
from kubectl_routes.simulator.pod_status import pod_status
from kubectl_routes.simulator.pod_status import running
from kubectl_routes.simulator.pod_status import waiting
from kubectl_routes.simulator.recorder import Recorder
from kubectl_routes.simulator.volumes import HostFolders
from kubectl_routes.simulator.volumes import volume_failure

# A failed start, or pull, is tried again after so many seconds, then after twice as many, and so
# on; a volume is tried again sooner.
_BACK_OFF = 10
_LONGEST = 300
_MOUNT_AGAIN = 2


class Pace(Struct, frozen=True):
    """How fast things go: seconds that a step of a pod takes, and how long a second takes that a
    kubelet or a controller waits.
    """

    step: float
    second: float


class Nodes(Struct, frozen=True):
    """What the kubelets of a cluster share. ``images`` are pairs of a node and an image on it."""

    store: Store
    logs: PodLogs
    hosts: Hosts
    launch: Launcher
    recorder: Recorder
    clock: Callable[[], float]
    pace: Pace
    folders: HostFolders
    images: set[tuple[str, str]]


class Stage(Enum):
    """What a pod waits for, or does."""

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

    ``due`` is when its next step is to be done, None for never. ``resting`` says that this is
    only another try of what has failed before.
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
        self._told = Container(waiting("ContainerCreating"), 0, {}, self._now())

    def adopt(self, since: str, now: float) -> None:
        """Take the pod for one that has run since then, with nothing said about it; one that can
        not start fails now.
        """
        pod = self._pod()
        if pod is None:
            return
        self._nodes.images.update((self.node, image) for image in _images(pod))
        self._nodes.folders.mount(self.node, pod, ccm_container(pod["spec"]))
        self._told = Container(self._told.state, 0, {}, since)
        self.process = self._nodes.launch(pod)
        if self.process is not None and self.process.failure:
            self._exit(self.process, now)
        else:
            self.stage, self.due = Stage.RUNNING, None
            self._tell(running(since), since)

    def leave(self, now: float) -> None:
        """Somebody has deleted the pod: its container is stopped, and after a step it is gone."""
        if self.stage is Stage.LEAVING:
            return
        pod = self._pod()
        if pod is not None and self._told.runs:
            self._nodes.recorder.normal(
                pod, "Killing", f"Stopping container {self.container}", self.node
            )
        self.stage, self.due, self.resting = Stage.LEAVING, now + self._nodes.pace.step, False

    def act(self, now: float) -> None:
        """Do the step that is due."""
        self.resting = False
        pod = self._pod()
        if pod is None:
            self.due = None
            return
        _STEPS[self.stage](self, pod, now)

    def create(self, pod: Object, now: float) -> None:
        """The sandbox is there, the volumes come next."""
        del pod
        self._tell(waiting("ContainerCreating"))
        self._next(Stage.MOUNTING, now)

    def mount(self, pod: Object, now: float) -> None:
        """Set up the volumes, then see to the image."""
        failure = volume_failure(self._nodes.store, self.namespace, pod["spec"])
        if failure:
            self._nodes.recorder.warning(pod, "FailedMount", failure, self.node)
            self._rest(Stage.MOUNTING, _MOUNT_AGAIN, now)
            return
        absent = [one for one in _images(pod) if (self.node, one) not in self._nodes.images]
        if absent:
            self._pulling(pod, absent[0])
            self._next(Stage.PULLING, now)
            return
        image = ccm_container(pod["spec"])["image"]
        message = f'Container image "{image}" already present on machine'
        self._nodes.recorder.normal(pod, "Pulled", message, self.node)
        self.start(pod, now)

    def pull(self, pod: Object, now: float) -> None:
        """See how the pull has ended."""
        for image in _images(pod):
            if (self.node, image) in self._nodes.images:
                continue
            failure = pull_failure(image)
            if failure:
                self._pull_failed(pod, image, failure, now)
                return
            self._nodes.images.add((self.node, image))
            message = (
                f'Successfully pulled image "{image}" in 1.204s (1.204s including waiting). '
                "Image size: 42013337 bytes."
            )
            self._nodes.recorder.normal(pod, "Pulled", message, self.node)
        self._failures = 0
        self.start(pod, now)

    def back_off_pulling(self, pod: Object, now: float) -> None:
        """After a failed pull the kubelet waits before it tries again."""
        absent = [one for one in _images(pod) if (self.node, one) not in self._nodes.images]
        message = f'Back-off pulling image "{absent[0]}"'
        self._nodes.recorder.normal(pod, "BackOff", message, self.node)
        self._nodes.recorder.warning(pod, "Failed", "Error: ImagePullBackOff", self.node)
        self._tell(waiting("ImagePullBackOff", message))
        self._failures += 1
        self._rest(Stage.PULL_BACK_OFF, _delay(self._failures), now)

    def pull_again(self, pod: Object, now: float) -> None:
        """The wait after a failed pull is over."""
        self._pulling(pod, next(one for one in _images(pod)))
        self._next(Stage.PULLING, now)

    def start(self, pod: Object, now: float) -> None:
        """Start the container; what runs in it may end at once."""
        recorder, name = self._nodes.recorder, self.container
        self._nodes.logs.start_run(self.namespace, self.name, name)
        failure = self._nodes.folders.mount(self.node, pod, ccm_container(pod["spec"]))
        if failure:
            recorder.warning(pod, "Failed", f"Error: {failure}", self.node)
            self._tell(
                waiting("RunContainerError", failure), last=not_started(failure, self._now())
            )
            self._next(Stage.EXITED, now)
            return
        recorder.normal(pod, "Created", f"Created container {name}", self.node)
        recorder.normal(pod, "Started", f"Started container {name}", self.node)
        self.process = self._nodes.launch(pod)
        if self.process is not None and self.process.failure:
            self._exit(self.process, now)
            return
        self.stage, self.due = Stage.RUNNING, None
        self._tell(running(self._now()))

    def after_exit(self, pod: Object, now: float) -> None:
        """The first time it is started again at once, later only after a while."""
        self._failures += 1
        if self._failures == 1:
            self.restart(pod, now)
            return
        delay = _delay(self._failures - 1)
        where = f"{self.name}_{self.namespace}({self.uid})"
        message = f"Back-off restarting failed container {self.container} in pod {where}"
        self._nodes.recorder.warning(pod, "BackOff", message, self.node)
        words = f"back-off {_go_seconds(delay)} restarting failed container={self.container} pod="
        last = self._told.last if "waiting" in self._told.state else self._told.state
        self._tell(waiting("CrashLoopBackOff", words + where), last=last)
        self._nodes.logs.end_run(self.namespace, self.name, self.container)
        self._rest(Stage.CRASH_BACK_OFF, delay, now)

    def restart(self, pod: Object, now: float) -> None:
        """Start the container again; it reads everything anew."""
        last = self._told.last if "waiting" in self._told.state else self._told.state
        self._told = Container(self._told.state, self._told.restarts + 1, last, self._now())
        self.start(pod, now)

    def vanish(self, pod: Object, now: float) -> None:
        """The container has stopped: the pod is taken out of the API."""
        del now
        del pod
        self.due, self.process = None, None
        try:
            self._nodes.store.delete("Pod", self.namespace, self.name)
        except LookupError:
            return
        self._nodes.logs.forget(self.namespace, self.name)

    def _exit(self, process: CcmProcess, now: float) -> None:
        when = self._now()
        self.process = None
        self._tell(exited(process.exit_code, when, when))
        self._next(Stage.EXITED, now)

    def _pulling(self, pod: Object, image: str) -> None:
        self._nodes.recorder.normal(pod, "Pulling", f'Pulling image "{image}"', self.node)

    def _pull_failed(self, pod: Object, image: str, failure: str, now: float) -> None:
        message = f'Failed to pull image "{image}": {failure}'
        self._nodes.recorder.warning(pod, "Failed", message, self.node)
        self._nodes.recorder.warning(pod, "Failed", "Error: ErrImagePull", self.node)
        self._tell(waiting("ErrImagePull", failure))
        self._next(Stage.PULL_FAILED, now)

    def _next(self, stage: Stage, now: float) -> None:
        self.stage, self.due = stage, now + self._nodes.pace.step

    def _rest(self, stage: Stage, seconds: float, now: float) -> None:
        self.stage, self.due = stage, now + seconds * self._nodes.pace.second
        self.resting = True

    def _tell(self, state: Object, since: str = "", last: Object | None = None) -> None:
        told = Container(
            state,
            self._told.restarts,
            self._told.last if last is None else last,
            since or self._now(),
        )
        self._told = told
        host = self._nodes.hosts.get(self.node)
        ip = host.ip if host is not None else ""

        def write(pod: Object) -> None:
            if pod["metadata"]["uid"] == self.uid:
                pod["status"] = pod_status(pod, self.container, ip, told)

        try:
            self._nodes.store.replace("Pod", self.namespace, self.name, write)
        except LookupError:
            return

    def _pod(self) -> Object | None:
        try:
            pod = self._nodes.store.get("Pod", self.namespace, self.name)
        except LookupError:
            return None
        return pod if pod["metadata"]["uid"] == self.uid else None

    def _now(self) -> str:
        return rfc3339(self._nodes.clock())


_STEPS: dict[Stage, Callable[[PodWorker, Object, float], None]] = {
    Stage.BOUND: PodWorker.create,
    Stage.MOUNTING: PodWorker.mount,
    Stage.PULLING: PodWorker.pull,
    Stage.PULL_FAILED: PodWorker.back_off_pulling,
    Stage.PULL_BACK_OFF: PodWorker.pull_again,
    Stage.EXITED: PodWorker.after_exit,
    Stage.CRASH_BACK_OFF: PodWorker.restart,
    Stage.LEAVING: PodWorker.vanish,
}


def _images(pod: Object) -> list[str]:
    return [one["image"] for one in pod["spec"]["containers"]]


def _delay(waits: int) -> int:
    """How many seconds the kubelet waits for the first time, the second time and so on."""
    return int(min(_BACK_OFF * 2 ** (waits - 1), _LONGEST))


def _go_seconds(seconds: int) -> str:
    """As Go prints a duration."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
