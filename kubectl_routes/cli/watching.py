"""``--watch``: the same question again and again, told when the answer changes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import NoReturn

from kubectl_routes.cli.heap import limit_malloc_arenas
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect import background
from kubectl_routes.collect.clock import Clock
from kubectl_routes.model.errors import RoutesError
from kubectl_routes.render.text import columns

# Seconds between two readings; CCM itself takes about as long for an event.
INTERVAL = 3.0
# A reading is followed by so many times its own length of rest, so that a watch never takes more
# than a fifth of what the APIs admit: reading 10 tables of 15,000 entries takes 20 calls a second
# for a quarter of a minute, and CCM needs the same calls. CCM's own period is the longest rest.
REST = 4.0
LONGEST_REST = 300.0
# From here on the rest is told, because what is shown may be that old.
LONG_REST = 2 * INTERVAL
CLEAR = "\x1b[H\x1b[2J"
RESET = "\x1b[0m"


def watch(ask: Callable[[], str], terminal: Terminal, clock: Clock, separator: str) -> NoReturn:
    """Show what ``ask`` gives, and again whenever it gives something else, until interrupted.

    A terminal is cleared before each showing, and shows the first lines of what is longer than
    itself, and below them how old they are where the next reading is far. Elsewhere all is written,
    ``separator`` stands between two, and a note tells once that readings are rare. The first
    failure ends it; a later one is told once and the next reading tried. Raises RoutesError.
    """
    limit_malloc_arenas()
    gc.enable()
    live = terminal.stdout.isatty()
    shown: str | None = None
    trouble = ""
    told, slow_before = False, False
    while True:
        began, read_at = clock.monotonic(), f"{clock.now():%H:%M:%SZ}"
        try:
            text, error = ask(), None
        except RoutesError as failure:
            if shown is None:
                raise
            text, error = shown, failure
        took = clock.monotonic() - began
        rest = min(LONGEST_REST, max(INTERVAL, REST * took))
        if error is not None and error.message != trouble:
            terminal.tell(f"error: {error.message}")
        trouble = "" if error is None else error.message
        slow = rest >= LONG_REST
        # The first reading is longer by all that Python has to load.
        if slow and slow_before and not live and not told:
            terminal.tell(_how_rarely(took, rest))
            told = True
        slow_before = slow
        if live and error is None and (text != shown or slow):
            age = f"as of {read_at}: {_how_long(took, rest)}\n" if slow else ""
            terminal.write(CLEAR + _top(text, age, terminal))
        elif not live and text != shown:
            terminal.write(text if shown is None else separator + text)
        shown = text
        # What one reading leaves behind, connections above all, would else wait for many more. An
        # interrupt that meets a finaliser is lost, so they do not run where interrupts arrive.
        collected = background.start(gc.collect)
        clock.sleep(rest)
        collected.result()


def _how_long(took: float, rest: float) -> str:
    return f"reading it took {took:.0f} s, the next reading begins in {rest:.0f} s"


def _how_rarely(took: float, rest: float) -> str:
    return f"note: {_how_long(took, rest)}; what is shown may be that old"


def _top(text: str, age: str, terminal: Terminal) -> str:
    """As many lines as the screen holds, and how many there are besides: what matters most stands
    first, and would be scrolled away. ``age`` is one more line below them, or none.
    """
    lines = text.splitlines(keepends=True)
    # A line that is too wide takes several of the screen; the last is the cursor's.
    rooms = [_rooms(line, terminal) for line in lines]
    room = terminal.height - 1 - (_rooms(age, terminal) if age else 0)
    if sum(rooms) <= room:
        return text + age
    kept = 0
    while kept < len(lines) and sum(rooms[: kept + 1]) < room:
        kept += 1
    # A colour may reach over several lines, and its end be among those left out.
    end = RESET if "\x1b" in text else ""
    return "".join(lines[:kept]) + f"{end}and {len(lines) - kept} more lines\n" + age


def _rooms(line: str, terminal: Terminal) -> int:
    return max(1, -(-columns(line.rstrip("\n")) // terminal.width))
