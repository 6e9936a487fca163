from __future__ import annotations

import io
import os

import pytest

from kubectl_routes.cli.terminal import SIZE_OF_A_PIPE, OutputClosed, Terminal
from kubectl_routes.model.errors import RoutesError
from kubectl_routes.render.page import Page
from tests.cli.streams import ClosedPipe, Latin, Screen


def test_a_terminal_is_coloured_and_a_pipe_is_not() -> None:
    env = {"COLUMNS": "100"}
    screen = Terminal(env, Screen(), io.StringIO())
    pipe = Terminal(env, io.StringIO(), io.StringIO())
    assert screen.page("auto", wide=False, headers=True) == Page(width=100, colour=True)
    assert pipe.page("auto", wide=True, headers=False) == Page(
        width=100, colour=False, wide=True, headers=False
    )
    assert pipe.page("always", wide=False, headers=True).colour


@pytest.mark.parametrize("columns", ["", "0", "x", "-5"])
def test_text_in_a_pipe_is_not_wrapped_unless_columns_says_so(columns: str) -> None:
    assert Terminal({"COLUMNS": columns}, io.StringIO(), io.StringIO()).width == SIZE_OF_A_PIPE


def test_a_stream_without_check_marks_gets_ascii() -> None:
    page = Terminal({}, Latin(), io.StringIO()).page("never", wide=False, headers=True)
    assert not page.unicode


def test_notices_go_to_stderr_and_cannot_command_the_terminal() -> None:
    stdout = io.StringIO()
    stderr = io.StringIO()
    terminal = Terminal({}, stdout, stderr)
    terminal.tell("node \x1b[2J gone")
    terminal.write("data\n")
    assert (stdout.getvalue(), stderr.getvalue()) == ("data\n", "node \\x1b[2J gone\n")


def test_a_reader_that_has_gone_is_told_apart_from_other_failures() -> None:
    with pytest.raises(OutputClosed):
        Terminal({}, ClosedPipe(), io.StringIO()).write("data")


def test_a_notice_that_nobody_can_read_is_no_failure() -> None:
    Terminal({}, io.StringIO(), ClosedPipe()).tell("note")


def test_a_full_disk_is_told_apart_from_a_reader_that_has_gone() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        with pytest.raises(RoutesError) as caught:
            Terminal({}, full, io.StringIO()).write("data")
        # The text is still in the buffer; it goes where there is room when the file is closed.
        with open(os.devnull, "w", encoding="utf-8") as null:
            os.dup2(null.fileno(), full.fileno())
    assert caught.value.message == "cannot write the result: No space left on device"


def test_a_large_answer_arrives_whole_and_in_pieces() -> None:
    class Counting(io.StringIO):
        most = 0

        def write(self, text: str) -> int:
            self.most = max(self.most, len(text))
            return super().write(text)

    stdout = Counting()
    answer = "0123456789" * 300_000
    Terminal({}, stdout, io.StringIO()).write(answer)
    assert (stdout.getvalue() == answer, stdout.most < len(answer)) == (True, True)


@pytest.mark.parametrize(
    ("columns", "width"), [("9" * 5000, SIZE_OF_A_PIPE), ("999999999", 10_000)]
)
def test_no_screen_is_wider_than_memory(columns: str, width: int) -> None:
    terminal = Terminal({"COLUMNS": columns, "LINES": columns}, io.StringIO(), io.StringIO())
    assert terminal.width == width
    assert terminal.height in (width, 1_000_000)


def test_a_line_of_a_wait_is_overwritten_and_gone_before_anything_else() -> None:
    screen = Screen()
    terminal = Terminal({"COLUMNS": "12"}, io.StringIO(), screen)
    terminal.show("1 of 3 ready")
    terminal.show("2 of 3 ready \x1b")
    terminal.tell("done")
    terminal.erase()
    clear = "\r\x1b[K"
    assert screen.getvalue() == f"{clear}1 of 3 rea…{clear}2 of 3 rea…{clear}done\n"


def test_a_pipe_gets_every_line_of_a_wait() -> None:
    stderr = io.StringIO()
    terminal = Terminal({}, io.StringIO(), stderr)
    terminal.show("1 of 3 ready")
    terminal.show("2 of 3 ready")
    terminal.erase()
    assert stderr.getvalue() == "1 of 3 ready\n2 of 3 ready\n"
