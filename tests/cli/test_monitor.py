"""``monitor``: what it publishes after good readings, bad ones and none; how it begins and ends."""

from __future__ import annotations

import io
import os
import signal
import socket
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.cli.commands.monitor import Monitor, Reading, pause
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import ClusterError, RoutesError, UsageError
from kubectl_routes.model.moments import epoch_seconds
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.analyze.cluster import CUSTOM, NOW, SYSTEM
from tests.checks.asking import FULL, taken, without
from tests.cli.asking import BASE, ask, eventually, run, shot
from tests.cli.programs import PATH, started
from tests.cli.test_watching import QuickClock

GONE = ClusterError("cannot list nodes: connection refused")
BLIND = taken(gaps=(Gap("route-tables", "throttled"),))


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name without the prefix and the values of its labels, that of the table
    first.
    """
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = sorted(sample.labels.items(), key=lambda label: label[0] != "table")
            name = sample.name.removeprefix("kubectl_routes_")
            found[(name, *(value for _, value in labels))] = sample.value
    return found


class Watched:
    """A monitor with an interval of a minute and a clock of its own."""

    def __init__(self, textfile: Path | None = None) -> None:
        self.clock = QuickClock()
        self.stderr = io.StringIO()
        self.monitor = Monitor(
            60.0,
            None if textfile is None else str(textfile),
            self.clock,
            Terminal({}, io.StringIO(), self.stderr),
        )

    def look(self, answer: Snapshot | RoutesError, takes: float = 1.0) -> float:
        def asked() -> Reading:
            self.clock.elapsed += takes
            if isinstance(answer, RoutesError):
                raise answer
            examined = examine(answer)
            return examined.matrix, diagnose_examined(examined, DiagnoseOptions())

        return self.monitor.look(asked)

    @property
    def samples(self) -> dict[tuple[str, ...], float]:
        return samples(self.monitor.metrics().body.decode())


def test_a_reading_that_fails_leaves_the_last_values_with_their_time() -> None:
    watched = Watched()
    watched.look(taken(entries=without(3, "vtb-b")))
    before = watched.samples
    assert before["last_success_timestamp_seconds",] == epoch_seconds(NOW)
    assert before["routes", "vtb-b", "missing"] == 1
    watched.look(GONE, takes=7.0)
    after = watched.samples
    assert after.pop(("gaps", "cluster")) == 1
    assert after.pop(("read_duration_seconds",)) == 7
    assert before.pop(("read_duration_seconds",)) == 1
    assert after == before
    watched.look(taken())
    assert watched.samples["routes", "vtb-b", "missing"] == 0
    assert ("gaps", "cluster") not in watched.samples


def test_an_incomplete_reading_is_published_and_is_no_success() -> None:
    watched = Watched()
    watched.look(taken())
    watched.look(taken(time="2026-11-23T08:01:00Z", gaps=(Gap("events", "forbidden"),)))
    late = watched.samples["last_success_timestamp_seconds",]
    assert watched.samples["gaps", "events"] == 1
    watched.look(BLIND)
    assert watched.samples["gaps", "route-tables"] == 1
    assert watched.samples["last_success_timestamp_seconds",] == late


def test_a_table_that_is_gone_takes_its_series_along() -> None:
    watched = Watched()
    watched.look(taken())
    assert any("vtb-b" in key for key in watched.samples)
    watched.look(taken(tables=(SYSTEM,), entries={"vtb-a": FULL["vtb-a"]}))
    shown = {key for key in watched.samples if "vtb-b" in key}
    # It is still in CCM's list, so that its routes are missing; its entries are no more.
    assert ("table_entries", "vtb-b") not in shown
    assert CUSTOM.id == "vtb-b"


def test_it_is_ready_for_three_intervals_after_a_complete_reading() -> None:
    watched = Watched()
    assert (watched.monitor.metrics().body, watched.monitor.readiness().status) == (b"", 503)
    watched.look(GONE)
    assert watched.monitor.readiness().status == 503
    watched.look(taken(), takes=1.0)
    watched.clock.elapsed += 178.0
    assert watched.monitor.readiness().status == 200
    watched.look(BLIND, takes=2.0)
    assert watched.monitor.readiness().status == 503


def test_a_reading_that_takes_long_is_followed_by_a_longer_rest() -> None:
    assert pause(60.0, 1.0) == 59
    assert pause(60.0, 30.0) == 120
    assert pause(60.0, 600.0) == 300
    watched = Watched()
    assert watched.look(taken(), takes=30.0) == 120
    watched.clock.elapsed += 400.0
    assert watched.monitor.readiness().status == 200


def test_trouble_is_told_once_and_so_is_its_end() -> None:
    watched = Watched()
    for answer in (GONE, GONE, BLIND, taken(), taken()):
        watched.look(answer)
    assert watched.stderr.getvalue().splitlines() == [
        "error: cannot list nodes: connection refused",
        "error: incomplete result: could not read route-tables",
        "note: the result is complete again",
    ]


def test_only_a_first_reading_shows_that_the_command_line_is_wrong() -> None:
    watched = Watched()
    with pytest.raises(UsageError):
        watched.look(UsageError("no kubeconfig found"))
    watched.look(taken())
    watched.look(UsageError("kubeconfig a does not exist"))
    assert watched.samples["gaps", "cluster"] == 1


def test_the_textfile_is_whole_and_everybody_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "routes.prom"
    watched = Watched(file)
    watched.look(GONE)
    watched.look(taken())
    assert file.read_bytes() == watched.monitor.metrics().body
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert os.listdir(tmp_path) == ["routes.prom"]
    # One that cannot be written does not end it.
    watched = Watched(tmp_path / "gone" / "routes.prom")
    watched.look(taken())
    assert "routes.prom cannot be written: No such file" in watched.stderr.getvalue()
    assert watched.samples["routes", "vtb-a", "ok"] == 6


def test_once_prints_or_writes_the_metrics_of_one_reading(
    cluster: SimulatedCluster, tmp_path: Path
) -> None:
    printed = ask(cluster, "monitor", "--once")
    assert (printed.code, printed.told) == (0, [])
    table = cluster.infra.table_ids[0]
    assert samples(printed.stdout)["routes", table, "ok"] == len(cluster.infra.nodes)
    file = tmp_path / "routes.prom"
    written = ask(cluster, "monitor", "--once", "--textfile", str(file))
    assert (written.code, written.stdout, written.told) == (0, "", [])
    assert samples(file.read_text()).keys() == samples(printed.stdout).keys()


def test_once_without_credentials_publishes_what_is_known_and_exits_3(
    cluster: SimulatedCluster, tmp_path: Path
) -> None:
    said = ask(cluster, "monitor", "--once", ALIBABA_CLOUD_ACCESS_KEY_ID="")
    assert said.code == 3
    assert said.told[0].startswith("error: incomplete result: could not read ")
    found = samples(said.stdout)
    assert ("last_success_timestamp_seconds",) not in found
    assert any(key[0] == "gaps" for key in found)
    file = tmp_path / "routes.prom"
    file.write_text("last values\n")
    env = {**cluster.environment(BASE), "KUBECONFIG": str(tmp_path / "none")}
    assert run(env, "monitor", "--once", "--textfile", str(file)).code == 2
    assert file.read_text() == "last values\n"


def test_a_snapshot_file_is_measured_once_with_its_own_time(
    cluster: SimulatedCluster, tmp_path: Path
) -> None:
    said = run(BASE, "monitor", "--once", "--snapshot", shot(cluster, tmp_path))
    assert said.code == 0
    assert samples(said.stdout)["last_success_timestamp_seconds",] < 2e9


def test_a_port_in_use_is_one_line_and_exit_code_3(cluster: SimulatedCluster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken_port:
        port = taken_port.getsockname()[1]
        said = ask(cluster, "monitor", "--listen", f"127.0.0.1:{port}")
    assert (said.code, said.told) == (
        3,
        [
            f"error: cannot listen on 127.0.0.1:{port}: Address already in use",
            "choose another address with --listen",
        ],
    )


@contextmanager
def serving(cluster: SimulatedCluster, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program in a process of its own, and its URL."""
    env = {**cluster.environment(os.environ), "PATH": PATH}
    with started(env, "monitor", "--listen", "127.0.0.1:0", *words) as (process, _, stderr):
        yield process, stderr.readline().partition(" ")[2].partition("/metrics")[0]


def fetched(url: str) -> tuple[str, str]:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def test_it_serves_until_a_signal_ends_it(cluster: SimulatedCluster) -> None:
    table = cluster.infra.table_ids[0]
    with serving(cluster, "--interval", "1s") as (process, url):
        assert fetched(f"{url}/healthz")[1] == "ok\n"
        eventually(lambda: ("routes", table, "ok") in samples(fetched(f"{url}/metrics")[1]))
        assert fetched(f"{url}/metrics")[0].startswith("text/plain; version=")
        assert fetched(f"{url}/readyz")[1] == "ok\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_in_the_middle_of_a_reading_ends_it_too(number: int, code: int) -> None:
    with SimulatedCluster() as cluster:
        cluster.vpc.latency_seconds = 60.0
        with serving(cluster) as (process, url):
            assert fetched(f"{url}/metrics")[1] == ""
            process.send_signal(number)
            assert process.wait(timeout=10) == code
