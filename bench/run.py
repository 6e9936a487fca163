"""Measure ``kubectl routes status`` against ``kubectl get nodes -o json`` and against the least
that reading takes (``bench/floor.py``), on the same server, and ``kubectl routes diagnose`` against
``status``.

Writes two tables in Markdown to standard output, those of docs/performance.md:

    make bench                                  every size and latency
    make bench ARGS="--nodes 500 --runs 1"      one size, once

Server and clients share the machine. Each figure is the median of the runs; memory is the peak
resident size of the process as the kernel counts it. Nothing here is part of the tests.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

from bench.measuring import measure
from kubectl_routes_simulator.cluster import SimulatedCluster

SIZES = (500, 5_000, 15_000)
TABLES = 4
_MIDDLE_LEAST = (statistics.median, min)
# Milliseconds for each VPC call, and the largest page the VPC API gives. 100 entries are
# documented; CCM has asked for 500 for years, and which of the two it is given is not documented.
CLOUDS = ((0, 100), (50, 500), (50, 100))


def median(command: list[str], env: dict[str, str], runs: int) -> tuple[float, float]:
    """Median time and memory of several runs."""
    results = [measure(command, env) for _ in range(runs)]
    return (
        statistics.median(one.seconds for one in results),
        statistics.median(one.memory for one in results),
    )


class Rows(NamedTuple):
    """One measurement, as a row of either table."""

    status: str
    diagnose: str


def compare(nodes: int, latency_ms: int, page: int, runs: int) -> Rows:
    """How ``status`` does against kubectl and a client that decodes nothing, and ``diagnose``
    against ``status``.
    """
    with SimulatedCluster("large", nodes=nodes, tables=TABLES) as cluster:
        cluster.vpc.latency_seconds = latency_ms / 1000
        cluster.vpc.reads.max_result = page
        env = cluster.environment(os.environ)
        theirs, their_memory = median(["kubectl", "get", "nodes", "-o", "json"], env, runs)
        reading = [sys.executable, "-m", "bench.floor", cluster.kube.url, cluster.vpc.url]
        floor, _ = median([*reading, *cluster.vpc.store.tables], env, runs)
        ours, our_memory = median(["kubectl-routes", "status", "-o", "json"], env, runs)
        why, why_memory = median(["kubectl-routes", "diagnose", "-o", "json"], env, runs)
    where = f"| {nodes:,} × {TABLES} | {latency_ms} ms, pages of {page}"
    status = " | ".join(
        (
            where,
            f"{theirs:.2f} s",
            f"{their_memory:.0f} MB",
            f"{ours:.2f} s",
            f"{our_memory:.0f} MB",
            f"{ours / theirs:.2f}",
            f"{floor:.2f} s",
            f"{ours / floor:.2f} |",
        )
    )
    diagnose = " | ".join(
        (
            where,
            f"{ours:.2f} s",
            f"{our_memory:.0f} MB",
            f"{why:.2f} s",
            f"{why_memory:.0f} MB",
            f"{why / ours:.2f} |",
        )
    )
    return Rows(status, diagnose)


def start_times(runs: int) -> str:
    """How long the shortest command takes, against a Python that does nothing."""
    env = dict(os.environ)
    nothing, _ = median([sys.executable, "-c", "pass"], env, runs)
    help_, _ = median(["kubectl-routes", "--help"], env, runs)
    explain, _ = median(["kubectl-routes", "explain", "RT103"], env, runs)
    return (
        f"`kubectl-routes --help`: {help_ * 1000:.0f} ms,"
        f" `kubectl-routes explain RT103`: {explain * 1000:.0f} ms,"
        f" `python -c pass`: {nothing * 1000:.0f} ms, ratio {help_ / nothing:.1f}"
    )


def small_cluster(runs: int) -> str:
    """What a person waits for: ``status`` of twelve nodes against ``kubectl get nodes``, by the
    clock and by processor time, each the median; the least of the runs too, which other work on the
    machine disturbs least.
    """
    commands = {"kubectl get nodes": ["kubectl", "get", "nodes"]}
    commands["kubectl-routes status"] = ["kubectl-routes", "status"]
    lines = ["| 12 nodes × 4 tables | clock | least | processor | least |", "|---|---|---|---|---|"]
    with SimulatedCluster("healthy", nodes=12, tables=TABLES) as cluster:
        env = cluster.environment(os.environ)
        for name, command in commands.items():
            measure(command, env)  # once, so that the files are in memory
            found = [measure(command, env) for _ in range(runs)]
            clock = [one.seconds * 1000 for one in found]
            processor = [one.processor * 1000 for one in found]
            figures = (f"{f(times):.0f} ms" for times in (clock, processor) for f in _MIDDLE_LEAST)
            lines.append(f"| `{name}` | {' | '.join(figures)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the first table row by row, then the second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, action="append", help="sizes; default: all")
    parser.add_argument("--runs", type=int, default=3, help="runs of each command")
    args = parser.parse_args()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    print(start_times(max(args.runs, 10)), end="\n\n")
    print(small_cluster(max(args.runs, 10)), end="\n\n", flush=True)
    heads = ("nodes × tables", "per VPC call", "kubectl", "memory", "status", "memory")
    print(f"| {' | '.join(heads)} | of kubectl | floor | of the floor |\n|{'---|' * 9}")
    found = []
    for nodes in args.nodes or SIZES:
        for latency_ms, page in CLOUDS:
            found.append(compare(nodes, latency_ms, page, args.runs))
            print(found[-1].status, flush=True)
    print("\n| nodes × tables | per VPC call | status | memory | diagnose | memory | ratio |")
    print("|---|---|---|---|---|---|---|")
    for rows in found:
        print(rows.diagnose)


if __name__ == "__main__":
    main()
