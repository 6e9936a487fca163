"""``help``: the help of the program, or of a command."""

from __future__ import annotations

import argparse

from kubectl_routes.cli.manual import TopParser, command_parser
from kubectl_routes.cli.terminal import Terminal


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write the help and return 0. Raises UsageError for a command that is not known."""
    parser = (
        TopParser(args.prog, terminal)
        if args.topic is None
        else command_parser(args.topic, args.prog, terminal)
    )
    terminal.write(parser.format_help())
    return 0
