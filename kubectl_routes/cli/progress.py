"""How far something has come that takes longer than a moment: on stderr, and gone at its end."""

from __future__ import annotations

from threading import Lock, Timer

from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect.clock import Clock
from kubectl_routes.model.message import joined, message

# Waits shorter than this need no sign, in seconds.
A_MOMENT = 1.0
# Seconds between two lines where no terminal can draw one over the other.
LINE_EVERY = 10.0
_BAR_WIDTH = 24


class Progress:
    """A context that shows what is being waited for, once it has taken ``moment`` seconds.

    On a terminal one line is written over and over and removed at the end; nothing is written
    elsewhere, where it would be taken for a part of what is reported.
    """

    def __init__(self, terminal: Terminal, text: str, moment: float = A_MOMENT) -> None:
        self._terminal = terminal
        self._text = self._line = terminal.said(text)
        self._shown = False
        self._ended = False
        self._lock = Lock()
        self._timer = Timer(moment, self._begin)
        self._timer.daemon = True

    def __enter__(self) -> Progress:
        if self._terminal.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._shown:
                self._terminal.erase()

    def tell(self, text: str) -> None:
        """How far it has come."""
        line = f"{self._text} ({self._terminal.said(text)})"
        with self._lock:
            self._line = line
            if self._shown and not self._ended:
                self._terminal.show(line)

    def _begin(self) -> None:
        with self._lock:
            if not self._ended:
                self._shown = True
                self._terminal.show(self._line)


class Bar:
    """So many of so many: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, terminal: Terminal, clock: Clock, what: str) -> None:
        self._terminal = terminal
        self._clock = clock
        self._what = what
        self._last: float | None = None

    def show(self, found: int, wanted: int, remark: str = "") -> None:
        """How many there are, and a remark behind."""
        count = message("{found} of {wanted} {what}", found=found, wanted=wanted, what=self._what)
        text = self._terminal.said(joined(", ", (count, remark)))
        now = self._clock.monotonic()
        if self._terminal.stderr.isatty():
            filled = _BAR_WIDTH * found // wanted if wanted else 0
            self._terminal.show(f"[{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {text}")
        elif self._last is None or now - self._last >= LINE_EVERY:
            self._terminal.tell(text)
            self._last = now
