from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial

import pytest
import yaml
from hypothesis import example, given, settings, strategies as st

from kubectl_routes.ccm.cloudconfig import refusals
from kubectl_routes.collect.redact import redact

CANARY = "c4N9rY+8sEc3rEt/77zq=="

SECRET_KEYS = (
    "accessKeyID",
    "accessKeySecret",
    "ACCESSKEYSECRET",
    "special.keysecret",
    "token",
    "routeTableID",
    "unheard of",
    "x1",
)
HARMLESS_KEYS = ("vpcid", "region", "zoneid", "uid", "resourceGroupID", "VPCID")


def shreds(secret: str) -> set[str]:
    return {secret[at : at + 6] for at in range(len(secret) - 5)}


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def is_yaml(text: str) -> bool:
    """Whether CCM v2 takes it: the first document decides."""
    return "yaml" not in refusals(text)


def loaded(text: str) -> dict[str, dict[str, object]]:
    """JSON first, because JSON with tabs is no YAML; a YAML scalar as the text it is."""
    if is_json(text):
        return dict(json.loads(text))
    return dict(yaml.load(text, Loader=yaml.BaseLoader))


lists = st.text(alphabet="vtbab-012, \t", max_size=20)
secrets = st.sampled_from(
    (CANARY, f"two {CANARY}", f"{CANARY} # x", f"a: {CANARY}", f"it's {CANARY}", f'"{CANARY}')
)
odd_values = st.sampled_from((0, 12, -3.5, True, None, "", "plain", [CANARY, 7], {"k": CANARY}))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, object]:
    inner: dict[str, object] = {"routeTableIDs": draw(lists)}
    for key in draw(st.lists(st.sampled_from(SECRET_KEYS), unique=True)):
        inner[key] = draw(secrets | odd_values)
    for key in draw(st.lists(st.sampled_from(HARMLESS_KEYS), unique=True)):
        inner[key] = draw(st.sampled_from(("cn-hangzhou", "vpc-1", "", 7)))
    order = draw(st.permutations(sorted(inner)))
    return {"Global": {key: inner[key] for key in order}}


dump: Callable[..., str] = yaml.safe_dump
LAYOUTS: dict[str, Callable[[object], str]] = {
    "JSON": json.dumps,
    "indented JSON": partial(json.dumps, indent=2),
    "JSON with tabs": partial(json.dumps, indent="\t"),
    "YAML": partial(dump, width=1000),
    "narrow YAML": partial(dump, width=12),
    "flow YAML": partial(dump, default_flow_style=True),
    "single-quoted YAML": partial(dump, default_style="'"),
    "double-quoted YAML": partial(dump, default_style='"', width=20),
    "literal YAML": partial(dump, default_style="|"),
    "folded YAML": partial(dump, default_style=">", indent=4),
}
layouts = st.sampled_from(tuple(LAYOUTS))
texts = st.builds(lambda layout, document: LAYOUTS[layout](document), layouts, documents())


@settings(max_examples=2 * settings().max_examples)
@example(document={"Global": {"routeTableIDs": "0 ,1"}}, layout="narrow YAML")
@given(document=documents(), layout=layouts)
def test_no_secret_survives_and_the_list_does_in_any_layout(
    document: dict[str, object], layout: str
) -> None:
    text = LAYOUTS[layout](document)
    redacted = redact(text)

    assert not [shred for shred in shreds(CANARY) if shred in redacted]
    assert (is_json(redacted), is_yaml(redacted)) == (is_json(text), is_yaml(text))
    before, after = loaded(text), loaded(redacted)
    assert after["Global"]["routeTableIDs"] == before["Global"]["routeTableIDs"]
    harmless = [key for key in before["Global"] if key in HARMLESS_KEYS]
    assert [after["Global"][key] for key in harmless] == [before["Global"][key] for key in harmless]
    assert len(after["Global"]) <= len(before["Global"])


@settings(max_examples=4 * settings().max_examples)
@given(
    text=texts,
    at=st.integers(min_value=0, max_value=400),
    inserted=st.sampled_from(
        ("", "'", '"', "{", "}", "[", "]", ",", ":", "\n", "\t", "#", "@", "\\", " ")
    ),
)
@example(text='{"routeTableIDs": "vtb-a, "token": "c4N9rY+8sEc3rEt/77zq=="}', at=400, inserted="")
def test_no_secret_survives_in_a_text_that_one_character_has_broken(
    text: str, at: int, inserted: str
) -> None:
    broken = text[:at] + inserted + text[at + (0 if inserted else 1) :]
    redacted = redact(broken)

    assert not [shred for shred in shreds(CANARY) if shred in redacted]
    assert (is_json(redacted), is_yaml(redacted)) == (is_json(broken), is_yaml(broken))


