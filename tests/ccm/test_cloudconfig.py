"""How each behavior reads cloud-config, by the text that people really write."""

from __future__ import annotations

import pytest

from kubectl_routes.ccm.cloudconfig import Reading, place_of, read, refusals
from kubectl_routes.ccm.releases import VersionBehavior, behavior_of
from kubectl_routes.ccm.version import parse_tag

V1, V2, TRIMMED = (
    behavior_of(parse_tag(tag)) for tag in ("v1.9.3.86-g4454991-aliyun", "v2.4.0", "v2.9.1")
)
BEHAVIORS = (V1, V2, TRIMMED)


def ids(text: str) -> list[tuple[str, ...] | str | None]:
    """What v1, v2 up to v2.9.0, and v2.9.1 on make of a text: the ids, or "refused"."""
    readings = [read(text, behavior) for behavior in BEHAVIORS]
    return ["refused" if reading.error else reading.ids for reading in readings]


JSON = '{{"Global": {}}}'.format
LISTED = '{{"Global": {{"routeTableIDs": "{}"}}}}'.format
A, AB = ("a",), ("a", "b")


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        # What v1, with a strict decoder, refuses.
        ('{\n  Global: {\n    "routeTableIDs": "a,b"\n  }\n}', ["refused", AB, AB]),
        ('{"Global": {"routeTableIDs": "a",}}', ["refused", A, A]),
        ("Global:\n  routeTableIDs: a,b\n  vpcid: vpc-1\n", ["refused", AB, AB]),
        ("{Global: {1: x, routeTableIDs: a}}", ["refused", A, A]),
        ("", ["refused", None, None]),
        (" \n", ["refused", None, None]),
        (JSON('{"routeTableIDs": 12}'), ["refused", ("12",), ("12",)]),
        (JSON('{"routeTableIDs": true}'), ["refused", ("true",), ("true",)]),
        # A tab is indentation in block style only.
        ('{\n\t"Global": {\n\t\t"routeTableIDs": "a"\n\t}\n}', [A, A, A]),
        ("Global:\n\trouteTableIDs: a", ["refused"] * 3),
        (JSON('{"routeTableIDs": ["a", "b"]}'), ["refused"] * 3),
        # A list that is not there.
        (LISTED(""), [None] * 3),
        (JSON("{}"), [None] * 3),
        (JSON("null"), [None] * 3),
        (JSON('{"routeTableIDs": null}'), [None] * 3),
        ('{"other": 1}', [None] * 3),
        (JSON('{"nodeMonitorPeriod": 5, "disablePublicSLB": true}'), [None] * 3),
        # Spaces and commas.
        (LISTED(" "), [("",), (" ",), None]),
        (LISTED("a, b"), [AB, ("a", " b"), ("a", " b")]),
        (LISTED("  a,b  "), [AB, ("  a", "b  "), AB]),
        (LISTED("a,b,"), [("a", "b", "")] * 3),
        (LISTED("a,a"), [("a", "a")] * 3),
        # Names in any case, and text behind the first value.
        ('{"gLOBAL": {"RouteTableIDS": "a"}}', [A] * 3),
        (f"{LISTED('a')} trailing", [A] * 3),
    ],
)
def test_the_list_that_each_release_reads(
    text: str, read_as: list[tuple[str, ...] | str | None]
) -> None:
    assert ids(text) == read_as


@pytest.mark.parametrize(
    ("text", "behavior", "error"),
    [
        ("{\n  Global: {}\n}", V1, "not valid JSON at line 2, column 3: unexpected 'G'"),
        ("", V1, "the file is empty (EOF)"),
        (JSON('{"routeTableIDs": ["a"]}'), V2, "Global.routeTableIDs must be a string, not a list"),
        ("[]", V1, "the file must be an object, not a list"),
        ('{"Global": "x"}', V2, "Global must be an object, not a string"),
        (JSON('{"x": NaN}'), V1, "not valid JSON: unexpected NaN"),
        ('{"Global": ', V1, "not valid JSON at line 1, column 12: unexpected the end of the file"),
        ("[" * 200_000, V1, "not valid JSON: nested too deeply"),
        ("{a: " * 5000, V2, "not valid YAML: nested too deeply"),
    ],
    ids=range(9),
)
def test_why_a_text_is_refused(text: str, behavior: VersionBehavior, error: str) -> None:
    assert read(text, behavior).error == error


