"""A seeded sample of the fault matrix; ``make prove`` breaks everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prove.matrix import Bench
from tests.prove.matrix import all_cases
from tests.prove.matrix import sample
from tests.prove.stages import COMMANDS
from tests.prove.stages import certificate

# Readings are quick; a command that writes is followed on and back.
READS, WRITES, SEED = 140, 24, 20
# What a change of the tool must not make smaller unseen.
LEAST = 20_000


@pytest.mark.timeout(300)
def test_a_sample_of_all_requests_may_break_in_any_way(tmp_path: Path) -> None:
    cases = all_cases()
    assert len(cases) > LEAST
    reads = [one for one in cases if not COMMANDS[one.command].writes]
    writes = [one for one in cases if COMMANDS[one.command].writes]
    chosen = [*sample(reads, READS, SEED), *sample(writes, WRITES, SEED)]
    bench = Bench(tmp_path, certificate(tmp_path))
    try:
        bad = {str(one.case): one.problems for one in bench.run(chosen) if one.problems}
    finally:
        bench.close()
    assert bad == {}
