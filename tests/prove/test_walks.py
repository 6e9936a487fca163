"""A seeded sample of the random walks; ``make prove`` goes more and longer ones."""

from __future__ import annotations

import os

import pytest

from tests.prove.walking import SCENARIOS
from tests.prove.walking import walk

# How many walks each scenario gets, from which seed on, and how long they are.
WALKS = int(os.environ.get("PROVE_WALKS", "1"))
FIRST = int(os.environ.get("PROVE_SEED", "1"))
STEPS = int(os.environ.get("PROVE_STEPS", "8"))


@pytest.mark.timeout(600)
# As in test_sample.py: readers that still wait when a command has given up.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", range(FIRST, FIRST + WALKS))
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_whatever_happens_nothing_is_lost_and_the_way_back_stays_open(
    scenario: str, seed: int
) -> None:
    assert len(walk(scenario, seed, STEPS)) > STEPS
