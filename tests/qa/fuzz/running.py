"""The inputs of one process: made, fed, counted, and kept where they fail."""

from __future__ import annotations

import hashlib
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.qa.fuzz.report import Tally
from tests.qa.fuzz.target import Target, attempt, chance_of, shrunk
from tests.qa.fuzz.targets import TARGETS

KEPT = Path("build/fuzz")
INPUTS = 100_000
# No input may need more: the whole process is refused more address space than this.
MEMORY = 2 * 2**30
# How many failures of one kind are shortened and kept.
MOST_KEPT = 20


def _run(kind: type[Target], seed: int, numbers: range) -> Tally:
    """The inputs with these numbers, in this process."""
    kept: set[str] = set()
    with TemporaryDirectory() as folder:
        target = kind(Path(folder))
        tally = Tally(target.name, target.about)
        for number in numbers:
            body = target.make(chance_of(seed, target.name, number))
            result = attempt(target, body)
            tally.add(body, result)
            failure = result.failure.split(":", 1)[0]
            if failure and failure not in kept and len(kept) < MOST_KEPT:
                kept.add(failure)
                _keep(target, shrunk(target, body, result.failure), result.failure, number)
        target.close()
    return tally


def _keep(target: Target, body: bytes, failure: str, number: int) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{type(target).__name__}-{hashlib.sha256(body).hexdigest()[:12]}"
    path.write_bytes(body)
    sys.stdout.write(
        f"{target.name}, input {number}: {failure}\n"
        f"    .venv/bin/python -m tests.qa.fuzz --again {path}\n"
    )
    sys.stdout.flush()


def part(args: tuple[int, int, int, int, str]) -> tuple[list[Tally], int]:
    """The share of one of ``jobs`` processes, and the most memory that it had."""
    job, jobs, seed, total, only = args
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    tallies = []
    for kind in TARGETS:
        if only in kind.name:
            size = max(1, round(kind.share * total / INPUTS))
            tallies.append(_run(kind, seed, range(job, size, jobs)))
    return tallies, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
