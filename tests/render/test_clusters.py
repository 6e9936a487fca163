"""Several clusters, one line each."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from kubectl_routes.model.clusters import ClusterAnswer, Health, worst_first
from kubectl_routes.model.message import Language
from kubectl_routes.render.clusters import clusters_page
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import columns

UNREAD = ClusterAnswer("gone", Health.UNREADABLE, (), (), "no answer\x07", 3, hint="is it up?")
PART = ClusterAnswer("part", Health.INCOMPLETE, (0,), ("?", "?"), "could not read vpc", 3)
FEW = ClusterAnswer("few", Health.UNHEALTHY, (1,), ("9", "8/9"), "1 route is missing", 1)
MANY = ClusterAnswer("many", Health.UNHEALTHY, (7,), ("900", "1/9"), "7 routes are missing", 1)
WELL = ClusterAnswer("well", Health.HEALTHY, (0,), ("9", "9/9"), "all routes are in place", 0)
ALL = worst_first([WELL, FEW, PART, MANY, UNREAD])


def shown(
    answers: list[ClusterAnswer],
    page: Page,
    language: Language = Language.ENGLISH,
    details: str = "kubectl routes status --context=gone",
) -> str:
    counts = Counter(one.health for one in ALL)
    page = replace(page, language=language)
    return clusters_page(answers, counts, ("NODES", "ROUTES"), details, page)


def test_the_worst_stands_first_and_the_next_command_last() -> None:
    assert shown(ALL, Page(80)) == (
        "? clusters: 1 could not be read, 1 read in part, 2 with problems, 1 healthy\n\n"
        "   CONTEXT  NODES  ROUTES  RESULT\n"
        "?  gone     no answer\\x07\n"
        "?  part     ?      ?       could not read vpc\n"
        "✗  many     900    1/9     7 routes are missing\n"
        "✗  few      9      8/9     1 route is missing\n"
        "✓  well     9      9/9     all routes are in place\n\n"
        "Details:  kubectl routes status --context=gone\n"
    )


def test_a_narrow_screen_cuts_the_result_and_a_wide_page_adds_the_hint() -> None:
    narrow = shown(ALL, Page(48, unicode=False)).splitlines()
    assert max(map(columns, narrow[3:8])) <= 48
    assert narrow[7] == "+  well     9      9/9     all routes are in p.."
    assert "no answer\\x07 (is it up?)" in shown(ALL, Page(48, wide=True))


def test_a_script_gets_the_rows_alone() -> None:
    text = shown(ALL[2:], Page(headers=False))
    assert [line.split()[1] for line in text.splitlines()] == ["many", "few", "well"]


def test_without_a_row_the_counts_are_left() -> None:
    text = shown([], Page(colour=True), details="")
    assert text.startswith("\x1b[33m? clusters: 1 could not be read")
    assert text.endswith("\n\nno cluster has a problem\n")
    assert shown(ALL, Page(), Language.CHINESE).startswith("? 集群：1 个无法读取，1 个仅部分读取，")
