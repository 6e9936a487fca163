"""What each command does, in the module of its name: ``run``.

This is the one lazy seam of the program: a module of this package imports all that its command
needs, and only that of the command that runs is imported.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

from kubectl_routes.cli.terminal import Terminal


def load(name: str) -> Callable[[argparse.Namespace, Terminal], int]:
    """The function that carries out the command of that name, one of ``flags.names()``. It returns
    the exit code, and raises RoutesError.
    """
    run: Callable[[argparse.Namespace, Terminal], int] = import_module(f"{__name__}.{name}").run
    return run
