"""The page that text is laid out on."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.model.matrix import State
from kubectl_routes.render.colour import Paint


class Page(Struct, frozen=True):
    """How text output is laid out.

    ``width`` is in terminal columns. ``unicode`` is False for a stream whose encoding has no
    check marks and arrows. ``wide`` shows every column and full ids, whatever the width;
    ``collapse`` counts equal rows instead of showing each. ``taken`` is when the snapshot file that
    is replayed was written (RFC 3339); empty for what was read just now.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True
    wide: bool = False
    headers: bool = True
    collapse: bool = False
    taken: str = ""

    @property
    def arrow(self) -> str:
        """What stands between a thing and what becomes of it."""
        return "→" if self.unicode else "->"

    @property
    def ellipsis(self) -> str:
        """What stands for the part of an id that is left out."""
        return "…" if self.unicode else ".."

    def symbol(self, state: State) -> str:
        """The sign of a state: it can be read without colour, and from a stream of ASCII too."""
        return (_SYMBOLS if self.unicode else _ASCII)[state]


PAINTS = {
    State.OK: Paint.GOOD,
    State.PENDING: Paint.WARN,
    State.MISSING: Paint.BAD,
    State.CONFLICT: Paint.BAD,
    State.SHADOWED: Paint.BAD,
    State.SKIPPED: Paint.FAINT,
    State.UNKNOWN: Paint.WARN,
}
_SYMBOLS = {
    State.OK: "✓",
    State.PENDING: "!",
    State.MISSING: "✗",
    State.CONFLICT: "✗",
    State.SHADOWED: "✗",
    State.SKIPPED: "-",
    State.UNKNOWN: "?",
}
_ASCII = {**_SYMBOLS, State.OK: "+", **dict.fromkeys((State.MISSING, State.CONFLICT), "x")}
_ASCII[State.SHADOWED] = "x"
