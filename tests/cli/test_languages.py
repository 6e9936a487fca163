"""--lang and the locale: no sentence of a Chinese answer is in English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.scenarios import SCENARIOS
from tests.cli.asking import BASE, ask, run
from tests.cli.enabling import simulated
from tests.sampling import sampled

CHINESE = {"LC_ALL": "zh_CN.UTF-8", "COLUMNS": "1000"}

# What stays in English: commands up to what is Chinese again; names, which have a hyphen, a slash
# or a dot; images; the words of CCM and of the cloud, in quotes of log lines and Events.
_COMMAND = re.compile(r"(?:kubectl|aliyun) [\x20-\x7e…]*")
_NAME = re.compile(r"[\w-]*[-/._:][\w./:@-]+")
_QUOTED = re.compile(r"(?:(?:的日志|Z)：|CrashLoopBackOff).*")
_SENTENCE = re.compile(r"[A-Za-z][a-z']+(?:[ ,.:;]+[A-Za-z][a-z']+){2,}")
# A row of a table is names and states, in columns.
_ROW = re.compile(r"\S {2,}\S.* {2,}\S")


def english(text: str) -> list[str]:
    """The lines that hold three English words in a row."""
    return [line for line in text.splitlines() if _SENTENCE.search(_prose(line))]


def _prose(line: str) -> str:
    if _ROW.search(line):
        return ""
    for what in (_COMMAND, _QUOTED, _NAME):
        line = what.sub("－", line)
    return line


def answers(cluster: SimulatedCluster) -> Iterator[str]:
    """What the commands that read say of a cluster."""
    nodes = [one.partition("/")[2] for one in ask(cluster, "status", "-o", "name").stdout.split()]
    for words in (
        ("status",),
        ("status", "-o", "wide"),
        ("tables",),
        ("diagnose", "-o", "wide"),
        ("trace", nodes[0], nodes[-1]),
    ):
        answer = ask(cluster, *words, **CHINESE)
        yield answer.stdout
        yield answer.stderr


def changes(scenario: str) -> Iterator[str]:
    """What the commands that write say: the plan without its difference, the result, a refusal."""
    with simulated(scenario) as cluster:
        for words in (
            ("enable", "--tables", "auto", "--dry-run"),
            ("enable", "--tables", "auto", "--yes", "--timeout", "4s"),
            ("enable", "--history"),
            ("disable", "--yes", "--timeout", "4s"),
            ("repair", "--dry-run"),
        ):
            answer = ask(cluster, *words, **CHINESE)
            yield re.sub(r"(?s)\n--- .*?(\n\n|\Z)", "\n\n", answer.stdout)
            yield answer.stderr


OTHERS = [name for name in SCENARIOS if name != "large"]


@pytest.mark.parametrize("scenario", sampled(OTHERS, ("blocked", "quota")))
def test_no_sentence_about_a_change_is_in_english(scenario: str) -> None:
    assert [line for text in changes(scenario) for line in english(text)] == []


@pytest.mark.parametrize("scenario", sampled(OTHERS, ("blocked", "conflict")))
def test_no_sentence_of_an_answer_is_in_english(scenario: str) -> None:
    with SimulatedCluster(scenario) as cluster:
        assert [line for text in answers(cluster) for line in english(text)] == []


def test_the_search_finds_english() -> None:
    assert english("a sentence of English") == ["a sentence of English"]
    assert english("执行 kubectl routes status 查看，then read it there") != []
    assert english("详情：  kubectl routes explain RT101") == []


@pytest.mark.parametrize(
    ("lang", "env", "chinese"),
    [
        (("--lang", "zh"), {}, True),
        ((), {"LANG": "zh_CN.UTF-8"}, True),
        ((), {"LC_ALL": "zh_HK.UTF-8", "LANG": "en_US.UTF-8"}, True),
        (("--lang", "en"), {"LANG": "zh_CN.UTF-8"}, False),
        ((), {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, False),
        ((), {"LANG": ""}, False),
    ],
)
def test_the_flag_outweighs_the_locale_and_may_stand_before_the_command(
    lang: tuple[str, ...], env: dict[str, str], chinese: bool
) -> None:
    for words in ((*lang, "explain", "RT000"), ("explain", "RT000", *lang)):
        answer = run({**BASE, **env}, *words)
        assert (answer.code, answer.told) == (
            2,
            ["错误：没有诊断代码 RT000", "执行 kubectl routes explain 查看全部"]
            if chinese
            else ["error: there is no finding code RT000", "kubectl routes explain lists all"],
        )


def test_prose_in_documents_is_in_the_language_and_values_are_not() -> None:
    with SimulatedCluster("blocked") as cluster:
        document = ask(cluster, "status", "-o", "json", **CHINESE).document
    cells = [cell for row in document["nodes"] for cell in row["routes"].values()]
    assert document["mode"] == "blocked"
    assert {cell["state"] for cell in cells} == {"ok", "missing"}
    assert {cell["detail"] for cell in cells if cell["state"] == "missing"} == {
        "VPC 有 2 张路由表，但未设置 routeTableIDs"
    }
    assert document["verdict"]["text"] == "VPC 有多张路由表，但未设置 routeTableIDs（RT101）"
