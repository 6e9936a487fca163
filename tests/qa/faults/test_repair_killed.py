"""A repair that is killed leaves a record from which undo works, and a cluster in which repair
continues.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import Request
from tests.cli.asking import ask, status
from tests.cli.enabling import simulated
from tests.cli.killing import MOST, changes_something, kill_at_each, run_and_kill
from tests.cli.test_repair import Entries, entries, is_write

# The deletion at which it is killed, before it is carried out or right after.
DELETIONS = [pytest.param(0, True, marks=pytest.mark.smoke), (0, False), (1, False), (1, True)]


def recorded(path: Path) -> Entries:
    """The entries of the record, where there is one."""
    if not path.exists():
        return set()
    found = json.loads(path.read_text(encoding="utf-8"))["entries"]
    return {(one["tableId"], one["cidr"], one["nextHop"]) for one in found}


def continue_and_undo(cluster: SimulatedCluster, path: Path, before: Entries) -> None:
    """From whatever a killed process has left: back, on to the end, and back again."""
    assert before - entries(cluster) <= recorded(path)
    if path.exists():
        back = ask(cluster, "repair", "--undo", str(path), "--yes")
        assert (back.code, entries(cluster)) == (0, before), back
    done = ask(cluster, "repair", "--yes", "--record", str(path))
    assert done.code == 0, done
    assert status(cluster, "--check").code == 0
    assert before - entries(cluster) <= recorded(path)
    back = ask(cluster, "repair", "--undo", str(path), "--yes")
    assert (back.code, entries(cluster)) == (0, before), back
    path.unlink()


@pytest.mark.parametrize(("place", "answered"), DELETIONS)
def test_repair_killed_around_a_deletion(place: int, answered: bool, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        words = ["repair", "--yes", "--record", str(path)]
        killed = run_and_kill(cluster, words, place, answered=answered, counted=is_write)
        assert killed
        assert len(before - entries(cluster)) == place + answered
        continue_and_undo(cluster, path, before)


@pytest.mark.timeout(600)
def test_repair_killed_at_any_of_its_requests(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        runs = deleted = 0
        for _ in kill_at_each(cluster, ["repair", "--yes", "--record", str(path)]):
            runs += 1
            deleted += entries(cluster) != before
            continue_and_undo(cluster, path, before)
        assert runs > 20
        assert deleted > 5


@pytest.mark.timeout(600)
@pytest.mark.parametrize("answered", [False, True])
def test_repair_of_everything_killed_around_each_of_its_writes(
    answered: bool, tmp_path: Path
) -> None:
    path = tmp_path / "record.json"
    for place in range(MOST):
        with simulated("neglected") as cluster:
            before = entries(cluster)
            words = ["repair", "--yes", "--record", str(path)]
            killed = run_and_kill(cluster, words, place, answered=answered, counted=changes)
            assert before - entries(cluster) <= recorded(path)
            done = ask(cluster, *words)
            assert done.code == 0, done
            assert status(cluster, "--check").code == 0
        path.unlink(missing_ok=True)
        if not killed:
            break
    assert place > 6  # four entries, ConfigMap, DaemonSet, Event


def changes(request: Request) -> bool:
    """Whether a request changes something in the cluster or in the VPC."""
    return is_write(request) or changes_something(request)
