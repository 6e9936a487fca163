"""``make mutate``: faults put into the pure rooms one at a time, and whether the tests notice.

mutmut makes the mutants and tries each with the quick tests that reach it. What survives is tried
again by a fresh process with the tests of Hypothesis, which are slow, and with all tests where the
function runs while its module is imported: mutmut chooses the mutant after that.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

FOLDER = Path("mutants")
ROOM = FOLDER / "kubectl_routes"
# The exit codes by which mutmut keeps its verdicts.
UNTRIED, SURVIVED, KILLED, UNREACHED, LEFT_OUT, SLOW = None, 0, 1, 33, 34, 36
TIMEOUTS = (SLOW, 24, 152, 255, -24)
# What runs at import, before mutmut has chosen a mutant.
AT_IMPORT = re.compile(r"\.ccm\.(version\.x__(behaviors|next)|goyaml\.x__words)__")
MAX_WAIT = 600


class Module:
    """The mutants of one module by name, each with its exit code."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = json.loads(path.read_text(encoding="utf-8"))
        self.name = str(path.relative_to(ROOM)).removesuffix(".py.meta").replace("/", ".")
        self.verdicts: dict[str, int | None] = self._kept["exit_code_by_key"]

    def save(self) -> None:
        self._path.write_text(json.dumps(self._kept, indent=4), encoding="utf-8")


def modules() -> list[Module]:
    found = (Module(path) for path in sorted(ROOM.rglob("*.py.meta")))
    return [module for module in found if module.verdicts]


def mutmut(jobs: int, *names: str) -> None:
    subprocess.run(["mutmut", "run", "--max-children", str(jobs), *names], check=True)


def choose(only: str, sample: int | None, seed: int) -> None:
    """Mark what is to be tried: what was never tried, and what was not killed before."""
    for module in modules():
        names = sorted(module.verdicts)
        if sample is not None and sample < len(names):
            names = random.Random(f"{seed} {module.name}").sample(names, sample)
        wanted = set(names) if fnmatchcase(module.name, only) else set()
        for name, verdict in module.verdicts.items():
            if name in wanted and verdict in (LEFT_OUT, SURVIVED, UNREACHED, *TIMEOUTS):
                module.verdicts[name] = SURVIVED if AT_IMPORT.search(name) else UNTRIED
            elif name not in wanted and verdict is UNTRIED:
                module.verdicts[name] = LEFT_OUT
        module.save()


def try_again(jobs: int, only: str) -> None:
    """Give every survivor to the tests that are too slow for all mutants."""
    with ThreadPoolExecutor(jobs) as pool:
        for module in modules():
            if not fnmatchcase(module.name, only):
                continue
            left = [name for name, code in module.verdicts.items() if code in (SURVIVED, UNREACHED)]
            module.verdicts.update(zip(left, pool.map(_verdict, left), strict=True))
            module.save()


def _verdict(mutant: str) -> int:
    if AT_IMPORT.search(mutant):
        tests = ["tests/ccm", "tests/analyze/test_cells.py", "tests/analyze"]
    else:
        tests = ["-m", "hypothesis", "tests/analyze"]
    if ".plan." in mutant:
        tests[-1] += "/plan"
    else:
        tests.append("--ignore=tests/plan")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    profile = ["--hypothesis-profile=mutants"]
    try:
        done = subprocess.run(
            [*command, *profile, *tests],
            cwd=FOLDER,
            env={**os.environ, "MUTANT_UNDER_TEST": mutant},
            capture_output=True,
            timeout=MAX_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return SLOW
    return SURVIVED if done.returncode == 0 else KILLED


def figures() -> Iterator[str]:
    """A row for each package, for all, and for each module; what timed out counts as noticed."""
    packages: dict[str, Counter[str]] = {}
    single: dict[str, Counter[str]] = {}
    for module in modules():
        package = module.name.partition(".")[0] if "." in module.name else "the rest"
        found = Counter(map(_word, module.verdicts.values()))
        single[module.name] = found
        packages[package] = packages.get(package, Counter()) + found
    total: Counter[str] = sum(packages.values(), Counter())
    yield "| | mutants | tried | killed | timeout | survived | score |"
    yield "|---|---|---|---|---|---|---|"
    for row, counts in [*sorted(packages.items()), ("all", total), *single.items()]:
        tried = counts.total() - counts["left out"]
        noticed = counts["killed"] + counts["timeout"]
        score = f"{100 * noticed / tried:.1f} %" if tried else "-"
        told = (counts.total(), tried, counts["killed"], counts["timeout"], counts["survived"])
        yield f"| {row} | {' | '.join(map(str, told))} | {score} |"


def _word(verdict: int | None) -> str:
    if verdict in (UNTRIED, LEFT_OUT):
        return "left out"
    if verdict in (SURVIVED, UNREACHED):
        return "survived"
    return "timeout" if verdict in TIMEOUTS else "killed"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.qa.mutate", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    parser.add_argument("--only", default="*", help="modules, such as 'ccm.*'")
    parser.add_argument("--sample", type=int, help="so many mutants a module instead of all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    args = parser.parse_args()
    # Makes the mutants of all modules, and tries those of the smallest.
    mutmut(args.jobs, "kubectl_routes.model.moments.*")
    choose(args.only, args.sample, args.seed)
    mutmut(args.jobs)
    try_again(args.jobs, args.only)
    sys.stdout.write("\n".join(figures()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
