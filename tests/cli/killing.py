"""A command in a process of its own, killed (SIGKILL) at one of its requests."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from itertools import count

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.cli.asking import BASE
from tests.cli.meddling import Handle, When
from tests.cli.programs import ROUTES

# More requests than a command ever makes.
MOST = 400


def run_and_kill(
    cluster: SimulatedCluster,
    words: Sequence[str],
    place: int,
    *,
    answered: bool,
    counted: When = lambda _: True,
) -> bool:
    """Run the command, and kill it when its request number ``place`` (from 0) of those that count
    has arrived: before it is carried out, or, with ``answered``, right after. Whether it came to
    that request.
    """
    lock, seen, reached = threading.Lock(), count(), threading.Event()

    def killing(handle: Handle) -> Handle:
        def handled(request: Request) -> Reply:
            with lock:
                is_the_one = counted(request) and next(seen) == place
            if not is_the_one:
                return handle(request)
            reply = handle(request) if answered else Reply(503)
            reached.set()
            process.kill()
            process.wait()
            return reply

        return handled

    servers: list[LoopbackServer] = [
        cluster.kube.server,
        cluster.vpc.server,
        cluster.addon.server,
    ]
    before = [server.handle for server in servers]
    for server in servers:
        server.handle = killing(server.handle)
    try:
        process = subprocess.Popen(
            [ROUTES, *words],
            env=cluster.environment(BASE),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process.wait()
    finally:
        for server, handle in zip(servers, before, strict=True):
            server.handle = handle
    return reached.is_set()


def kill_at_each(
    cluster: SimulatedCluster,
    words: Sequence[str],
    *,
    answered: bool = False,
    counted: When = lambda _: True,
) -> Iterator[None]:
    """Kill the command at its first request, at its second, and so on, until it has come to its
    end unharmed: what is to be done after each of these runs, the last one too, stands in the loop.
    """
    for place in range(MOST):
        reached = run_and_kill(cluster, words, place, answered=answered, counted=counted)
        yield
        if not reached:
            return
    raise AssertionError("it never came to an end")


def changes_something(request: Request) -> bool:
    """Whether a request changes something in the cluster, or in the add-on: dry runs and questions
    do not.
    """
    if request.method == "POST" and request.path.startswith("/clusters/"):
        return True
    asks = "dryRun" in request.query or "selfsubject" in request.path
    return request.method != "GET" and request.path.startswith("/api") and not asks
