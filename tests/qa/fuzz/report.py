"""The figures of a run, as they stand in docs/reliability.md."""

from __future__ import annotations

from msgspec import Struct

from tests.qa.fuzz.target import Result

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
