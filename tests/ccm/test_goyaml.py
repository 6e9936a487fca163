"""cloud-config texts as the Go libraries inside CCM read them.

go_decoders.json holds rows of [text, v1, v2]: what routeTableIDs became when encoding/json (v1) and
sigs.k8s.io/yaml (v2) decoded the text into CCM's own struct; null where they returned an error.
The rows were made by running both libraries, not by reading their code.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from kubectl_routes.ccm.cloudconfig import read
from kubectl_routes.ccm.goyaml import load
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_tag

ROWS = json.loads(Path(__file__).with_name("go_decoders.json").read_text(encoding="utf-8"))
V1, V2 = (behavior_of(parse_tag(tag)) for tag in ("v1.9.3.86-g4454991-aliyun", "v2.4.0"))


def joined(ids: tuple[str, ...] | None) -> str:
    return ",".join(ids or ())


@pytest.mark.parametrize(("text", "v1", "v2"), ROWS)
def test_text_reads_as_in_go(text: str, v1: str | None, v2: str | None) -> None:
    by_json, by_yaml = read(text, V1), read(text, V2)
    assert bool(by_json.error) == (v1 is None)
    assert bool(by_yaml.error) == (v2 is None)
    trimmed = ",".join(item.strip() for item in (v1 or "").split(","))
    assert joined(by_json.ids) == trimmed
    assert joined(by_yaml.ids) == (v2 or "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("!foo {a: 1}", {"a": 1}),
        ("!foo {a: {b: [1]}, c: [[2]]}", {"a": {"b": [1]}, "c": [[2]]}),
        ("!foo [a, -0x1F, 017, 0b11, 1_000, +5]", ["a", -31, 15, 3, 1000, 5]),
        ("[0o17, -0_17, 1__0, 0x_F]", [15, -15, 10, 15]),
        ("[y, Off, .5, 1e2, 1:30, 2001-01-01]", [True, False, 0.5, 100.0, "1:30", "2001-01-01"]),
        ("[TRUE, YES, Y, No, OFF, tRUE, oN]", [True, True, True, False, False, "tRUE", "oN"]),
        ("{a:\t1,\t\tb: 2}\t# tabs", {"a": 1, "b": 2}),
        ("{a:, b: c:, d: [e:], f:}", {"a:": None, "b": "c:", "d": ["e:"], "f:": None}),
    ],
)
def test_values_are_of_the_types_that_go_gives_them(text: str, value: object) -> None:
    assert load(text) == value


def laughs(levels: int) -> str:
    """Each level stands for ten times as much as the one before."""
    first = "a0: &a0 [x]\n"
    return first + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, levels)
    )


def merges(levels: int) -> str:
    first = "a0: &a0 {x: 1}\n"
    return first + "".join(
        f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, levels)
    )


@pytest.mark.parametrize("text", [laughs(5), laughs(12), merges(12)])
def test_aliases_may_not_be_nearly_all_of_a_text(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="excessive aliasing"):
        load(text)


def test_some_aliases_do_no_harm() -> None:
    found = load(f"{laughs(4)}y: [*a1, *a1]\nz: {{<<: [{{a: 1}}, {{a: 2, b: 3}}]}}")
    assert (len(found["a3"]), found["z"]) == (10, {"a": 1, "b": 3})


@pytest.mark.qa
def test_beyond_400_000_values_fewer_and_fewer_of_them_may_be_aliased() -> None:
    large = f"x: &x [{'1,' * 20_000}]\ny: [{'*x,' * 25}]"
    with pytest.raises(yaml.YAMLError, match="excessive aliasing"):
        load(large)


@pytest.mark.parametrize("text", ["&a [*a]", "a: &a {b: [*a]}", "a: &a {<<: *a}"])
def test_an_anchor_may_not_contain_itself(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="contains itself"):
        load(text)


def test_numbers_beyond_64_bits_are_floats_or_text() -> None:
    digits, hexadecimal = "9" * 400, f"0x{'f' * 100}"
    found = load(f"[{2**64 - 1}, {2**64}, -{2**63}, -{2**63 + 1}, {digits}, {hexadecimal}]")
    assert found == [2**64 - 1, 2.0**64, -(2**63), -(2.0**63), digits, hexadecimal]
    assert load(f"0b{'1' * 65}") == f"0b{'1' * 65}"


def test_brackets_without_end_are_noticed_at_once() -> None:
    with pytest.raises(RecursionError):
        load("[" * 100_000)
