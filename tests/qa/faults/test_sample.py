"""A seeded sample of the fault matrix; ``make faults`` breaks everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.qa.faults.matrix import Bench, cases_of, sample
from tests.qa.faults.stages import certificate

SEED = 20
# How many cases of each; a command that writes is followed on to the end and back.
SIZES = {
    ("conflict", "status"): 25,
    ("conflict", "tables"): 10,
    ("conflict", "snapshot"): 15,
    ("conflict", "diagnose"): 20,
    ("conflict", "trace"): 15,
    ("managed-blocked", "diagnose"): 15,
    ("large", "status"): 3,
    ("unlisted-vswitch", "enable"): 6,
    ("unlisted-vswitch", "disable"): 4,
    ("seed-before", "enable"): 4,
    ("managed-blocked", "enable"): 6,
    ("managed-blocked", "disable"): 4,
}
SMOKE = {("conflict", "tables"): pytest.mark.smoke}


@pytest.mark.timeout(300)
# A reader that still waits for an answer when the deadline is over has its connection closed by the
# end of the process; here the process continues.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
# What the SDK brings along opens TLS in an old way; the program itself silences such warnings.
@pytest.mark.filterwarnings(r"ignore:ssl\.:DeprecationWarning")
@pytest.mark.parametrize(
    ("scenario", "command"), [pytest.param(*each, marks=SMOKE.get(each, ())) for each in SIZES]
)
def test_whatever_becomes_of_a_request_the_answer_is_right_or_says_that_it_is_not_known(
    scenario: str, command: str, tmp_path: Path
) -> None:
    chosen = sample(cases_of(scenario, command), SIZES[scenario, command], SEED)
    bench = Bench(tmp_path, certificate(tmp_path))
    try:
        bad = {str(one.case): one.problems for one in bench.run(chosen) if one.problems}
    finally:
        bench.close()
    assert bad == {}
