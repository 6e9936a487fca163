"""``--watch``: the same question again and again, told when the answer changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect.clock import Clock
from kubectl_routes.model.errors import RoutesError

# Seconds between two readings; CCM itself takes about as long for an event.
INTERVAL = 3.0
CLEAR = "\x1b[H\x1b[2J"


def watch(ask: Callable[[], str], terminal: Terminal, clock: Clock, separator: str) -> NoReturn:
    """Show what ``ask`` gives, and again whenever it gives something else, until interrupted.

    A terminal is cleared before each showing; elsewhere ``separator`` stands between two. The
    first failure ends it; a later one is told once and the next reading tried.
    """
    shown = ask()
    live = terminal.stdout.isatty()
    terminal.write(CLEAR + shown if live else shown)
    trouble = ""
    while True:
        clock.sleep(INTERVAL)
        try:
            text = ask()
        except RoutesError as error:
            if error.message != trouble:
                terminal.tell(f"error: {error.message}")
            trouble = error.message
            continue
        trouble = ""
        if text != shown:
            terminal.write((CLEAR if live else separator) + text)
            shown = text
