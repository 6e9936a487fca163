"""CCM started by a shell: what it is given, and how the text of the shell is changed."""

from __future__ import annotations

import pytest

from kubectl_routes.ccm.script import (
    program_words,
    script_place,
    takes_flag,
    variables,
    with_flag,
    with_last_flag,
    with_variables,
)


@pytest.mark.parametrize(
    ("words", "place", "given"),
    [
        (("/ccm", "--v=2"), None, ["/ccm", "--v=2"]),
        (("sh", "-c", "/ccm $FLAGS"), 2, ["/ccm", "$FLAGS"]),
        (("/bin/bash", "-euo", "pipefail", "-c", "/ccm"), 4, ["/ccm"]),
        (("sh", "-ec", 'exec /ccm "$@"', "--", "--v=2"), 2, ["exec", "/ccm", "--v=2"]),
        (("sh", "-c", "/ccm --v=2", "--v=5"), 2, ["/ccm", "--v=2"]),
        (("sh", "/start.sh", "--v=2"), None, ["sh", "/start.sh", "--v=2"]),
        (("sh", "-e"), None, ["sh", "-e"]),
        (("sh", "-c"), None, ["sh", "-c"]),
        (("/ccm", "--shell=/bin/sh", "-c", "x"), None, ["/ccm", "--shell=/bin/sh", "-c", "x"]),
        (("/run", "/ccm --v=2"), 1, ["/run", "/ccm", "--v=2"]),
    ],
)
def test_the_program_gets_what_the_shell_gives_it(
    words: tuple[str, ...], place: int | None, given: list[str]
) -> None:
    assert (script_place(words), program_words(words)) == (place, given)


@pytest.mark.parametrize(
    ("text", "value", "now"),
    [
        ("/ccm --cidr=a --v=2", "b", "/ccm --cidr=b --v=2"),
        ("/ccm --cidr a >log", "b", "/ccm --cidr=b >log"),
        ("/ccm --cidr --v=2", "b", "/ccm --cidr=b --v=2"),
        ('/ccm "--cidr=a" --v=2', "b", '/ccm "--cidr=b" --v=2'),
        ("/ccm --cidr='a c' --v=2", "b", "/ccm --cidr=b --v=2"),
        ("/ccm --cidr=$(CIDR) --cidr=${C}", "b", "/ccm --cidr=b --cidr=b"),
        ("sleep 5; /ccm --cidr=a; sleep 5", "b", "sleep 5; /ccm --cidr=b; sleep 5"),
        ("/ccm --v=2\n", "b", "/ccm --v=2 --cidr=b"),
        ("/ccm --cidr=a --v=2", None, "/ccm  --v=2"),
        ('/ccm "--cidr=a"', None, None),
        ("/ccm --v=2", None, None),
        ("/ccm --v=2 &", "b", None),
        ("/ccm --cidr \\\n a", "b", None),
        ("/ccm # --cidr=a\n", "b", None),
        ("/ccm --cidr=$(cat x)", "b", None),
    ],
)
def test_a_flag_is_changed_where_that_is_safe(
    text: str, value: str | None, now: str | None
) -> None:
    assert with_flag(text, "cidr", value, valueless=False) == now


def test_a_flag_without_a_value_keeps_the_word_behind_it() -> None:
    assert with_flag("/ccm --on x", "on", "false", valueless=True) == "/ccm --on=false x"


def test_a_flag_that_must_go_is_not_added() -> None:
    assert with_last_flag("/ccm --v=2", "cidr", None) is None


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("exec /ccm --v=2", True),
        ("/ccm \\\n --cluster-cidr=$(CIDR) \\\n --v=2\n", True),
        ("/ccm --v=2 1>>/var/log/ccm.log 2>&1", True),
        ("/ccm --v=2 # loud", False),
        ("/ccm --cluster-cidr=$(cat /cidr) --v=2", False),
        ("/ccm --v=2 &", False),
        ("exec env KEY=x /ccm --v=2", False),
        ("/ccm --v='2", False),
        ("exec /cloud-controller-manager $FLAGS", True),
        ("/usr/bin/cloud-controller-manager", True),
        ("/start.sh $FLAGS", False),
    ],
)
def test_a_flag_is_added_to_a_command_of_ccm_only(text: str, takes: bool) -> None:
    assert takes_flag(text) is takes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/ccm $FLAGS ${ONE}", "/ccm --a=b --c d x"),
        ('/ccm --x="$ONE"', '/ccm --x="x"'),
        ("/ccm $NONE $FLAGS2", "/ccm $NONE $FLAGS2"),
        ("/ccm ${ONE:-y}", "/ccm ${ONE:-y}"),
        ("ONE=2; /ccm $ONE", "ONE=2; /ccm $ONE"),
        ("/ccm '$ONE'", "/ccm '$ONE'"),
        ("/ccm \\$ONE", "/ccm \\$ONE"),
        ("/ccm $ODD", "/ccm $ODD"),
    ],
)
def test_a_variable_is_replaced_where_the_shell_certainly_does(text: str, shown: str) -> None:
    values = {"FLAGS": "--a=b --c d", "ONE": "x", "ODD": "$(rm)"}
    assert with_variables(text, values) == shown


def test_the_variables_of_a_text_are_those_that_the_shell_replaces() -> None:
    assert variables("exec /ccm $FLAGS --v=${LEVEL} $(CIDR)") == ["FLAGS", "LEVEL"]
