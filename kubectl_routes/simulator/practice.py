"""A whole practice cluster on 127.0.0.1: both APIs, a kubeconfig, and CCM at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from kubectl_routes.simulator.ack_workloads import CLUSTER_ID
from kubectl_routes.simulator.addon_api import AddonApi
from kubectl_routes.simulator.addon_store import AddonStore
from kubectl_routes.simulator.ground import CANARY_SECRET
from kubectl_routes.simulator.ground import Ground
from kubectl_routes.simulator.ground import size_of
from kubectl_routes.simulator.kube import KubeSimulator
from kubectl_routes.simulator.scenarios import BLUEPRINTS
from kubectl_routes.simulator.vpc import PRACTICE_KEY
from kubectl_routes.simulator.vpc import VpcSimulator

# How long ACK takes to change an add-on, where someone watches.
CHANGE_SECONDS = 2.0

# Everything that could send a command somewhere else, or as someone else.
_FOREIGN = ("ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", "ALIYUN_", "ACCESS_KEY_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class PracticeCluster:
    """A context manager: inside, both servers answer and the kubeconfig exists.

    ``scenario`` is a name from ``SCENARIOS``; ``nodes`` and ``tables`` change its size. With
    ``period`` (seconds) CCM goes on working in a thread: it sees nodes come and go at once and
    does its periodic pass that often; without it CCM works only in ``reconcile``.
    ``clock`` gives seconds since the epoch. Raises UsageError for a size that can not be.
    """

    def __init__(
        self,
        scenario: str = "healthy",
        nodes: int | None = None,
        tables: int | None = None,
        *,
        period: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._blueprint = BLUEPRINTS[scenario]
        self._size = size_of(self._blueprint, nodes, tables)
        self._period = period
        self._clock = clock
        self._ended = threading.Event()
        self._turn = threading.Lock()

    def __enter__(self) -> PracticeCluster:
        with ExitStack() as stack:
            self.kube = KubeSimulator(clock=self._clock)
            stack.callback(self.kube.stop)
            self.ground = Ground(self._blueprint, self._size, self.kube, self._clock)
            self.vpc = VpcSimulator(self.ground.vpc, wall_clock=self._clock)
            stack.callback(self.vpc.stop)
            self._blueprint.story(self.ground)
            self.addon = AddonApi(self._new_addon(), CLUSTER_ID, wall_clock=self._clock)
            stack.callback(self.addon.stop)
            folder = stack.enter_context(TemporaryDirectory(prefix="kubectl-routes-practice-"))
            self.kube.start()
            self.vpc.start()
            self.addon.start()
            self.kubeconfig = self.kube.kubeconfig(Path(folder) / "kubeconfig")
            if self._period is not None:
                worker = threading.Thread(target=self._work, args=(self._period,), daemon=True)
                worker.start()
                stack.callback(worker.join)
            stack.callback(self._ended.set)
            self._to_close = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._to_close.close()

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """``base``, changed so that kubectl, the SDKs and this tool talk to the practice cluster
        only: real credentials and proxies are left out.
        """
        kept = {
            name: value
            for name, value in base.items()
            if not name.startswith(_FOREIGN) and name.upper() not in _PROXIES
        }
        return {
            **kept,
            "KUBECONFIG": str(self.kubeconfig),
            "VPC_ENDPOINT": self.vpc.url,
            "CS_ENDPOINT": self.addon.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": PRACTICE_KEY.id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": PRACTICE_KEY.secret,
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        }

    def node_joins(self, name: str = "") -> str:
        """A node joins, and CCM hears of it; returns its name."""
        with self._turn:
            plan = self.ground.join(name)
            self.ground.ccm.event_pass()
            return plan.name

    def node_leaves(self) -> str:
        """The node that joined last leaves, and CCM hears of it; returns its name."""
        with self._turn:
            plan = self.ground.leave()
            self.ground.ccm.event_pass()
            return plan.name

    def reconcile(self) -> None:
        """CCM sees what has changed, and does a periodic pass."""
        self.addon.store.settle()
        with self._turn:
            self.ground.ccm.event_pass()
            self.ground.ccm.periodic_pass()

    def restart_ccm(self) -> None:
        """CCM's pods are replaced: flags and cloud-config are read again. No pass follows."""
        with self._turn:
            self.ground.restart()

    def _new_addon(self) -> AddonStore:
        """CCM as an add-on of ACK, which is how a managed cluster's is set up."""
        listed = self.ground.route_table_list()
        config = {
            "ServiceMaxConcurrentReconciles": 5,
            **({} if listed is None else {"RouteTableIDs": listed}),
            "WebhookToken": CANARY_SECRET,
            "EnableEndpointSlice": True,
        }
        store = AddonStore(self._clock, config, self._blueprint.tag)
        if self._blueprint.managed:
            store.on_change = self._reconfigured
        if self._period is not None:
            store.seconds = CHANGE_SECONDS
        return store

    def _reconfigured(self, config: Mapping[str, Any]) -> None:
        """The add-on's configuration was changed: CCM starts anew with its list."""
        with self._turn:
            self.ground.listed = config.get("RouteTableIDs")
            self.ground.restart()
            self.ground.ccm.event_pass()

    def _work(self, period: float) -> None:
        due = self._clock() + period
        while not self._ended.wait(min(0.2, period)):
            self.addon.store.settle()
            with self._turn:
                self.ground.ccm.event_pass()
                if self._clock() >= due:
                    self.ground.ccm.periodic_pass()
                    due = self._clock() + period
