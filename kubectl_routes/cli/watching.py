"""``--watch``: the same question again and again, told when the answer changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect.clock import Clock
from kubectl_routes.model.errors import RoutesError
from kubectl_routes.render.text import columns

# Seconds between two readings; CCM itself takes about as long for an event.
INTERVAL = 3.0
CLEAR = "\x1b[H\x1b[2J"
RESET = "\x1b[0m"


def watch(ask: Callable[[], str], terminal: Terminal, clock: Clock, separator: str) -> NoReturn:
    """Show what ``ask`` gives, and again whenever it gives something else, until interrupted.

    A terminal is cleared before each showing, and shows the first lines of what is longer than
    itself; elsewhere all is written, and ``separator`` stands between two. The first failure ends
    it; a later one is told once and the next reading tried. Raises RoutesError.
    """
    shown = ask()
    live = terminal.stdout.isatty()
    terminal.write(CLEAR + _top(shown, terminal) if live else shown)
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
            terminal.write(CLEAR + _top(text, terminal) if live else separator + text)
            shown = text


def _top(text: str, terminal: Terminal) -> str:
    """As many lines as the screen holds, and how many there are besides: what matters most stands
    first, and would be scrolled away.
    """
    lines = text.splitlines(keepends=True)
    # A line that is too wide takes several of the screen; the last is the cursor's.
    rooms = [max(1, -(-columns(line.rstrip("\n")) // terminal.width)) for line in lines]
    room = terminal.height - 1
    if sum(rooms) <= room:
        return text
    kept = 0
    while kept < len(lines) and sum(rooms[: kept + 1]) < room:
        kept += 1
    # A colour may reach over several lines, and its end be among those left out.
    end = RESET if "\x1b" in text else ""
    return "".join(lines[:kept]) + f"{end}and {len(lines) - kept} more lines\n"
