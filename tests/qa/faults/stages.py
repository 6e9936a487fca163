"""Simulated clusters to break things on, and the commands that are run against them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trustme
from msgspec import Struct

from kubectl_routes_simulator.cluster import SimulatedCluster, Tls
from tests.cli.asking import Answer, ask
from tests.cli.enabling import PACE, PERIOD
from tests.qa.faults.places import Place, places, servers

# Seconds that a command is given for its readings where it cannot succeed, and where it can; and
# where it cannot and did not even come to the request in question, which happens on busy machines.
SHORT, LONG, LONGER = 1, 6, 4
SNAPSHOT = "snapshot.json"


class Command(Struct, frozen=True):
    """A command line without its time limits: ``words`` makes it for a cluster and a folder.

    ``follows`` is what has to be done before, for a command that writes.
    """

    name: str
    words: Callable[[SimulatedCluster, Path], list[str]]
    writes: bool = False
    follows: tuple[str, ...] = ()


def _plain(*words: str) -> Callable[[SimulatedCluster, Path], list[str]]:
    return lambda _cluster, _folder: list(words)


def _snapshot(_cluster: SimulatedCluster, folder: Path) -> list[str]:
    return ["snapshot", "-o", str(folder / SNAPSHOT)]


def _trace(cluster: SimulatedCluster, _folder: Path) -> list[str]:
    """From the first pod that has an address of its own to another one's address."""
    pods = [
        (one["metadata"]["namespace"], one["metadata"]["name"], one["status"]["podIP"])
        for one in cluster.kube.store.list("Pod")
        if one["status"].get("podIP", "").startswith("172.20.")
    ]
    if len(pods) < 2:
        nodes = cluster.infra.nodes
        return ["trace", nodes[0].name, nodes[-1].ip, "-o", "json"]
    (space, name, _), (_, _, address) = pods[0], pods[-1]
    return ["trace", f"{space}/{name}", address, "-o", "json"]


ENABLE = ("enable", "--tables", "auto", "--yes")
COMMANDS = {
    one.name: one
    for one in (
        Command("status", _plain("status", "-o", "json")),
        Command("tables", _plain("tables", "-o", "json")),
        Command("snapshot", _snapshot),
        Command("diagnose", _plain("diagnose", "-o", "json")),
        Command("trace", _trace),
        Command("enable", _plain(*ENABLE), writes=True),
        Command("disable", _plain("disable", "--yes"), writes=True, follows=ENABLE),
    )
}
READING = tuple(name for name, one in COMMANDS.items() if not one.writes)
# Where each command is broken. Of a large cluster, which has pages, only what asks for one counts.
SCENES = (
    *((scenario, name) for scenario in ("conflict", "managed-blocked", "large")
      for name in READING),
    *((scenario, name) for scenario in ("unlisted-vswitch", "seed-before", "on-delete",
                                        "managed-blocked") for name in ("enable", "disable")),
)  # fmt: skip
PAGED = ("continue", "NextToken")


class Run(Struct, frozen=True):
    """What came of a command: its answer, the file that it wrote if any, and seconds taken."""

    answer: Answer
    document: Any
    seconds: float


class Stage:
    """One simulated cluster, and what a command makes of it when all goes well."""

    def __init__(self, scenario: str, command: Command, folder: Path, tls: Tls | None) -> None:
        self.command = command
        self._folder = folder
        sizes = (510, 2) if scenario == "large" else (None, None)
        period = PERIOD if command.writes else None
        self.cluster = SimulatedCluster(scenario, *sizes, period=period, pace=PACE, tls=tls)
        self.cluster.__enter__()
        self.cluster.addon.store.seconds = 0.0
        if command.follows:
            prepared = ask(self.cluster, *command.follows)
            assert prepared.code == 0, prepared
        self.forget()

    def close(self) -> None:
        self.cluster.__exit__(None, None, None)

    def run(self, timeout: int = LONG) -> Run:
        words = self.command.words(self.cluster, self._folder)
        limits = ["--request-timeout", f"{timeout}s"]
        if self.command.writes:
            limits += ["--timeout", f"{timeout + 2}s"]
        path = self._folder / SNAPSHOT
        path.unlink(missing_ok=True)
        began = time.monotonic()
        answer = ask(self.cluster, *words, *limits)
        seconds = time.monotonic() - began
        return Run(answer, self._document(answer, path), seconds)

    def _document(self, answer: Answer, path: Path) -> Any:
        if path.exists():
            assert path.stat().st_mode & 0o777 == 0o600
            shown = ask(self.cluster, "status", "-o", "json", "--snapshot", str(path))
            return {"file": json.loads(path.read_text()), "status": shown.document}
        if self.command.writes or not answer.stdout:
            return None
        return answer.document

    def forget(self) -> None:
        """Disarm every fault, wait for requests that are still answered, and empty the logs."""
        for server in servers(self.cluster).values():
            server.faults.clear()
        for server in servers(self.cluster).values():
            server.forget()
            while server.peak_in_flight:
                time.sleep(0.01)
                server.forget()

    def triggered(self) -> bool:
        return any(server.faults.triggered for server in servers(self.cluster).values())

    def has_written(self) -> bool:
        """Whether a request since the last ``forget`` has changed something."""
        return any(
            one.method != "GET"
            and one.committed
            and "dryRun" not in one.query
            and "selfsubject" not in one.path
            for name, server in servers(self.cluster).items()
            if name != "vpc"
            for one in server.requests
        )


def requests_of(scenario: str, name: str) -> list[Place]:
    """The requests of that command, found by running it."""
    with TemporaryDirectory() as folder:
        stage = Stage(scenario, COMMANDS[name], Path(folder), None)
        try:
            stage.run()
            found = places(stage.cluster)
        finally:
            stage.close()
    if scenario != "large":
        return found
    return [one for one in found if any(f" {word}" in one.key for word in PAGED)]


def certificate(folder: Path) -> Tls:
    """A certificate for this machine, and the authority that stands for it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    found = Tls(*(os.path.join(folder, name) for name in ("cert.pem", "key.pem", "ca.pem")))
    issued.cert_chain_pems[0].write_to_path(found.cert)
    issued.private_key_pem.write_to_path(found.key)
    authority.cert_pem.write_to_path(found.authority)
    return found
