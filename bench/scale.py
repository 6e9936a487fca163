"""Measure reading where the VPC API is slow and throttles, and the analysis alone.

Writes a line and a table in Markdown to standard output, those of docs/performance.md:

    python -m bench.scale                                     15,000 nodes × 10 tables
    python -m bench.scale --nodes 300 --tables 2 --rate 100   a small one

The floor is the least that anybody could need: the longest chain of pages, each of which names the
next, and all calls at the rate that is allowed; the larger of both. What starting Python, reading
the nodes, judging and writing cost comes on top.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.measuring import measure
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import Exchange

PAGES = (500, 100)
COMMANDS = (["status"], ["status", "-o", "json"], ["diagnose"])
HEADS = (
    "command",
    "pages of",
    "calls needed",
    "longest chain",
    "all at the rate",
    "took",
    "of the floor",
    "calls refused",
    "most for one call",
    "memory",
    "processor, client",
    "processor, server",
)


def call_of(exchange: Exchange) -> tuple[str, ...]:
    """What distinguishes one call from another, whatever its signature and time."""
    names = ("Action", "RouteTableId", "NextToken", "PageNumber")
    return tuple(exchange.query.get(name, [""])[0] for name in names)


def longest_chain(answered: Iterable[tuple[str, ...]]) -> int:
    """How many calls must follow each other: the list of the tables, then the pages of the
    largest.
    """
    pages = Counter(table for action, table, *_ in answered if action == "DescribeRouteEntryList")
    return 1 + max(pages.values())


def row(cluster: SimulatedCluster, words: list[str], page: int) -> str:
    """One command, once."""
    cluster.vpc.reads.max_result = page
    cluster.vpc.server.forget()
    cost = measure(["kubectl-routes", *words], cluster.environment(os.environ))
    exchanges = cluster.vpc.server.requests
    answered = {call_of(one) for one in exchanges if one.status == 200}
    refused = Counter(call_of(one) for one in exchanges if one.status == 400)
    chain = longest_chain(answered) * cluster.vpc.latency_seconds
    # The first second's calls may come at once, the next a second later, and so on.
    rate = (len(answered) - 1) // (cluster.vpc.calls_per_second or len(answered)) * 1.0
    rate += cluster.vpc.latency_seconds
    fields = (
        f"`{' '.join(words)}`",
        str(page),
        str(len(answered)),
        f"{chain:.1f} s",
        f"{rate:.1f} s",
        f"{cost.seconds:.1f} s",
        f"{cost.seconds / max(chain, rate, 0.001):.2f}",
        str(sum(refused.values())),
        str(max(refused.values(), default=0)),
        f"{cost.memory:.0f} MB",
        f"{cost.processor:.1f} s",
        f"{cost.server:.1f} s",
    )
    return f"| {' | '.join(fields)} |"


def analysis(cluster: SimulatedCluster) -> str:
    """Processor time of the analysis, in a process that holds nothing but the snapshot."""
    limits = cluster.vpc.calls_per_second, cluster.vpc.latency_seconds
    cluster.vpc.calls_per_second, cluster.vpc.latency_seconds = None, 0.0
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "snapshot.json")
            taking = ["kubectl-routes", "snapshot", "-o", file]
            env = cluster.environment(os.environ)
            subprocess.run(taking, env=env, check=True, stderr=subprocess.DEVNULL)
            judging = [sys.executable, "-m", "bench.analysis", file]
            return subprocess.run(judging, stdout=subprocess.PIPE, text=True, check=True).stdout
    finally:
        cluster.vpc.calls_per_second, cluster.vpc.latency_seconds = limits


def main() -> None:
    """Print the table row by row, then what the analysis takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=15_000)
    parser.add_argument("--tables", type=int, default=10)
    parser.add_argument("--latency", type=float, default=100.0, help="milliseconds for a VPC call")
    parser.add_argument("--rate", type=int, default=20, help="VPC calls a second; 0: no limit")
    parser.add_argument("--page", type=int, choices=PAGES, action="append", help="default: both")
    parser.add_argument("--runs", type=int, default=1, help="runs of each command")
    args = parser.parse_args()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with SimulatedCluster("large", nodes=args.nodes, tables=args.tables) as cluster:
        print(analysis(cluster), flush=True)
        cluster.vpc.latency_seconds = args.latency / 1000
        cluster.vpc.calls_per_second = args.rate or None
        print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}", flush=True)
        for page in args.page or PAGES:
            for words in COMMANDS if page == max(PAGES) else COMMANDS[:1]:
                for _ in range(args.runs):
                    print(row(cluster, words, page), flush=True)


if __name__ == "__main__":
    main()
