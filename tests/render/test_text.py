from __future__ import annotations

import pytest

from kubectl_routes.model.duration import duration
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import clipped, columns, names, plain, quoted, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("node-1", "node-1"),
        ("节点 ✓", "节点 ✓"),
        ("a\x1b]0;title\x07", r"a\x1b]0;title\x07"),
        ("two\nlines\ttab", r"two\nlines\ttab"),
        ("\x9b31m", r"\x9b31m"),
        ("turned\u202etext", r"turned\u202etext"),
        ("lone\udc80", r"lone\udc80"),
    ],
)
def test_what_a_terminal_could_obey_is_spelt_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_blanks_that_would_not_be_seen_are_quoted() -> None:
    assert [quoted(text) for text in ("a", " a", "a ", "")] == ["a", '" a"', '"a "', '""']


def test_wide_characters_take_two_columns_and_colour_none() -> None:
    assert [columns(text) for text in ("ab", "节点", "\x1b[31mab\x1b[0m", "")] == [2, 4, 2, 0]


def test_long_words_stand_alone_and_whole() -> None:
    assert wrapped("one two vtb-long-id six", 10, "  ") == "one two\n  vtb-long-id\n  six"
    assert wrapped("one two", 10, "", "      ") == "      one\ntwo"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_quoted_list_of_tables_is_not_broken_at_a_space_in_it(quote: str) -> None:
    listed = f"{quote}vtb-a, vtb-b{quote}"
    assert wrapped(f"the list {listed} it is", 14, "  ") == f"the list\n  {listed}\n  it is"


def test_lists_are_cut_and_say_by_how_much() -> None:
    assert Page().listed(["a", "b"], 2) == "a, b"
    assert Page().listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (-1, "0s"), (45, "45s"), (60, "1m"), (90, "1m30s"), (300, "5m"), (7260, "2h1m")],
)
def test_durations_read_as_in_kubernetes(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_names_are_cut_at_whole_characters_and_wide_ones_count_twice() -> None:
    assert clipped("workers", 7, "…") == "workers"
    assert clipped("workers", 6, "..") == "work.."
    assert clipped("生产环境", 8, "…") == "生产环境"
    assert clipped("生产环境", 7, "…") == "生产环…"
    assert clipped("生产环境", 6, "…") == "生产…"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 9, ["one two", "  three"]),
        ("ids-stay-whole-however-long they are", 12, ["ids-stay-whole-however-long", "  they are"]),
        ("路由表列表格式有误，请更正。", 12, ["路由表列表格", "  式有误，请", "  更正。"]),
        ("见 vtb-bp1a，或（vtb-bp1b）。", 14, ["见 vtb-bp1a，", "  或", "  （vtb-bp1b）。"]),
        ('reads "a,  b"', 20, ['reads "a,  b"']),
        ("", 20, [""]),
    ],
)
def test_prose_flows_at_blanks_and_between_wide_characters(
    text: str, width: int, lines: list[str]
) -> None:
    assert wrapped(text, width, "  ").split("\n") == lines


def test_names_stand_one_a_line_as_kubectl_writes_them() -> None:
    assert names("node", ["a", "b\x1b[2J"]) == "node/a\nnode/b\\x1b[2J\n"
    assert names("routetable", []) == ""
