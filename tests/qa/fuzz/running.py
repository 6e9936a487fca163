"""The inputs of one process: made, fed, counted, and kept where they fail; and the figures of it
all, as they stand in docs/reliability.md.
"""

from __future__ import annotations

import hashlib
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from tests.qa.fuzz.target import Result, Target, attempt, chance_of, shrunk
from tests.qa.fuzz.targets import TARGETS

KEPT = Path("build/fuzz")
INPUTS = 100_000
# No input may need more: the whole process is refused more address space than this.
MEMORY = 2 * 2**30
# How many failures of one kind are shortened and kept.
MOST_KEPT = 20


BEGIN, END = "<!-- figures of make fuzz -->", "<!-- end of the figures of make fuzz -->"


class Tally(Struct):
    """What became of the inputs of one kind; ``slowest`` and ``seconds`` are processor time."""

    name: str
    about: str
    inputs: int = 0
    accepted: int = 0
    failed: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    longest: int = 0

    def add(self, body: bytes, result: Result) -> None:
        """Count one input."""
        self.inputs += 1
        self.accepted += result.accepted
        self.failed += bool(result.failure)
        self.seconds += result.seconds
        self.slowest = max(self.slowest, result.seconds)
        self.longest = max(self.longest, len(body))

    def merge(self, other: Tally) -> None:
        """Add what another process has counted."""
        self.inputs += other.inputs
        self.accepted += other.accepted
        self.failed += other.failed
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.longest = max(self.longest, other.longest)


def figures(tallies: list[Tally], seed: int, jobs: int, seconds: float, peak: int) -> str:
    """A table of kinds; ``seconds`` went by on the clock, ``peak`` is in bytes."""
    head = ("input", "goes through", "inputs", "accepted", "refused", "wrong", "processor s",
            "slowest s", "longest bytes")  # fmt: skip
    lines = [_row(head), _row(("---",) * len(head))]
    for one in tallies:
        refused = one.inputs - one.accepted - one.failed
        lines.append(
            _row((one.name, one.about, f"{one.inputs:,}", f"{one.accepted:,}", f"{refused:,}",
                  one.failed, f"{one.seconds:.0f}", f"{one.slowest:.2f}", f"{one.longest:,}"))
        )  # fmt: skip
    total, bad = sum(one.inputs for one in tallies), sum(one.failed for one in tallies)
    lines += [
        "",
        f"{total:,} inputs with seed {seed}, {bad} of them wrong; {jobs} process(es) at once took"
        f" {sum(one.seconds for one in tallies) / 60:.0f} minutes of processor time,"
        f" {seconds / 60:.0f} on the clock, and at most {peak / 2**20:.0f} MiB each.",
    ]
    return "\n".join(lines) + "\n"


def _row(cells: tuple[object, ...]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


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
