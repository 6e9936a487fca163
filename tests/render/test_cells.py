from __future__ import annotations

import pytest

from kubectl_routes.model.matrix import Cell, NextAction, State, Trigger
from kubectl_routes.model.message import Language
from kubectl_routes.render.cells import Detail, cell_text, outlook
from kubectl_routes.render.page import Page
from tests.render.examples import cell


@pytest.mark.parametrize(
    ("cell", "full", "short", "bare"),
    [
        (cell("ok"), "✓ ok", "✓ ok", "✓ ok"),
        (cell("later"), "✗ missing → create 5m", "✗ missing 5m", "✗ missing"),
        (cell("coming"), "✗ missing → create soon", "✗ missing soon", "✗ missing"),
        (cell("never"), "✗ missing stuck RT103", "✗ missing RT103", "✗ missing"),
        (cell("taken"), "✗ conflict → replace 5m", "✗ conflict 5m", "✗ conflict"),
        (cell("pending"), "! pending", "! pending", "! pending"),
        (
            Cell(State.MISSING, next=NextAction.STUCK),
            "✗ missing stuck",
            "✗ missing stuck",
            "✗ missing",
        ),
        (
            Cell(State.MISSING, next=NextAction.CREATE),
            "✗ missing → create",
            "✗ missing create",
            "✗ missing",
        ),
    ],
)
def test_a_cell_says_as_much_as_there_is_room_for(
    cell: Cell, full: str, short: str, bare: str
) -> None:
    page = Page()
    assert [cell_text(cell, detail, page, 300) for detail in Detail] == [full, short, bare]


def test_an_unknown_period_is_not_guessed() -> None:
    later = cell("later")
    assert cell_text(later, Detail.FULL, Page(), None) == "✗ missing → create next sync"
    assert outlook(later, None, Page()) == "CCM will create the entry at its next route sync"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (cell("ok"), ""),
        (cell("left"), "CCM takes no action"),
        (Cell(State.MISSING, because="RT903"), "what CCM will do is unknown (RT903)"),
        (cell("coming"), "CCM will create the entry within seconds"),
        (cell("later"), "CCM will create the entry at its next route sync, within 5m"),
        (
            cell("taken"),
            "CCM will replace the conflicting entry at its next route sync, within 5m",
        ),
        (cell("never"), "stuck, CCM will not fix it (RT103)"),
        (
            Cell(State.MISSING, next=NextAction.STUCK, when=Trigger.EVENT),
            "stuck, CCM will not fix it",
        ),
        (Cell(State.MISSING, next=NextAction.CREATE), "CCM will create the entry"),
    ],
)
def test_the_outlook_says_whether_it_heals_by_itself(cell: Cell, sentence: str) -> None:
    assert outlook(cell, 300, Page()) == sentence


def test_a_chinese_cell_names_state_and_action_in_chinese() -> None:
    page = Page(language=Language.CHINESE)
    assert cell_text(cell("later"), Detail.FULL, page, 300) == "✗ 缺失 → 将创建 5m"
    assert cell_text(cell("never"), Detail.FULL, page, 300) == "✗ 缺失 无法自动恢复 RT103"
    assert page.tally(1_200, State.MISSING) == "1,200 条缺失"
