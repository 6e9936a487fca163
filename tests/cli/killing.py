"""A command in a process of its own, killed (SIGKILL) at one of its requests."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.cli.asking import BASE
from tests.cli.programs import ROUTES

# Which requests are counted: those of the command to the API server and to the VPC API.
Counted = Callable[[Request], bool]


class Killed:
    """What became of a command: ``reached`` says whether it came to the request in question."""

    def __init__(self, place: int, *, answered: bool, counted: Counted) -> None:
        self.reached = False
        self.process: subprocess.Popen[bytes] | None = None
        self._left = place
        self._answered = answered
        self._counted = counted
        self._lock = threading.Lock()

    def wrap(self, handle: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
        def handled(request: Request) -> Reply:
            if not self._is_the_one(request):
                return handle(request)
            reply = handle(request) if self._answered else Reply(503)
            assert self.process is not None
            self.process.kill()
            self.process.wait()
            return reply

        return handled

    def _is_the_one(self, request: Request) -> bool:
        with self._lock:
            if self.reached or not self._counted(request):
                return False
            self._left -= 1
            self.reached = self._left < 0
            return self.reached


def run_and_kill(
    cluster: SimulatedCluster,
    words: list[str],
    place: int,
    *,
    answered: bool,
    counted: Counted = lambda _: True,
) -> Killed:
    """Run the command, and kill it when its request number ``place`` (from 0) of those that count
    has arrived: before it is carried out, or, with ``answered``, right after.
    """
    killed = Killed(place, answered=answered, counted=counted)
    with _listening(cluster, killed):
        killed.process = subprocess.Popen(
            [ROUTES, *words],
            env=cluster.environment(BASE),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        killed.process.wait()
    return killed


@contextmanager
def _listening(cluster: SimulatedCluster, killed: Killed) -> Iterator[None]:
    servers: list[LoopbackServer] = [
        cluster.kube.server,
        cluster.vpc.server,
        cluster.addon.server,
    ]
    before = [server.handle for server in servers]
    for server in servers:
        server.handle = killed.wrap(server.handle)
    try:
        yield
    finally:
        for server, handle in zip(servers, before, strict=True):
            server.handle = handle
