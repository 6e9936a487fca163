"""Commands that are printed to be copied into a shell. This module alone makes them.

Names, ids and lists come from servers and from objects that others write. Each value becomes a part
of exactly one argument, whatever it holds, or the command is not printed.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from string import Formatter

_PIPE = "|"


def command(template: str, values: Mapping[str, str]) -> str | None:
    """The command that a template stands for, each of its words one argument of the shell.

    ``template`` is a shell command with ``{name}`` where a value belongs, ``{{`` for a brace; a
    word ``|`` joins two commands. A name without a value, or with an empty one, shows as
    ``<name>``. None: a value cannot be printed in its place, because it holds control characters,
    or begins with ``-`` and would be taken for a flag. ``--flag={name}`` and ``kind/{name}`` take
    such a value.
    """
    words = []
    for word in shlex.split(template):
        if word == _PIPE:
            words.append(word)
            continue
        shown = _argument(word, values)
        if shown is None:
            return None
        words.append(shown)
    return " ".join(words)


def commands(templates: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    """The commands that can be printed; none at all where one of a sequence cannot."""
    made = [command(template, values) for template in templates]
    return tuple(line for line in made if line is not None) if None not in made else ()


def quoted(text: str) -> str:
    """A value inside a sentence, inert where the sentence is pasted into a shell with a command:
    in single quotes, control characters spelt out.
    """
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
    return "'" + shown.replace("'", "'\"'\"'") + "'"


def _argument(word: str, values: Mapping[str, str]) -> str | None:
    """One word with its values in place, quoted where the shell needs it."""
    text = known = ""
    for literal, name, _, _ in Formatter().parse(word):
        text, known = text + literal, known + literal
        if name is None:
            continue
        value = values.get(name, "")
        if not value.isprintable() or (not text and value.startswith("-")):
            return None
        text, known = text + (value or f"<{name}>"), known + (value or "x")
    # A placeholder is there to be replaced: only what stands around it is quoted.
    return text if shlex.quote(known) == known else shlex.quote(text)
