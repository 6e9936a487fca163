"""Every kind of screen: narrow and wide, without colour, without signs, and in Chinese."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_routes.cli.main import main
from kubectl_routes.render.text import columns
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.analyze.cluster import SIX, controller, listing, node, routes, snapshot
from tests.cli.asking import BASE, ask, run_into, saved
from tests.cli.programs import PATH, ROUTES, finished, redirected
from tests.cli.streams import Screen

NODES = ("cn-hangzhou.192.168.0.10", "cn-hangzhou.192.168.1.10")
TEXTS = (
    ("status",),
    ("tables",),
    ("diagnose",),
    ("trace", *NODES),
    ("explain", "RT103"),
    ("enable", "--tables", "auto", "--dry-run=client"),
)
DATA = (
    ("status", "-o", "json"),
    ("status", "-o", "name"),
    ("diagnose", "-o", "sarif"),
    ("diagnose", "-o", "junit"),
    ("version", "-o", "yaml"),
)
HELP = ((), ("-h",), ("status", "-h"), ("completion", "-h"), ("enable", "-h"), ("simulate", "-h"))
CHINESE = {"LC_ALL": "zh_CN.UTF-8"}
WIDE_NAME = "节点-一"


@pytest.fixture(scope="module")
def cluster() -> Iterator[SimulatedCluster]:
    with SimulatedCluster("unlisted-vswitch") as simulated:
        yield simulated


def on_screen(cluster: SimulatedCluster, *words: str, **env: str) -> str:
    """What a terminal gets."""
    stdout = Screen()
    run_into(stdout, cluster.environment({**BASE, "TERM": "xterm", **env}), *words)
    return stdout.getvalue()


@pytest.mark.parametrize("words", TEXTS)
@pytest.mark.parametrize(
    "env",
    [{"NO_COLOR": ""}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"TERM": "dumb"}],
    ids=["NO_COLOR", "both", "dumb"],
)
def test_a_screen_that_wants_no_colour_gets_none(
    cluster: SimulatedCluster, words: tuple[str, ...], env: dict[str, str]
) -> None:
    assert "\x1b" not in on_screen(cluster, *words, **env)


@pytest.mark.parametrize("words", [words for words in TEXTS if words[0] != "tables"])
def test_colour_is_there_where_it_is_wanted(
    cluster: SimulatedCluster, words: tuple[str, ...]
) -> None:
    assert "\x1b[" in on_screen(cluster, *words)
    assert "\x1b[" in ask(cluster, *words, FORCE_COLOR="1").stdout
    assert "\x1b[" in ask(cluster, *words, "--color=always", NO_COLOR="1").stdout
    assert "\x1b" not in ask(cluster, *words).stdout
    assert "\x1b" not in on_screen(cluster, *words, "--color=never", FORCE_COLOR="1")


@pytest.mark.parametrize("words", DATA)
def test_what_programs_read_is_never_coloured(
    cluster: SimulatedCluster, words: tuple[str, ...]
) -> None:
    assert "\x1b" not in on_screen(cluster, *words, "--color=always", FORCE_COLOR="1")


@pytest.mark.parametrize("words", TEXTS)
@pytest.mark.parametrize("width", ["1", "20", "40", "1000"])
@pytest.mark.parametrize("language", [{}, CHINESE], ids=["English", "Chinese"])
def test_no_width_is_too_small_or_too_large(
    cluster: SimulatedCluster, words: tuple[str, ...], width: str, language: dict[str, str]
) -> None:
    answer = ask(cluster, *words, COLUMNS=width, **language)
    assert answer.code in (0, 1)
    assert answer.stdout


@pytest.mark.parametrize("language", [{}, CHINESE], ids=["English", "Chinese"])
@pytest.mark.parametrize("words", [("status",), ("trace", *NODES)])
def test_lines_keep_within_eighty_columns(
    cluster: SimulatedCluster, words: tuple[str, ...], language: dict[str, str]
) -> None:
    text = ask(cluster, *words, COLUMNS="80", **language).stdout
    # A command is there to be copied, and stays on its line.
    prose = [line for line in text.splitlines() if not line.startswith(("  Fix: ", "  处理方法："))]
    assert [line for line in prose if columns(line) > 80] == []


@pytest.mark.parametrize("words", HELP)
@pytest.mark.parametrize(("width", "widest"), [("80", 80), ("1000", 100)])
def test_help_keeps_to_the_screen_and_to_what_can_be_read(
    cluster: SimulatedCluster, words: tuple[str, ...], width: str, widest: int
) -> None:
    text = ask(cluster, *words, COLUMNS=width).stdout
    assert [line for line in text.splitlines() if columns(line) > widest] == []


@pytest.fixture
def wide(tmp_path: Path) -> str:
    """A snapshot with a node whose name has characters of two columns; such names come from a
    cluster that is not what it says, and tables may well be named so.
    """
    named = snapshot(
        controller("v2.14.0", listing("vtb-a,vtb-b")),
        nodes=(node(1, name=WIDE_NAME), *(node(n) for n in range(2, 7))),
        entries={"vtb-a": routes(*SIX), "vtb-b": routes(*SIX[1:])},
    )
    tables = tuple(replace(table, name="路由表") for table in named.tables)
    return saved(tmp_path, replace(named, tables=tables))


# What Windows consoles of several countries, and old terminals, can show.
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "gbk", "cp932"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_encoding_can_be_written_to(wide: str, encoding: str, language: str) -> None:
    stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    stderr = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    words = ["kubectl-routes", "diagnose", "--lang", language, "--snapshot", wide]
    code = main(words, {"COLUMNS": "100"}, stdout, stderr)
    stdout.seek(0)
    stderr.seek(0)
    text, errors = stdout.read(), stderr.read()
    assert (code, errors) == (0, "")
    assert "! RT" in text or "i RT" in text
    assert "✗" not in text


def test_a_terminal_of_another_charset_is_spoken_to_in_it(wide: str, tmp_path: Path) -> None:
    """The encoding comes from the locale, as for every program."""
    localedef = shutil.which("localedef")
    if localedef is not None:
        finished({}, localedef, "-i", "de_DE", "-f", "ISO-8859-1", str(tmp_path / "de_DE"))
    if not (tmp_path / "de_DE").exists():
        pytest.skip("no locale of another charset can be made here")
    env = {"PATH": PATH, "LOCPATH": str(tmp_path), "LC_ALL": "de_DE"}
    done = finished(env, ROUTES, "status", "--snapshot", wide)
    assert (done.code, done.stderr) == (0, "")
    assert "x missing -> create" in done.stdout
    assert done.stdout.isascii()
    assert WIDE_NAME.encode("ascii", "backslashreplace").decode() in done.stdout


@pytest.mark.parametrize("streams", ["<&-", "<&- >/dev/null 2>&-", "</dev/null 2>&1 | cat"])
def test_no_terminal_at_all(wide: str, streams: str) -> None:
    done = redirected({"PATH": os.environ["PATH"]}, streams, "status", "--snapshot", wide)
    assert (done.code, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
