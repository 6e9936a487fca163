from __future__ import annotations

import io
import time
from contextlib import suppress

from kubectl_routes.cli.progress import Progress
from kubectl_routes.cli.terminal import Terminal
from tests.cli.streams import ClosedScreen, Screen

MOMENT = 0.05
CLEAR = "\r\x1b[K"


def progress(stderr: io.StringIO) -> Progress:
    return Progress(Terminal({}, io.StringIO(), stderr), "reading", MOMENT)


def until_written(stream: io.StringIO) -> None:
    for _ in range(100):
        if stream.getvalue():
            return
        time.sleep(0.01)


def test_what_is_quick_needs_no_sign_and_leaves_the_line_of_a_wait() -> None:
    stderr = Screen()
    terminal = Terminal({}, io.StringIO(), stderr)
    terminal.show("waiting")
    with Progress(terminal, "reading", moment=60.0) as sign:
        sign.tell("500 nodes")
    assert stderr.getvalue() == f"{CLEAR}waiting"


def test_a_terminal_gets_one_line_that_is_removed_at_the_end() -> None:
    stderr = Screen()
    with progress(stderr) as sign:
        until_written(stderr)
        sign.tell("5 \x1b nodes")
    assert stderr.getvalue() == f"{CLEAR}reading{CLEAR}reading (5 \\x1b nodes){CLEAR}"


def test_a_pipe_gets_nothing() -> None:
    stderr = io.StringIO()
    with progress(stderr) as sign:
        time.sleep(2 * MOMENT)
        sign.tell("500 nodes")
    assert stderr.getvalue() == ""


def test_the_line_is_removed_before_a_failure_is_told() -> None:
    stderr = Screen()
    with suppress(ValueError), progress(stderr):
        until_written(stderr)
        raise ValueError
    assert stderr.getvalue() == f"{CLEAR}reading{CLEAR}"


def test_nobody_looking_is_no_failure() -> None:
    with progress(ClosedScreen()):
        time.sleep(2 * MOMENT)
