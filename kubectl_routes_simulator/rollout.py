"""What keeps the workloads of the simulated cluster as their objects say, and CCM at work in them.

DaemonSet and Deployment controllers, kubelets and leader election, for the workloads whose pods
the simulated cluster plays.
"""

from __future__ import annotations

from collections.abc import Callable

from kubectl_routes_simulator.ccm_run import CcmContext
from kubectl_routes_simulator.ccm_setup import NAMESPACE, Setup
from kubectl_routes_simulator.controller import CloudControllerManager, Passes
from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_logs import Recorder
from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.kubelet import Nodes, PodWorker
from kubectl_routes_simulator.node_runtime import HostFolders
from kubectl_routes_simulator.pods import Pods, controller_of, is_leaving
from kubectl_routes_simulator.workloads import DaemonSets, Deployments, Hosts

_WATCHED = tuple(
    resource_of_kind(version, kind)
    for version, kind in (("apps/v1", "DaemonSet"), ("apps/v1", "Deployment"), ("v1", "Pod"))
)
# Of a second that a kubelet or a controller waits, in steps: the first back-off of ten seconds
# takes as long as four steps.
_STEPS_PER_SECOND = 0.4


class Rollout:
    """Nothing runs in between: ``step`` does what is due, ``settle`` all until nothing is left.

    ``step`` seconds take a pod from one stage to the next. ``period`` is CCM's reconcile period in
    seconds, None for a CCM whose passes are called for. Not safe between threads; the store is.
    """

    def __init__(
        self, kube: KubeSimulator, around: CcmContext, step: float, period: float | None
    ) -> None:
        self._around = around
        self._store = kube.store
        self._clock: Callable[[], float] = around.clock
        second = step * _STEPS_PER_SECOND
        self._hosts = Hosts(kube.store)
        self.pods = Pods(kube.store, around.clock)
        self._daemon_sets = DaemonSets(kube.store, self.pods, self._hosts)
        self._deployments = Deployments(kube.store, self.pods, self._hosts)
        self._nodes = Nodes(
            around=around,
            logs=kube.logs,
            hosts=self._hosts,
            recorder=Recorder(kube.store, around.clock, "kubelet"),
            step=step,
            second=second,
            folders=HostFolders(),
        )
        self._period = period
        self._nobody = CloudControllerManager(around)
        # By namespace, in which the pods of all CCMs hold one lock. Outside the cluster: "".
        self._passes: dict[str, Passes] = {}
        self._leaders: dict[str, PodWorker] = {}
        self._workers: dict[str, PodWorker] = {}
        self._left_alone: set[str] = set()
        # The uids of the controllers whose pods are played.
        self._owners: set[str] = set()
        self._seen: tuple[int, ...] = ()
        self._time = 0.0

    @property
    def ccm(self) -> CloudControllerManager:
        """The CCM that leads, in kube-system before elsewhere; without pods an idle one."""
        passes = self._passes.get(self._first)
        return self._nobody if passes is None else passes.ccm

    @property
    def leader(self) -> str:
        """The name of the pod whose CCM leads, or empty."""
        worker = self._leaders.get(self._first)
        return "" if worker is None else worker.name

    @property
    def _first(self) -> str:
        return min(self._passes, key=lambda namespace: namespace != NAMESPACE, default="")

    @property
    def quiet(self) -> bool:
        """Whether nothing is left to do, but perhaps another try of what has failed before."""
        seen = self._changed() == self._seen and self._hosts.up_to_date
        return seen and all(one.due is None or one.resting for one in self._workers.values())

    @property
    def due(self) -> float | None:
        """When ``step`` has something to do, as far as that does not depend on the store."""
        dues = [one.due for one in self._workers.values()]
        dues += [passes.due for passes in self._passes.values()]
        return min((one for one in dues if one is not None), default=None)

    def create_running(self, daemon_set: Object, created: str) -> None:
        """Put a DaemonSet in, with pods that have run since ``created``."""
        self._hosts.refresh()
        stored = self._store.put(daemon_set)
        self._daemon_sets.create_running(stored, created)
        self._owners.add(stored["metadata"]["uid"])

    def leave_alone(self, workload: Object) -> None:
        """Put in a workload of which nothing but the object is there and changes."""
        self._left_alone.add(self._store.put(workload)["metadata"]["uid"])

    def start_outside(self, setup: Setup) -> None:
        """CCM starts, or restarts, where it runs outside the cluster."""
        ccm = CloudControllerManager(self._around)
        ccm.start(setup)
        self._passes[""] = Passes(self._store, self._period, ccm, self._now())

    def restart(self, since: str) -> None:
        """Every process restarts in the pods that are there, as if they ran since then."""
        now = self._now()
        self._leaders.clear()
        self._passes.clear()
        self._follow_pods(now)
        for worker in self._workers.values():
            worker.adopt(since, now)
        self.step(now)

    def step(self, now: float) -> None:
        """Do everything that is due at ``now``, in seconds since the epoch."""
        self._time = max(now, self._time)
        nodes_changed = self._hosts.refresh()
        self._follow_pods(now)
        for worker in [*self._workers.values()]:
            if worker.due is not None and worker.due <= now:
                worker.act(now)
        if nodes_changed or self._changed() != self._seen:
            self._seen = self._changed()
            self._reconcile()
        self._lead(now)
        for passes in self._passes.values():
            passes.step(now)

    def settle(self) -> None:
        """What failed is tried once more; then all runs, without waiting, until nothing changes."""
        now = self._now()
        for worker in self._workers.values():
            if worker.resting:
                worker.due, worker.resting = now, False
        self.step(now)
        while not self.quiet:
            busy = (w.due for w in self._workers.values() if w.due is not None and not w.resting)
            now = max(now, min(busy, default=now))
            self.step(now)

    def replace_pods(self) -> None:
        """Ask for the end of every pod, so that new ones start."""
        for worker in self._workers.values():
            self.pods.stop_pod(worker.namespace, worker.name)

    def plays(self, pod: Object) -> bool:
        """Whether the pod is one of those that are played here. Safe between threads."""
        owner = controller_of(pod)
        return owner is not None and owner["uid"] in self._owners

    def _now(self) -> float:
        """Never earlier than what ``settle`` has made of the time."""
        return max(self._clock(), self._time)

    def _changed(self) -> tuple[int, ...]:
        return tuple(self._store.last_change(one) for one in _WATCHED)

    def _follow_pods(self, now: float) -> None:
        there: set[str] = set()
        for pod in self._store.list("Pod"):
            uid = pod["metadata"]["uid"]
            if not self.plays(pod):
                continue
            if not pod["spec"].get("nodeName"):
                # A deleted pod that is on no node has no kubelet to end it.
                if is_leaving(pod):
                    self._store.delete("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])
                continue
            there.add(uid)
            worker = self._workers.get(uid)
            if worker is None:
                worker = self._workers[uid] = PodWorker(self._nodes, pod, now)
            if self._hosts.get(worker.node) is None:
                worker.vanish()
            elif is_leaving(pod):
                worker.leave(now)
        for uid in self._workers.keys() - there:
            del self._workers[uid]

    def _reconcile(self) -> None:
        found = [*self._store.list("DaemonSet"), *self._store.list("Deployment")]
        workloads = [w for w in found if w["metadata"]["uid"] not in self._left_alone]
        for workload in workloads:
            if workload["kind"] == "DaemonSet":
                self._daemon_sets.reconcile(workload)
            else:
                self._deployments.reconcile(workload)
        owned = [pod for workload in workloads for pod in self.pods.of(workload)]
        owners = (controller_of(pod) for pod in owned)
        self._owners.update(owner["uid"] for owner in owners if owner is not None)
        kept = {pod["metadata"]["uid"] for pod in owned}
        for pod in self._store.list("Pod"):
            if self.plays(pod) and pod["metadata"]["uid"] not in kept:
                self.pods.stop_pod(pod["metadata"]["namespace"], pod["metadata"]["name"])

    def _lead(self, now: float) -> None:
        if "" in self._passes:
            return
        alive: dict[str, list[PodWorker]] = {}
        for worker in self._workers.values():
            if worker.process is not None and not worker.leaving:
                alive.setdefault(worker.namespace, []).append(worker)
        for namespace in self._leaders.keys() - alive.keys():
            del self._leaders[namespace], self._passes[namespace]
        for namespace, workers in alive.items():
            if self._leaders.get(namespace) not in workers:
                worker = self._leaders[namespace] = workers[0]
                ccm = worker.process.ccm if worker.process is not None else self._nobody
                self._passes[namespace] = Passes(self._store, self._period, ccm, now)
