"""Measure how soon the plugin answers: as pip installs it, and frozen.

Writes a table in Markdown to standard output, the one of docs/performance.md:

    python bench/start.py FOLDER [FOLDER ...]

Each folder holds a ``kubectl-routes``. Each figure is the median of the runs, of wall time and of
the processor's; what asks a cluster asks a simulated cluster of nine nodes and two tables.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from kubectl_routes_simulator.cluster import SimulatedCluster

OFFLINE = (("--help",), ("__complete", "sta"), ("__complete", "explain", ""))
ONLINE = (("status",), ("__complete", "status", ""), ("__complete", "enable", "--tables", ""))


def measure(command: list[str], env: Mapping[str, str]) -> tuple[float, float]:
    """Wall and processor time of one run in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def figure(command: list[str], env: Mapping[str, str], runs: int) -> str:
    """Median of wall and of processor time, as a cell of the table."""
    measure(command, env)  # once, so that the files are in memory
    found = [measure(command, env) for _ in range(runs)]
    wall, processor = (statistics.median(times) * 1000 for times in zip(*found, strict=True))
    return f"{wall:.0f} ms ({processor:.0f} ms)"


def main() -> None:
    """Print the table row by row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=15)
    args = parser.parse_args()
    print("| command |", " | ".join(str(folder) for folder in args.folders), "|")
    print("|---|" + "---|" * len(args.folders))
    with SimulatedCluster("healthy") as cluster:
        online = cluster.environment(os.environ)
        offline = {name: text for name, text in os.environ.items() if name != "KUBECONFIG"}
        for commands, env in ((OFFLINE, offline), (ONLINE, online)):
            for words in commands:
                cells = (
                    figure([str(folder / "kubectl-routes"), *words], env, args.runs)
                    for folder in args.folders
                )
                shown = " ".join(word or "''" for word in words)
                print(f"| `{shown}` |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
