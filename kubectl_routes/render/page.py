"""The page that text is laid out on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_routes.catalog.translation import said
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import NextAction, State
from kubectl_routes.model.message import Language, joined, message
from kubectl_routes.render.colour import Mark, Paint, painted
from kubectl_routes.render.looks import ACTIONS, LEVELS, MARKS, STATES
from kubectl_routes.render.text import columns, padded, plain, wrapped

# Between two columns of a table.
GAP = 2
# From so many lines on the beginning may have scrolled away, and the verdict is repeated.
LONG = 40


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
        return self.said(message(template, **values))

    def said(self, text: str) -> str:
        """A Message in the language of the page, any other text as it is."""
        return said(text, self.language)

    def join(self, separator: str, parts: Iterable[str]) -> str:
        """Parts of a sentence; the separator as the language writes it."""
        return self.said(joined(separator, parts))

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
        return self.said(STATES[state])

    def tally(self, number: int, state: State) -> str:
        """``2 missing``: how many routes have a state; Chinese counts them with a measure word."""
        measure = " 条" if self.language is Language.CHINESE else " "
        return f"{number:,}{measure}{self.state(state)}"

    def action(self, action: NextAction) -> str:
        """What CCM will do, in a word: in English that of the documents."""
        return self.said(ACTIONS[action])

    def level(self, severity: Severity) -> str:
        """The name of a severity: in English that of the documents."""
        return self.said(LEVELS[severity])

    def sign(self, mark: Mark) -> str:
        """The sign of a mark: it can be read without colour, and from a stream of ASCII too."""
        return mark.sign if self.unicode else mark.ascii_sign

    def symbol(self, state: State) -> str:
        """The sign of a state."""
        return self.sign(MARKS[state])

    def paint(self, text: str, paint: Paint | None) -> str:
        """A text in that paint, where the page has colour."""
        return painted(text, paint, self.colour)

    def line(self, text: str, indent: str = "", start: str = "", paint: Paint | None = None) -> str:
        """``start`` and ``text``, wrapped: later lines begin with ``indent``."""
        return self.paint(wrapped(text, self.width, indent, start), paint)

    def marked(self, mark: Mark, text: str, indent: int = 2) -> str:
        """A line with its mark in front, in the paint of the mark."""
        return self.line(f"{self.sign(mark)} {text}", " " * indent, "", mark.paint)

    def fact(self, name: str, text: str, width: int, indent: int = 0) -> str:
        """``Name:  text``; the text begins behind ``width`` columns and is wrapped there."""
        before = " " * indent
        return self.line(text, before + " " * width, before + padded(name, width))

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
        """Lines of a table as kubectl lays it out, header first unless the page has none; cells may
        carry colour.
        """
        import tabulate  # noqa: PLC0415 - only text output needs it

        head = [[self.paint(header, Paint.STRONG) for header in headers]] if self.headers else []
        text = tabulate.tabulate([*head, *rows], tablefmt="plain", disable_numparse=True)
        return [line.rstrip() for line in text.splitlines()]


def needed(headers: Sequence[str], cells: Sequence[Iterable[str]]) -> int:
    """Terminal columns that a table takes; ``cells`` holds its columns, without colour."""
    widths = [
        max(map(columns, {header, *column})) for header, column in zip(headers, cells, strict=True)
    ]
    return sum(widths) + GAP * (len(widths) - 1)


def blocks(parts: Iterable[Sequence[str]]) -> str:
    """Blocks of lines, an empty line between them; those without a line are left out."""
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"
