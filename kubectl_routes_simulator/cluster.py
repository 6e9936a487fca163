"""A whole simulated cluster on 127.0.0.1: both APIs, a kubeconfig, and CCM at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

from kubectl_routes_simulator import scenario_steps
from kubectl_routes_simulator.ack_objects import CCM_CONFIG, CLUSTER_ID
from kubectl_routes_simulator.addon_api import AddonApi
from kubectl_routes_simulator.addon_store import AddonStore, addon_config
from kubectl_routes_simulator.ccm_setup import NAMESPACE, find_workload
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.infrastructure import CANARY_SECRET, Infrastructure
from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.scenarios import FORMER_NAMES, SCENARIO_SPECS, size_of
from kubectl_routes_simulator.vpc import VpcSimulator

# How long ACK takes to change an add-on, in steps of a pod.
_STEPS_OF_A_CHANGE = 10


class Tls(Struct, frozen=True):
    """Paths of PEM files: what all three servers show, and who has issued it."""

    cert: str = ""
    key: str = ""
    authority: str = ""


# Everything that could send a command somewhere else, or as someone else.
_FOREIGN = ("ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", "ALIYUN_", "ACCESS_KEY_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

# Seconds that a pod takes for each step of its life: a DaemonSet of three rolls out in 2 to 3 s.
PACE = 0.2
# How long the thread sleeps at most, and for how long settle waits for it, in seconds.
_GLANCE = 0.2
_MOST_SECONDS = 60


class SimulatedCluster:
    """A context manager: inside, both servers answer and the kubeconfig exists.

    ``scenario`` is a name from ``SCENARIOS``; ``nodes`` and ``tables`` change its size. With
    ``period`` (seconds) everything runs in a thread: workloads roll out, a pod taking
    ``pace`` seconds for each step of its life, and CCM sees nodes come and go at once and does its
    periodic reconcile that often; without it everything happens in ``settle`` and ``reconcile``.
    ``clock`` gives seconds since the epoch. With ``tls`` the servers speak HTTPS only. Raises
    UsageError for a size that can not be.
    """

    def __init__(
        self,
        scenario: str = "healthy",
        nodes: int | None = None,
        tables: int | None = None,
        *,
        period: float | None = None,
        pace: float = PACE,
        clock: Callable[[], float] = time.time,
        tls: Tls | None = None,
    ) -> None:
        self._tls = tls or Tls()
        self._scenario_spec = SCENARIO_SPECS[FORMER_NAMES.get(scenario, scenario)]
        self._size = size_of(self._scenario_spec, nodes, tables)
        self._period = period
        self._pace = pace
        self._clock = clock
        self._ended = threading.Event()
        self._turn = threading.Lock()

    def __enter__(self) -> SimulatedCluster:
        with ExitStack() as stack:
            cert, key = self._tls.cert, self._tls.key
            self.kube = KubeSimulator(clock=self._clock, cert=cert, key=key)
            stack.callback(self.kube.stop)
            self.infra = Infrastructure(
                self._scenario_spec,
                self._size,
                self.kube,
                self._clock,
                pace=self._pace,
                period=self._period,
            )
            self.kube.deletes.on_pod_delete = self._delete_pod
            self.vpc = VpcSimulator(self.infra.vpc, wall_clock=self._clock, cert=cert, key=key)
            stack.callback(self.vpc.stop)
            scenario_steps.run_scenario(self.infra)
            self.addon = AddonApi(
                self._new_addon(), CLUSTER_ID, wall_clock=self._clock, cert=cert, key=key
            )
            stack.callback(self.addon.stop)
            for served in (self.kube, self.vpc, self.addon):
                served.start()
            folder = stack.enter_context(TemporaryDirectory(prefix="kubectl-routes-simulated-"))
            path = Path(folder) / "kubeconfig"
            self.kubeconfig = self.kube.kubeconfig(path, authority=self._tls.authority)
            if self._period is not None:
                worker = threading.Thread(target=self._work, daemon=True)
                worker.start()
                stack.callback(worker.join)
                stack.callback(self.kube.store.wake)
            stack.callback(self._ended.set)
            self._to_close = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._to_close.close()

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """``base`` without real credentials and proxies, led to this cluster only."""
        kept = {
            name: value
            for name, value in base.items()
            if not name.startswith(_FOREIGN) and name.upper() not in _PROXIES
        }
        return {
            **kept,
            "KUBECONFIG": str(self.kubeconfig),
            "VPC_ENDPOINT": self.vpc.url,
            "ECS_ENDPOINT": self.vpc.url,
            "QUOTAS_ENDPOINT": self.vpc.url,
            "CS_ENDPOINT": self.addon.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": SIMULATED_KEY.id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SIMULATED_KEY.secret,
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            **({"ALIBABA_CLOUD_CA_BUNDLE": self._tls.authority} if self._tls.authority else {}),
        }

    def node_joins(self, name: str = "") -> str:
        """A node joins, and CCM hears of it; returns its name."""
        with self._turn:
            plan = self.infra.join(name)
            self.infra.ccm.event_pass()
            return plan.name

    def kubelet_registers(self, name: str) -> None:
        """A node that was deleted is registered again by its kubelet. Raises StopIteration."""
        with self._turn:
            self.infra.register(name)
            self.infra.ccm.event_pass()

    def node_leaves(self) -> str:
        """The node that joined last leaves, and CCM hears of it; returns its name."""
        with self._turn:
            plan = self.infra.leave()
            self.infra.ccm.event_pass()
            return plan.name

    def reconcile(self) -> None:
        """Whatever is under way ends, CCM sees what has changed, and does a periodic reconcile."""
        self.settle()
        with self._turn:
            self.infra.ccm.event_pass()
            self.infra.ccm.periodic_pass()

    def settle(self) -> None:
        """Return when nothing is left to do but waiting. Raises TimeoutError after a minute."""
        self.addon.store.settle()
        if self._period is None:
            with self._turn:
                self.infra.rollout.settle()
            return
        end = time.monotonic() + _MOST_SECONDS
        while time.monotonic() < end:
            with self._turn:
                if self.infra.rollout.quiet and not self.addon.store.busy:
                    return
            self._ended.wait(min(self._pace, _GLANCE))
        raise TimeoutError(f"the simulated cluster is still busy after {_MOST_SECONDS} s")

    def restart_ccm(self) -> None:
        """CCM's pods are all replaced at once: flags and cloud-config are read again."""
        if self._scenario_spec.managed:
            with self._turn:
                self.infra.restart()
            return
        with self._turn:
            self.infra.rollout.replace_pods()
        self.settle()

    def edit_workload(self, edit: Callable[[Object], Object | None]) -> None:
        """Change the object that runs CCM, as Store.replace does. Raises LookupError."""
        workload = find_workload(self.kube.store)
        if workload is None:
            raise LookupError("no workload runs CCM")
        meta = workload["metadata"]
        self.kube.store.replace(workload["kind"], meta["namespace"], meta["name"], edit)

    def edit_config_map(self, edit: Callable[[Object], Object | None]) -> None:
        """Change the ConfigMap with cloud-config in the same way. Raises LookupError."""
        self.kube.store.replace("ConfigMap", NAMESPACE, CCM_CONFIG, edit)

    def _delete_pod(self, pod: Object) -> bool:
        """A client deletes a pod: whether its kubelet ends it in its own time."""
        if self._period is None or not self.infra.rollout.plays(pod):
            return False
        self.infra.rollout.pods.stop_pod(pod["metadata"]["namespace"], pod["metadata"]["name"])
        return True

    def _new_addon(self) -> AddonStore:
        """CCM as an add-on of ACK, which is how the one of a managed cluster is set up."""
        config = addon_config(self.infra.route_table_list(), CANARY_SECRET)
        store = AddonStore(self._clock, config, self._scenario_spec.tag)
        if self._scenario_spec.managed:
            store.on_change = self._reconfigured
        if self._period is not None:
            store.seconds = _STEPS_OF_A_CHANGE * self._pace
        return store

    def _reconfigured(self, config: Mapping[str, Any]) -> None:
        """The add-on's configuration was changed: CCM restarts with its list."""
        with self._turn:
            self.infra.listed = config.get("RouteTableIDs")
            self.infra.restart()

    def _work(self) -> None:
        store, rollout = self.kube.store, self.infra.rollout
        while not self._ended.is_set():
            self.addon.store.settle()
            version = store.version
            with self._turn:
                rollout.step(self._clock())
                due = rollout.due
            longest = _GLANCE if due is None else min(_GLANCE, max(0.0, due - self._clock()))
            store.wait(version, longest)
