"""Measure ``kubectl routes status -w`` and ``monitor``: memory over an hour's readings, or a day's,
and the load on the APIs.

    python -m bench.watch                                       both
    python -m bench.watch --monitor                             both, of the monitor
    python -m bench.watch hour --readings 100                   some readings of a changing cluster
    python -m bench.watch load --nodes 100 --tables 2 --rate 0  requests a minute

An hour of a watch has 1,200 readings at the usual interval, a day of the monitor 1,440. They are
made by the real program in a process of its own, which is only told to rest 0.02 s; between two of
them something happens in the cluster: nodes join, leave or fail, entries are deleted, taken by
something else and repaired by CCM, CCM's list is edited and CCM restarted. Of the monitor the
metrics are asked for after each reading.

The load is measured on the program as it is, from the second reading on, over whole cycles of
reading and rest.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.kube_store import Object

HURRIED = """
import sys
from kubectl_routes.cli import main, watching
watching.INTERVAL, watching.REST = 0.02, 0.0
sys.argv = ["kubectl-routes", "status", "-w"]
main.entry()
"""
HURRIED_MONITOR = """
import sys
from kubectl_routes.cli import main
from kubectl_routes.cli.commands import monitor
monitor.pause = lambda interval, took: 0.02
sys.argv = ["kubectl-routes", "monitor", "--listen", sys.argv[1]]
main.entry()
"""
# Nodes that the simulated cluster's range has room for, in addition to the first hundred.
JOINS = 140
WATCH = ["kubectl-routes", "status", "-w"]
MONITOR = ["kubectl-routes", "monitor", "--listen", "127.0.0.1:0"]
READING = "DescribeVpcAttribute"
MOMENT = 1.0


class Sample(NamedTuple):
    """The watching process at one reading: resident memory in MB, open files, threads."""

    memory: float
    files: int
    threads: int


def sample(pid: int) -> Sample:
    """What the kernel says of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    files = len(os.listdir(f"/proc/{pid}/fd"))
    return Sample(int(status["VmRSS"].split()[0]) / 1024, files, int(status["Threads"]))


class Unrest:
    """Something happens to a simulated cluster, at random, from a seed."""

    def __init__(self, cluster: SimulatedCluster, seed: int) -> None:
        self._cluster = cluster
        self._chance = random.Random(seed)
        self._joined = 0
        self._left = JOINS
        self._listed = True

    def step(self) -> None:
        """One change."""
        steps: tuple[Callable[[], object], ...] = (
            self._join,
            self._leave,
            self._delete,
            self._delete,
            self._occupy,
            self._fail,
            self._cluster.reconcile,
            self._cluster.reconcile,
            self._edit,
        )
        self._chance.choice(steps)()

    def _join(self) -> None:
        if self._left:
            self._left -= 1
            self._joined += 1
            self._cluster.node_joins()

    def _leave(self) -> None:
        if self._joined:
            self._joined -= 1
            self._cluster.node_leaves()

    def _cell(self) -> tuple[str, str]:
        """A table and the podCIDR of a node."""
        infra = self._cluster.infra
        table = self._chance.choice(infra.vpc.tables_of(infra.vpc_id))
        return table.record.id, self._chance.choice(infra.nodes).pod_cidr

    def _delete(self) -> None:
        store = self._cluster.infra.vpc
        table_id, cidr = self._cell()
        with store.lock:
            table = store.table(table_id)
            entry = table.at_cidr(cidr)
            if entry is not None:
                table.remove(entry)

    def _occupy(self) -> None:
        store = self._cluster.infra.vpc
        with store.lock:
            self._cluster.infra.occupy(*self._cell(), "ngw-bench", "NatGateway")

    def _fail(self) -> None:
        def turn(node: Object) -> None:
            for condition in node["status"]["conditions"]:
                if condition["type"] == "Ready":
                    condition["status"] = self._chance.choice(("True", "False", "Unknown"))

        node = self._chance.choice(self._cluster.infra.nodes)
        self._cluster.kube.store.replace("Node", "", node.name, turn)

    def _edit(self) -> None:
        """A space after a comma in CCM's list, or none."""
        old, new = (",vtb", ", vtb") if self._listed else (", vtb", ",vtb")
        self._listed = not self._listed

        def turn(config: Object) -> None:
            data = config["data"]
            data["cloud-config.conf"] = data["cloud-config.conf"].replace(old, new)

        self._cluster.edit_config_map(turn)
        self._cluster.restart_ccm()


