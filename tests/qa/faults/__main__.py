"""``make faults``: the whole fault matrix, spread over processes; the figures go into
docs/reliability.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
import time
from multiprocessing.queues import Queue
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.qa.faults.matrix import Bench, Case, Result, all_cases, sample
from tests.qa.faults.report import figures, write
from tests.qa.faults.stages import certificate

REPORT_EVERY = 1000


def _work(cases: list[Case], results: Queue[Result | None]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder, certificate(folder))
        try:
            for result in bench.run(cases):
                results.put(result)
        finally:
            bench.close()
            results.put(None)


def _share(cases: list[Case], one: int, jobs: int) -> list[Case]:
    return [case for place, case in enumerate(cases) if place // 2 % jobs == one]


def _spread(cases: list[Case], jobs: int) -> list[Result]:
    """Run them all; most of the time of a case is spent waiting, so that more processes than cores
    are of use.
    """
    results: Queue[Result | None] = multiprocessing.Queue()
    # In pairs: every second case is of a fault without end, which takes longer.
    workers = [
        multiprocessing.Process(target=_work, args=(_share(cases, one, jobs), results))
        for one in range(jobs)
    ]
    for worker in workers:
        worker.start()
    found: list[Result] = []
    running = jobs
    while running:
        result = results.get()
        if result is None:
            running -= 1
            continue
        found.append(result)
        for problem in result.problems:
            sys.stdout.write(f"{result.case}\n    {result.ending}: {problem}\n")
        if len(found) % REPORT_EVERY == 0:
            sys.stdout.write(f"{len(found)} of {len(cases)}\n")
            sys.stdout.flush()
    for worker in workers:
        worker.join()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.qa.faults", description=__doc__)
    parser.add_argument("--jobs", type=int, default=12, help="processes at once")
    parser.add_argument("--sample", type=int, help="so many cases instead of all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--only", default="", help="cases whose name this pattern finds")
    args = parser.parse_args()
    cases = [one for one in all_cases() if re.search(args.only, str(one))]
    whole = args.sample is None and not args.only
    if args.sample is not None:
        cases = sample(cases, args.sample, args.seed)
    began = time.monotonic()
    results = _spread(cases, args.jobs)
    text = figures(results, time.monotonic() - began, args.jobs)
    sys.stdout.write(text)
    if whole and len(results) == len(cases):
        write(text)
    bad = [one for one in results if one.problems]
    return 1 if bad or len(results) < len(cases) else 0


if __name__ == "__main__":
    sys.exit(main())
