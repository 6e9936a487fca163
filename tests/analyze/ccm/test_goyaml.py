"""cloud-config texts as the Go libraries inside CCM read them.

go_decoders.json holds rows of [text, v1, v2]: what routeTableIDs became when encoding/json (v1) and
sigs.k8s.io/yaml (v2) decoded the text into CCM's own struct; null where they returned an error.
The rows were made by running both libraries, not by reading their code.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubectl_routes.analyze.ccm.cloudconfig import read
from kubectl_routes.analyze.ccm.goyaml import load
from kubectl_routes.analyze.ccm.version import family_of
from kubectl_routes.analyze.ccm.version import parse_tag

ROWS = json.loads(Path(__file__).with_name("go_decoders.json").read_text(encoding="utf-8"))
V1, V2 = (family_of(parse_tag(tag)) for tag in ("v1.9.3.86-g4454991-aliyun", "v2.4.0"))


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
        ("!foo [a, -0x1F, 017, 0b11, 1_000, +5]", ["a", -31, 15, 3, 1000, 5]),
        ("[y, Off, .5, 1e2, 1:30, 2001-01-01]", [True, False, 0.5, 100.0, "1:30", "2001-01-01"]),
        ("{a:\t1,\t\tb: 2}\t# tabs", {"a": 1, "b": 2}),
    ],
)
def test_values_are_of_the_types_that_go_gives_them(text: str, value: object) -> None:
    assert load(text) == value
