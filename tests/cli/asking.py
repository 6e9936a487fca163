"""The command line in process, what it is run against, and what a test asks of its answer."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kubectl_routes.cli.main import main
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.render.json import json as json_text
from kubectl_routes_simulator.cluster import SimulatedCluster

BASE = {"HOME": "/nonexistent", "COLUMNS": "120"}
_SIGN_OF_LIFE = "reading the cluster and its VPC"
_REQUEST_ID = re.compile(r"RequestId [0-9A-F-]{36}")


class Answer(NamedTuple):
    """Exit code and both streams of one command."""

    code: int
    stdout: str
    stderr: str

    @property
    def told(self) -> list[str]:
        """The lines of stderr, without the sign of life that a slow machine may need."""
        lines = self.stderr.splitlines()
        return [line for line in lines if not line.startswith(_SIGN_OF_LIFE)]

    @property
    def document(self) -> Any:
        """The answer in JSON."""
        return json.loads(self.stdout)

    @property
    def gaps(self) -> list[tuple[str, str, str]]:
        """Part, reason and hint of every gap; request ids, which differ, cut down to ``…``."""
        return [
            (gap["part"], _REQUEST_ID.sub("RequestId …", gap["reason"]), gap["hint"])
            for gap in self.document["gaps"]
        ]

    @property
    def gap_parts(self) -> list[str]:
        return [part for part, _, _ in self.gaps]

    @property
    def states(self) -> dict[str, set[str]]:
        """The states of all cells by table id."""
        found: dict[str, set[str]] = {}
        for row in self.document["nodes"]:
            for table, cell in row["routes"].items():
                found.setdefault(table, set()).add(cell["state"])
        return found


def run(env: Mapping[str, str], *words: str) -> Answer:
    stdout = io.StringIO()
    return run_into(stdout, env, *words)._replace(stdout=stdout.getvalue())


def run_into(stdout: io.StringIO, env: Mapping[str, str], *words: str) -> Answer:
    """The command with a stdout of the test's own, of which the answer holds nothing."""
    stderr = io.StringIO()
    code = main(["/usr/bin/kubectl-routes", *words], env, stdout, stderr)
    return Answer(code, "", stderr.getvalue())


def ask(cluster: SimulatedCluster, *words: str, **env: str) -> Answer:
    """The command against a simulated cluster, with some variables set otherwise."""
    return run({**cluster.environment(BASE), **env}, *words)


def status(cluster: SimulatedCluster, *words: str, **env: str) -> Answer:
    return ask(cluster, "status", "-o", "json", *words, **env)


def replay(folder: Path, taken: Snapshot, *words: str, **env: str) -> Answer:
    """The command with a snapshot file."""
    return run({**BASE, **env}, *words, "--snapshot", saved(folder, taken))


def saved(folder: Path, taken: Snapshot) -> str:
    """The path of a snapshot file."""
    path = folder / "snapshot.json"
    path.write_text(json_text(taken))
    return str(path)


def shot(cluster: SimulatedCluster, folder: Path) -> str:
    """The path of the snapshot that the command takes of a cluster."""
    path = str(folder / "taken.json")
    assert ask(cluster, "snapshot", "-o", path).code == 0
    return path


def kubeconfig(folder: Path, server: object = "http://127.0.0.1:9", **user: Any) -> str:
    """The path of a kubeconfig for a server that is not asked, or that the caller names."""
    path = folder / "config"
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(json.dumps(config))
    return str(path)


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until it is so, which takes no longer than that."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def incomplete(*parts: str) -> list[str]:
    """The error line of an answer for which these parts could not be read."""
    return [f"error: incomplete result: could not read {', '.join(parts)}"]
