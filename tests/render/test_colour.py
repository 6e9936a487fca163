from __future__ import annotations

import pytest

from kubectl_routes.render.colour import Paint, Setting, painted, use_colour


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"FORCE_COLOR": "1"}])
@pytest.mark.parametrize("isatty", [True, False])
def test_the_flag_decides_alone(env: dict[str, str], isatty: bool) -> None:
    assert use_colour(Setting.ALWAYS, env, isatty)
    assert not use_colour(Setting.NEVER, env, isatty)


@pytest.mark.parametrize(
    ("env", "isatty", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": ""}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": ""}, True, True),
    ],
)
def test_auto_asks_the_environment_and_the_terminal(
    env: dict[str, str], isatty: bool, expected: bool
) -> None:
    assert use_colour(Setting.AUTO, env, isatty) is expected


def test_paint_is_put_on_only_when_asked_and_only_on_text() -> None:
    assert painted("ok", Paint.GOOD, True) == "\x1b[32mok\x1b[0m"
    assert painted("ok", Paint.GOOD, False) == "ok"
    assert painted("", Paint.GOOD, True) == ""
