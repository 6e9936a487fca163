"""A seeded sample of hostile inputs of every kind; ``make fuzz`` makes 100,000."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.qa.fuzz.snapshot_files import SnapshotFiles
from tests.qa.fuzz.target import Target, attempt, chance_of
from tests.qa.fuzz.targets import TARGETS

SEED = 2026
# Of 100,000 inputs that many are a part of the sample.
PART = 100


# A proxy or server that was made up has its socket closed by the end of the process.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(one, id=one.__name__, marks=pytest.mark.smoke if one is SnapshotFiles else ())
        for one in TARGETS
    ],
)
def test_hostile_input_is_read_or_refused_in_time_and_with_manners(
    kind: type[Target], tmp_path: Path
) -> None:
    target = kind(tmp_path)
    bad: dict[int, str] = {}
    try:
        for number in range(target.share // PART):
            body = target.make(chance_of(SEED, target.name, number))
            failure = attempt(target, body).failure
            if failure:
                bad[number] = failure
    finally:
        target.close()
    assert bad == {}
