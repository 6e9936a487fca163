"""``make fuzz``: hostile inputs of every kind; the figures go into docs/reliability.md.

The same seed makes the same inputs. What fails is shortened, kept in build/fuzz, and the command
that feeds it again is printed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.qa.faults.report import write
from tests.qa.fuzz.running import BEGIN, END, INPUTS, figures, part
from tests.qa.fuzz.targets import TARGETS


def _again(path: Path) -> int:
    """Feed one kept input again, with the whole traceback."""
    kind = next(one for one in TARGETS if one.__name__ == path.name.split("-")[0])
    with TemporaryDirectory() as folder:
        target = kind(Path(folder))
        accepted = target.feed(path.read_bytes())
        target.close()
    sys.stdout.write(f"{'accepted' if accepted else 'refused'}\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.qa.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS, help="how many, of all kinds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    parser.add_argument("--only", default="", help="kinds with this text in their name")
    parser.add_argument("--again", type=Path, help="feed the input in this file once more")
    args = parser.parse_args()
    if args.again:
        return _again(args.again)
    began = time.monotonic()
    parts = [(job, args.jobs, args.seed, args.inputs, args.only) for job in range(args.jobs)]
    with multiprocessing.get_context("spawn").Pool(args.jobs) as pool:
        results = pool.map(part, parts, chunksize=1)
        # Not ended by a signal: the commands have made it an interrupt.
        pool.close()
        pool.join()
    tallies = results[0][0]
    for others, _ in results[1:]:
        for one, other in zip(tallies, others, strict=True):
            one.merge(other)
    peak = max(peak for _, peak in results)
    text = figures(tallies, args.seed, args.jobs, time.monotonic() - began, peak)
    sys.stdout.write(text)
    if args.inputs >= INPUTS and not args.only:
        write(text, marks=(BEGIN, END))
    return 1 if any(one.failed for one in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
