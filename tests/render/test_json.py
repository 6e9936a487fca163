from __future__ import annotations

import json as stdlib
import sys
import unicodedata

import pytest
import yaml

from kubectl_routes.render.json import encoded, json, literal, scalar

EVERY = "".join(
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
)


def test_no_character_that_a_terminal_could_obey_is_written_as_it_is() -> None:
    for text in (json({"k": EVERY}), literal([EVERY]), scalar([EVERY])):
        shown = text.replace("\n", "").replace(" ", "")
        assert not any(unicodedata.category(char)[0] in "CZ" for char in shown)


def test_they_are_read_back_as_they_were() -> None:
    assert stdlib.loads(json({"k": EVERY})) == {"k": EVERY}
    assert stdlib.loads(literal([EVERY])) == [EVERY]
    assert yaml.safe_load(scalar([EVERY])) == [EVERY]


def test_what_people_read_stays() -> None:
    assert literal("中文 \u3000 é 😀") == '"中文 \u3000 é 😀"'


def test_what_no_document_holds_is_refused() -> None:
    with pytest.raises(NotImplementedError):
        encoded(object())
