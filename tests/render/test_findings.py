"""A Diagnosis as text, in both languages and on narrow screens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kubectl_routes.catalog.loader import texts
from kubectl_routes.catalog.translation import said
from kubectl_routes.model.finding import Diagnosis, ObjectRef, Outcome, Severity
from kubectl_routes.render import finding_texts, findings
from kubectl_routes.render.finding_texts import expired_text
from kubectl_routes.render.page import Page
from tests.render.diagnoses import (
    BLANK,
    CHINESE,
    CLEAN,
    DIAGNOSES,
    EVERYTHING,
    EVERYTHING_IN_CHINESE,
    EXPIRED,
    ONE_NOTE,
    SYMPTOM,
    result,
)


def said_in(diagnosis: Diagnosis, page: Page) -> Page:
    """The page in the language of the diagnosis, as diagnose takes it."""
    return replace(page, language=diagnosis.language)


def diagnosis_page(diagnosis: Diagnosis, page: Page) -> str:
    return findings.diagnosis_page(diagnosis, said_in(diagnosis, page))


def short_page(diagnosis: Diagnosis, page: Page) -> str:
    return findings.short_page(diagnosis, said_in(diagnosis, page))


def verdict(diagnosis: Diagnosis) -> str:
    return finding_texts.verdict(diagnosis, said_in(diagnosis, Page()))


@pytest.mark.parametrize("diagnosis", ["everything", "chinese"])
def test_the_short_form_is_as_the_golden_file_shows(
    golden: Callable[[str, str], None], diagnosis: str
) -> None:
    golden(f"diagnose-{diagnosis}-short.txt", short_page(DIAGNOSES[diagnosis], Page(80)))


@pytest.mark.parametrize("diagnosis", DIAGNOSES)
def test_the_short_form_is_a_line_a_finding_and_the_result(diagnosis: str) -> None:
    whole = DIAGNOSES[diagnosis]
    *lines, last = short_page(whole, Page(80)).splitlines()
    assert [line.split()[1] for line in lines] == [one.code for one in whole.shown]
    assert last == verdict(whole)
    replayed = short_page(whole, Page(80, taken="2026-11-23T12:00:00Z")).splitlines()[-1]
    assert replayed in (
        f"{last} (snapshot taken at 2026-11-23T12:00:00Z)",
        f"{last}（快照采集于 2026-11-23T12:00:00Z）",
    )


_QUIET = replace(EVERYTHING, least=Severity.ERROR)
_WARNED = replace(BLANK, severity=Severity.WARNING)


@pytest.mark.parametrize(
    ("diagnosis", "text"),
    [
        (EVERYTHING, "1 error, 1 warning, 1 info, 3 checks could not run"),
        (
            _QUIET,
            "1 error, 1 warning, 1 info, 2 not shown (--min-severity), 3 checks could not run",
        ),
        (CLEAN, "no problems found, 3 checks run"),
        (ONE_NOTE, "no problems found, 2 checks run, 1 info"),
        (replace(CLEAN, language=CHINESE), "未发现问题，已执行 3 项检查"),
        (replace(CLEAN, narrowed=True), "no problems found with these nodes, 3 checks run"),
        (replace(CLEAN, findings=(_WARNED, _WARNED)), "2 warnings"),
        (
            replace(CLEAN, results=(result("RT101"), result("RT103", Outcome.UNKNOWN))),
            "no problems found, 1 check run, 1 check could not run",
        ),
    ],
)
def test_the_verdict_says_how_many_and_what_could_not_be_checked(
    diagnosis: Diagnosis, text: str
) -> None:
    assert verdict(diagnosis) == text


def test_what_is_below_the_least_severity_is_not_shown() -> None:
    assert "RT306 orphaned entries\n" not in diagnosis_page(_QUIET, Page(80))


def test_a_part_that_could_not_be_read_has_its_name_in_the_language() -> None:
    lost = replace(BLANK, objects=(ObjectRef("Part", "entries/vtb-a"),))
    page = diagnosis_page(replace(EVERYTHING_IN_CHINESE, findings=(lost,)), Page(160))
    assert f"{texts(CHINESE).parts['entries/']}vtb-a\n" in page


def test_a_finding_that_is_not_told_counts_as_a_check_that_was_made() -> None:
    quiet = replace(ONE_NOTE, findings=(), results=(result("RT903", Outcome.FOUND),))
    assert "✓ no problems in 1 check\n" in diagnosis_page(quiet, Page(80))
    assert "✓ tool  1 passed" in diagnosis_page(quiet, Page(80, wide=True))


def test_a_symptom_stands_with_its_cause() -> None:
    whole = replace(EVERYTHING, findings=(BLANK, SYMPTOM))
    text = diagnosis_page(whole, Page(160))
    assert "  Also:     9 nodes look fine to Kubernetes. (RT207)\n" in text
    assert "RT207 NetworkUnavailable" not in text
    assert verdict(whole).startswith("1 error, 1 info")


def test_what_a_log_says_takes_two_lines_of_a_screen() -> None:
    long = replace(BLANK, evidence=("log: " + "word " * 60, "next"))
    text = diagnosis_page(replace(CLEAN, findings=(long,)), Page(60))
    block = text[text.index("Evidence:") :].splitlines()
    assert (len(block[0]), block[1].endswith(" …"), block[2].split()) == (54, True, ["next"])
    assert diagnosis_page(replace(CLEAN, findings=(long,)), Page(60, wide=True)).count("word") == 60
    many = replace(BLANK, evidence=("first", *long.evidence))
    text = diagnosis_page(replace(CLEAN, findings=(many,)), Page(60))
    block = text[text.index("Evidence:") : text.index("  Details:")].splitlines()
    assert (len(block), block[2][-2:], block[3].strip()) == (4, " …", "and 1 more (-o wide)")


def test_the_result_stands_again_below_a_long_page() -> None:
    long = replace(EVERYTHING, findings=(BLANK,) * 6)
    lines = diagnosis_page(long, Page(160)).splitlines()
    assert lines[0] == lines[-1] == "Result: 6 errors, 3 checks could not run"


def test_an_expired_suppression_in_both_languages() -> None:
    assert expired_text(EXPIRED) == "suppression of RT301 has expired on 2026-01-01: was due"
    assert (
        said(expired_text(EXPIRED), CHINESE) == "对 RT301 的忽略规则已于 2026-01-01 过期：was due"
    )
