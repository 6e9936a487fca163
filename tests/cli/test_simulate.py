"""``simulate`` and ``--watch`` as processes: what a shell sees of their ends."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.scenarios import SCENARIOS
from tests.cli.asking import BASE, run
from tests.cli.programs import PATH, ROUTES, SCRIPTS, finished, started, typed

ENV = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/nonexistent"}


OPERATOR = {**ENV, "ALIBABA_CLOUD_SECURITY_TOKEN": "the-operator's"}


def test_the_scenarios_are_listed_with_what_they_are() -> None:
    said = run(BASE, "simulate", "--list")
    assert (said.code, said.stderr) == (0, "")
    listed = [line.split(maxsplit=1) for line in said.stdout.splitlines() if line.startswith("  ")]
    assert sorted(listed) == sorted(list(item) for item in SCENARIOS.items())
    assert said.stdout.startswith("healthy:\n  healthy ")
    assert "\n\nnodes:\n  no-podcidr " in said.stdout


def test_a_command_runs_against_the_cluster_without_the_operators_own_credentials() -> None:
    script = "echo token=$ALIBABA_CLOUD_SECURITY_TOKEN; kubectl-routes status --check -o name"
    words = ("simulate", "--scenario", "blocked", "--", "sh", "-c", script)
    done = finished(OPERATOR, ROUTES, *words)
    assert (done.code, "error" in done.stderr) == (1, False)
    assert done.stdout.startswith("token=\nnode/")


@pytest.mark.parametrize(
    ("words", "code", "start"),
    [
        # As a shell reports it.
        (("--", "sh", "-c", "kill -TERM $$"), 143, ""),
        (
            ("--scenario", "blank-in-list", "--", "true"),
            0,
            "blank-in-list is now called space-in-list\n",
        ),
        (("--", "no-such-command"), 2, "error: cannot run no-such-command: "),
        (("--nodes", "none"), 2, "error: --nodes: 'none' is not a number from 1\n"),
        (("--scenario", "single-table", "--tables", "3"), 2, "error: "),
    ],
)
def test_it_ends_as_the_command_does_or_says_why_not(
    words: tuple[str, ...], code: int, start: str
) -> None:
    said = run({**BASE, "PATH": PATH}, "simulate", *words)
    assert (said.code, said.stdout) == (code, "")
    assert said.stderr.startswith(start)
    assert bool(said.stderr) is bool(start)


def test_without_a_command_a_terminal_gets_a_shell_that_is_set_up() -> None:
    env = {**ENV, "SHELL": "/bin/bash", "TERM": "dumb"}
    keys = "kubectl get nodes -o name | wc -l; exit 7\n"
    code, shown = typed(env, keys, ROUTES, "simulate", "--scenario", "blocked")
    assert code == 7
    assert "(simulated: blocked) $ " in shown
    assert "\n11\r\n" in shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_without_a_command_it_says_how_to_use_it_and_cleans_up(number: int) -> None:
    with started(OPERATOR, "simulate") as (process, stdout, stderr):
        assert stderr.readline().startswith("The simulated cluster runs.")
        assert stderr.readline().startswith("Then kubectl, and kubectl routes,")
        lines = os.read(stdout.fileno(), 65536).decode().splitlines()
        assert lines[-1] == "unset ALIBABA_CLOUD_SECURITY_TOKEN"
        exports = dict(line.removeprefix("export ").split("=", 1) for line in lines[:-1])
        assert exports["PATH"].split(os.pathsep)[0] == str(SCRIPTS)
        kubeconfig = Path(exports["KUBECONFIG"])
        assert kubeconfig.exists()
        process.send_signal(number)
        assert (process.wait(10), stderr.read()) == (130, "")
        assert not kubeconfig.exists()


def test_a_watch_shows_a_new_node_and_ends_by_interrupt() -> None:
    with SimulatedCluster("healthy") as cluster:
        env = cluster.environment(ENV)
        with started(env, "status", "-w", "-o", "json") as (process, stdout, stderr):
            before = document(iter(stdout.readline, ""))
            joined = cluster.node_joins()
            after = document(iter(stdout.readline, ""))
            process.send_signal(signal.SIGINT)
            assert (process.wait(10), stderr.read()) == (130, "")
    assert set(after) - set(before) == {joined}


def test_a_watch_of_the_diagnosis_begins_with_its_times() -> None:
    with SimulatedCluster("blocked") as cluster:
        env = cluster.environment(ENV)
        with started(env, "diagnose", "-w") as (process, stdout, _):
            first = [stdout.readline() for _ in range(2)]
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
    assert re.fullmatch(r"--- read at \d\d:\d\d:\d\dZ, next read at \d\d:\d\d:\d\dZ\n", first[0])
    assert first[1].startswith("Result: 1 error")


def test_to_wait_until_all_is_ok_ends_with_it() -> None:
    with SimulatedCluster("healthy") as cluster:
        # What cannot be read is not ok; the second look reads it.
        cluster.vpc.faults.add(vpc_faults.forbidden("DescribeVSwitches", times=1))
        env = cluster.environment(ENV)
        done = finished(env, ROUTES, "status", "--wait-until-ok", "--timeout", "60s", "-o", "name")
    assert (done.code, done.stderr.splitlines()[1:]) == (0, [])
    assert done.stderr.startswith("waiting until every route is ok: incomplete result")
    assert len(done.stdout.splitlines()) == 9


def test_a_wait_that_is_over_too_soon_says_what_is_not_ok() -> None:
    with SimulatedCluster("blocked") as cluster:
        done = finished(
            cluster.environment(ENV), ROUTES, "status", "--wait-until-ok", "--timeout", "0"
        )
    assert done.code == 4
    assert done.stdout.startswith("✗ the VPC has multiple route tables")
    assert done.stderr.endswith(
        "error: not every route was ok in time: the VPC has multiple route tables but"
        " routeTableIDs is not set (RT101)\n"
    )


def test_a_watch_asks_an_api_that_is_slow_less_often() -> None:
    with SimulatedCluster("healthy") as cluster:
        cluster.vpc.latency_seconds = 0.9
        env = cluster.environment(ENV)
        with started(env, "status", "-w", "-o", "json") as (_, _, stderr):
            notes = (line for line in stderr if line.startswith("note:"))
            note = next(notes)
        readings = cluster.vpc.actions_called().count("DescribeVpcAttribute")
    found = re.fullmatch(r"note: a read takes (\d+)s, the next one begins (\d+)s later\n", note)
    assert found is not None
    took, rest = map(int, found.groups())
    assert (readings, took >= 2, rest >= 4 * took - 2) == (2, True, True)


def document(lines: Iterator[str]) -> list[str]:
    """Node names of the next JSON document: its last line is the first that starts with }."""
    text = ""
    for line in lines:
        text += line
        if line.startswith("}"):
            break
    return [row["name"] for row in json.loads(text)["nodes"]]


def test_without_a_folder_for_temporary_files_it_says_so(tmp_path: Path) -> None:
    # Where no file may grow, no folder passes for one that can be written to.
    command = ["sh", "-c", 'ulimit -f 0; exec "$0" simulate -- true', ROUTES]
    env = {**ENV, "TMPDIR": str(tmp_path)}
    assert finished(env, *command) == (
        2,
        "",
        "error: no temporary file can be written, and simulate needs some\n"
        "let TMPDIR name a folder that can be written to\n",
    )
