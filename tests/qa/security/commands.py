"""Every command line that there is: command by output format by verbosity."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kubectl_routes.cli import flags
from kubectl_routes.cli.parser import Parser
from kubectl_routes_simulator.cluster import SimulatedCluster

_ALL = "QA_ALL" in os.environ


def some(every: Iterable[str]) -> list[str]:
    """Every third of them; all of them in ``make faults``, which sets QA_ALL."""
    return list(every) if _ALL else list(every)[::3]


# "" leaves it out. The tool knows one threshold, 8; the others are those that kubectl knows.
VERBOSITIES = ("", "0", "2", "4", "6", "7", "8", "9", "10") if _ALL else ("", "8")
# How a command is called where its name alone does nothing; {…} is filled in for a cluster.
ARGUMENTS = {
    "status": ((), ("--problems",), ("--check", "{node}")),
    "tables": ((),),
    "diagnose": ((), ("{node}", "--min-severity", "info"), ("--list-checks",), ("--lang", "zh")),
    "explain": ((), ("--all",), ("RT103",)),
    "trace": (("{node}", "{address}"), ("{pod}", "{node}")),
    "enable": tuple(("--tables", "auto", "--dry-run", each) for each in ("client", "server")),
    "disable": tuple(("--dry-run", each) for each in ("client", "server")),
    "repair": (("--dry-run",), ("RT304", "RT305", "--dry-run")),
    "diff": (("docs/examples/before.json",),),
    "monitor": (("--once",), ("--once", "--textfile", "{file}")),
    "snapshot": (("-o", "-"), ("-o", "{file}")),
    "simulate": (("--list",),),
    "completion": (("bash",), ("zsh",), ("fish",)),
    "help": ((), ("enable",)),
}


def formats(command: str, way: Iterable[str]) -> tuple[str, ...]:
    """What -o takes, as the command itself declares it; empty where it takes none."""
    if "--list-checks" in way:
        # The reports of a diagnosis are no form for a list of what it can look for.
        return ("table", "json", "yaml")
    parser = Parser("", io.StringIO(), 80)
    flags.load(command).declare(parser)
    found: list[argparse.Action] = [one for one in parser.flags() if "-o" in one.option_strings]
    return tuple(map(str, found[0].choices)) if found and found[0].choices else ()


def lines(command: str, cluster: SimulatedCluster, folder: Path) -> Iterator[list[str]]:
    """The command lines of one command, without verbosity; each way with each format."""
    nodes = cluster.infra.nodes
    pod = next(
        f"{one['metadata']['namespace']}/{one['metadata']['name']}"
        for one in cluster.kube.store.list("Pod")
        if one["status"].get("podIP", "").startswith("172.20.")
    )
    words = {
        "node": nodes[0].name,
        "address": nodes[-1].ip,
        "pod": pod,
        "file": str(folder / "taken.json"),
    }
    for way in ARGUMENTS.get(command, ((),)):
        said = [command, *(word.format(**words) for word in way)]
        found = () if "-o" in said else formats(command, way)
        yield from ([*said, "-o", output] for output in found) if found else (said,)


# The words before the cursor, for the completion.
COMPLETED = (
    ["status", ""],
    ["status", "-o", ""],
    ["--context", ""],
    ["--user", ""],
    ["--cluster", ""],
    ["enable", "--tables", ""],
    ["explain", ""],
    ["trace", ""],
)
