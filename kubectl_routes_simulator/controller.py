"""Plays the cloud-controller-manager on the simulated cluster, release by release.

Written from the documented and observed behaviour of CCM alone, without the analysis of this
project, so that one checks the other.
"""

from __future__ import annotations

import msgspec

from kubectl_routes_simulator import ccm_v1, ccm_v2
from kubectl_routes_simulator.ccm_nodes import CcmNode, read_node
from kubectl_routes_simulator.ccm_run import CcmContext, Run
from kubectl_routes_simulator.ccm_setup import (
    Setup,
    ccm_container,
    setup_of,
    start_failure,
)
from kubectl_routes_simulator.kube_logs import PodLogs
from kubectl_routes_simulator.kube_store import Object, Store
from kubectl_routes_simulator.workloads import NODES


class CloudControllerManager:
    """CCM's leader. Nothing runs in the background: a pass happens when it is called."""

    def __init__(self, around: CcmContext) -> None:
        self._around = around
        self._run: Run | None = None
        self._seen: dict[str, tuple[str, str, tuple[str, ...]]] = {}

    @property
    def running(self) -> bool:
        """Whether the last start went well."""
        return self._run is not None

    @property
    def polls_at_once(self) -> bool:
        """Whether it looks at every table at the start, as v1, and not first after a period."""
        return self._run is not None and not self._run.rules.is_v2

    @property
    def tries_again(self) -> bool:
        """Whether something has failed that the next event reconcile is to try again."""
        return self._run is not None and bool(self._run.requeued)

    def start(self, setup: Setup) -> str:
        """Start, or start again: flags and cloud-config are read now and never later.

        Returns CCM's last words when it exits at once, empty text when it runs.
        """
        self._run = None
        self._seen.clear()
        failure = start_failure(setup)
        if failure:
            self._around.log(failure)
            return failure
        run = Run(setup, self._around)
        if not run.rules.is_v2 and not run.cloud.knows_vpc(run.vpc_id):
            failure = (
                "set vpc info error: alicloud: multiple vpc found by "
                f"id[{run.vpc_id}], length(vpcs)=0"
            )
            run.error(failure)
            return failure
        ids = run.config.route_table_ids if run.rules.reads_list else ""
        if ids and run.rules.is_v2:
            run.info(f"using user customized route table ids [{ids}]")
        elif ids:
            trimmed = " ".join(listed.strip() for listed in ids.split(","))
            run.info(f"using user customized route table ids ([{trimmed}])")
        if not setup.configures_routes:
            run.info("Will not configure cloud provider routes")
        self._run = run
        return ""

    def event_pass(self) -> None:
        """What CCM does within seconds: see which nodes came, went or changed their podCIDR."""
        run = self._run
        if run is None or not run.setup.configures_routes:
            return
        nodes = {node.name: node for node in self._nodes()}
        now = {node.name: (node.uid, node.pod_cidr, node.pod_cidrs) for node in nodes.values()}
        changed = [name for name, traits in now.items() if self._seen.get(name) != traits]
        gone = [name for name in self._seen if name not in now]
        again = sorted(run.requeued - {*changed, *gone})
        run.requeued.clear()
        self._seen = now
        for name in changed:
            if run.rules.marks_new_nodes and not nodes[name].unavailable:
                run.mark(nodes[name], routed=None)
        there = [nodes[name] for name in [*changed, *again] if name in nodes]
        gone += [name for name in again if name not in nodes]
        if run.rules.batches:
            ccm_v2.batch(run, there, gone)
            return
        for name in gone:
            (ccm_v2 if run.rules.is_v2 else ccm_v1).forget_node(run, name)
        if run.rules.is_v2:
            ccm_v2.node_events(run, there)

    def periodic_pass(self) -> None:
        """What CCM does once in each reconciliation period, to every node and table."""
        run = self._run
        if run is None or not run.setup.configures_routes:
            return
        nodes = self._nodes()
        if run.rules.is_v2:
            ccm_v2.periodic(run, nodes)
        else:
            ccm_v1.poll(run, nodes)

    def _nodes(self) -> list[CcmNode]:
        return [read_node(value) for value in self._around.store.list("Node")]


# With which words a process ends by glog.Fatal (255) or by a panic (2); all others exit with 1.
_ENDS = {
    "Cloud provider could not be initialized": 255,
    "Couldn't open cloud provider configuration": 255,
    "no ClusterID found": 255,
    "Unsuccessful parsing of cluster CIDR": 2,
}


class CcmProcess:
    """The process of a pod's container, which logs to that pod: always CCM, as no other image can
    be pulled.

    ``ccm`` is the controller, ``failure`` what it said when it ended at once, or empty;
    ``health_ports`` are where it answers /healthz.
    """

    def __init__(self, pod: Object, around: CcmContext, logs: PodLogs) -> None:
        container, meta = ccm_container(pod["spec"])["name"], pod["metadata"]

        def log(line: str) -> None:
            logs.append(meta["namespace"], meta["name"], container, line)

        setup = setup_of(around.store, pod)
        self.ccm = CloudControllerManager(msgspec.structs.replace(around, log=log))
        self.failure = self.ccm.start(setup)
        self.health_ports = setup.health_ports

    @property
    def exit_code(self) -> int:
        """The exit code that goes with the failure."""
        return next((code for words, code in _ENDS.items() if self.failure.startswith(words)), 1)


# What has failed is tried again after 1/60 of the reconcile period, then after twice as long, and
# so on up to a whole period: 5 s to 300 s with CCM's own period of five minutes.
_FIRST_RETRY = 1 / 60


class Passes:
    """Lets ``ccm``, which becomes the leader at ``now`` and sees every node, work as time goes by.

    Moments are seconds; ``period`` is CCM's reconcile period, None for a CCM that does nothing but
    what it does at the start.
    """

    def __init__(
        self, store: Store, period: float | None, ccm: CloudControllerManager, now: float
    ) -> None:
        self.ccm = ccm
        self._store = store
        self._period = period
        self._wait = 0.0
        self._retry: float | None = None
        self._periodic = None if period is None else now + period
        self._look(now)
        if ccm.polls_at_once:
            ccm.periodic_pass()

    @property
    def due(self) -> float | None:
        """When the next pass is due, as far as that does not depend on what happens to nodes."""
        return min((at for at in (self._retry, self._periodic) if at is not None), default=None)

    def step(self, now: float) -> None:
        """Do what is due."""
        if self._period is None or self._periodic is None:
            return
        retry = self._retry is not None and now >= self._retry
        if retry or self._store.last_change(NODES) != self._seen:
            self._look(now)
        if now >= self._periodic:
            self.ccm.periodic_pass()
            self._periodic = now + self._period

    def _look(self, now: float) -> None:
        self._seen = self._store.last_change(NODES)
        self.ccm.event_pass()
        if self._period is None or not self.ccm.tries_again:
            self._wait, self._retry = 0.0, None
            return
        self._wait = min(max(2 * self._wait, self._period * _FIRST_RETRY), self._period)
        self._retry = now + self._wait
