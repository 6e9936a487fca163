"""A real Prometheus, and the monitor that it scrapes."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.programs import PATH, ROUTES

ALERTS = Path(__file__).parents[3] / "deploy" / "monitor" / "alerts.yaml"
MAX_WAIT = 60.0
CONFIG = """\
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [alerts.yaml]
scrape_configs:
  - job_name: kubectl-routes-monitor
    static_configs:
      - targets: ["{target}"]
"""


def programs() -> tuple[str, str] | None:
    """The paths of prometheus and promtool, or None."""
    found = shutil.which("prometheus"), shutil.which("promtool")
    return (found[0], found[1]) if found[0] and found[1] else None


def hurried(rules: str) -> str:
    """The rules with minutes as short as a test can wait for: what has to last for N minutes
    alerts after N times 0.2 s, and a reading is too old after 5 s instead of 600 s.
    """
    short = re.sub(r"for: (\d+)m", lambda found: f"for: {int(found[1]) * 200}ms", rules)
    assert short != rules
    assert "> 600 " in short
    return short.replace("> 600 ", "> 5 ")


class Prometheus:
    """A running server; ``url`` without a path."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant query."""
        query = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{query}", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found

    def value(self, expression: str) -> float | None:
        """The value of the only sample, or None where there is none."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else None

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        return {one["metric"]["alertname"] for one in self.query('ALERTS{alertstate="firing"}')}


def wait(condition: Callable[[], object], what: str) -> None:
    """Until it holds. Raises TimeoutError."""
    until = time.monotonic() + MAX_WAIT
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(0.2)


@contextmanager
def monitoring(cluster: SimulatedCluster, folder: Path) -> Iterator[Prometheus]:
    """A monitor of the cluster, and a Prometheus with the alerts that scrapes it, each in a process
    of its own, until the end of the block.
    """
    env = {**cluster.environment(os.environ), "PATH": PATH}
    command = [ROUTES, "monitor", "--listen", "127.0.0.1:0", "--interval", "1s"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as monitor:
        try:
            assert monitor.stderr is not None
            found = re.search(r"http://([\d.:]+)/", monitor.stderr.readline())
            assert found
            with _prometheus(found[1], folder) as server:
                yield server
        finally:
            monitor.terminate()
            monitor.wait()


@contextmanager
def _prometheus(target: str, folder: Path) -> Iterator[Prometheus]:
    paths = programs()
    assert paths
    (folder / "prometheus.yaml").write_text(CONFIG.format(target=target))
    (folder / "alerts.yaml").write_text(hurried(ALERTS.read_text()))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        paths[0],
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with subprocess.Popen(command) as process:
        try:
            server = Prometheus(f"http://127.0.0.1:{port}")
            wait(lambda: _is_up(server, process), "Prometheus does not scrape the monitor")
            yield server
        finally:
            process.terminate()


def _is_up(server: Prometheus, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None
    try:
        return server.value("up") == 1
    except OSError:
        return False
