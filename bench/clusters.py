"""Measure ``kubectl routes status --all-contexts``: many clusters at once against one.

Writes a table in Markdown to standard output, the one of docs/performance.md:

    python -m bench.clusters                             20 clusters of 100 nodes × 2 tables
    python -m bench.clusters --clusters 3 --runs 1       a few, once

All servers are one Python process, and share the machine with the command: in one process the
simulated clusters take turns, which those of other machines would not.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench.measuring import measure
from tests.cli.many import ManyClusters

MOMENT = 0.01
HEADS = ("command", "clock", "least", "of one", "processor", "servers", "memory", "threads")


def most_threads(command: list[str], env: Mapping[str, str]) -> int:
    """The most threads that a run of the command has at a moment that was looked at."""
    most = 0
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            tasks = Path(f"/proc/{process.pid}/task")
            most = max(most, len(list(tasks.iterdir())) if tasks.exists() else 0)
            time.sleep(MOMENT)
    return most


def row(words: list[str], env: Mapping[str, str], runs: int, one: float) -> tuple[str, float]:
    """One command as a row, and its median time; ``one`` is that of one cluster, 0 for itself."""
    costs = [measure(["kubectl-routes", *words], env) for _ in range(runs)]
    clock = statistics.median(cost.seconds for cost in costs)
    fields = (
        f"`{' '.join(word for word in words if '=' not in word and word != '--profile')}`",
        f"{clock:.2f} s",
        f"{min(cost.seconds for cost in costs):.2f} s",
        f"{clock / (one or clock):.1f}",
        f"{statistics.median(cost.processor for cost in costs):.2f} s",
        f"{statistics.median(cost.server for cost in costs):.2f} s",
        f"{statistics.median(cost.memory for cost in costs):.0f} MB",
        str(most_threads(["kubectl-routes", *words], env)),
    )
    return f"| {' | '.join(fields)} |", clock


def main() -> None:
    """Print the load of the machine, then the table row by row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=20)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--latency", type=float, default=50.0, help="milliseconds for a VPC call")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command")
    args = parser.parse_args()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    names = [f"c{number}" for number in range(args.clusters)]
    with ManyClusters(dict.fromkeys(names, "large"), nodes=args.nodes) as many:
        for cluster in many.clusters:
            cluster.vpc.latency_seconds = args.latency / 1000
        env = many.environment(os.environ)
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        print(f"{args.clusters} clusters of {args.nodes} nodes; load of the machine: {load}\n")
        print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}", flush=True)
        text, alone = row(["status", "--context", "c0"], env, args.runs, 0.0)
        print(text, flush=True)
        for words in (["status"], ["status", "-o", "json"], ["diagnose"]):
            several = [*words, "--all-contexts", *many.profiles]
            print(row(several, env, args.runs, alone)[0], flush=True)


if __name__ == "__main__":
    main()
