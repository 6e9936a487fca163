"""Measure how soon the plugin answers: as pip installs it, and frozen.

Writes a table in Markdown to standard output, the one of docs/performance.md:

    python -m bench.start FOLDER [FOLDER ...]

Each folder holds a ``kubectl-routes``. Each figure is the median of the runs, of wall time and of
the processor's; what asks a cluster asks a simulated cluster of nine nodes and two tables.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Mapping
from pathlib import Path

from bench.measuring import measure
from kubectl_routes_simulator.cluster import SimulatedCluster

OFFLINE = (("--help",), ("__complete", "sta"), ("__complete", "explain", ""))
ONLINE = (("status",), ("__complete", "status", ""), ("__complete", "enable", "--tables", ""))


def figure(command: list[str], env: Mapping[str, str], runs: int) -> str:
    """Median of wall and of processor time, as a cell of the table."""
    measure(command, env)  # once, so that the files are in memory
    costs = [measure(command, env) for _ in range(runs)]
    wall = statistics.median(cost.seconds for cost in costs)
    processor = statistics.median(cost.processor for cost in costs)
    return f"{wall * 1000:.0f} ms ({processor * 1000:.0f} ms)"


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
