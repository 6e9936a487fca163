"""A printed fix is safe to copy, where no scenario makes the program print it."""

from __future__ import annotations

import time

import pytest

from kubectl_routes_simulator.scenarios import SCENARIO_SPECS
from tests.cli.enabling import simulated
from tests.cli.fixing import (
    WAIT,
    all_findings,
    by_person,
    repaired,
    run_printed,
    wait,
)
from tests.qa.fixes.situations import SITUATIONS

SMOKE = ("two CCMs",)
# Their commands change a workload, whose pods then wait to be deleted.
ON_DELETE = (
    "narrow-range", "vxlan-routes-on", "old-v2", "throttled", "lost-route", "flag-missing",
    "routes-off", "stale-config",
)  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.smoke if name in SMOKE else ()) for name in SITUATIONS],
)
def test_what_is_printed_ends_the_situation(name: str) -> None:
    situation = SITUATIONS[name]
    with simulated(situation.scenario) as cluster:
        situation.before(cluster)
        cluster.settle()
        end = time.monotonic() + WAIT
        while situation.code not in {one.code for one in all_findings(cluster)}:
            assert time.monotonic() < end
            time.sleep(0.1)
        change = situation.change
        left = repaired(cluster, situation.code, (lambda: change(cluster)) if change else None)
        if situation.after is not None:
            situation.after(cluster)
            left = sorted(wait(cluster, set(situation.left)))
        assert set(left) <= situation.left


@pytest.mark.parametrize("scenario", ON_DELETE)
def test_with_on_delete_pods_are_deleted_too(scenario: str) -> None:
    assert scenario in SCENARIO_SPECS
    with simulated(scenario) as cluster:
        cluster.edit_workload(lambda one: one["spec"].update(updateStrategy={"type": "OnDelete"}))
        # The same upgrade is printed for each of its reasons.
        printed = dict.fromkeys(
            command for one in all_findings(cluster) for command in one.commands
        )
        assert any(" delete pod " in command for command in printed)
        for command in printed:
            ran = run_printed(cluster, by_person(cluster, command))
            assert ran.code == 0, ran
        assert wait(cluster, set()) == set()
