"""YAML of ours says to a parser what was written, and reads well to people."""

from __future__ import annotations

from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import example, given, settings, strategies as st

from kubectl_routes.render.yaml import yaml

# No surrogates: they are no characters, and no text of an API has any.
characters = st.characters(codec="utf-8")
lines = st.lists(
    st.one_of(
        st.text(characters, max_size=12),
        st.sampled_from(
            ("", " ", "  indented", "trailing ", "---", "...", "# no comment", "- item", "a: b",
             "{", "%x", "\t", "|", "key:", "!x", "&a", "*a", "\u2028", "\x85", "\ufeff", "\ufffe")
        ),
    ),
    max_size=6,
)  # fmt: skip
texts = st.one_of(
    lines.map("\n".join),
    lines.map("\r\n".join),
    lines.map(lambda parts: "\n".join(parts) + "\n"),
    st.sampled_from(("null", "yes", "1", "1.5", "~", "on", "0x1", "2001-01-01", "=", "<<", "a: b")),
)
scalars = st.one_of(texts, st.integers(-(2**63), 2**63), st.booleans(), st.none())
keys = st.one_of(texts.filter(lambda text: len(text) < 100), st.sampled_from(("a", "y", "null")))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=6 * settings().max_examples)
@given(st.dictionaries(keys, values, min_size=1, max_size=5))
@example({"a": [{"b": "x\n\ny"}, {"c": "z\n"}]})
@example({"a": [["x\ny", {"b": 1}], [], {}]})
@example({"a": {"b": {"c": "x\n  y\nz"}}})
@example({"a": "x\n\n"})
@example({"a": "\n"})
@example({"a": "x\r\ny"})
@example({"a": "\ufeffx\ny"})
@example({"a": "x\u2028y"})
@example({"a": "\uffff"})
def test_a_parser_reads_exactly_what_was_written(document: dict[str, Any]) -> None:
    assert pyyaml.safe_load(yaml(document)) == document


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x\ny", "a: |-\n  x\n  y\n"),
        ("x\ny\n", "a: |\n  x\n  y\n"),
        ("x\n\n  y", "a: |-\n  x\n\n    y\n"),
        (" x\ny", 'a: " x\\ny"\n'),
        ("x \ny", 'a: "x \\ny"\n'),
        ("x\n\n", 'a: "x\\n\\n"\n'),
        ("x\x1b\ny", 'a: "x\\u001b\\ny"\n'),
        ([{"b": "x\ny", "c": 1}], "a:\n- b: |-\n    x\n    y\n  c: 1\n"),
        (["x\ny"], 'a:\n- "x\\ny"\n'),
    ],
)
def test_a_text_of_several_lines_is_a_block_where_nothing_can_be_lost(
    value: object, text: str
) -> None:
    assert yaml({"a": value}) == text


def test_a_key_that_is_longer_than_a_parser_looks_for_one() -> None:
    key = "x" * 10_000
    document = {key: {"a": 1, key: [1]}, "b": [{key: {"c": key}, "d": 2}]}
    assert pyyaml.safe_load(yaml(document)) == document
