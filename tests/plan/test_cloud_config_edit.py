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

TABLES = "vtb-a,vtb-b"
FRESH = '{\n    "Global": {\n        "routeTableIDs": "vtb-a,vtb-b"\n    }\n}'

EDITS = {
    "an empty object": ("{}", '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}', ListChange.SECTION),
    "an empty section": (
        '{"Global":{ }}',
        '{"Global":{"routeTableIDs": "vtb-a,vtb-b" }}',
        ListChange.INSERTED,
    ),
    "one member behind a space": (
        '{ "x":1}',
        '{ "x":1, "Global":{"routeTableIDs": "vtb-a,vtb-b"}}',
        ListChange.SECTION,
    ),
    "a section that is null": (
        '{"Global": null, "x": 1}',
        '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}, "x": 1}',
        ListChange.SECTION,
    ),
    "no section among others": (
        '{"x":1,\n "y":2}',
        '{"x":1,\n "y":2,\n "Global":{"routeTableIDs": "vtb-a,vtb-b"}}',
        ListChange.SECTION,
    ),
    "other members, set apart by lines": (
        '{\n  "Global": {\n    "uid": "1",\n    "vpcid" : "v"\n  }\n}\n',
        '{\n  "Global": {\n    "uid": "1",\n    "vpcid" : "v",\n    "routeTableIDs" : "vtb-a,'
        'vtb-b"\n  }\n}\n',
        ListChange.INSERTED,
    ),
    "another list": (
        '{"Global": {"routeTableIDs" :"vtb-z", "uid": "1"}}',
        '{"Global": {"routeTableIDs" :"vtb-a,vtb-b", "uid": "1"}}',
        ListChange.REPLACED,
    ),
    "another spelling": (
        '{"GLOBAL": {"ROUTETABLEIDS": null}}',
        '{"GLOBAL": {"ROUTETABLEIDS": "vtb-a,vtb-b"}}',
        ListChange.REPLACED,
    ),
    "an array in its place": (
        '{"Global": {"routeTableIDs": ["vtb-a", "vtb-b"]}}',
        '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}',
        ListChange.REPLACED,
    ),
    "nothing but white space": (" \n", FRESH, ListChange.WRITTEN),
}


@pytest.mark.parametrize("case", EDITS)
def test_an_edit_changes_the_list_alone_and_is_taken_back_to_the_byte(case: str) -> None:
    before, after, change = EDITS[case]
    edited = cloud_config_edit.edit(before, TABLES)
    assert (edited.text, edited.undo.change) == (after, change)
    assert cloud_config_edit.revert(after, edited.undo, None) == before


YAML: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "the document's own": (
        '{\n    Global: {\n        "routeTableIDs": "vtb-z"\n    }\n}',
        {"Global": {"routeTableIDs": TABLES}},
        "vtb-z",
    ),
    "a block with comments": (
        "# who to be\nGlobal:\n  accessKeyID: abc # secret\n  clusterID: 0123\n  on: yes\nx: [~]\n",
        {"Global": {"accessKeyID": "abc", "clusterID": "83", "true": True, "routeTableIDs": TABLES},
         "x": [None]},
        None,
    ),
    "nothing but a comment": ("# nothing\n", {"Global": {"routeTableIDs": TABLES}}, None),
    "a section without members": ("Global:\n", {"Global": {"routeTableIDs": TABLES}}, None),
    "a second document": ("Global: {uid: a}\n---\nx: y\n",
                          {"Global": {"uid": "a", "routeTableIDs": TABLES}}, None),
    "an anchor": ("a: &a {b: c}\nGlobal: {<<: *a}\n",
                  {"a": {"b": "c"}, "Global": {"b": "c", "routeTableIDs": TABLES}}, None),
    "numbers for text": ("Global: {clusterID: 12, uid: 1.5, x: 7}",
                         {"Global": {"clusterID": "12", "uid": "1.5", "x": 7,
                                     "routeTableIDs": TABLES}}, None),
    "what only Python takes for JSON": ('{"Global": {"uid": NaN}}',
                                        {"Global": {"uid": "NaN", "routeTableIDs": TABLES}}, None),
    "other letters": ('Global: {uid: "\u6d4b\\u8bd5"}',
                      {"Global": {"uid": "\u6d4b\u8bd5", "routeTableIDs": TABLES}}, None),
}  # fmt: skip


@pytest.mark.parametrize("case", YAML)
def test_yaml_is_rewritten_as_json_in_its_order_and_comes_back_whole(case: str) -> None:
    before, tree, was = YAML[case]
    edited = cloud_config_edit.edit(before, TABLES)
    assert list(json.loads(edited.text).items()) == list(tree.items())
    assert edited.undo == ListUndo(ListChange.REWRITTEN, tables=was)
    assert cloud_config_edit.revert(edited.text, edited.undo, before) == before


