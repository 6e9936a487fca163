"""Whether to colour, with which codes, and the marks that say the same without colour."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Setting(Enum):
    """The values of ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Paint(Enum):
    """The paints in use; each value is the parameter of an SGR sequence."""

    GOOD = "32"
    BAD = "31"
    WARN = "33"
    FAINT = "2"
    STRONG = "1"


class Mark(Enum):
    """What stands before a line that says how something is: its sign, what a stream of ASCII gets
    for it, and the paint of the line.
    """

    GOOD = ("✓", "+", Paint.GOOD)
    BAD = ("✗", "x", Paint.BAD)
    WARN = ("!", "!", Paint.WARN)
    UNKNOWN = ("?", "?", Paint.WARN)
    SKIPPED = ("-", "-", Paint.FAINT)
    NOTE = ("i", "i", Paint.FAINT)

    def __init__(self, sign: str, ascii_sign: str, paint: Paint) -> None:
        """What the values above stand for."""
        self.sign, self.ascii_sign, self.paint = sign, ascii_sign, paint


def use_colour(setting: Setting, env: Mapping[str, str], isatty: bool) -> bool:
    """Whether output to a stream is coloured.

    ``--color=always|never`` decides alone. Otherwise the presence of NO_COLOR (even empty) turns
    colour off, a FORCE_COLOR that is neither empty nor ``0`` turns it on, and without both a
    terminal is coloured unless TERM is ``dumb``.
    """
    if setting is not Setting.AUTO:
        return setting is Setting.ALWAYS
    if "NO_COLOR" in env:
        return False
    if env.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return isatty and env.get("TERM") != "dumb"


def painted(text: str, paint: Paint | None, on: bool) -> str:
    """``text`` in that paint, or as it is when colour is off or there is nothing to paint."""
    return f"\x1b[{paint.value}m{text}\x1b[0m" if on and text and paint is not None else text
