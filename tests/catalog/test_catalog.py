"""Codes, checks, words of both languages and docs belong together."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from string import Formatter

import pytest

from kubectl_routes.catalog.loader import THEMES, all_codes, texts
from kubectl_routes.catalog.pages import filled, link, page, pages
from kubectl_routes.checks.registry import CHECKS
from kubectl_routes.model.message import Language
from kubectl_routes.render.explain import markdown
from kubectl_routes.render.page import Page

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = texts(Language.ENGLISH).codes, texts(Language.CHINESE).codes
# Of a code that lacks its words one test speaks.
WORDED = [code for code in all_codes() if code in ENGLISH and code in CHINESE]
# Commands that follow one another, whatever the variant.
STEPS = (
    "patch", "edit", "edit-config", "logs", "restart", "image", "delete-pods", "enable",
    "unassociate",
)  # fmt: skip
DOCS = {Language.ENGLISH: "codes.md", Language.CHINESE: "codes.zh-CN.md"}


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def write_again(language: Language) -> str:
    return f"kubectl-routes explain --all --lang {language.value} > docs/{DOCS[language]}"


@pytest.mark.parametrize("language", Language)
def test_the_link_of_a_code_leads_to_its_heading_in_the_repository(language: Language) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    for code in all_codes():
        address, anchor = link(code, language).split("#")
        file = ROOT / address.removeprefix(f"{setup['metadata']['url']}/blob/main/")
        headings = re.findall(r"(?m)^## (RT\d+)$", file.read_text(encoding="utf-8"))
        assert anchor.upper() in headings, write_again(language)


def test_every_check_has_its_code_and_every_code_its_check() -> None:
    checked = [code for code, one in all_codes().items() if not one.preflight]
    lacks = [
        f'no function of checks/ has @check("{code}")' for code in checked if code not in CHECKS
    ]
    assert lacks == []
    assert list(CHECKS) == checked, "a check without its code in codes.yaml, or out of order there"
    assert {one.theme for one in all_codes().values()} == set(THEMES)


def test_every_check_that_a_file_declares_is_collected_once() -> None:
    files = (ROOT / "kubectl_routes" / "checks").glob("*.py")
    declared = [
        code for file in files for code in re.findall(r'@check\(\s*"(\w+)"', file.read_text())
    ]
    assert sorted(declared) == list(CHECKS), "twice, or in a file that registry.py does not list"


@pytest.mark.parametrize("language", Language)
def test_every_code_has_its_words(language: Language) -> None:
    prose = texts(language).codes
    lacks = [
        f"{code}: write it in {language.value}.yaml" for code in all_codes() if code not in prose
    ]
    assert lacks == []
    assert [f"{code} is not in codes.yaml" for code in prose if code not in all_codes()] == []


@pytest.mark.parametrize("code", WORDED)
def test_both_languages_say_the_same_of_a_code(code: str) -> None:
    english, chinese = ENGLISH[code], CHINESE[code]
    for part in ("causes", "evidence", "remedies", "preflight"):
        mine, theirs = getattr(english, part), getattr(chinese, part)
        assert set(mine) == set(theirs)
        assert {key: names(one) for key, one in mine.items()} == {
            key: names(one) for key, one in theirs.items()
        }
    assert re.search("[\u4e00-\u9fff]", chinese.title + chinese.why)
    assert not re.search("[\u4e00-\u9fff]", str(english))


def test_shared_phrases_are_the_same_in_both_languages() -> None:
    english, chinese = texts(Language.ENGLISH).shared, texts(Language.CHINESE).shared
    assert {key: names(one) for key, one in english.items()} == {
        key: names(one) for key, one in chinese.items()
    }


def test_what_is_not_checked_is_told_in_both_languages() -> None:
    assert len(texts(Language.ENGLISH).unchecked) == len(texts(Language.CHINESE).unchecked) > 5


@pytest.mark.parametrize("code", WORDED)
def test_commands_are_of_a_variant_that_there_is(code: str) -> None:
    variants = {*ENGLISH[code].causes, *ENGLISH[code].remedies, "", *STEPS}
    assert set(all_codes()[code].commands) <= variants


def test_phrases_that_several_codes_show_are_shared_ones() -> None:
    shared = set(texts(Language.ENGLISH).shared)
    for code in WORDED:
        assert set(all_codes()[code].evidence) <= shared | set(ENGLISH[code].evidence), code
        assert shared.isdisjoint(ENGLISH[code].evidence)


def test_a_number_takes_the_noun_that_fits() -> None:
    template = "{count:node is|nodes are} gone, {other}"
    assert filled(template, {"count": "1"}) == "1 node is gone, <other>"
    assert filled(template, {"count": "2", "other": "x"}) == "2 nodes are gone, x"
    assert filled(template, {}) == "<count> nodes are gone, <other>"


def test_a_page_shows_placeholders_and_says_nothing_twice() -> None:
    one = page("RT112", Language.ENGLISH)
    assert "CCM is not running: pod <pod> is in <state>." in one.causes
    assert len(one.causes) == len(set(one.causes))


@pytest.mark.parametrize("language", Language)
def test_the_docs_are_what_explain_all_writes(language: Language) -> None:
    text = (ROOT / "docs" / DOCS[language]).read_text(encoding="utf-8")
    written = markdown(pages(language), texts(language).unchecked, Page(language=language))
    assert text == written, write_again(language)


def test_every_code_that_the_analysis_names_is_in_the_catalogue() -> None:
    used = {
        code
        for module in (ROOT / "kubectl_routes").rglob("*.py")
        for code in re.findall(r"\bRT\d{3}\b", module.read_text(encoding="utf-8"))
    }
    assert "RT101" in used
    assert used - set(all_codes()) == set(), "these are not in codes.yaml"


def test_failure_modes_name_codes_and_tests_that_there_are() -> None:
    text = (ROOT / "docs" / "failure-modes.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| [A-Z0-9]", line)][1:]
    assert len(rows) >= 40
    missing = []
    for row in rows:
        *_, code, test = (cell.strip() for cell in row.strip("|").split("|"))
        missing += [one for one in re.findall(r"RT\d{3}", code) if one not in all_codes()]
        for path, function in re.findall(r"`([\w/]+\.py)::(\w+)", test):
            if f"def {function}(" not in (ROOT / path).read_text(encoding="utf-8"):
                missing.append(f"{path}::{function}")
        for path, case in re.findall(r"`([\w/]+\.yaml)`: ([^(;]*[^ (;])", test):
            if f"\n{case}:\n" not in f"\n{(ROOT / path).read_text(encoding='utf-8')}":
                missing.append(f"{path}: {case}")
    assert missing == []
