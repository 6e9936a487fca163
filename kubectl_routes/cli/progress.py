"""A sign of life on stderr while something takes longer than a moment."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock, Timer
from typing import TextIO

from kubectl_routes.catalog.translation import said
from kubectl_routes.model.message import Language
from kubectl_routes.render.text import clipped, plain

# Waits shorter than this need no sign, in seconds.
A_MOMENT = 1.0
_LINE = 78
_CLEAR = "\r\x1b[K"


class Progress:
    """A context that shows what is being waited for, once it has taken ``moment`` seconds.

    On a terminal one line is written over and over and removed at the end; nothing is written
    elsewhere, where it would be taken for a part of what is reported.
    """

    def __init__(
        self,
        stderr: TextIO,
        text: str,
        moment: float = A_MOMENT,
        language: Language = Language.ENGLISH,
    ) -> None:
        self._stderr = stderr
        self._live = stderr.isatty()
        self._language = language
        self._text = plain(said(text, language))
        self._step = ""
        self._shown = False
        self._ended = False
        self._lock = Lock()
        self._timer = Timer(moment, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Progress:
        if self._live:
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._shown:
                self._write(_CLEAR)
            self._ended = True

    def tell(self, text: str) -> None:
        """How far it has come."""
        with self._lock:
            self._step = f" ({plain(said(text, self._language))})"
            if self._shown and not self._ended:
                self._draw()

    def _show(self) -> None:
        with self._lock:
            if self._ended:
                return
            self._shown = True
            self._draw()

    def _draw(self) -> None:
        self._write(_CLEAR + clipped(f"{self._text}{self._step}", _LINE, ""))

    def _write(self, text: str) -> None:
        with suppress(BrokenPipeError):  # it is closed; the result is what counts
            self._stderr.write(text)
            self._stderr.flush()
