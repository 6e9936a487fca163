from __future__ import annotations

import pytest
import yaml

from kubectl_routes.collect.yaml_text import load, load_quickly

MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 9)
)
HOSTILE = {
    "[" * 100_000: "nested too deeply",
    "- " * 100_000: "nested too deeply",
    "&a [*a]": "a value contains itself",
    MERGES: "too many values",
    "9" * 5000: "a value does not fit its tag",
    "!!timestamp x": "a value does not fit its tag",
    "? [a]\n: b": "unhashable key",
    "a: b: c": "mapping values are not allowed here",
    "\x00": "special characters are not allowed",
}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_wrong_with_a_text_is_a_yaml_error(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match=HOSTILE[text]):
        load(text)
    with pytest.raises(yaml.YAMLError):
        load_quickly(text)


def test_a_text_without_hostility_is_read_as_ever() -> None:
    text = "a: &a {b: [1, x, null]}\nc: {<<: *a, d: 2026-01-01}\n"
    assert load(text) == load_quickly(text) == yaml.safe_load(text)
    assert load("# nothing") is None
    assert load_quickly("") is None
