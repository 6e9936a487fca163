"""The page that text is laid out on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_routes.catalog.translation import said
from kubectl_routes.model.matrix import NextAction, State
from kubectl_routes.model.message import Language, joined, message
from kubectl_routes.render.colour import Paint
from kubectl_routes.render.text import plain


class Page(Struct, frozen=True):
    """How text output is laid out.

    ``width`` is in terminal columns. ``unicode`` is False for a stream whose encoding has no
    check marks and arrows. ``wide`` shows every column and full ids, whatever the width;
    ``collapse`` counts equal rows instead of showing each. ``taken`` is when the snapshot file that
    is replayed was written (RFC 3339); empty for what was read just now.
    ``language`` is that of the page's own sentences.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True
    wide: bool = False
    headers: bool = True
    collapse: bool = False
    taken: str = ""
    language: Language = Language.ENGLISH

    @property
    def arrow(self) -> str:
        """What stands between a thing and what becomes of it."""
        return "→" if self.unicode else "->"

    @property
    def ellipsis(self) -> str:
        """What stands for the part of an id that is left out."""
        return "…" if self.unicode else ".."

    def say(self, template: str, **values: str | int) -> str:
        """A sentence in the language of the page, from its English template."""
        return said(message(template, **values), self.language)

    def join(self, separator: str, parts: Iterable[str]) -> str:
        """Parts of a sentence; the separator as the language writes it."""
        return said(joined(separator, parts), self.language)

    def names(self, names: Iterable[str]) -> str:
        """``a, b, c``; Chinese has a mark of its own between names."""
        separator = "、" if self.language is Language.CHINESE else ", "
        return separator.join(plain(name) for name in names)

    def listed(self, names: Sequence[str], most: int) -> str:
        """``a, b, c and 35 more``: at most ``most`` of the names, and how many more there are."""
        shown = self.names(names[:most])
        more = len(names) - most
        return self.say("{names} and {count} more", names=shown, count=more) if more > 0 else shown

    def state(self, state: State) -> str:
        """The name of a state: in English that of the documents."""
        return _STATES[state] if self.language is Language.CHINESE else state.value

    def tally(self, number: int, state: State) -> str:
        """``2 missing``: how many routes have a state; Chinese counts them with a measure word."""
        measure = " 条" if self.language is Language.CHINESE else " "
        return f"{number:,}{measure}{self.state(state)}"

    def action(self, action: NextAction) -> str:
        """What CCM will do, in a word: in English that of the documents."""
        return _ACTIONS[action] if self.language is Language.CHINESE else action.value

    def symbol(self, state: State) -> str:
        """The sign of a state: it can be read without colour, and from a stream of ASCII too."""
        return (_SYMBOLS if self.unicode else _ASCII)[state]


_STATES = {
    State.OK: "正常",
    State.PENDING: "未生效",
    State.MISSING: "缺失",
    State.CONFLICT: "冲突",
    State.SHADOWED: "被覆盖",
    State.SKIPPED: "已跳过",
    State.UNKNOWN: "未知",
}
_ACTIONS = {
    NextAction.NONE: "无操作",
    NextAction.CREATE: "将创建",
    NextAction.REPLACE: "将替换",
    NextAction.STUCK: "无法自动恢复",
}
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