@settings(max_examples=2 * settings().max_examples)
@given(text=st.text(alphabet="ab1:,{}[]\"'\n \t#-|>&*!@\\%", max_size=40))
def test_a_text_that_is_broken_stays_broken(text: str) -> None:
    redacted = redact(text)
    assert is_json(text) or not is_json(redacted)
    assert is_yaml(text) or not is_yaml(redacted)
    assert not is_json(text) or is_json(redacted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (
            '{"Global": {"routeTableIDs": "vtb-a, vtb-b,", "accessKeyID": "c2Vj", "x": 12,}}',
            '{"Global": {"routeTableIDs": "vtb-a, vtb-b,", "accessKeyID": "REDACTED", "x": 0,}}',
        ),
        ('{ Global: { "routeTableIDs": "a,b" } }', '{ Global: { "routeTableIDs": "a,b" } }'),
        (
            '{"ROUTETABLEIDS":["a", "b"],"k":[1.5,null]}',
            '{"ROUTETABLEIDS":["a", "b"],"k":[0.0,null]}',
        ),
        ("Global:\n\taccessKeyID: c2Vj\n", "Global:\n\taccessKeyID: REDACTED\n"),
        ("# was: c2Vj\nvpcid: v # c2Vj\n", "# REDACTED\nvpcid: v # REDACTED\n"),
        ("k: |\n  c2Vj\n   c2Vk\nregion: r\n", "k: |\n  REDACTED\n   REDACTED\nregion: r\n"),
        ("k:\n  c2Vj\nzoneid:\n  z\n", "k:\n  REDACTED\nzoneid:\n  z\n"),
        ('{"a": "b"} c2Vj1', '{"a": "REDACTED"} REDACTED'),
        ("k: 'it''s'\r\nuid: u\r\n", "k: 'REDACTED'\r\nuid: u\r\n"),
        ('{"k7s3cret": "v"}', '{"REDACTED": "REDACTED"}'),
        ("k: 0123\n", "k: 0111\n"),
        ("k: | # c2Vj\n  c2Vj\n", "k: | # REDACTED\n  REDACTED\n"),
        ("k: |\r  c2Vj\rl: c2Vj\r", "k: |\r  REDACTED\rl: REDACTED\r"),
        ("%c2Vj 1\n---\nk: v\n", "# REDACTED REDACTED\n---\nk: REDACTED\n"),
        ("k: &c2Vj1 v\nl: *c2Vj1\n", "k: &REDACTED0 REDACTED\nl: *REDACTED0\n"),
        ("routeTableIDs:\n- a\nk:\n- c2Vj\n", "routeTableIDs:\n- a\nk:\n- REDACTED\n"),
        ("- uid: u\n  - c2Vj\n", "- uid: u\n  - REDACTED\n"),
        ("uid: {k: v}\n- c2Vj\n", "uid: {k: REDACTED}\n- REDACTED\n"),
        ("uid:\n- [a]\n- u\nk: c2Vj\n- c2Vk\n", "uid:\n- [a]\n- u\nk: REDACTED\n- REDACTED\n"),
        ('{"region": {"x": "c2Vj"}, "c2Vj"}', '{"region": {"x": "REDACTED"}, "REDACTED"}'),
        ('{"region": "a" c2Vj: "c2Vj"}', '{"region": "a" REDACTED: "REDACTED"}'),
        ("k: c2Vj\nregion: 'r\n", "k: REDACTED\nregion: REDACTED\n\n@"),
        (  # as other clouds' providers have it
            "[Global]\r\nregion = r\naccessKeyID=C4nary\n; C4nary\n\nrouteTableIDs = a,b",
            "[Global]\r\nregion = r\naccessKeyID = REDACTED\nREDACTED\n\nrouteTableIDs = a,b",
        ),
        ("[global]\nregion = a; accessKeySecret=C4nary\n", "[global]\nregion = REDACTED\n"),
    ],
)
def test_what_a_redacted_config_looks_like(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_a_long_word_takes_no_longer_than_reading_it() -> None:
    began = time.process_time()
    redact(f"Global: {{region: {'x' * 30_000}}}")
    assert time.process_time() - began < 2.0


def test_merge_keys_and_aliases_are_not_unfolded() -> None:
    bomb = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12)
    )
    assert len(redact(bomb)) < 10 * len(bomb)
    assert len(redact(f"{bomb}? [\n")) < 10 * len(bomb)


@pytest.mark.parametrize(
    "rest", ["\n{}\n", "\n---\nGlobal: {accessKeySecret: C4nary-of-the-rest}\n", "\n...\njunk: [\n"]
)
def test_what_follows_the_first_document_hides_nothing_and_changes_nothing(rest: str) -> None:
    text = '{"Global": {"vpcid": "vpc-1", "accessKeySecret": "C4nary-of-the-first"}}' + rest
    redacted = redact(text)
    assert "C4nary" not in redacted
    assert "vpc-1" in redacted
    assert refusals(redacted).keys() == refusals(text).keys()
