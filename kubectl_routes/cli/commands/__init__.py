"""The subcommands, each in a module of its name: what they do in a line, and how one is found."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
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
    """The subcommand of that name, which its own module holds: ``declare`` and ``run``, and
    ``PASSES_ON`` where it takes another command line. Only that module is imported, so that help
    comes at once. Raises UsageError when there is none.
    """
    if name not in SUMMARIES:
        raise UsageError(f"there is no subcommand {name!r}", f"there are: {', '.join(SUMMARIES)}")
    module = import_module(f"{__name__}.{name}")
    return Command(module.declare, module.run, getattr(module, "PASSES_ON", False))
