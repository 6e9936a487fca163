from __future__ import annotations

import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from kubectl_routes.model.command import command, commands, quoted

HOSTILE = (
    "vtb-a;touch x",
    "$(touch x)",
    "`touch x`",
    "a' 'b",
    "a'; touch x; '",
    '"; touch x; "',
    "a # touch x",
    "a && touch x",
    "a > x",
    "~/x",
    "*",
    "!!",
    "路由",
)


def test_words_that_need_no_quotes_have_none() -> None:
    made = command("kubectl -n {namespace} delete pod {pod}", {"namespace": "a", "pod": "ccm-x1"})
    assert made == "kubectl -n a delete pod ccm-x1"


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("template", ["printf %s {value}", "printf %s --tables={value}"])
def test_a_value_is_a_part_of_one_argument_of_a_real_shell(
    template: str, value: str, tmp_path: Path
) -> None:
    made = command(template, {"value": value})
    assert made is not None
    done = subprocess.run(
        ["/bin/bash", "-c", made], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == template.split()[2].replace("{value}", value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["-o", "--kubeconfig=/x", "-", "a\nb", "a\x1b[2J", "a\u202eb"])
def test_a_flag_in_place_of_a_name_and_control_characters_are_not_printed(value: str) -> None:
    assert command("kubectl delete pod {pod}", {"pod": value}) is None
    assert commands(("kubectl get pods", "kubectl delete pod {pod}"), {"pod": value}) == ()


def test_what_looks_like_a_flag_behind_an_equals_sign_or_a_slash_is_a_value() -> None:
    values = {"value": "-o"}
    assert command("kubectl routes enable --tables={value}", values) is not None
    assert command("kubectl edit configmap/{value}", values) == "kubectl edit configmap/-o"


def test_a_value_that_is_not_known_is_a_placeholder() -> None:
    made = commands(("kubectl drain {node}", "aliyun --id {entry}"), {"node": "n1", "entry": ""})
    assert made == ("kubectl drain n1", "aliyun --id <entry>")
    assert command("kubectl set image {x}={y}", {"y": "a b"}) == "kubectl set image '<x>=a b'"


def test_an_argument_of_the_template_keeps_its_quotes_and_braces() -> None:
    made = command('kubectl patch node {node} -p \'{{"a": "{b}"}}\'', {"node": "n1", "b": "c"})
    assert made is not None
    assert shlex.split(made) == ["kubectl", "patch", "node", "n1", "-p", '{"a": "c"}']


@pytest.mark.parametrize("value", [*HOSTILE, "a\nb", "a\x1b[2J", ""])
def test_a_value_in_a_sentence_is_one_word_for_a_shell(value: str) -> None:
    shown = quoted(value)
    (word,) = shlex.split(shown)
    assert word == value.replace("\n", "\\n").replace("\x1b", "\\x1b")
    assert shown.isprintable()


# A command in a text, up to the end of it or of the sentence.
PRINTED = re.compile(r"\b(?:kubectl (?:routes |-n |--?[a-z]|[a-z]+ )|aliyun [a-z]+ )[^;,:]*")
# The modules with scripts for shells, which print no command.
SCRIPTS = "completion"


def interpolated(source: str) -> list[str]:
    """The f-strings that put a value into a command."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values
            )
            found += [hit for hit in PRINTED.findall(text.replace("{", "")) if "\0" in hit]
    return found


def test_no_other_place_puts_a_value_into_a_command() -> None:
    root = Path(__file__).parents[2] / "kubectl_routes"
    found = {
        str(path.relative_to(root)): hits
        for path in sorted(root.rglob("*.py"))
        if not path.name.startswith(SCRIPTS)
        if (hits := interpolated(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_a_value_in_a_command_is_found() -> None:
    assert interpolated('f"see kubectl -n {a} edit configmap {b}"')
    assert interpolated('f"kubectl routes status --tables {a} lists them"')
    assert not interpolated('f"{a} is not there; kubectl get nodes lists them"')


def test_a_pipe_of_the_template_joins_commands_and_one_of_a_value_does_not() -> None:
    assert command("tool {name} | other -f -", {"name": "|"}) == "tool '|' | other -f -"
