"""The subcommands: their names, what they do in a line, and where they are."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import UsageError

SUMMARIES = {
    "status": "which node has its route in which table, intended against actual",
    "tables": "the VPC's route tables, their use, and which of them CCM writes to",
    "diagnose": "why a route is missing, the proof, and what exactly mends it",
    "explain": "what a finding code means, why it matters, what mends it; offline",
    "trace": "does a packet get from a pod, node or address to another, and back?",
    "enable": "let CCM write routes into the given tables, and prove that they arrive",
    "disable": "take back what enable has changed",
    "snapshot": "write all that was read to one file, secrets removed, for a ticket",
    "simulate": "start a simulated cluster on this machine, or run a command on it",
    "completion": "what the shell needs to complete our words",
    "version": "the version of this plugin and of the libraries it uses",
}


class Command(NamedTuple):
    """One subcommand: ``declare`` adds its own flags, ``run`` does it and gives the exit code.

    ``passes_on``: it takes another program's command line after ``--``.
    """

    declare: Callable[[Parser], None]
    run: Callable[[argparse.Namespace, Terminal], int]
    passes_on: bool = False


def load(name: str) -> Command:
    """The subcommand of that name; only its own module is imported, so that help comes at once.

    Raises UsageError when there is none.
    """
    # ruff: noqa: PLC0415
    if name == "status":
        from kubectl_routes.cli import status

        return Command(status.declare, status.run)
    if name == "tables":
        from kubectl_routes.cli import tables

        return Command(tables.declare, tables.run)
    if name == "trace":
        from kubectl_routes.cli import trace

        return Command(trace.declare, trace.run)
    if name == "enable":
        from kubectl_routes.cli import enable

        return Command(enable.declare, enable.run)
    if name == "disable":
        from kubectl_routes.cli import disable

        return Command(disable.declare, disable.run)
    if name == "diagnose":
        from kubectl_routes.cli import diagnose

        return Command(diagnose.declare, diagnose.run)
    if name == "explain":
        from kubectl_routes.cli import explain

        return Command(explain.declare, explain.run)
    if name == "snapshot":
        from kubectl_routes.cli import snapshot

        return Command(snapshot.declare, snapshot.run)
    if name == "simulate":
        from kubectl_routes.cli import simulate

        return Command(simulate.declare, simulate.run, passes_on=True)
    if name == "completion":
        from kubectl_routes.cli import completion

        return Command(completion.declare, completion.run)
    if name == "version":
        from kubectl_routes.cli import version

        return Command(version.declare, version.run)
    raise UsageError(f"there is no subcommand {name!r}", f"there are: {', '.join(SUMMARIES)}")
