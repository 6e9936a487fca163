from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from datetime import timezone

import pytest

from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.watching import watch
from kubectl_routes.model.errors import ClusterError
from tests.cli.streams import Screen


class QuickClock:
    """Sleeps in no time."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=timezone.utc)

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        pass


def watched(
    stdout: io.StringIO, *answers: str | ClusterError, env: dict[str, str] | None = None
) -> tuple[str, str]:
    """stdout and stderr of a watch that is interrupted after these answers."""
    stderr = io.StringIO()
    waiting: Iterator[str | ClusterError] = iter(answers)

    def ask() -> str:
        answer = next(waiting, None)
        if answer is None:
            raise KeyboardInterrupt
        if isinstance(answer, ClusterError):
            raise answer
        return answer

    with pytest.raises(KeyboardInterrupt):
        watch(ask, Terminal(env or {}, stdout, stderr), QuickClock(), "---\n")
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
