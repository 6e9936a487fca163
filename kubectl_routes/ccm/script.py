"""CCM's flags in a text that is given to a shell: ``sh -c "exec /cloud-controller-manager --a=b"``.

A flag can be added at the end of such a text where it is one plain command. Redirections may stand
anywhere in one (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html). What
follows the text are the shell's own parameters, which CCM gets only where the text says ``"$@"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from posixpath import basename
from shlex import shlex, split

_SHELLS = frozenset(("sh", "ash", "bash", "dash", "ksh", "zsh"))
_TAKES_TEXT = re.compile(r"-[a-z]*c[a-z]*")
_TAKES_NEXT = re.compile(r"[-+][a-z]*o")
_PARAMETERS = ("$@", "$*")
_FLAGS_INSIDE = re.compile(r"\s--\w")
_PROGRAM = re.compile(r"(?:^|[\s/])cloud-controller-manager(?:\s|$)")
# Kubernetes replaces it before the shell sees the text.
_REFERENCE = re.compile(r"\$\([^)\s]*\)")
# A variable set for one command, which may be a credential: what is changed is kept for the undo.
_ASSIGNMENT = re.compile(r"(?:exec\s+)?(?:env\s+)?\w+=")
# A comment, or a here-document, would swallow what follows.
_NOT_RUN = re.compile(r"<<|(?:^|\s)#")
# A substitution may be anything.
_MORE_THAN_WORDS = re.compile(rf"\n|`|\$\(|{_NOT_RUN.pattern}")
_SPECIAL = frozenset("();<>|&")
# What the shell splits into words as it stands, and reads no further, when it replaces a variable.
_PLAIN_VALUE = re.compile(r"[\w\s./:,=@%+*-]*")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
# The value of a flag: no quotation, or one, without what only the shell could resolve.
_VALUE = r"(?:\"[^\"`\\]*\"|'[^']*'|(?:\$\(\w+\)|[^\s\"'`;|&<>()\\])*)"


def script_place(words: Sequence[str]) -> int | None:
    """Where in a container's command and args the text stands that a shell runs; None: nowhere.

    A text with flags in it is taken for one, whatever runs it.
    """
    place = _behind_shell(words)
    if place is not None:
        return place
    inside = [index for index, word in enumerate(words) if _FLAGS_INSIDE.search(word)]
    return inside[-1] if inside else None


def program_words(words: Sequence[str]) -> list[str]:
    """The words that the program gets: those of the text where there is one."""
    place = _behind_shell(words)
    if place is None:
        return [each for word in words for each in _words_of(word)]
    given = list(words[place + 2 :])  # the first is the shell's $0
    inside = _split(words[place])
    return [each for word in inside for each in (given if word in _PARAMETERS else (word,))]


def takes_flag(text: str) -> bool:
    """Whether a flag at the end of the text would be one of its only command, which is CCM."""
    plain = _joined(_REFERENCE.sub("X", text)).strip()
    if _MORE_THAN_WORDS.search(plain) or _ASSIGNMENT.match(plain):
        return False
    if not (_FLAGS_INSIDE.search(plain) or _PROGRAM.search(plain)):
        return False
    lexer = shlex(plain, posix=True, punctuation_chars=True)
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # a quotation that does not end
        return False
    operators = (word for word in words if _SPECIAL.issuperset(word))
    return all(word in (">", ">>", ">&", "&>") for word in operators)


def with_last_flag(text: str, name: str, value: str | None) -> str | None:
    """The text with the flag at its end, where it overrides any other of that name; None where it
    takes none, or where the flag must go.
    """
    return f"{text.rstrip()} --{name}={value}" if value and takes_flag(text) else None


def with_flag(text: str, name: str, value: str | None, *, valueless: bool) -> str | None:
    """The text with ``--name`` set to ``value``, or without it where that is None; None where that
    cannot be done safely. ``valueless``: the flag takes no separate value.
    """
    begin, end = (r"\s", r"[\s;|&)]") if value is None else (r"[\s\"']", r"[\s\"';|&)]")
    separate = "" if valueless else rf"|\s+(?![-\\;|&<>]){_VALUE}"
    flag = re.compile(rf"(?<={begin})--{name}(?:={_VALUE}{separate})?(?={end}|$)")
    places = flag.findall(text)
    if not places and f"--{name}" not in text:
        return with_last_flag(text, name, value)
    continued = not valueless and re.search(rf"--{name}\s*\\\n", text)
    if continued or _NOT_RUN.search(text):
        return None
    if len(places) != len(re.findall(rf"--{name}(?![\w-])", text)):
        return None
    return flag.sub("" if value is None else f"--{name}={value}", text)


def with_variables(text: str, values: Mapping[str, str]) -> str:
    """The text with those variables replaced as the shell does, as far as that is certain.

    Nothing is replaced where a quotation or an escape might keep it, and no variable that the text
    itself may set.
    """
    if "'" in text or "\\$" in text:
        return text

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        known = values.get(name)
        own = re.search(rf"(?<![$\w{{])\b{name}\b", text)
        certain = known is not None and not own and _PLAIN_VALUE.fullmatch(known)
        return known if known is not None and certain else found[0]

    return _VARIABLE.sub(value, text)


def variables(text: str) -> list[str]:
    """The names of the variables that the shell replaces in its text."""
    return [match[1] or match[2] for match in _VARIABLE.finditer(text)]


def _behind_shell(words: Sequence[str]) -> int | None:
    """Where the text of ``sh -c`` stands."""
    shells = (i for i, word in enumerate(words) if word[:1] != "-" and basename(word) in _SHELLS)
    options = iter(range(next(shells, len(words)) + 1, len(words)))
    for index in options:
        if _TAKES_TEXT.fullmatch(words[index]):
            return next(options, None)
        if _TAKES_NEXT.fullmatch(words[index]):
            next(options, None)
        elif not words[index].startswith(("-", "+")):
            return None  # the file of a script
    return None


def _words_of(word: str) -> Iterable[str]:
    return _split(word) if _FLAGS_INSIDE.search(word) else (word,)


def _split(text: str) -> list[str]:
    joined = _joined(text)
    try:
        return split(joined)
    except ValueError:  # a quotation that does not end
        return joined.split()


def _joined(text: str) -> str:
    """The text without its line breaks that are escaped."""
    return text.replace("\\\n", " ")
