"""The pages of the codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubectl_routes.catalog.loader import texts
from kubectl_routes.catalog.pages import page as page_of, pages
from kubectl_routes.model.message import Language
from kubectl_routes.render.explain import check_list, code_list, code_page, unchecked_list
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import columns


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("RT103", Language.ENGLISH),
        ("RT103", Language.CHINESE),
        ("RT403", Language.ENGLISH),
        ("RT904", Language.CHINESE),
    ],
)
def test_a_page_is_laid_out_as_the_golden_file_shows(
    golden: Callable[[str, str], None], code: str, language: Language
) -> None:
    text = code_page(page_of(code, language), Page(70, language=language))
    golden(f"explain-{code}-{language.value}.txt", text)


@pytest.mark.parametrize("language", Language)
def test_no_page_is_wider_than_the_screen_but_for_what_is_to_be_copied(
    language: Language,
) -> None:
    for one in pages(language):
        lines = code_page(one, Page(60, language=language)).splitlines()
        wide = [line for line in lines if columns(line) > 60]
        assert [line for line in wide if not line.startswith("  $ ") and "http" not in line] == []


@pytest.mark.parametrize("language", Language)
def test_codes_stand_in_one_column(language: Language) -> None:
    lines = code_list(pages(language), Page(language=language)).splitlines()
    titles = [one.title for one in pages(language)]
    starts = {columns(line.removesuffix(title)) for line, title in zip(lines, titles, strict=True)}
    assert len(starts) == 1


def test_the_list_for_programs_has_every_code_once() -> None:
    found = check_list(pages(Language.ENGLISH)).checks
    assert [check.code for check in found] == [page.code.code for page in pages(Language.ENGLISH)]


def test_what_is_not_checked_comes_with_where_to_look() -> None:
    text = unchecked_list(texts(Language.ENGLISH).unchecked, Page(80))
    assert "security groups" in text
    assert "sourceDestCheck" in text
