"""``--watch``: the same question again and again, shown with its time and what has changed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn

from kubectl_routes.cli import heap
from kubectl_routes.cli.formats import is_bare
from kubectl_routes.cli.reading import incomplete, needed_gaps
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect.clock import Clock
from kubectl_routes.model.duration import duration
from kubectl_routes.model.errors import RoutesError, UsageError
from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.message import joined, message
from kubectl_routes.render.colour import Setting, use_colour
from kubectl_routes.render.text import columns

# Formats that can follow one another on a screen or in a pipe.
_WATCHED = ("table", "wide", "name", "short", "json", "yaml")

# Seconds between two readings; CCM itself takes about as long for an event.
INTERVAL = 3.0
# A reading is followed by so many times its own length of rest, so that a watch never takes more
# than a fifth of what the APIs admit: reading 10 tables of 15,000 entries takes 20 calls a second
# for a quarter of a minute, and CCM needs the same calls. CCM's own period is the longest rest.
REST = 4.0
LONGEST_REST = 300.0
# From here on documents in a pipe, which do not say it, get a note that readings are rare.
LONG_REST = 2 * INTERVAL
CLEAR = "\x1b[H\x1b[2J"
RESET = "\x1b[0m"
_REVERSE = "\x1b[7m"
# Behind a line that has changed, where no colour can show it.
_MARK = " <"


class Reading(NamedTuple):
    """What is to be shown, and what of it counts as a change: not the time of reading."""

    text: str
    compared: str


def check_watch(args: argparse.Namespace) -> None:
    """Raise UsageError for what cannot be watched."""
    if args.watch and args.output not in _WATCHED:
        raise UsageError(
            message("-o {output} is one document, it cannot be watched", output=args.output),
            message("leave out -w"),
        )
    if args.watch and args.snapshot is not None:
        raise UsageError(message("a snapshot file does not change, there is nothing to watch"))


def repeat(
    ask: Callable[[], Reading], args: argparse.Namespace, terminal: Terminal, clock: Clock
) -> NoReturn:
    """Show what ``ask`` gives until interrupted, in the format that ``-o`` says. The first failure
    ends it; a later one is shown once and the next reading tried. Raises RoutesError.

    A terminal is cleared before each showing, and shows the first lines of what is longer than
    itself, those that have changed marked, and below them when that was read and will be read
    again. Elsewhere what has changed is written: a page behind a line with these times, JSON
    documents as they are, other formats for programs with a line between two.
    """
    heap.run_for_long()
    watched = _Watch(args, terminal, clock)
    while True:
        heap.rest(clock, watched.look(ask))


def reading(judged: Matrix | Diagnosis, text: str, args: argparse.Namespace) -> Reading:
    """The Reading of an answer and its text. A watch has no exit code to say that it is incomplete:
    raises RoutesError where the format has no room to say it either.
    """
    gaps = needed_gaps(judged.gaps)
    if gaps and is_bare(args):
        raise RoutesError(
            incomplete(gap.part for gap in gaps),
            message("{part}: {reason}", part=gaps[0].part, reason=gaps[0].reason),
        )
    return Reading(text, text.replace(judged.time, "") if judged.time else text)


def rest_after(took: float) -> float:
    """How long to rest after a reading that took so long, in seconds."""
    return min(LONGEST_REST, max(INTERVAL, REST * took))


class _Watch:
    """What was shown last, and what before that differed from it."""

    def __init__(self, args: argparse.Namespace, terminal: Terminal, clock: Clock) -> None:
        self._terminal = terminal
        self._clock = clock
        self._page = args.output in ("table", "wide") and not is_bare(args)
        self._separator = "" if args.output == "json" else "---\n"
        self._live = terminal.stdout.isatty()
        self._colour = use_colour(Setting(args.color), terminal.env, self._live)
        self._shown: Reading | None = None
        self._read_at = ""
        self._before: frozenset[str] | None = None
        self._changed_at = ""
        self._trouble = ""
        self._slow = 0

    def look(self, ask: Callable[[], Reading]) -> float:
        """Read and show; the seconds to rest. Raises RoutesError."""
        began, moment = self._clock.monotonic(), self._clock.now()
        changed = False
        try:
            found = ask()
        except RoutesError as error:
            if self._shown is None:
                raise
            self._failed(error.message)
        else:
            self._trouble, self._read_at = "", _time(moment)
            changed = self._shown is None or found.compared != self._shown.compared
            if changed and self._shown is not None:
                self._before, self._changed_at = _lines(self._shown.text), self._read_at
            self._shown = found
        took = self._clock.monotonic() - began
        rest = rest_after(took)
        self._note(took, rest)
        self._show(self._shown.text, changed, _time(self._clock.now() + timedelta(seconds=rest)))
        return rest

    def _note(self, took: float, rest: float) -> None:
        """Say once that readings are rare; the first is longer by all that Python has to load."""
        self._slow += rest >= LONG_REST
        if self._slow == 2 and not self._live and not self._page:
            self._slow += 1
            long, later = duration(round(took)), duration(round(rest))
            self._terminal.tell(
                message(
                    "note: a read takes {long}, the next one begins {later} later",
                    long=long,
                    later=later,
                )
            )

    def _failed(self, reason: str) -> None:
        if reason != self._trouble and not self._live:
            self._terminal.tell(message("error: {reason}", reason=reason))
        self._trouble = reason

    def _show(self, text: str, changed: bool, next_at: str) -> None:
        times: str = message(
            "read at {read_at}, next read at {next_at}", read_at=self._read_at, next_at=next_at
        )
        if self._live:
            if self._changed_at:
                changed_at = message("changed at {time}", time=self._changed_at)
                times = joined(", ", (times, changed_at))
            if self._trouble:
                times = joined("; ", (times, message("error: {reason}", reason=self._trouble)))
            below = f"{self._terminal.said(times)}\n"
            self._terminal.write(CLEAR + _top(self._marked(text), below, self._terminal))
        elif changed and self._page:
            self._terminal.write(f"--- {self._terminal.said(times)}\n{text}")
        elif changed:
            self._terminal.write((self._separator if self._changed_at else "") + text)

    def _marked(self, text: str) -> str:
        """The text, the lines that the one before did not have marked."""
        if self._before is None:
            return text
        lines = text.splitlines()
        return "".join(
            f"{line if line in self._before or not line else self._mark(line)}\n" for line in lines
        )

    def _mark(self, line: str) -> str:
        if not self._colour:
            return line + _MARK
        return f"{_REVERSE}{line.replace(RESET, RESET + _REVERSE)}{RESET}"


def _lines(text: str) -> frozenset[str]:
    return frozenset(text.splitlines())


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%SZ}"


def _top(text: str, age: str, terminal: Terminal) -> str:
    """As many lines as the screen holds, and how many more there are: what matters most stands
    first, and would be scrolled away. ``age`` is one more line below them.
    """
    lines = text.splitlines(keepends=True)
    # A line that is too wide takes several of the screen; the last is the cursor's.
    rooms = [_rooms(line, terminal) for line in lines]
    room = terminal.height - 1 - _rooms(age, terminal)
    if sum(rooms) <= room:
        return text + age
    kept = 0
    while kept < len(lines) and sum(rooms[: kept + 1]) < room:
        kept += 1
    # A colour may reach over several lines, and its end be among those left out.
    end = RESET if "\x1b" in text else ""
    more = terminal.said(message("and {count} more lines", count=len(lines) - kept))
    return "".join(lines[:kept]) + f"{end}{more}\n" + age


def _rooms(line: str, terminal: Terminal) -> int:
    return max(1, -(-columns(line.rstrip("\n")) // terminal.width))
