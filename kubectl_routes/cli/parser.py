"""argparse, with our streams and our errors."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn, TextIO

from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message

# Help in longer lines is hard to read, in columns.
WIDEST = 100


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError, writes its help to ``stdout`` and takes no abbreviations.

    ``width`` is in columns. After the help argparse ends with SystemExit, as always.
    """

    def __init__(
        self,
        prog: str,
        stdout: TextIO,
        width: int,
        description: str = "",
        epilog: str = "",
        *,
        add_help: bool = True,
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
            add_help=add_help,
        )
        self._stdout = stdout
        # The words of kubectl's help; argparse has no public way to say them.
        self._positionals.title, self._optionals.title = "arguments", "flags"

    def print_help(self, file: TextIO | None = None) -> None:  # type: ignore[override]
        """Write the help to our stdout."""
        (file or self._stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing usage and leaving."""
        raise UsageError(message.removeprefix("argument "), self._see)

    def parse(
        self, words: Sequence[str], args: argparse.Namespace, *, intermixed: bool = True
    ) -> None:
        """Parse all of the words into ``args``; ``intermixed``: flags may follow arguments. Raises
        UsageError, which names the flag that was meant by one that is not known.
        """
        parse = self.parse_known_intermixed_args if intermixed else self.parse_known_args
        _, unknown = parse(words, args)
        if not unknown:
            return
        word = unknown[0].partition("=")[0]
        if not word.startswith("-"):
            raise UsageError(
                message("unexpected argument {unknown}", unknown=repr(unknown[0])), self._see
            )
        long = [name for name in self.by_name if name.startswith("--")]
        hint = self.hint_elsewhere(word) or nearest_hint(word, long, self._see)
        raise UsageError(message("unknown flag {word}", word=word), hint)

    def hint_elsewhere(self, _flag: str) -> str:
        """What to do about a flag that this parser does not know, and another one does."""
        return ""

    @property
    def _see(self) -> str:
        return message("see {prog} -h", prog=self.prog)

    def _check_value(self, action: argparse.Action, value: object) -> None:
        # argparse quotes every choice, in words that differ from release to release of Python.
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        name = "/".join(action.option_strings) or str(action.metavar or action.dest)
        raise UsageError(
            message(
                "{name}: {value} is not one of {choices}",
                name=name,
                value=repr(str(value)),
                choices=", ".join(choices),
            ),
            nearest_hint(str(value), choices, self._see),
        )

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        # Until Python 3.13 argparse takes "--" out of "--context=--", and nothing is left.
        if action.option_strings and arg_strings == ["--"]:
            raise argparse.ArgumentError(action, "-- is no value")
        return super()._get_values(action, arg_strings)

    @property
    def by_name(self) -> Mapping[str, argparse.Action]:
        """Every flag by each of its names, ``-h`` too. argparse has no public way to ask."""
        return self._option_string_actions

    def flags(self) -> Sequence[argparse.Action]:
        """Every flag that was declared, ``-h`` too."""
        return [action for action in self._actions if action.option_strings]

    def arguments(self) -> Sequence[argparse.Action]:
        """Every argument that is no flag, in order."""
        return [action for action in self._actions if not action.option_strings]


def nearest_hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """``Did you mean …?`` where a known word is like this one, else ``otherwise``."""
    from difflib import get_close_matches  # noqa: PLC0415 - a wrong word is rare, and it is slow

    by_letters = {each.lstrip("-").lower(): each for each in known}
    found = get_close_matches(word.lstrip("-").lower(), by_letters, n=1)
    return message("Did you mean '{word}'?", word=by_letters[found[0]]) if found else otherwise
