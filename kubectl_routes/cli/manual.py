"""The parsers of the program and of its commands, and what their help says."""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping

from kubectl_routes.cli import flags
from kubectl_routes.cli.options import add_shared, switch
from kubectl_routes.cli.parser import WIDEST, Parser
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.render.text import wrapped

_WHAT = "Check and fix the VPC routes of Kubernetes nodes on Alibaba Cloud."
_EXIT_CODES = {
    "  0": "healthy, or done",
    "  1": "not every route is ok (status --check), findings at or above --fail-on (diagnose),"
    " not routable (trace), differences (diff), or a dry run that shows changes",
    "  2": "usage",
    "  3": "failed, or required data could not be read",
    "  4": "applied, but not all routes were ready before the timeout",
    "  5": "failed and rolled back",
    "130": "interrupted",
}


class TopParser(Parser):
    """The parser of what is before the command's name: shared flags, which its help leaves out.

    The summaries of the commands, which stand in a module each, are read for the help only.
    """

    def __init__(self, prog: str, terminal: Terminal) -> None:
        super().__init__(prog, terminal.stdout, terminal.width)
        self._width = min(terminal.width, WIDEST)
        self.usage = "%(prog)s [flags] COMMAND [flags]"
        switch(self, "--version", "print the version and exit")
        self.add_argument("command", nargs="?", help=argparse.SUPPRESS)
        self.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
        add_shared(self, shown=False)

    def format_help(self) -> str:
        """The help, with all commands by group."""
        groups = flags.grouped()
        first = max(len(name) for summaries in groups.values() for name in summaries) + 4
        parts = (
            f"{group}:\n{two_columns(summaries, self._width, first)}"
            for group, summaries in groups.items()
        )
        self.description = "\n\n".join((_WHAT, *parts))
        self.epilog = (
            "exit codes, the same for every output format:\n"
            f"{two_columns(_EXIT_CODES, self._width)}\n\n"
            f"Use {self.prog} COMMAND -h for the flags and examples of a command.\n"
            f"{_shared_note(self.prog)}"
        )
        return super().format_help()

    def hint_elsewhere(self, flag: str) -> str:
        """After which command a flag belongs."""
        for name in flags.names():
            parser = Parser(name, io.StringIO(), WIDEST)
            flags.load(name).declare(parser)
            if flag in parser.by_name:
                return f"give it after the command: {name} {flag}"
        return ""


def command_parser(name: str, prog: str, terminal: Terminal) -> Parser:
    """The parser of what is after a command's name. Raises UsageError when there is none."""
    called = flags.load(name)
    examples = "".join(
        f"\n  # {does}\n  {line.format(prog=prog)}\n" for line, does in called.examples.items()
    )
    parser = Parser(
        f"{prog} {name}",
        terminal.stdout,
        terminal.width,
        f"{called.summary[0].upper()}{called.summary[1:]}.\n\nexamples:{examples.rstrip()}",
        "\n\n".join(filter(None, (called.epilog, _shared_note(prog)))),
    )
    parser.usage = "\n       ".join(f"%(prog)s {usage}".rstrip() for usage in called.usage)
    called.declare(parser)
    add_shared(parser, shown=False)
    return parser


def shared_flags(prog: str, terminal: Terminal) -> str:
    """The page of the flags that all commands share."""
    parser = Parser(
        prog,
        terminal.stdout,
        terminal.width,
        "All commands take these flags, before or after the command's name.",
        add_help=False,
    )
    parser.usage = "%(prog)s COMMAND [flags]"
    add_shared(parser)
    return parser.format_help()


def first_steps(prog: str, width: int) -> str:
    """What one does first, for who gives no command."""
    steps = {
        f"{prog} status": "show each node's route in each table",
        f"{prog} diagnose": "explain missing routes, and fix them",
        f"{prog} enable --tables auto": "make CCM manage all tables in use",
    }
    return (
        f"{_WHAT}\n\n{two_columns(steps, width)}\n\n"
        f"Without a cluster: {prog} simulate -- {prog} status\n"
        f"All commands: {prog} -h\n"
    )


def two_columns(rows: Mapping[str, str], width: int, first: int = 0) -> str:
    """Each key with its text beside it, within ``width`` columns; the texts begin at ``first``,
    or where the longest key ends.
    """
    first = first or max(map(len, rows)) + 4
    return "\n".join(
        wrapped(text, width, " " * first, f"  {key}".ljust(first)) for key, text in rows.items()
    )


def _shared_note(prog: str) -> str:
    return f"Use {prog} options for flags that all commands share."
