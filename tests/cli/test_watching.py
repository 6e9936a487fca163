from __future__ import annotations

import gc
import io
import threading
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from kubectl_routes.analyze.matrix import build
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.watching import Reading, reading, repeat
from kubectl_routes.model.errors import ClusterError
from tests.analyze.cluster import controller, listing, snapshot
from tests.cli.streams import Screen


class QuickClock:
    """Sleeps in no time, from noon on."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, tzinfo=timezone.utc) + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.elapsed += seconds


def watched(
    stdout: io.StringIO,
    *answers: str | ClusterError,
    env: dict[str, str] | None = None,
    clock: QuickClock | None = None,
    takes: float = 0.0,
    output: str = "yaml",
    color: str = "never",
) -> tuple[str, str]:
    """stdout and stderr of a watch that is interrupted after these answers, each of which takes so
    many seconds.
    """
    stderr = io.StringIO()
    waiting: Iterator[str | ClusterError] = iter(answers)
    time = clock or QuickClock()

    def ask() -> Reading:
        time.elapsed += takes
        answer = next(waiting, None)
        if answer is None:
            raise KeyboardInterrupt
        if isinstance(answer, ClusterError):
            raise answer
        return Reading(answer, answer)

    args = Namespace(output=output, color=color)
    with pytest.raises(KeyboardInterrupt):
        repeat(ask, args, Terminal(env or {}, stdout, stderr), time)
    return stdout.getvalue(), stderr.getvalue()


def screens(*answers: str | ClusterError, **how: object) -> list[str]:
    """What a terminal showed, one after the other."""
    shown, stderr = watched(Screen(), *answers, **how)  # type: ignore[arg-type]
    assert stderr == ""
    return shown.split("\x1b[H\x1b[2J")[1:]


def test_an_answer_is_shown_again_only_when_it_has_changed() -> None:
    assert watched(io.StringIO(), "a\n", "a\n", "b\n", "b\n") == ("a\n---\nb\n", "")


def test_a_page_in_a_pipe_says_when_it_was_read_and_will_be_again() -> None:
    shown, _ = watched(io.StringIO(), "a\n", "a\n", "b\n", output="table")
    assert shown == (
        "--- read at 12:00:00Z, next read at 12:00:03Z\na\n"
        "--- read at 12:00:06Z, next read at 12:00:09Z\nb\n"
    )


def test_the_time_of_reading_is_no_change() -> None:
    clock = QuickClock()
    args = Namespace(output="yaml", color="never")
    matrix = build(snapshot(controller("v2.14.0", listing("vtb-a"))))
    answers = iter(["at 12:00:00\n", "at 12:00:03\n", "later, at 12:00:06\n"])

    def ask() -> Reading:
        text = next(answers, None)
        if text is None:
            raise KeyboardInterrupt
        return reading(replace(matrix, time=text[-9:-1]), text, args)

    stdout = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        repeat(ask, args, Terminal({}, stdout, io.StringIO()), clock)
    assert stdout.getvalue() == "at 12:00:00\n---\nlater, at 12:00:06\n"


def test_a_screen_always_says_when_it_was_read_and_marks_what_changed() -> None:
    assert screens("a\nb\n", "a\nc\n\n", "a\nc\n\n") == [
        "a\nb\nread at 12:00:00Z, next read at 12:00:03Z\n",
        "a\nc <\n\nread at 12:00:03Z, next read at 12:00:06Z, changed at 12:00:03Z\n",
        "a\nc <\n\nread at 12:00:06Z, next read at 12:00:09Z, changed at 12:00:03Z\n",
    ]
    coloured = screens("a\n", "x\x1b[0my\n", color="always")[1]
    assert coloured.startswith("\x1b[7mx\x1b[0m\x1b[7my\x1b[0m\nread at ")


def test_a_screen_shows_the_first_lines_of_a_longer_answer() -> None:
    small = {"LINES": "5", "COLUMNS": "60"}
    times = "read at 12:00:00Z, next read at 12:00:03Z\n"
    assert screens("a\nb\nc\n", env=small) == [f"a\nb\nc\n{times}"]
    assert screens("a\nb\nc\nd\n", env=small) == [f"a\nb\nand 2 more lines\n{times}"]
    assert screens("x" * 61 + "\nb\nc\n", env=small) == [f"{'x' * 61}\nand 2 more lines\n{times}"]
    assert screens("a\n\x1b[31mb\nc\nd\x1b[0m\n", env=small) == [
        f"a\n\x1b[31mb\n\x1b[0mand 2 more lines\n{times}"
    ]
    assert watched(io.StringIO(), "a\nb\nc\nd\n", env=small) == ("a\nb\nc\nd\n", "")


def test_a_failure_on_the_way_is_told_once_and_outlived() -> None:
    down = ClusterError("no answer")
    assert watched(io.StringIO(), "a\n", down, down, "a\n", down, "b\n") == (
        "a\n---\nb\n",
        "error: no answer\nerror: no answer\n",
    )


def test_a_failure_stands_on_the_screen_until_it_is_over() -> None:
    assert screens("a\n", ClusterError("no answer"), "a\n") == [
        "a\nread at 12:00:00Z, next read at 12:00:03Z\n",
        "a\nread at 12:00:00Z, next read at 12:00:06Z; error: no answer\n",
        "a\nread at 12:00:06Z, next read at 12:00:09Z\n",
    ]


def test_a_failure_at_once_ends_it() -> None:
    with pytest.raises(ClusterError):
        watched(io.StringIO(), ClusterError("no answer"))


@pytest.mark.parametrize(
    ("takes", "rests"),
    [
        (0.1, [3.0, 3.0]),
        (0.75, [3.0, 3.0]),
        (1.0, [4.0, 4.0]),
        (16.0, [64.0, 64.0]),
        (80.0, [300.0, 300.0]),
    ],
)
def test_a_watch_rests_four_times_as_long_as_it_reads(takes: float, rests: list[float]) -> None:
    clock = QuickClock()
    watched(io.StringIO(), "a\n", "a\n", clock=clock, takes=takes)
    assert clock.slept == rests


def test_it_rests_after_a_failure_too() -> None:
    clock = QuickClock()
    watched(io.StringIO(), "a\n", ClusterError("no answer"), clock=clock, takes=10.0)
    assert clock.slept == [40.0, 40.0]


def test_a_rare_answer_says_when_it_comes() -> None:
    assert screens("a\n", "a\n", takes=16.0) == [
        "a\nread at 12:00:00Z, next read at 12:01:20Z\n",
        "a\nread at 12:01:20Z, next read at 12:02:40Z\n",
    ]


def test_documents_in_a_pipe_say_once_that_they_are_rare() -> None:
    assert watched(io.StringIO(), "a\n", takes=16.0) == ("a\n", "")
    assert watched(io.StringIO(), *["a\n"] * 4, takes=16.0) == (
        "a\n",
        "note: a read takes 16s, the next one begins 1m4s later\n",
    )


def test_what_a_reading_leaves_behind_is_collected_where_no_interrupt_can_be_lost() -> None:
    collected = threading.Event()
    threads: list[threading.Thread] = []

    class Leftover:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            threads.append(threading.current_thread())
            collected.set()

    class Patient(QuickClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            Leftover()

    gc.disable()
    try:
        # The rest after a reading is over once everything of the last one is collected.
        watched(io.StringIO(), *["a\n"] * 3, clock=Patient())
        assert collected.is_set()
    finally:
        gc.enable()
    assert threads[0] is not threading.main_thread()
