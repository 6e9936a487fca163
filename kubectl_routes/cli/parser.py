"""argparse, with our streams and our errors."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn, TextIO

from kubectl_routes.model.errors import UsageError

# Help in longer lines is hard to read, in columns.
WIDEST = 100


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError, writes its help to ``stdout`` and takes no abbreviations.

    ``width`` is in columns. After the help argparse ends with SystemExit, as always.
    """

    def __init__(
        self, prog: str, stdout: TextIO, width: int, description: str = "", epilog: str = ""
    ) -> None:
        def formatter(prog: str) -> argparse.HelpFormatter:
            return argparse.RawDescriptionHelpFormatter(
                prog, max_help_position=30, width=min(width, WIDEST)
            )

        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=formatter,
            allow_abbrev=False,
        )
        self._stdout = stdout

    def print_help(self, file: TextIO | None = None) -> None:  # type: ignore[override]
        """Write the help to our stdout."""
        (file or self._stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing usage and leaving."""
        raise UsageError(message, f"{self.prog} -h shows what can be said")

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        # Until Python 3.13 argparse takes "--" out of "--context=--", and nothing is left.
        if action.option_strings and arg_strings == ["--"]:
            raise argparse.ArgumentError(action, "-- is no value")
        return super()._get_values(action, arg_strings)

    def flags(self) -> Sequence[argparse.Action]:
        """Every flag that was declared, ``-h`` too. argparse has no public way to ask."""
        return [action for action in self._actions if action.option_strings]

    def arguments(self) -> Sequence[argparse.Action]:
        """Every argument that is no flag, in order."""
        return [action for action in self._actions if not action.option_strings]
