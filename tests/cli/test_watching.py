from __future__ import annotations

import gc
import io
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.watching import watch
from kubectl_routes.model.errors import ClusterError
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
) -> tuple[str, str]:
    """stdout and stderr of a watch that is interrupted after these answers, each of which takes so
    many seconds.
    """
    stderr = io.StringIO()
    waiting: Iterator[str | ClusterError] = iter(answers)
    time = clock or QuickClock()

    def ask() -> str:
        time.elapsed += takes
        answer = next(waiting, None)
        if answer is None:
            raise KeyboardInterrupt
        if isinstance(answer, ClusterError):
            raise answer
        return answer

    with pytest.raises(KeyboardInterrupt):
        watch(ask, Terminal(env or {}, stdout, stderr), time, "---\n")
    return stdout.getvalue(), stderr.getvalue()


def test_an_answer_is_shown_again_only_when_it_has_changed() -> None:
    assert watched(io.StringIO(), "a\n", "a\n", "b\n", "b\n") == ("a\n---\nb\n", "")


def test_a_screen_is_cleared_before_each_answer() -> None:
    clear = "\x1b[H\x1b[2J"
    assert watched(Screen(), "a\n", "b\n") == (f"{clear}a\n{clear}b\n", "")


def test_a_screen_shows_the_first_lines_of_a_longer_answer() -> None:
    clear = "\x1b[H\x1b[2J"
    small = {"LINES": "4", "COLUMNS": "10"}
    assert watched(Screen(), "a\nb\nc\n", env=small) == (f"{clear}a\nb\nc\n", "")
    assert watched(Screen(), "a\nb\nc\nd\n", "x" * 11 + "\nb\nc\n", env=small) == (
        f"{clear}a\nb\nand 2 more lines\n{clear}{'x' * 11}\nand 2 more lines\n",
        "",
    )
    assert watched(Screen(), "a\n\x1b[31mb\nc\nd\x1b[0m\n", env=small) == (
        f"{clear}a\n\x1b[31mb\n\x1b[0mand 2 more lines\n",
        "",
    )
    assert watched(io.StringIO(), "a\nb\nc\nd\n", env=small) == ("a\nb\nc\nd\n", "")


def test_a_failure_on_the_way_is_told_once_and_outlived() -> None:
    down = ClusterError("no answer")
    assert watched(io.StringIO(), "a\n", down, down, "a\n", down, "b\n") == (
        "a\n---\nb\n",
        "error: no answer\nerror: no answer\n",
    )


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


def test_a_screen_tells_how_old_a_rare_answer_is() -> None:
    clear = "\x1b[H\x1b[2J"
    shown, _ = watched(Screen(), "a\n", "a\n", takes=16.0)
    assert shown == (
        f"{clear}a\nas of 12:00:00Z: reading it took 16 s, the next reading begins in 64 s\n"
        f"{clear}a\nas of 12:01:20Z: reading it took 16 s, the next reading begins in 64 s\n"
    )


def test_the_age_of_an_answer_keeps_its_line_on_a_small_screen() -> None:
    small = {"LINES": "4", "COLUMNS": "200"}
    shown, _ = watched(Screen(), "a\nb\nc\nd\n", env=small, takes=16.0)
    assert shown.removeprefix("\x1b[H\x1b[2J").splitlines() == [
        "a",
        "and 3 more lines",
        "as of 12:00:00Z: reading it took 16 s, the next reading begins in 64 s",
    ]


def test_a_pipe_is_not_told_of_one_long_reading() -> None:
    assert watched(io.StringIO(), "a\n", takes=16.0) == ("a\n", "")


def test_a_pipe_is_told_once_that_answers_are_rare() -> None:
    assert watched(io.StringIO(), "a\n", "a\n", "b\n", takes=16.0) == (
        "a\n---\nb\n",
        "note: reading it took 16 s, the next reading begins in 64 s; what is shown may be that "
        "old\n",
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
