"""``help``: the help of the program, or of a command."""

from __future__ import annotations

import argparse

from kubectl_routes.cli.manual import command_parser, top_parser
from kubectl_routes.cli.terminal import Terminal


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write the help and return 0. Raises UsageError for a command that is not known."""
    if args.topic is None:
        parser = top_parser(args.prog, terminal)
    else:
        parser = command_parser(args.topic, args.prog, terminal)
    terminal.write(parser.format_help())
    return 0
