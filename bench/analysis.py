"""Measure the analysis alone: python -m bench.analysis SNAPSHOT

Prints the processor time of this process, in seconds, that ``status`` and ``diagnose`` take to
judge a snapshot that is decoded already: the median of the runs.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from kubectl_routes.analyze.matrix import build
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.collect.snapshot import read

RUNS = 7


def median(work: Callable[[], object]) -> float:
    """Seconds of the processor that ``work`` takes."""
    taken = []
    for _ in range(RUNS):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return statistics.median(taken)


def main() -> None:
    """Print both figures in one line."""
    snapshot = read(sys.argv[1])
    status = median(lambda: build(snapshot))
    why = median(lambda: diagnose(snapshot, DiagnoseOptions()))
    print(
        f"analysis of {len(snapshot.nodes):,} × {len(snapshot.entries)}, processor time, "
        f"median of {RUNS}: status {status:.2f} s, diagnose {why:.2f} s"
    )


if __name__ == "__main__":
    main()
