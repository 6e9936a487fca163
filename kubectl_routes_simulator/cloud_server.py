"""What the APIs of the simulated cloud have in common: a server, keys, RAM, and a rate limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from kubectl_routes_simulator.faults import Faults
from kubectl_routes_simulator.identity import AccessKey, Policy
from kubectl_routes_simulator.server import Reply, Request, SimulatedServer
from kubectl_routes_simulator.vpc_call import refusal

SIMULATED_KEY = AccessKey("LTAI5tSimulatedClusterKey", "simulated-secret-of-no-account")


class CloudServer(SimulatedServer):
    """Answers with ``handle``. Tests may set ``policy`` (a RAM policy that every call must pass)
    and ``calls_per_second`` (above it Throttling.User); None is no limit.
    """

    def __init__(self, handle: Callable[[Request], Reply], cert: str, key: str) -> None:
        self.policy: Policy | None = None
        self.calls_per_second: int | None = None
        super().__init__(handle, cert, key)
        self._recent: deque[float] = deque()

    @property
    def faults(self) -> Faults:
        """The faults that calls pass through before they are answered."""
        return self.server.faults

    def check_rate(self, now: float) -> None:
        """Count a call at ``now`` in seconds. Raises CloudError when there are too many."""
        if self.calls_per_second is None:
            return
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.calls_per_second:
            raise refusal("Throttling.User", "Request was denied due to user flow control.")
        self._recent.append(now)


def json_reply(status: int, body: dict[str, Any]) -> Reply:
    """An answer with a JSON body."""
    return Reply(
        status, msgspec.json.encode(body), {"Content-Type": "application/json;charset=utf-8"}
    )
