"""How each behavior reads cloud-config, by the text that people really write."""

from __future__ import annotations

import pytest

from kubectl_routes.ccm.cloudconfig import Reading, read
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_tag

V1, V2, TRIMMED = (
    behavior_of(parse_tag(tag)) for tag in ("v1.9.3.86-g4454991-aliyun", "v2.4.0", "v2.9.1")
)
BEHAVIORS = (V1, V2, TRIMMED)


def ids(text: str) -> list[tuple[str, ...] | str | None]:
    """What v1, v2 up to v2.9.0, and v2.9.1 on make of a text: the ids, or "refused"."""
    readings = [read(text, behavior) for behavior in BEHAVIORS]
    return ["refused" if reading.error else reading.ids for reading in readings]


def listed(value: str) -> list[tuple[str, ...] | str | None]:
    return ids('{"Global": {"routeTableIDs": "' + value + '"}}')


def test_unquoted_key_is_fatal_for_v1_only() -> None:
    text = '{\n  Global: {\n    "routeTableIDs": "a,b"\n  }\n}'
    assert ids(text) == ["refused", ("a", "b"), ("a", "b")]
    assert read(text, V1).error == "not valid JSON at line 2, column 3: unexpected 'G'"


def test_trailing_comma_in_the_object_is_fatal_for_v1_only() -> None:
    assert ids('{"Global": {"routeTableIDs": "a",}}') == ["refused", ("a",), ("a",)]


def test_tab_indentation_passes_inside_braces_and_yaml_refuses_it_in_block_style() -> None:
    assert ids('{\n\t"Global": {\n\t\t"routeTableIDs": "a"\n\t}\n}') == [("a",), ("a",), ("a",)]
    assert ids("Global:\n\trouteTableIDs: a") == ["refused", "refused", "refused"]


def test_empty_file_is_fatal_for_v1_and_an_empty_config_for_v2() -> None:
    assert ids("") == ["refused", None, None]
    assert ids(" \n") == ["refused", None, None]
    assert read("", V1).error == "the file is empty (EOF)"


def test_empty_or_absent_list_is_unset() -> None:
    assert listed("") == [None, None, None]
    assert ids('{"Global": {}}') == [None, None, None]
    assert ids('{"Global": null}') == [None, None, None]
    assert ids('{"other": 1}') == [None, None, None]
    assert ids('{"Global": {"routeTableIDs": null}}') == [None, None, None]


def test_blanks_alone_are_unset_only_where_the_list_is_trimmed() -> None:
    assert listed(" ") == [("",), (" ",), None]


def test_blank_after_the_comma_stays_in_the_id_from_v2_on() -> None:
    assert listed("a, b") == [("a", "b"), ("a", " b"), ("a", " b")]


def test_blanks_around_the_list_are_trimmed_by_v1_and_from_v2_9_1_on() -> None:
    assert listed("  a,b  ") == [("a", "b"), ("  a", "b  "), ("a", "b")]


def test_trailing_comma_in_the_list_is_an_empty_id_everywhere() -> None:
    assert listed("a,b,") == [("a", "b", "")] * 3


def test_duplicate_id_stays_twice() -> None:
    assert listed("a,a") == [("a", "a")] * 3


def test_a_list_instead_of_a_string_is_refused_by_both() -> None:
    assert ids('{"Global": {"routeTableIDs": ["a", "b"]}}') == ["refused"] * 3
    error = read('{"Global": {"routeTableIDs": ["a"]}}', V2).error
    assert error == "Global.routeTableIDs must be a string, not a list"


def test_numbers_and_booleans_pass_for_text_in_yaml_only() -> None:
    assert ids('{"Global": {"routeTableIDs": 12}}') == ["refused", ("12",), ("12",)]
    assert ids('{"Global": {"routeTableIDs": true}}') == ["refused", ("true",), ("true",)]


