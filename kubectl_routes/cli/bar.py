"""How far a long wait has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect.clock import Clock
from kubectl_routes.model.message import joined, message

# Seconds between two lines where no terminal can draw one over the other.
LINE_EVERY = 10.0
_WIDTH = 24


class Bar:
    """Draws on stderr; ``end`` leaves the screen as if nothing had been drawn."""

    def __init__(self, terminal: Terminal, clock: Clock, what: str) -> None:
        self._terminal = terminal
        self._clock = clock
        self._what = what
        self._live = terminal.stderr.isatty()
        self._last: float | None = None

    def show(self, found: int, wanted: int, remark: str = "") -> None:
        """So many of so many, and a remark behind."""
        count = message("{found} of {wanted} {what}", found=found, wanted=wanted, what=self._what)
        text = self._terminal.said(joined(", ", (count, remark)))
        now = self._clock.monotonic()
        if self._live:
            filled = _WIDTH * found // wanted if wanted else 0
            self._terminal.show(f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {text}")
        elif self._last is None or now - self._last >= LINE_EVERY:
            self._terminal.tell(text)
            self._last = now

    def end(self) -> None:
        """Take the bar away."""
        self._terminal.erase()