@contextmanager
def watching(cluster: SimulatedCluster, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that watches, until the end of the block."""
    process = subprocess.Popen(
        command, env=cluster.environment(os.environ), stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def begun(cluster: SimulatedCluster, process: subprocess.Popen[bytes], readings: int) -> None:
    """Wait until so many readings have begun since the server's log was emptied."""
    while cluster.vpc.actions_called().count(READING) < readings:
        if process.poll() is not None:
            raise SystemExit(f"the watch ended with {process.returncode}")
        time.sleep(0.02)


def hour(readings: int, seed: int) -> str:
    """Memory, open files and threads of a watch over so many readings of a changing cluster."""
    return sampled([sys.executable, "-c", HURRIED], readings, seed, lambda: None)


def day(readings: int, seed: int) -> str:
    """The same of the monitor, whose metrics are asked for after each reading."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"

    def scrape() -> None:
        with urlopen(f"http://{address}/metrics", timeout=10) as answer:
            answer.read()

    return sampled([sys.executable, "-c", HURRIED_MONITOR, address], readings, seed, scrape)


def sampled(command: list[str], readings: int, seed: int, scrape: Callable[[], None]) -> str:
    """A process over so many readings of a changing cluster; ``scrape`` is called after each."""
    samples = []
    with SimulatedCluster("large", nodes=100, tables=2) as cluster:
        unrest = Unrest(cluster, seed)
        with watching(cluster, command) as process:
            for _ in range(readings):
                cluster.vpc.server.forget()
                cluster.kube.server.forget()
                unrest.step()
                begun(cluster, process, 1)
                scrape()
                samples.append(sample(process.pid))
    quarter = max(1, readings // 4)
    lines = [f"{readings:,} readings, seed {seed}:"]
    for name in Sample._fields:
        values = [getattr(one, name) for one in samples]
        means = [
            f"{statistics.mean(values[start : start + quarter]):.1f}"
            for start in range(0, 4 * quarter, quarter)
            if values[start : start + quarter]
        ]
        lines.append(f"- {name}: {', '.join(means)} in each quarter, most {max(values):.1f}")
    return "\n".join(lines)


def load(nodes: int, tables: int, rate: int, cycles: int, command: list[str]) -> str:
    """Requests a minute by kind, over whole cycles of a command that reads again and again."""
    with SimulatedCluster("large", nodes=nodes, tables=tables) as cluster:
        cluster.vpc.reads.max_result = 500
        cluster.vpc.latency_seconds = 0.1
        cluster.vpc.calls_per_second = rate or None
        with watching(cluster, command) as process:
            # The first reading is longer by all that Python has to load. Counting begins and ends a
            # moment after a reading has begun, so that both ends are alike.
            begun(cluster, process, 2)
            time.sleep(MOMENT)
            cluster.kube.server.forget()
            cluster.vpc.server.forget()
            started = time.perf_counter()
            begun(cluster, process, cycles)
            time.sleep(MOMENT)
            minutes = (time.perf_counter() - started) / 60
            calls = Counter(
                (one.query["Action"][0], "refused" if one.status == 400 else "")
                for one in cluster.vpc.server.requests
            )
            requests = Counter(one.path for one in cluster.kube.server.requests)
            memory = sample(process.pid).memory
    lines = [
        f"{nodes:,} × {tables}, {rate or 'any number of'} calls a second: a reading every "
        f"{minutes * 60 / cycles:.1f} s, {memory:.0f} MB"
    ]
    rows = [*calls.items(), *((("GET", path), n) for path, n in requests.items())]
    lines += [f"- {' '.join(name).strip()}: {n / minutes:.1f} a minute" for name, n in rows]
    return "\n".join(lines)


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("hour", "load", "both"), nargs="?", default="both")
    parser.add_argument("--monitor", action="store_true", help="of the monitor, and its day")
    parser.add_argument("--readings", type=int, help="default: 1,200; of the monitor 1,440")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=15_000)
    parser.add_argument("--tables", type=int, default=10)
    parser.add_argument("--rate", type=int, default=20, help="VPC calls a second; 0: no limit")
    parser.add_argument("--cycles", type=int, default=2)
    args = parser.parse_args()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command, cycles = (MONITOR, args.cycles) if args.monitor else (WATCH, 10)
    if args.what != "load":
        measure = day if args.monitor else hour
        print(measure(args.readings or (1_440 if args.monitor else 1_200), args.seed), flush=True)
    if args.what == "both":
        print(load(100, 2, 0, cycles, command), flush=True)
    if args.what != "hour":
        print(load(args.nodes, args.tables, args.rate, args.cycles, command), flush=True)


if __name__ == "__main__":
    main()