def test_field_names_match_without_regard_to_case() -> None:
    assert ids('{"gLOBAL": {"RouteTableIDS": "a"}}') == [("a",)] * 3


def test_text_after_the_first_value_is_ignored_by_all() -> None:
    assert ids('{"Global": {"routeTableIDs": "a"}} trailing') == [("a",)] * 3


def test_yaml_block_style_is_read_by_v2() -> None:
    assert ids("Global:\n  routeTableIDs: a,b\n  vpcid: vpc-1\n") == [
        "refused",
        ("a", "b"),
        ("a", "b"),
    ]


def test_yaml_keys_that_are_no_text_are_ignored() -> None:
    assert ids("{Global: {1: x, routeTableIDs: a}}") == ["refused", ("a",), ("a",)]


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


def test_right_types_in_other_fields_are_fine() -> None:
    assert ids('{"Global": {"nodeMonitorPeriod": 5, "disablePublicSLB": true}}') == [None] * 3


def test_an_integer_has_64_bits() -> None:
    for least, most in ((-(2**63), 2**63 - 1), (-1, 0)):
        text = f'{{"Global": {{"nodeMonitorPeriod": {least}, "privateZoneRecordTTL": {most}}}}}'
        assert ids(text) == [None] * 3
    for beyond in (-(2**63) - 1, 2**63):
        assert ids(f'{{"Global": {{"nodeMonitorPeriod": {beyond}}}}}') == ["refused"] * 3


def test_wrong_shape_of_the_whole_is_fatal() -> None:
    assert read("[]", V1).error == "the file must be an object, not a list"
    assert read('{"Global": "x"}', V2).error == "Global must be an object, not a string"


def test_what_only_python_takes_for_json_is_refused() -> None:
    assert read('{"Global": {"x": NaN}}', V1).error == "not valid JSON: unexpected NaN"


def test_end_of_text_is_named() -> None:
    assert read('{"Global": ', V1).error == (
        "not valid JSON at line 1, column 12: unexpected the end of the file"
    )


def test_hostile_texts_are_refused_not_followed() -> None:
    deep = "[" * 200_000
    assert read(deep, V1).error == "not valid JSON: nested too deeply"
    assert read(deep, V2).error.startswith("not valid YAML")
    assert read("\x00", V2).error.startswith("not valid YAML")
    assert read("Global: [a", V2).error.startswith("not valid YAML at line 1")
    assert read("Global: *nowhere", V2).error.startswith("not valid YAML at line 1, column 9")


def test_release_that_does_not_know_the_list_takes_it_for_unset() -> None:
    old = behavior_of(parse_tag("v1.9.3.81-gabcdef0-aliyun"))
    assert read('{"Global": {"routeTableIDs": "a,b"}}', old).ids is None


@pytest.mark.parametrize("tag", ["!!int c4N9r", "!!float c4N9r", "!!timestamp c4N9r"])
def test_a_value_that_does_not_fit_its_tag_is_refused_and_not_quoted(tag: str) -> None:
    reading = read(f"Global: {{accessKeySecret: {tag}}}", behavior_of(parse_tag("v2.11.2")))
    assert reading == Reading(error="not valid YAML: a value does not fit its tag")


def test_yaml_of_hostile_depth_is_refused() -> None:
    text = "{a: " * 5000
    reading = read(text, behavior_of(parse_tag("v2.11.2")))
    assert reading == Reading(error="not valid YAML: nested too deeply")


def test_a_number_that_python_refuses_to_read_is_one_that_fits_no_integer() -> None:
    digits = "9" * 5000
    unknown = read(f'{{"Global": {{"x": {digits}, "routeTableIDs": "vtb-a"}}}}', V1)
    assert (unknown.error, unknown.ids) == ("", ("vtb-a",))
    known = read(f'{{"Global": {{"nodeMonitorPeriod": {digits}}}}}', V1)
    assert known.error == "Global.nodeMonitorPeriod must be an integer, not a number"
