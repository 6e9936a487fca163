"""``options``: the flags that all commands share."""

from __future__ import annotations

import argparse

from kubectl_routes.cli.manual import shared_flags
from kubectl_routes.cli.terminal import Terminal


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write the page and return 0."""
    terminal.write(shared_flags(args.prog, terminal))
    return 0
