"""A process that is killed leaves nothing, or what enable finishes and disable undoes."""

from __future__ import annotations

import json
import time

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from tests.cli.asking import status
from tests.cli.enabling import State, both, config_map, disable, enable, listed, simulated, state
from tests.cli.killing import changes_something, kill_at_each, run_and_kill

ENABLE = ["enable", "--tables", "auto", "--yes"]
DISABLE = ["disable", "--yes"]


def finish_and_return(cluster: SimulatedCluster, before: State) -> None:
    """From whatever a killed process has left, on to the end, and back to the beginning."""
    done = enable(cluster, "--yes")
    assert done.code == 0, done
    assert listed(cluster) == both(cluster)
    assert status(cluster, "--check").code == 0
    back = disable(cluster, "--yes")
    assert back.code == 0, back
    assert state(cluster) == before


@pytest.mark.timeout(600)
def test_enable_killed_at_any_of_its_requests_can_be_finished_and_undone() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        runs = left_something = 0
        for _ in kill_at_each(cluster, ENABLE):
            runs += 1
            assert CANARY_SECRET in (config_map(cluster) or {})["data"]["cloud-config.conf"]
            if state(cluster) != before:
                left_something += 1
                finish_and_return(cluster, before)
        assert runs > 30
        assert left_something > 5


@pytest.mark.timeout(300)
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("scenario", ["unlisted-vswitch", "seed-before"])
class TestAroundEachWrite:
    """ConfigMap, DaemonSet, Event."""

    def test_enable_can_be_finished_and_undone(self, scenario: str, answered: bool) -> None:
        with simulated(scenario) as cluster:
            before, runs = state(cluster), 0
            for _ in kill_at_each(cluster, ENABLE, answered=answered, counted=changes_something):
                finish_and_return(cluster, before)
                runs += 1
            assert runs == 4  # the last one was not killed

    def test_enable_can_be_undone_at_once(self, scenario: str, answered: bool) -> None:
        with simulated(scenario) as cluster:
            before = state(cluster)
            for place in range(3):
                run_and_kill(cluster, ENABLE, place, answered=answered, counted=changes_something)
                if state(cluster) == before:
                    continue  # without a record disable would take away a list that is not ours
                back = disable(cluster, "--yes")
                assert back.code == 0, back
                assert state(cluster).config_map == before.config_map
                assert without_restart(state(cluster)) == without_restart(before)

    def test_disable_can_be_finished(self, scenario: str, answered: bool) -> None:
        with simulated(scenario) as cluster:
            before = state(cluster)
            for place in range(3):
                assert enable(cluster, "--yes").code == 0
                run_and_kill(cluster, DISABLE, place, answered=answered, counted=changes_something)
                back = disable(cluster, "--yes")
                assert back.code == 0, back
                assert state(cluster) == before


def without_restart(found: State) -> object:
    """The spec but for what restarts pods: a pod may have read the list before it was undone."""
    spec = json.loads(json.dumps(found.spec))
    spec["template"].get("metadata", {}).pop("annotations", None)
    return spec


@pytest.mark.timeout(300)
@pytest.mark.parametrize("answered", [False, True])
def test_enable_of_a_managed_cluster_killed_around_each_of_its_writes(answered: bool) -> None:
    with simulated("managed-blocked") as cluster:
        store = cluster.addon.store
        store.seconds = 0.1
        before, runs = store.config, 0
        for _ in kill_at_each(cluster, ENABLE, answered=answered, counted=changes_something):
            runs += 1
            deadline = time.monotonic() + 20
            while store.state != "active":  # ACK would refuse another change
                assert time.monotonic() < deadline
                time.sleep(0.02)
            done = enable(cluster, "--yes")
            assert done.code == 0, done
            assert status(cluster, "--check").code == 0
            back = disable(cluster, "--yes")
            assert back.code == 0, back
            assert store.config == before
        assert runs == 4  # the record, the add-on, the Event, and one that was not killed
