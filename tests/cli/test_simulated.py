"""The commands against the simulated cluster, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import BASE, Answer, ask, run
from tests.cli.programs import PATH, finished


@pytest.fixture(scope="module")
def healthy() -> Iterator[SimulatedCluster]:
    with SimulatedCluster() as cluster:
        yield cluster


def names(cluster: SimulatedCluster, *words: str) -> set[str]:
    answer = ask(cluster, "status", "-o", "name", *words)
    assert (answer.code, answer.told) == (0, [])
    return set(answer.stdout.split())


def test_every_node_and_no_other_has_a_row_and_the_server_answers_a_selector(
    healthy: SimulatedCluster,
) -> None:
    env = {**healthy.environment(BASE), "PATH": PATH}
    asked = finished(env, "kubectl", "get", "nodes", "-o", "name")
    assert names(healthy) == set(asked.stdout.split())
    selector = "node-role.kubernetes.io/control-plane"
    workers, masters = names(healthy, "-l", f"!{selector}"), names(healthy, "-l", selector)
    assert (workers | masters, workers & masters) == (names(healthy), set())
    assert workers


def test_a_snapshot_replays_the_same_answer(healthy: SimulatedCluster, tmp_path: Path) -> None:
    path = str(tmp_path / "taken.json")
    assert ask(healthy, "snapshot", "-o", path) == Answer(
        0, "", f"wrote {path}; kubectl routes status --snapshot={path} reads it\n"
    )
    assert Path(path).stat().st_mode & 0o777 == 0o600
    for words in (("status", "-o", "wide"), ("tables",)):
        live, replayed = ask(healthy, *words), run(BASE, *words, "--snapshot", path)
        lines = replayed.stdout.splitlines(keepends=True)
        (taken,) = (line for line in lines if line.startswith("Snapshot: "))
        page = replayed.stdout.replace(taken, "")
        assert (replayed.code, page, replayed.stderr) == (live.code, live.stdout, "")
    answer = ask(healthy, "snapshot", "-o", "-")
    assert (answer.code, answer.stderr) == (0, "")
    Path(path).write_text(answer.stdout)
    assert run(BASE, "status", "--check", "--snapshot", path).code == 0


def test_a_snapshot_that_would_not_be_read_is_said_to_be_so(
    healthy: SimulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubectl_routes.collect.snapshot.MOST_ROUTES", 3)
    path = str(tmp_path / "shot.json")
    told = "kubectl routes cannot read this snapshot with --snapshot: it holds more than 3 routes\n"
    assert ask(healthy, "snapshot", "-o", path) == Answer(0, "", told)
    refused = f"error: {path} is not a snapshot: it holds more than 3 routes\n"
    assert run(BASE, "status", "--snapshot", path) == Answer(2, "", refused)


@pytest.mark.parametrize(
    "words", [("-o", "name"), ("--no-headers",), ("-o", "wide", "--no-headers")]
)
def test_a_watch_does_not_show_half_an_answer_where_it_cannot_say_so(
    cluster: SimulatedCluster, words: tuple[str, ...]
) -> None:
    cluster.vpc.faults.add(vpc_faults.forbidden("DescribeVSwitches"))
    answer = ask(cluster, "status", "-w", *words)
    assert (answer.code, answer.stdout) == (3, "")
    assert answer.told[0] == "error: incomplete result: could not read vswitches"
    assert answer.told[1].startswith("vswitches: DescribeVSwitches")
