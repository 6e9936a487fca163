"""``make faults``: the whole fault matrix, spread over processes; the figures go into
docs/reliability.md.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.qa.faults.matrix import Bench, Case, Result, all_cases, sample
from tests.qa.faults.report import figures, write
from tests.qa.faults.stages import certificate

# Cases of one share: what they have in common is prepared once.
SHARE = 40


def _work(cases: list[Case]) -> list[Result]:
    with TemporaryDirectory() as name:
        bench = Bench(Path(name), certificate(Path(name)))
        try:
            return [*bench.run(cases)]
        finally:
            bench.close()


def _spread(cases: list[Case], jobs: int) -> list[Result]:
    """Run them all; most of the time of a case is spent waiting, so that more processes than cores
    are of use.
    """
    shares = [cases[start : start + SHARE] for start in range(0, len(cases), SHARE)]
    found: list[Result] = []
    with ProcessPoolExecutor(jobs) as pool:
        for results in pool.map(_work, shares):
            found += results
            for result in results:
                for problem in result.problems:
                    sys.stdout.write(f"{result.case}\n    {result.ending}: {problem}\n")
            sys.stdout.write(f"{len(found)} of {len(cases)}\n")
            sys.stdout.flush()
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
    if whole:
        write(text)
    return int(any(one.problems for one in results))


if __name__ == "__main__":
    sys.exit(main())
