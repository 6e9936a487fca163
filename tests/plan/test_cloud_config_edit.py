"""Texts of cloud-config: the list changes, and no other character."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from kubectl_routes.model.undo import ListChange, ListUndo
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.cloud_config_edit import NotEditable
from tests.plan.generated import CANARIES, json_texts, texts
from tests.plan.world import compare

TABLES = "vtb-a,vtb-b"

JSON = {
    "an empty object": "{}",
    "an empty section": '{"Global":{ }}',
    "one member behind a space": '{ "x":1}',
    "a section that is null": '{"Global": null, "x": 1}',
    "no section among others": '{"x":1,\n "y":2}',
    "other members, set apart by lines": (
        '{\n  "Global": {\n    "uid": "1",\n    "vpcid" : "v"\n  }\n}\n'
    ),
    "another list": '{"Global": {"routeTableIDs" :"vtb-z", "uid": "1"}}',
    "another spelling": '{"GLOBAL": {"ROUTETABLEIDS": null}}',
    "an array in its place": '{"Global": {"routeTableIDs": ["vtb-a", "vtb-b"]}}',
    "nothing but white space": " \n",
}
YAML = {
    "the document's own": '{\n    Global: {\n        "routeTableIDs": "vtb-z"\n    }\n}',
    "a block with comments": (
        "# who to be\nGlobal:\n  accessKeyID: abc # secret\n  clusterID: 0123\n  on: yes\nx: [~]\n"
    ),
    "nothing but a comment": "# nothing\n",
    "a section without members": "Global:\n",
    "a second document": "Global: {uid: a}\n---\nx: y\n",
    "an anchor": "a: &a {b: c}\nGlobal: {<<: *a}\n",
    "numbers for text": "Global: {clusterID: 12, uid: 1.5, x: 7}",
    "what only Python takes for JSON": '{"Global": {"uid": NaN}}',
    "other letters": 'Global: {uid: "\u6d4b\\u8bd5"}',
}
REFUSED = {
    "a section that is an array": "{Global: [1]}",
    "a section that is text": '{"Global": "x"}',
    "an array": "[]",
    "an array in YAML": "- a",
    "two sections": '{"Global": {}, "GLOBAL": {}}',
    "two sections in YAML": "Global: {}\nglobal: {}",
    "two lists": '{"Global": {"uid": 1, "uid": 2, "RouteTableIds": "", "routeTableIDs": ""}}',
    "no end": '{"Global": {"uid": "x"',
    "an alias of nothing": "Global: *c4N9r",
    "a tag of nothing": "Global: !c4N9r!x y",
    "a control character": "x: \x00",
    "a number that is none": "x: !!int c4N9r",
    "infinity": "x: 1e999",
    "bytes": "x: !!binary YQ==",
    "bytes as a key": "Global: {!!binary YQ==: x}",
    "half a character": 'x: "\\ud800"',
    "an anchor in itself": "x: &x [*x]",
    "large by aliases": f"x: &x [{'1,' * 1500}]\ny: [{'*x,' * 70}]",
    "large by aliases of a long text": f"x: &x {'1' * 20_000}\ny: [{'*x,' * 70}]",
    "deep": "[" * 50_000,
    "aliases of aliases": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        "Global: {routeTableIDs: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]}"
    ),
}
LIST = '{"Global":{"routeTableIDs":"vtb-z"}}'
LISTED = '{"Global": {"routeTableIDs": "vtb-a,vtb-b", "new": "x"}}'
LISTED_YAML = "Global: {routeTableIDs: 'vtb-a,vtb-b', new: x}"
# The text before the edit, and what others have made of it since.
TAKEN_BACK = {
    "a member beside an inserted list": ('{"Global":{}}', LISTED),
    "a member in an added section": (
        '{"x":1}', '{"x":1,"Global":{"new":2,"routeTableIDs": "vtb-a,vtb-b"}}'
    ),
    "the section is gone": (LIST, '{"x":1}'),
    "the added section is gone": ("{}", '{"x":1}'),
    "the list is gone": (LIST, '{"Global":{"uid":"1"}}'),
    "the text is gone": (LIST, ""),
    "the section has become null": ('{"Global":{}}', '{"Global":null}'),
    "written as YAML since": (LIST, LISTED_YAML),
    "written as YAML since, without a list before": ('{"Global":{}}', LISTED_YAML),
    "more in a text that was written": ("", LISTED),
}  # fmt: skip


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines()) or "  (nothing)\n"


def edited(text: str) -> str:
    try:
        made = cloud_config_edit.edit(text, TABLES)
    except NotEditable as refusal:
        return f"refused: {refusal}\n"
    undo = made.undo
    return f"{undo.change.value}, was {undo.was!r}, list {undo.tables!r}\n{indented(made.text)}"


def taken_back(before: str, now: str) -> str:
    return indented(
        cloud_config_edit.revert(now, cloud_config_edit.edit(before, TABLES).undo, None)
    )


def test_an_edit_changes_the_list_alone_and_its_undo_leaves_what_others_have_changed(
    request: pytest.FixtureRequest,
) -> None:
    """YAML is rewritten as JSON in its order; what cannot be edited is refused unquoted."""
    made = {name: edited(text) for name, text in {**JSON, **YAML, **REFUSED}.items()}
    back = {f"back: {name}": taken_back(*texts) for name, texts in TAKEN_BACK.items()}
    compare(request, "cloud-config", {**made, **back}.items())


@pytest.mark.parametrize("text", [*JSON.values(), *YAML.values()])
def test_an_edit_is_taken_back_to_the_byte(text: str) -> None:
    made = cloud_config_edit.edit(text, TABLES)
    backup = text if made.undo.change is ListChange.REWRITTEN else None
    assert cloud_config_edit.revert(made.text, made.undo, backup) == text


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("", None),
        ("{}", None),
        ('{"Global": null}', None),
        ('{"Global": [1]}', None),
        ('{"Global": {"routetableids": "vtb-a"}}', "vtb-a"),
        ('{"Global": {"routeTableIDs": ["vtb-a"]}}', '["vtb-a"]'),
        ("Global: {routeTableIDs: 5}", "5"),
        ("Global: {routeTableIDs: }", None),
    ],
)
def test_the_list_of_a_text(text: str, tables: str | None) -> None:
    assert cloud_config_edit.list_of(text) == tables


def test_a_text_is_bare_when_its_section_is_empty_and_alone() -> None:
    bare = ("", "{}", '{"Global": {}}', '{"global": null}')
    full = ('{"Global": {"uid": "1"}}', '{"x": 1}')
    assert [cloud_config_edit.is_bare(one) for one in (*bare, *full)] == [True] * 4 + [False] * 2


def test_a_rewritten_text_that_was_changed_since_stays_json_with_the_old_list() -> None:
    before = "Global: {routeTableIDs: vtb-z} # comment"
    edited = cloud_config_edit.edit(before, TABLES)
    now = edited.text.replace('"Global": {', '"Global": {"new": 1,')
    after = cloud_config_edit.revert(now, edited.undo, before)
    assert json.loads(after) == {"Global": {"new": 1, "routeTableIDs": "vtb-z"}}


def test_a_backup_that_others_have_broken_is_not_used() -> None:
    edited = cloud_config_edit.edit("Global: {uid: a}", TABLES)
    after = cloud_config_edit.revert(edited.text, edited.undo, "{ broken")
    assert json.loads(after) == {"Global": {"uid": "a"}}


def test_the_list_is_removed_from_yaml_too() -> None:
    after = cloud_config_edit.without_list("Global: {uid: a, routeTableIDs: vtb-a}")
    assert json.loads(after) == {"Global": {"uid": "a"}}


def test_a_text_is_not_shown_by_its_repr() -> None:
    assert CANARIES[0] not in repr(cloud_config_edit.edit(f'{{"x": "{CANARIES[0]}"}}', TABLES))


def pairs(text: str) -> Any:
    """JSON as lists of pairs: order and repeated keys count."""
    return json.loads(text, object_pairs_hook=list)


def without(tree: Any) -> Any:
    """Pairs without the list, and without a Global that holds nothing else."""
    kept = []
    for name, value in tree:
        if name.lower() != "global":
            kept.append((name, value))
            continue
        rest = [pair for pair in value or [] if pair[0].lower() != "routetableids"]
        kept += [(name, rest)] if rest else []
    return kept


@settings(max_examples=4 * settings().max_examples)
@given(json_texts())
def test_json_keeps_every_character_outside_of_the_list(text: str) -> None:
    edited = cloud_config_edit.edit(text, TABLES).text
    token = '"vtb-a,vtb-b"'
    # What is the same at both ends is all of the old text, but for an old list or section.
    place = edited.index(token)
    head = edited[:place]
    tail = edited[place + len(token) :]
    start = next(n for n in range(len(head), -1, -1) if text.startswith(head[:n]))
    end = next(n for n in range(len(tail), -1, -1) if text.endswith(tail[len(tail) - n :]))
    gone = text[start : len(text) - end]
    assert re.fullmatch(r'(null|"[^"]*")?', gone.strip(' ,:\r\n\t{}"') and gone) or not gone
    new = head[start:] + tail[: len(tail) - end]
    assert re.fullmatch(r'[\s,:{}]*("?Global"?)?[\s,:{}]*("?routeTableIDs"?)?[\s,:{}]*', new)
    assert without(pairs(edited)) == without(pairs(text))


@settings(max_examples=4 * settings().max_examples)
@given(texts)
def test_an_edit_gives_strict_json_with_the_list_and_leads_back(text: str) -> None:
    try:
        edited = cloud_config_edit.edit(text, TABLES)
    except NotEditable as refusal:
        quoted = [one for one in CANARIES if one in str(refusal)]
        if quoted:
            pytest.fail(f"{refusal}")
        return
    assert cloud_config_edit.list_of(edited.text) == TABLES
    assert isinstance(json.loads(edited.text, parse_constant=pytest.fail), dict)
    assert cloud_config_edit.edit(edited.text, TABLES).text == edited.text
    assert cloud_config_edit.revert(edited.text, edited.undo, text) == text
    assert not any(one in repr(edited.undo) for one in CANARIES)


fragments = st.sampled_from(
    ["{", "}", "[", "]", ":", ",", '"', "'", "Global", "routeTableIDs", " ", "\n", "\t", "&a ",
     "*a", "<<: ", "!!int ", "!!float ", "!!binary ", "!!set ", "!!omap ", "!!bool ", "!!null ",
     "!!timestamp ", "!x!y ", "- ", "? ", "| ", ">", "#", "---\n", "...", "%YAML 9.9\n", "null",
     "true", "1e999", "0x_", "0b_", "0o8", "-", "~", "\\", "\ud800", "\x00", "\x85", "\u2028",
     "\ufeff", "1:30", "2001-99-99", "=", "`", "@"]
)  # fmt: skip


@settings(max_examples=15 * settings().max_examples)
@given(st.one_of(st.text(), st.lists(fragments, max_size=25).map("".join)))
@example("!!int ")
@example("!!float +")
@example("!!timestamp x")
@example("!!bool x")
@example("{!!binary \u00e9: x}")
@example("!!omap [x]")
@example("? !!set {a}\n: b")
def test_no_text_makes_it_fail_otherwise_than_by_refusing(text: str) -> None:
    attempts: tuple[Callable[[], str], ...] = (
        lambda: cloud_config_edit.edit(text, TABLES).text,
        lambda: cloud_config_edit.without_list(text),
        lambda: str(cloud_config_edit.list_of(text)),
        lambda: cloud_config_edit.revert(
            text, ListUndo(ListChange.REPLACED, '"vtb-z"', "vtb-z"), text
        ),
    )
    for attempt in attempts:
        try:
            result = attempt()
        except NotEditable:
            continue
        assert isinstance(result, str)
