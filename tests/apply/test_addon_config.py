from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_routes.apply.addon_config import Addon, list_in, path_to_list
from kubectl_routes.model.errors import CloudError

TEXT: dict[str, Any] = {"type": "string"}


def nested(levels: int) -> object:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"allOf": [schema]}
    return schema


def addon(text: str, *path: str) -> Addon:
    return Addon("v2.11.2", "active", text, path or ("RouteTableIDs",))


def path(schema: object) -> tuple[str, ...]:
    return path_to_list(schema, "routeTableIDs")


@pytest.mark.parametrize(
    ("path", "text", "with_it", "without_it"),
    [
        # The text of other values and the order of the keys stay.
        (
            ("RouteTableIDs",),
            '{"z": 1.0, "RouteTableIDs": "a, b,", "a": {"b" : [1e400]}, "s": "\\u00e9"}',
            '{"z":1.0,"RouteTableIDs":"vtb-1","a":{"b" : [1e400]},"s":"\\u00e9"}',
            '{"z":1.0,"a":{"b" : [1e400]},"s":"\\u00e9"}',
        ),
        # A list that was not there comes last.
        (("r",), '{"b":1,"a":2}', '{"b":1,"a":2,"r":"vtb-1"}', '{"b":1,"a":2}'),
        (("g", "r"), "{}", '{"g":{"r":"vtb-1"}}', "{}"),
        (("g", "r"), '{"g":null}', '{"g":{"r":"vtb-1"}}', '{"g":{}}'),
        (("g", "r"), '{"g":{"q":2}}', '{"g":{"q":2,"r":"vtb-1"}}', '{"g":{"q":2}}'),
        (("g", "r"), '{"g":{"r":"a","q":2}}', '{"g":{"r":"vtb-1","q":2}}', '{"g":{"q":2}}'),
    ],
)
def test_only_the_list_changes(
    path: tuple[str, ...], text: str, with_it: str, without_it: str
) -> None:
    before = addon(text, *path)
    assert before.with_list("vtb-1").text == with_it
    assert before.with_list(None).text == without_it
    assert before.with_list("vtb-1").with_list(before.tables).tables == before.tables


@pytest.mark.parametrize(
    ("text", "expected"),
    [("{}", None), ('{"RouteTableIDs": null}', None), ('{"RouteTableIDs": "a, b"}', "a, b")],
)
def test_list_as_it_is(text: str, expected: str | None) -> None:
    assert addon(text).tables == expected


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ('{"r": ["vtb-1"]}', ("r",), "holds no text at r"),
        ('{"g": "x"}', ("g", "r"), "has no object around r"),
        ('{"R": "x"}', ("r",), "holds R, but its schema says r"),
    ],
)
def test_list_that_cannot_be_told_for_certain(
    text: str, where: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(CloudError, match=problem):
        list_in(text, where)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"routetableids": TEXT}}, ("routetableids",)),
        ({"properties": {"RouteTableIDs": {"type": ["string", "null"]}}}, ("RouteTableIDs",)),
        ({"properties": {"RouteTableIDs": True}}, ("RouteTableIDs",)),
        ({"properties": {"g": {"properties": {"routeTableIds": {}}}}}, ("g", "routeTableIds")),
        ({"oneOf": [{"properties": {"a": TEXT}}, {"properties": {"r": 1, "routeTableIDs": TEXT}}]},
         ("routeTableIDs",)),
        ({"allOf": [{"then": {"properties": {"routeTableIDs": TEXT}}}]}, ("routeTableIDs",)),
        (
            {"$ref": "#/$defs/c", "$defs": {"c": {"properties": {"routeTableIDs": TEXT}}}},
            ("routeTableIDs",),
        ),
        # The same property in two branches is one property.
        ({"anyOf": [{"properties": {"routeTableIDs": TEXT}}] * 2}, ("routeTableIDs",)),
        # A schema that contains itself.
        (
            {"properties": {"routeTableIDs": TEXT}, "allOf": [{"$ref": "#"}, {"$ref": "#"}]},
            ("routeTableIDs",),
        ),
    ],
)  # fmt: skip
def test_where_a_schema_keeps_the_list(schema: object, expected: tuple[str, ...]) -> None:
    assert path(schema) == expected


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({}, "has no property routeTableIDs"),
        ({"properties": {"routeTableID": TEXT}}, "has no property routeTableIDs"),
        ({"properties": ["routeTableIDs"]}, "has no property routeTableIDs"),
        ({"allOf": [None, 1], "then": "x"}, "has no property routeTableIDs"),
        (nested(2000), "is nested too deep to be read"),
        ({"$ref": "other.json#/x"}, "has no property routeTableIDs"),
        ([], "has no property routeTableIDs"),
        (
            {"properties": {"routeTableIDs": TEXT, "g": {"properties": {"RouteTableIDs": TEXT}}}},
            "has several properties routeTableIDs: g.RouteTableIDs, routeTableIDs",
        ),
        (
            {"properties": {"routeTableIDs": {"type": "array"}}},
            "wants something else than text for routeTableIDs",
        ),
    ],
)
def test_schema_without_one_clear_place(schema: object, problem: str) -> None:
    with pytest.raises(CloudError, match=problem):
        path(schema)


def test_order_and_spaces_make_no_difference() -> None:
    assert addon('{"a": 1, "b": [true]}').holds(addon('{"b":[true],"a":1}'))
    assert not addon('{"a": 1}').holds(addon('{"a": 2}'))


def test_every_text_but_the_list_may_be_a_secret() -> None:
    text = json.dumps({"a": "long secret", "b": [{"c": "four"}, "not", 5], "r": "vtb-1"})
    assert addon(text, "r").secrets == ("long secret", "four")
    assert repr(addon(text, "r")) == "Addon(v2.11.2, active, r)"
