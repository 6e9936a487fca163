from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_routes.apply.addon_config import (
    Addon,
    list_in,
    path_to_list,
    same,
    tables_of,
    with_list,
    words_in,
)
from kubectl_routes.model.errors import CloudError

TEXT: dict[str, Any] = {"type": "string"}


def nested(levels: int) -> object:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"allOf": [schema]}
    return schema


def addon(text: str, *path: str) -> Addon:
    return Addon("ccm", "v2.11.2", "active", path or ("RouteTableIDs",), text)


def path(schema: object) -> tuple[str, ...]:
    return path_to_list(schema, "routeTableIDs")


def test_only_the_list_changes() -> None:
    before = addon('{"z": 1.0, "RouteTableIDs": "vtb-1", "a": {"b" : [1e400]}, "s": "\\u00e9"}')
    assert with_list(before, "vtb-1,vtb-2") == (
        '{"z":1.0,"RouteTableIDs":"vtb-1,vtb-2","a":{"b" : [1e400]},"s":"\\u00e9"}'
    )
    assert with_list(before, None) == '{"z":1.0,"a":{"b" : [1e400]},"s":"\\u00e9"}'


def test_odd_list_can_be_put_back_as_it_was() -> None:
    before = addon('{"RouteTableIDs":"vtb-1, vtb-2,"}')
    after = addon(with_list(before, "vtb-3"))
    assert with_list(after, tables_of(before)) == before.text


def test_list_that_was_not_there_comes_last() -> None:
    assert with_list(addon('{"b":1,"a":2}'), "vtb-1") == ('{"b":1,"a":2,"RouteTableIDs":"vtb-1"}')
    assert with_list(addon('{"b":1}'), None) == '{"b":1}'


@pytest.mark.parametrize(
    ("text", "with_it", "without_it"),
    [
        ("{}", '{"g":{"r":"vtb-1"}}', "{}"),
        ('{"g":null}', '{"g":{"r":"vtb-1"}}', '{"g":{}}'),
        ('{"g":{"q":2}}', '{"g":{"q":2,"r":"vtb-1"}}', '{"g":{"q":2}}'),
        ('{"g":{"r":"a","q":2}}', '{"g":{"r":"vtb-1","q":2}}', '{"g":{"q":2}}'),
    ],
)
def test_list_in_an_inner_object(text: str, with_it: str, without_it: str) -> None:
    inner = addon(text, "g", "r")
    assert (with_list(inner, "vtb-1"), with_list(inner, None)) == (with_it, without_it)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("{}", None), ('{"RouteTableIDs": null}', None), ('{"RouteTableIDs": "a, b"}', "a, b")],
)
def test_list_as_it_is(text: str, expected: str | None) -> None:
    assert tables_of(addon(text)) == expected


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


def test_order_and_blanks_make_no_difference() -> None:
    assert same('{"a": 1, "b": [true]}', '{"b":[true],"a":1}')
    assert not same('{"a": 1}', '{"a": 2}')


def test_every_text_but_the_list_may_be_a_secret() -> None:
    text = json.dumps({"a": "long secret", "b": [{"c": "four"}, "not", 5], "r": "vtb-1"})
    assert words_in(text, ("r",)) == ("long secret", "four")


def test_repr_shows_no_configuration() -> None:
    assert repr(addon('{"secret": "canary"}')) == "Addon(ccm v2.11.2, active, RouteTableIDs)"
