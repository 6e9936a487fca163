"""``diff`` as text and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kubectl_routes.model.diff import Change, ChangeType, DiffPart, DiffResult, RouteDiff
from kubectl_routes.model.message import Language
from kubectl_routes.render.diff import diff_page, escaped, markdown
from kubectl_routes.render.page import Page
from tests.render.diffs import EVERYTHING, LACKING, NOTHING


@pytest.mark.parametrize("language", Language)
def test_markdown_is_as_the_golden_file_shows(
    golden: Callable[[str, str], None], language: Language
) -> None:
    golden(f"diff-{language.value}.md", markdown(EVERYTHING, Page(60, language=language)))


@pytest.mark.parametrize("change", [diff_page, markdown])
def test_the_same_and_what_could_not_be_compared_are_told_apart(
    change: Callable[[RouteDiff, Page], str],
) -> None:
    said = change(NOTHING, Page())
    assert "✓ no differences\n" in said.replace("**", "")
    part = replace(NOTHING, not_compared=LACKING[:1], result=DiffResult.UNKNOWN)
    said = change(part, Page())
    assert "? no differences in what was read on both sides" in said
    moved = replace(EVERYTHING, mismatches=("vpcId",))
    assert "different clusters" not in change(moved, Page())


def test_a_page_is_painted_and_may_be_ascii() -> None:
    said = diff_page(EVERYTHING, Page(80, colour=True, unicode=False))
    assert said.startswith("\x1b[33m! the snapshots are of different clusters")
    assert "\x1b[31mx different: 301 routes, 3 findings, 3 changes in CCM" in said
    assert "ok -> missing" in said
    assert diff_page(NOTHING, Page(colour=True)).startswith("\x1b[32m✓")


def test_what_others_wrote_is_no_markup_in_a_ticket() -> None:
    hostile = "a|b\n# c\x07 [x](http://e) *y* `z` <img> \\"
    change = Change(DiffPart.NODES, ChangeType.ADDED, "Node", hostile, after=hostile)
    text = markdown(replace(EVERYTHING, changes=(change,)), Page())
    row = next(line for line in text.splitlines() if "img" in line)
    assert len(re.split(r"(?<!\\)\|", row)) == 6
    assert "\x07" not in text
    assert "\n# c" not in text
    assert escaped(hostile) == (r"a\|b\\n\# c\\x07 \[x\](http://e) \*y\* \`z\` \<img\> \\")
