"""A process that is killed leaves nothing, or what enable finishes and disable undoes."""

from __future__ import annotations

import json
import time

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from kubectl_routes_simulator.server import Request
from tests.cli.asking import status
from tests.cli.enabling import State, both, config_map, disable, enable, listed, simulated, state
from tests.cli.killing import run_and_kill

ENABLE = ["enable", "--tables", "auto", "--yes"]
DISABLE = ["disable", "--yes"]
# More than a command ever makes: the loops end when it has come to its end unharmed.
MOST = 400


def changes_something(request: Request) -> bool:
    return (
        request.method != "GET"
        and "dryRun" not in request.query
        and "selfsubject" not in request.path
        and request.path.startswith("/api")
    )


def keeps_its_secret(cluster: SimulatedCluster) -> bool:
    found = config_map(cluster)
    return found is not None and CANARY_SECRET in found["data"]["cloud-config.conf"]


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
def test_enable_killed_at_any_of_its_requests_can_be_finished_and_taken_back() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        left_something = 0
        for place in range(MOST):
            killed = run_and_kill(cluster, ENABLE, place, answered=False)
            if not killed.reached:
                break
            assert keeps_its_secret(cluster)
            if state(cluster) != before:
                left_something += 1
                finish_and_return(cluster, before)
        else:
            pytest.fail("it never came to an end")
        assert place > 30
        assert left_something > 5


@pytest.mark.timeout(300)
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("scenario", ["unlisted-vswitch", "seed-before"])
def test_enable_killed_around_each_of_its_writes_can_be_finished_and_taken_back(
    scenario: str, answered: bool
) -> None:
    with simulated(scenario) as cluster:
        before = state(cluster)
        for place in range(MOST):
            killed = run_and_kill(
                cluster, ENABLE, place, answered=answered, counted=changes_something
            )
            finish_and_return(cluster, before)
            if not killed.reached:
                break
        assert place == 3  # ConfigMap, DaemonSet, Event


@pytest.mark.timeout(300)
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("scenario", ["unlisted-vswitch", "seed-before"])
def test_enable_killed_around_each_of_its_writes_can_be_taken_back_at_once(
    scenario: str, answered: bool
) -> None:
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


def without_restart(found: State) -> object:
    """The spec but for what restarts pods: a pod may have read the list before it was taken
    back.
    """
    spec = json.loads(json.dumps(found.spec))
    spec["template"].get("metadata", {}).pop("annotations", None)
    return spec


@pytest.mark.timeout(300)
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("scenario", ["unlisted-vswitch", "seed-before"])
def test_disable_killed_around_each_of_its_writes_can_be_finished(
    scenario: str, answered: bool
) -> None:
    with simulated(scenario) as cluster:
        before = state(cluster)
        for place in range(3):
            assert enable(cluster, "--yes").code == 0
            run_and_kill(cluster, DISABLE, place, answered=answered, counted=changes_something)
            back = disable(cluster, "--yes")
            assert back.code == 0, back
            assert state(cluster) == before


@pytest.mark.timeout(300)
@pytest.mark.parametrize("answered", [False, True])
def test_enable_of_a_managed_cluster_killed_around_each_of_its_writes(answered: bool) -> None:
    with simulated("managed-blocked") as cluster:
        cluster.addon.store.seconds = 0.1
        before = cluster.addon.store.config
        for place in range(MOST):
            killed = run_and_kill(
                cluster, ENABLE, place, answered=answered, counted=changes_something_managed
            )
            settle(cluster)
            done = enable(cluster, "--yes")
            assert done.code == 0, done
            assert status(cluster, "--check").code == 0
            back = disable(cluster, "--yes")
            assert back.code == 0, back
            assert cluster.addon.store.config == before
            if not killed.reached:
                break
        assert place == 3  # the record, the add-on, the Event


def changes_something_managed(request: Request) -> bool:
    return changes_something(request) or (
        request.method == "POST" and request.path.startswith("/clusters/")
    )


def settle(cluster: SimulatedCluster) -> None:
    """Wait until no change of the add-on is under way: ACK would refuse another one."""
    deadline = time.monotonic() + 20
    while cluster.addon.store.state != "active":
        assert time.monotonic() < deadline
        time.sleep(0.02)
