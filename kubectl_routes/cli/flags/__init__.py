"""What each command is called with: one light module for each, so that help needs nothing else.

A module of this package declares one command: ``GROUP``, ``SUMMARY``, ``USAGE``, ``EXAMPLES`` and
``declare``, and where it needs them ``EPILOG`` and ``PASSES_ON``. What the command does is in the
module of the same name in ``kubectl_routes.cli.commands``.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import NamedTuple

from kubectl_routes.cli.parser import Parser, nearest_hint
from kubectl_routes.model.errors import UsageError

# In the order of the help.
GROUPS = ("routes", "changes", "tickets and trials", "others")


class Flags(NamedTuple):
    """How one command is called. ``usage`` is what follows its name, ``examples`` says for each
    command line what it does; in both, ``{prog}`` is the program. ``declare`` adds its own flags.
    ``passes_on``: it takes another program's command line after ``--``.
    """

    group: str
    summary: str
    usage: tuple[str, ...]
    examples: Mapping[str, str]
    declare: Callable[[Parser], None]
    epilog: str
    passes_on: bool
    outputs: Mapping[str, str]


def load(name: str) -> Flags:
    """The flags of the command of that name. Raises UsageError when there is none."""
    if name not in names():
        raise UsageError(
            f"unknown command {name!r}",
            nearest_hint(name, names(), "kubectl routes -h lists all commands"),
        )
    module = import_module(f"{__name__}.{name}")
    return Flags(
        module.GROUP,
        module.SUMMARY,
        module.USAGE,
        module.EXAMPLES,
        module.declare,
        getattr(module, "EPILOG", ""),
        getattr(module, "PASSES_ON", False),
        getattr(module, "OUTPUTS", {}),
    )


@cache
def names() -> tuple[str, ...]:
    """The names of all commands, which are those of the modules of this package."""
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


def grouped() -> dict[str, dict[str, str]]:
    """The summary of every command by name, by group."""
    found = {name: load(name) for name in names()}
    return {
        group: {name: flags.summary for name, flags in found.items() if flags.group == group}
        for group in GROUPS
    }
