"""A seeded sample of the random walks; ``make faults`` goes more and longer ones."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.qa.faults.walking import SCENARIOS, Walk

# How many walks each scenario gets, by which seed, and how long they are at most. The first of them
# is the simplest, a single step again and again.
WALKS = int(os.environ.get("QA_WALKS", "2"))
SEED = int(os.environ.get("QA_SEED", "1"))
STEPS = int(os.environ.get("QA_STEPS", "8"))


# A walk that fails is gone again and again, to find the shortest one that does.
@pytest.mark.timeout(1800)
# As in test_sample.py: readers that still wait when a command has given up.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_whatever_happens_nothing_is_lost_and_the_way_back_stays_open(scenario: str) -> None:
    ways = settings(
        max_examples=WALKS,
        stateful_step_count=STEPS,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    walks = type("WalkFrom", (Walk,), {"scenario": scenario})
    run_state_machine_as_test(seed(SEED)(walks), settings=ways)
