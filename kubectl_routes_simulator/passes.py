"""When the leading CCM looks at nodes and tables."""

from __future__ import annotations

from kubectl_routes_simulator.controller import CloudControllerManager
from kubectl_routes_simulator.hosts import NODES
from kubectl_routes_simulator.kube_store import Store

# What has failed is tried again after 1/60 of the reconcile period, then after twice as long, and
# so on up to a whole period: 5 s to 300 s with CCM's own period of five minutes.
_FIRST_RETRY = 1 / 60


class Passes:
    """Lets CCM work as time goes by. Moments are seconds; ``period`` is CCM's reconcile period,
    None for a CCM that does nothing by itself but what it does at the start.
    """

    def __init__(self, store: Store, period: float | None) -> None:
        self._store = store
        self._period = period
        self._seen = -1
        self._wait = 0.0
        self._retry: float | None = None
        self._periodic: float | None = None

    @property
    def due(self) -> float | None:
        """When the next pass is due, as far as that does not depend on what happens to nodes."""
        return min((one for one in (self._retry, self._periodic) if one is not None), default=None)

    def begin(self, ccm: CloudControllerManager, now: float) -> None:
        """CCM has become the leader: it sees every node."""
        self._wait, self._retry = 0.0, None
        self._periodic = None if self._period is None else now + self._period
        self._look(ccm, now)
        if ccm.polls_at_once:
            ccm.periodic_pass()

    def rest(self) -> None:
        """No CCM leads."""
        self._retry = self._periodic = None

    def step(self, ccm: CloudControllerManager, now: float) -> None:
        """Do what is due."""
        if self._period is None:
            return
        retry = self._retry is not None and now >= self._retry
        if retry or self._store.last_change(NODES) != self._seen:
            self._look(ccm, now)
        if self._periodic is not None and now >= self._periodic:
            ccm.periodic_pass()
            self._periodic = now + self._period

    def _look(self, ccm: CloudControllerManager, now: float) -> None:
        self._seen = self._store.last_change(NODES)
        ccm.event_pass()
        if self._period is None or not ccm.tries_again:
            self._wait, self._retry = 0.0, None
            return
        self._wait = min(max(2 * self._wait, self._period * _FIRST_RETRY), self._period)
        self._retry = now + self._wait
