"""Candidates for the shell, asked for by kubectl: fast, and never an error into the prompt."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, NoReturn, TextIO

from kubectl_routes.cli import flags
from kubectl_routes.cli.ending import end
from kubectl_routes.cli.interrupts import Interrupts
from kubectl_routes.cli.options import add_shared
from kubectl_routes.cli.parser import Parser

# The hidden subcommand that does this, as programs made with cobra have one.
COMMAND = "__complete"

# The last line of the output says what else the shell is to do (the directives of cobra).
FILES_TOO = 0
NO_SPACE = 2
NO_FILES = 4
# What stands for the name of a file.
_FILES = ("FILE", "OLD", "NEW")


class Candidates(NamedTuple):
    """What could stand in place of the last word; ``directive`` says whether files could too."""

    words: list[str]
    directive: int = NO_FILES


def entry() -> NoReturn:
    """The console script ``kubectl_complete-routes``: the words come as arguments."""
    silently(sys.argv[1:])


def silently(words: Sequence[str]) -> NoReturn:
    """Answer the shell, and end. What else would be written, by a credential plugin for example, is
    not: the prompt is no place for it, and there nothing can be asked.
    """
    with open(os.devnull, "r+", encoding="utf-8") as nowhere:
        for stream in (0, 2):
            os.dup2(nowhere.fileno(), stream)
        stdout = sys.stdout or nowhere
        with suppress(KeyboardInterrupt), Interrupts():
            answer(words, os.environ, stdout)
        end(0, stdout, nowhere)


def answer(words: Sequence[str], env: Mapping[str, str], stdout: TextIO) -> None:
    """Write the candidates for the last of the words, a line each, and the directive."""
    try:
        found, directive = complete(words, env)
    except (Exception, SystemExit):  # noqa: BLE001 - a broken kubeconfig must not spoil the prompt
        found, directive = Candidates([])
    # A name that no terminal may show cannot be completed: the shell would write it as it is.
    shown = (line for line in found if line.replace("\t", "").isprintable())
    stdout.write("".join(f"{line}\n" for line in (*shown, f":{directive}")))


def complete(words: Sequence[str], env: Mapping[str, str]) -> Candidates:
    """Candidates for the last of the words, which may be empty."""
    *before, current = words or [""]
    if "--" in before:
        return Candidates([], FILES_TOO)
    # The subcommand is the first word that is no flag and no flag's value.
    place = next(iter(_places(before, _parser(None).by_name)), None)
    command = before[place] if place is not None else None
    if command is not None and command not in flags.names():
        return Candidates([])
    parser = _parser(command)
    known = parser.by_name
    asked = known.get(before[-1]) if before else None
    if asked is not None and asked.nargs != 0:
        return _values(asked, current, before[:-1], env)
    name, equals, value = current.partition("=")
    if equals and name in known:
        # The shell completes what follows the equals sign.
        return _values(known[name], value, before, env)
    if current.startswith("-"):
        found = [name for name in known if name.startswith("--")]
    elif place is None:
        found = [f"{name}\t{flags.load(name).summary}" for name in flags.names()]
    else:
        after = before[place + 1 :]
        given = [after[n] for n in _places(after, known)]
        argument = _argument(parser, len(given))
        if argument is None:
            return Candidates([])
        return _values(argument, current, before, env, given)
    return Candidates(sorted(word for word in found if word.startswith(current)))


def _places(words: Sequence[str], known: Mapping[str, argparse.Action]) -> list[int]:
    """Where the words are that are neither flags nor their values."""
    found = []
    value = False
    for place, word in enumerate(words):
        if value:
            value = False
        elif word.startswith("-"):
            flag = known.get(word)
            value = flag is not None and flag.nargs != 0
        else:
            found.append(place)
    return found


def _parser(command: str | None) -> Parser:
    """What can be said: the shared flags, and all of the subcommand's."""
    parser = Parser("kubectl routes", io.StringIO(), 80)
    if command is not None:
        flags.load(command).declare(parser)
    add_shared(parser)
    return parser


def _argument(parser: Parser, given: int) -> argparse.Action | None:
    """The argument that comes when so many were given; one that can be repeated is the last."""
    arguments = parser.arguments()
    if given < len(arguments):
        return arguments[given]
    last = arguments[-1] if arguments else None
    return last if last is not None and last.nargs == "*" else None


def _values(
    asked: argparse.Action,
    current: str,
    before: Sequence[str],
    env: Mapping[str, str],
    given: Sequence[str] = (),
) -> Candidates:
    """The values of a flag or an argument, as its choices or its metavar tell what they are."""
    from kubectl_routes.cli import names  # noqa: PLC0415 - what it needs to ask a server loads slowly

    what = str(asked.metavar)
    if asked.choices is not None:
        found = [str(choice) for choice in asked.choices]
    elif what in _FILES:
        return Candidates([], FILES_TOO)
    else:
        kind = asked.option_strings[0] if asked.option_strings else what
        found = names.known(kind, what, before, env)
    # Of a list only the item behind the last comma is completed.
    several = "," in what
    start = current.rpartition(",")[0] + "," if several and "," in current else ""
    said = {*given, *start.split(",")}
    words = [start + word for word in found if word.split("\t")[0] not in said]
    return Candidates(
        [word for word in words if word.startswith(current)],
        NO_FILES | NO_SPACE if several else NO_FILES,
    )