def test_other_fields_are_read_and_unknown_ones_ignored() -> None:
    text = '{"Global": {"vpcid": "vpc-1", "clusterID": "c1", "novelty": [1], "routeTableIDs": "a"}}'
    for behavior in BEHAVIORS:
        assert read(text, behavior) == Reading(
            ids=("a",), listed="a", vpc_id="vpc-1", cluster_id="c1"
        )


@pytest.mark.parametrize(
    ("field", "error"),
    [
        ('"nodeMonitorPeriod": "5"', "Global.nodeMonitorPeriod must be an integer, not a string"),
        ('"nodeMonitorPeriod": true', "Global.nodeMonitorPeriod must be an integer, not a boolean"),
        ('"disablePublicSLB": 1', "Global.disablePublicSLB must be true or false, not a number"),
        ('"vpcid": {}', "Global.vpcid must be a string, not an object"),
    ],
)
def test_wrong_type_in_another_known_field_is_fatal_too(field: str, error: str) -> None:
    for behavior in BEHAVIORS:
        assert read('{"Global": {' + field + ', "routeTableIDs": "a"}}', behavior).error == error


def test_an_integer_has_64_bits() -> None:
    for least, most in ((-(2**63), 2**63 - 1), (-1, 0)):
        text = f'{{"Global": {{"nodeMonitorPeriod": {least}, "privateZoneRecordTTL": {most}}}}}'
        assert ids(text) == [None] * 3
    for beyond in (-(2**63) - 1, 2**63):
        assert ids(f'{{"Global": {{"nodeMonitorPeriod": {beyond}}}}}') == ["refused"] * 3


def test_hostile_texts_are_refused_not_followed() -> None:
    assert read("[" * 200_000, V2).error.startswith("not valid YAML")
    assert read("\x00", V2).error.startswith("not valid YAML")
    assert read("Global: [a", V2).error.startswith("not valid YAML at line 1")
    assert read("Global: *nowhere", V2).error.startswith("not valid YAML at line 1, column 9")


def test_release_that_does_not_know_the_list_takes_it_for_unset() -> None:
    old = behavior_of(parse_tag("v1.9.3.81-gabcdef0-aliyun"))
    assert read('{"Global": {"routeTableIDs": "a,b"}}', old).ids is None


@pytest.mark.parametrize("tag", ["!!int c4N9r", "!!float c4N9r", "!!timestamp c4N9r"])
def test_a_value_that_does_not_fit_its_tag_is_refused_and_not_quoted(tag: str) -> None:
    reading = read(f"Global: {{accessKeySecret: {tag}}}", TRIMMED)
    assert reading == Reading(error="not valid YAML: a value does not fit its tag")


def test_a_number_that_python_refuses_to_read_is_one_that_fits_no_integer() -> None:
    digits = "9" * 5000
    unknown = read(f'{{"Global": {{"x": {digits}, "routeTableIDs": "vtb-a"}}}}', V1)
    assert (unknown.error, unknown.ids) == ("", ("vtb-a",))
    known = read(f'{{"Global": {{"nodeMonitorPeriod": {digits}}}}}', V1)
    assert known.error == "Global.nodeMonitorPeriod must be an integer, not a number"


BOTH = Reading(region="cn-hangzhou", vpc_id="vpc-1", listed="vtb-a,vtb-b")
ONE = '{"Global": {"region": "cn-hangzhou", "vpcid": "vpc-1", "routeTableIDs": "vtb-a,vtb-b"}}'


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        f"{ONE}\n{{}}\n",
        f"{ONE} what v2 refuses: {{",
        f"---\n{ONE}\n---\nGlobal: {{vpcid: vpc-2}}\n",
        ONE.replace('"Global"', "GLOBAL").replace('"vpcid"', "VPCID"),
    ],
)
def test_the_first_document_tells_in_any_form_that_some_ccm_reads(text: str) -> None:
    assert place_of(text) == BOTH


@pytest.mark.parametrize(
    "text",
    ["", "[]", "Global: []", "a: b: c", "&g\n<: *g", "Global: {x: !!binary YQ==, y: 2026-01-01}",
     "Global: {1: 2026-01-01}\n2026-01-01: x", "Global: {vpcid: 5}"],
)  # fmt: skip
def test_what_tells_nothing(text: str) -> None:
    assert place_of(text) == Reading()


def test_each_parser_has_its_own_reason_to_refuse() -> None:
    assert refusals(ONE) == {}
    assert refusals("Global: {}") == {"json": "not valid JSON at line 1, column 1: unexpected 'G'"}
    assert set(refusals("Global: [")) == {"json", "yaml"}
