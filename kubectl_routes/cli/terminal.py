"""Where output goes: the streams, the environment, and what they can show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from kubectl_routes.cli.interrupts import Interrupts
from kubectl_routes.model.errors import RoutesError
from kubectl_routes.model.message import Language, Message, message
from kubectl_routes.render.colour import Setting, use_colour
from kubectl_routes.render.text import plain

if TYPE_CHECKING:
    from kubectl_routes.render.page import Page

# For a pipe or a file, where no terminal says how wide and how high it is: text is not wrapped.
SIZE_OF_A_PIPE = 1_000_000
# Back to the start of the line, and nothing more on it.
_ERASE = "\r\x1b[K"
_SIGNS = "✓✗→…"
# A stream makes bytes of all that it is given at once; of a large answer that would be one more
# copy. In characters.
_PIECE = 1 << 20
# No screen is larger; what is filled up to its width must fit into memory.
_LARGEST = 10_000
# What says the language, in the order in which gettext asks.
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


class OutputClosed(Exception):
    """The reader of our output has gone, as ``head`` does after ten lines."""


class Terminal:
    """The streams of one run. stdout carries the result, stderr everything else; stdin, where
    there is one, is asked for consent only. ``interrupts`` are the signals that may end it.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        stdout: TextIO,
        stderr: TextIO,
        stdin: TextIO | None = None,
        interrupts: Interrupts | None = None,
    ) -> None:
        self.env = env
        self.speak(None)
        self.stdout = stdout
        self.stderr = stderr
        self._stdin = stdin
        self.interrupts = interrupts or Interrupts()
        self._drawn = False

    def speak(self, language: str | None) -> None:
        """Let the output be in that language: the value of --lang, else that of the locale."""
        locale = next((self.env[name] for name in _LOCALE if self.env.get(name)), "")
        chinese = language == "zh" if language is not None else locale.lower().startswith("zh")
        self.language = Language.CHINESE if chinese else Language.ENGLISH

    @property
    def can_ask(self) -> bool:
        """Whether a question can be asked: both its ends are terminals."""
        return self._stdin is not None and self._stdin.isatty() and self.stderr.isatty()

    def ask(self, question: str) -> bool:
        """Whether the answer begins with y. Anything else, and no answer at all, is a no."""
        if self._stdin is None:
            return False
        self.erase()
        self.stderr.write(f"{plain(self.said(question))} [y/N] ")
        self.stderr.flush()
        line = ""
        try:
            line = self._stdin.readline()
        finally:
            if not line.endswith("\n"):
                self.stderr.write("\n")  # what follows an answer that was not given
        return line.strip().lower() in ("y", "yes")

    def tell_lines(self, text: str) -> None:
        """Several lines on stderr, for which stdout has no room."""
        for line in text.splitlines():
            self.tell(line)

    def said(self, text: str) -> str:
        """A sentence in the language of this run; nothing else has another language."""
        if not isinstance(text, Message):
            return text
        from kubectl_routes.catalog.translation import said  # noqa: PLC0415

        return said(text, self.language)

    def tell_error(self, error: RoutesError) -> None:
        """The line of an error, and those that say what to do."""
        self.tell(message("error: {reason}", reason=error.message))
        for line in filter(None, self.said(error.hint).split("\n")):
            self.tell(line)

    def write(self, text: str) -> None:
        """Write a result. Raises OutputClosed when it is no longer read, RoutesError when it
        cannot be written, as to a full disk.
        """
        self.erase()
        try:
            for start in range(0, len(text), _PIECE):
                self.stdout.write(text[start : start + _PIECE])
            self.stdout.flush()
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as error:
            raise RoutesError(
                message("cannot write the result: {reason}", reason=error.strerror or "")
            ) from None

    def tell(self, text: str) -> None:
        """Write one line beside the result: a notice, a hint, an error. When it cannot be read,
        the exit code still says what matters.
        """
        self.erase()
        with suppress(OSError):
            self.stderr.write(plain(self.said(text)) + "\n")
            self.stderr.flush()

    def show(self, text: str) -> None:
        """How far a wait has come: on a terminal one line that the next one overwrites, and that is
        gone before anything else is written; elsewhere as ``tell``.
        """
        if not self.stderr.isatty():
            self.tell(text)
            return
        from kubectl_routes.render.text import clipped  # noqa: PLC0415

        room = self._screen(self.stderr)[0] - 1
        with suppress(OSError):
            self.stderr.write(_ERASE + clipped(plain(self.said(text)), room, self.ellipsis))
            self.stderr.flush()
        self._drawn = True

    def erase(self) -> None:
        """Take away the line that ``show`` has drawn, if there is one."""
        if self._drawn:
            self._drawn = False
            with suppress(OSError):
                self.stderr.write(_ERASE)
                self.stderr.flush()

    @property
    def ellipsis(self) -> str:
        """What stands for text that does not fit on a line of stderr."""
        return "…" if _can_show(self.stderr, "…") else "..."

    @property
    def width(self) -> int:
        """Columns of the screen: COLUMNS, else the terminal's, else more than any text has."""
        return self._screen(self.stdout)[0]

    @property
    def height(self) -> int:
        """Lines of the screen: LINES, else the terminal's, else more than any text has."""
        return self._screen(self.stdout)[1]

    def _screen(self, stream: TextIO) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(stream.fileno())
        except OSError:
            columns = lines = 0  # which is also what a serial console has
        width, height = (_size(self.env.get(name, "")) for name in ("COLUMNS", "LINES"))
        return width or columns or SIZE_OF_A_PIPE, height or lines or SIZE_OF_A_PIPE

    def page(self, color: str, wide: bool, headers: bool) -> Page:
        """The page that text for stdout is laid out on; ``color`` is the value of --color."""
        from kubectl_routes.render.page import Page  # noqa: PLC0415

        return Page(
            width=self.width,
            colour=use_colour(Setting(color), self.env, self.stdout.isatty()),
            unicode=_can_show(self.stdout, _SIGNS),
            wide=wide,
            headers=headers,
            language=self.language,
        )


def _size(text: str) -> int:
    """Columns or lines as a variable gives them; 0 for what is no size of a screen."""
    is_one = text.isascii() and text.isdigit() and len(text) < 10
    return min(int(text), _LARGEST) if is_one else 0


def _can_show(stream: TextIO, signs: str) -> bool:
    try:
        signs.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
