"""Commands against the simulated cluster, one of whose servers answers a request with something
hostile, over a socket: body, status, and what the headers say of it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from random import Random

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.cli.asking import BASE
from tests.qa.fuzz import mutate, seeds
from tests.qa.fuzz.judge import asked
from tests.qa.fuzz.target import Target

_SCENARIO = "conflict"
_COMMANDS = (
    ("status", "-o", "json"), ("diagnose",), ("tables",), ("enable", "--tables", "auto",
     "--dry-run=client"), ("disable", "--dry-run=client"), ("snapshot", "-o", "-"),
)  # fmt: skip
_STATUSES = (200, 200, 200, 400, 403, 404, 429, 503)
_HEADERS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"Content-Type": "application/json; charset=nonsense"},
    {"Content-Type": "text/html"},
    {"Content-Type": "\x1b[2Jjson"},
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "nonsense"},
    {"Retry-After": "9" * 400},
    {"Retry-After": "-1"},
    {"Set-Cookie": "a=b" * 1000, "X": "y" * 5000},
)


class Wire(Target):
    """A line of JSON (command, server, request, status, headers) and then the body."""

    name = "answers over sockets"
    about = "whole commands against servers of which one answers one request so, once"
    share = 1_500

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._cluster = SimulatedCluster(_SCENARIO, 4)
        self._cluster.__enter__()
        self._env = self._cluster.environment(BASE)
        self._bad: tuple[str, Reply] | None = None
        for server in (self._cluster.kube.server, self._cluster.vpc.server):
            server.handle = self._between(server)

    def _between(self, server: LoopbackServer) -> Callable[[Request], Reply]:
        handle = server.handle

        def answering(request: Request) -> Reply:
            bad = self._bad
            if bad is not None and seeds.key_of(request) == bad[0]:
                self._bad = None
                return bad[1]
            return handle(request)

        return answering

    def make(self, chance: Random) -> bytes:
        replies = chance.choice(seeds.answers(_SCENARIO))
        key = chance.choice(sorted(replies))
        good = replies[key].body
        whole = not key.endswith("/log")
        body = mutate.hostile(chance, json.loads(good)) if whole else mutate.damaged(chance, good)
        headers = {"Content-Type": "application/json", **chance.choice(_HEADERS)}
        if headers.get("Content-Encoding") == "gzip" and chance.random() < 0.7:
            body = gzip.compress(body, mtime=0)
            body = mutate.damaged(chance, body) if chance.random() < 0.5 else body
        command = chance.randrange(len(_COMMANDS))
        head = json.dumps([command, key, chance.choice(_STATUSES), headers])
        return head.encode() + b"\n" + body

    def feed(self, body: bytes) -> bool:
        head, _, answer = body.partition(b"\n")
        try:
            command, key, status, headers = json.loads(head)
            words = _COMMANDS[command]
            self._bad = (str(key), Reply(int(status), answer, dict(headers)))
        except (ValueError, TypeError, IndexError):
            return False  # the head of a shortened input
        return asked(self._env, [*words, "--request-timeout", "3s"])

    def close(self) -> None:
        self._cluster.__exit__(None, None, None)
