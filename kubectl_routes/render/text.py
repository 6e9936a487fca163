"""Text as a terminal may show it: no control characters, measured in columns, wrapped at words."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COLOUR = re.compile(r"\x1b\[[0-9]*m")


def plain(text: str) -> str:
    r"""``text`` with every character that a terminal could obey spelt out (``\x1b``, ``\n``).

    Names, events and cloud strings are written by others; control and formatting characters in
    them could move the cursor, hide text or turn its direction.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def quoted(text: str) -> str:
    """``plain(text)``, in quotes where spaces at its ends, or its emptiness, would not be seen."""
    shown = plain(text)
    return f'"{shown}"' if shown != shown.strip() or not shown else shown


def columns(text: str) -> int:
    """How many terminal columns ``text`` takes: wide characters two, colour codes none."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    if text.isascii():
        return len(text)
    import wcwidth  # noqa: PLC0415 - read only where it is needed, its tables take a while

    return max(0, wcwidth.wcswidth(text))


def padded(text: str, width: int) -> str:
    """``text`` and spaces up to ``width`` columns, one space at least behind it."""
    return text + " " * max(width - columns(text), 1)


# Wide characters may be broken between; what closes stays with what is before it, what opens with
# what follows. A list of tables in quotes stays whole: a space in it is what it is shown for.
# Everything else is broken at spaces only.
_WIDE = "\u2e80-\u303f\u3040-\uffef"
_CLOSING = "\u3001\u3002\u300b\u300d\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u201d"
_OPENING = "\u300a\u300c\uff08\u201c"
_LIST = r"""(?:'[ ,]*vtb-[^']*'|"[ ,]*vtb-[^"]*")"""
_PIECE = (
    rf" *{_LIST}[{_CLOSING}]*"
    rf"| *[{_OPENING}]*(?:[{_WIDE}]|[^ {_WIDE}{_OPENING}{_CLOSING}]+)[{_CLOSING}]*| *[^ ]| +"
)
# The same where none of them is: compiling the one above takes 3 ms, the tenth of a short command.
_NARROW_PIECE = rf" *{_LIST}| *[^ ]+| +"


def wrapped(text: str, width: int, indent: str, start: str = "") -> str:
    """``start`` and ``text``, broken so that lines stay within ``width``: at spaces, and between
    wide characters, since Chinese has no spaces.

    Later lines are indented. A word that is longer than a line stands on its own line, whole:
    ids are there to be copied.
    """
    lines = [start]
    wide = any(char >= "\u2e80" or char in "\u201c\u201d" for char in text)
    for piece in re.findall(_PIECE if wide else _NARROW_PIECE, text):
        longer = lines[-1] + (piece if lines[-1] not in (start, indent) else piece.lstrip(" "))
        if columns(longer) <= width or lines[-1] in (start, indent):
            lines[-1] = longer
        else:
            lines.append(indent + piece.lstrip(" "))
    return "\n".join(lines)


def clipped(text: str, most: int, ellipsis: str) -> str:
    """``text``, or as much of its start as fits into ``most`` columns with ``ellipsis`` behind."""
    if columns(text) <= most:
        return text
    while text and columns(text + ellipsis) > most:
        text = text[:-1]
    return text + ellipsis


def names(kind: str, objects: Iterable[str]) -> str:
    """``-o name``: ``kind/name`` lines, as kubectl writes and reads them; nothing for none."""
    return "".join(f"{kind}/{plain(name)}\n" for name in objects)
