"""Candidates for the shell, asked for by kubectl; offline, and never an error into the prompt."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from kubectl_routes.cli.commands import SUMMARIES
from kubectl_routes.cli.commands import load
from kubectl_routes.cli.options import add_shared
from kubectl_routes.cli.parser import Parser

# The last line of the output tells the shell what to do besides (the directives of cobra).
FILES_TOO = 0
NO_FILES = 4

# Flags whose values are names in a kubeconfig, and the list they stand in there.
_NAMED = {"--context": "contexts", "--cluster": "clusters", "--user": "users"}


class Candidates(NamedTuple):
    """What could stand in place of the last word; ``directive`` says whether files could too."""

    words: list[str]
    directive: int = NO_FILES


def entry() -> None:
    """The console script ``kubectl_complete-routes``: the words come as arguments."""
    try:
        words, directive = complete(sys.argv[1:], os.environ)
    except Exception:  # noqa: BLE001 - a broken kubeconfig must not spoil the prompt
        words, directive = Candidates([])
    print("\n".join([*words, f":{directive}"]))


def complete(words: Sequence[str], env: Mapping[str, str]) -> Candidates:
    """Candidates for the last of the words, which may be empty."""
    *before, current = words or [""]
    if "--" in before:
        return Candidates([], FILES_TOO)
    command = _command(before)
    if command is not None and command not in SUMMARIES:
        return Candidates([])
    flags = {name: flag for flag in _flags(command) for name in flag.option_strings}
    asked = flags.get(before[-1]) if before else None
    if asked is not None and asked.nargs != 0:
        return _values(asked, _kubeconfigs(before, env), current)
    if current.startswith("-"):
        found = [name for name in flags if name.startswith("--")]
    elif command is None:
        found = [f"{name}\t{summary}" for name, summary in SUMMARIES.items()]
    elif command == "explain":
        found = _codes()
    else:
        found = []
    return Candidates(sorted(word for word in found if word.startswith(current)))


def _command(before: Sequence[str]) -> str | None:
    """The subcommand's name among the words: the first that is no flag and no flag's value."""
    shared = {name: flag for flag in _flags(None) for name in flag.option_strings}
    value = False
    for word in before:
        if value:
            value = False
        elif word.startswith("-"):
            flag = shared.get(word)
            value = flag is not None and flag.nargs != 0
        else:
            return word
    return None


def _flags(command: str | None) -> Sequence[argparse.Action]:
    """The flags that can be said: the shared ones, and those of the subcommand."""
    parser = Parser("kubectl routes", io.StringIO(), 80)
    add_shared(parser)
    if command is not None:
        load(command).declare(parser)
    return parser.flags()


def _values(flag: argparse.Action, kubeconfigs: Sequence[str], current: str) -> Candidates:
    if flag.choices is not None:
        found = [str(choice) for choice in flag.choices]
    elif flag.metavar == "CODE,CODE":
        found = _codes()
    elif flag.option_strings[0] in _NAMED:
        found = _names(kubeconfigs, _NAMED[flag.option_strings[0]])
    else:
        return Candidates([], FILES_TOO if flag.metavar == "FILE" else NO_FILES)
    return Candidates([word for word in found if word.startswith(current)])


def _codes() -> list[str]:
    """The finding codes, each with what it is about."""
    from kubectl_routes.analyze.catalogue.prose import prose_of  # noqa: PLC0415
    from kubectl_routes.model.finding import Language  # noqa: PLC0415

    prose = prose_of(Language.ENGLISH)
    return sorted(f"{code}\t{one.title}" for code, one in prose.items())


def _kubeconfigs(before: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """The files that name contexts: that of --kubeconfig, else those that kubectl would read."""
    for flag, value in pairwise(before):
        if flag == "--kubeconfig":
            return [value]
    home = os.path.join(env.get("HOME", ""), ".kube", "config")
    return (env.get("KUBECONFIG") or home).split(os.pathsep)


def _names(kubeconfigs: Sequence[str], part: str) -> list[str]:
    import yaml  # noqa: PLC0415

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    names: list[str] = []
    for path in kubeconfigs:
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                document = yaml.load(file, loader)  # noqa: S506 - both loaders are safe ones
            names.extend(item["name"] for item in document.get(part) or ())
    return sorted(set(names))