REFUSED = {
    "{Global: [1]}": "Global is not an object",
    '{"Global": "x"}': "Global is not an object",
    "[]": "it is not an object",
    "- a": "it is not an object",
    '{"Global": {}, "GLOBAL": {}}': "Global and GLOBAL stand side by side, and CCM would read one"
    " over the other",
    '{"Global": {"uid": 1, "uid": 2, "RouteTableIds": "", "routeTableIDs": ""}}': "RouteTableIds"
    " and routeTableIDs stand side by side, and CCM would read one over the other",
    "Global: {}\nglobal: {}": "Global and global stand side by side, and CCM would read one over"
    " the other",
    '{"Global": {"uid": "x"': "it is neither JSON nor YAML at line 1, column 23: expected ',' or"
    " '}', but got '<stream end>'",
    "Global: *c4N9r": "it is neither JSON nor YAML at line 1, column 9: found undefined alias"
    " (not shown)",
    "Global: !c4N9r!x y": "it is neither JSON nor YAML at line 1, column 9: found undefined tag"
    " handle (not shown)",
    "x: \x00": "it is neither JSON nor YAML: unacceptable character #x0000: special characters are"
    " not allowed",
    "x: !!int c4N9r": "it is neither JSON nor YAML: a value does not fit its tag",
    "x: 1e999": "it holds values that JSON has no form for",
    "x: !!binary YQ==": "it holds values that JSON has no form for",
    "Global: {!!binary YQ==: x}": "it holds values that JSON has no form for",
    'x: "\\ud800"': "it holds values that JSON has no form for",
    "x: &x [*x]": "it is neither JSON nor YAML: an anchor's value contains itself",
    f"x: &x [{'1,' * 1500}]\ny: [{'*x,' * 70}]": "it is too large",
    "[" * 50_000: "it is neither JSON nor YAML: nested too deeply",
    "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
    "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
    "Global: {routeTableIDs: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]}": "it is neither JSON nor YAML:"
    " document contains excessive aliasing",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_edited_is_refused_without_quoting_a_value(text: str) -> None:
    with pytest.raises(NotEditable) as refusal:
        cloud_config_edit.edit(text, TABLES)
    assert str(refusal.value) == REFUSED[text]


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


def test_a_text_says_nothing_when_its_section_is_empty_and_alone() -> None:
    bare = ("", "{}", '{"Global": {}}', '{"global": null}')
    full = ('{"Global": {"uid": "1"}}', '{"x": 1}')
    assert [cloud_config_edit.is_bare(one) for one in (*bare, *full)] == [True] * 4 + [False] * 2


TAKEN_BACK = {
    "a member beside an inserted list": (
        '{"Global":{}}',
        '{"Global":{"routeTableIDs": "vtb-a,vtb-b","new":"x"}}',
        '{"Global":{"new":"x"}}',
    ),
    "a member in an added section": (
        '{"x":1}',
        '{"x":1,"Global":{"new":2,"routeTableIDs": "vtb-a,vtb-b"}}',
        '{"x":1,"Global":{"new":2}}',
    ),
    "the section is gone": ('{"Global":{"routeTableIDs":"vtb-z"}}', '{"x":1}', '{"x":1}'),
    "the added section is gone": ("{}", '{"x":1}', '{"x":1}'),
    "the list is gone": (
        '{"Global":{"routeTableIDs":"vtb-z"}}', '{"Global":{"uid":"1"}}', '{"Global":{"uid":"1"}}'
    ),
    "the text is gone": ('{"Global":{"routeTableIDs":"vtb-z"}}', "", ""),
    "the section has become null": ('{"Global":{}}', '{"Global":null}', '{"Global":null}'),
    "written as YAML since": (
        '{"Global":{"routeTableIDs":"vtb-z"}}',
        "Global: {routeTableIDs: 'vtb-a,vtb-b', new: x}",
        '{\n    "Global": {\n        "routeTableIDs": "vtb-z",\n        "new": "x"\n    }\n}',
    ),
    "written as YAML since, without a list before": (
        '{"Global":{}}',
        "Global: {routeTableIDs: 'vtb-a,vtb-b', new: x}",
        '{\n    "Global": {\n        "new": "x"\n    }\n}',
    ),
    "more in a text that was written": (
        "",
        '{"Global": {"routeTableIDs": "vtb-a,vtb-b", "new": "x"}}',
        '{"Global": {"new": "x"}}',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN_BACK)
def test_what_others_have_changed_since_stays(case: str) -> None:
    before, now, after = TAKEN_BACK[case]
    assert cloud_config_edit.revert(now, cloud_config_edit.edit(before, TABLES).undo, None) == after


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
