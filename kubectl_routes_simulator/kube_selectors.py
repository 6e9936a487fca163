"""labelSelector and fieldSelector of a list or a watch."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_status import bad_request

Object = dict[str, Any]
Test = Callable[[Object], bool]

_EVERY_RESOURCE = ("metadata.name", "metadata.namespace")
# Where an event keeps what the selector calls by a shorter name.
_EVENT_PATHS = {"source": ("source", "component")}
_KEY = r"[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?"
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMPARED = re.compile(rf"({_KEY})\s*(==|=|!=|>|<)\s*([-A-Za-z0-9_.]*)")
_COMMA_OUTSIDE_SET = re.compile(r",(?![^()]*\))")


class Selector:
    """Whether an object is meant. ``name`` holds the value of ``metadata.name=``, or is empty;
    ``selective`` is False for the selector that takes everything.
    """

    def __init__(self, tests: list[Test], name: str = "") -> None:
        self._tests = tests
        self.name = name
        self.selective = bool(tests)

    def takes(self, value: Object) -> bool:
        """Whether the object passes every requirement."""
        return all(test(value) for test in self._tests)


def selector_of(resource: Resource, labels: str, fields: str) -> Selector:
    """Read both selectors of a request. Raises Refusal (400) when one does not parse or names a
    field that the resource cannot be selected by.
    """
    tests = [_label_test(part) for part in _parts(labels)]
    tests += [_field_test(resource, part) for part in _parts(fields)]
    return Selector(tests, name_in(fields))


def name_in(fields: str) -> str:
    """The name that a field selector pins with ``metadata.name=``, or nothing. The API server
    hands it to the authorizer, so that a rule with resourceNames can admit a list.
    """
    for part in _parts(fields):
        key, operator, value = _split_field(part)
        if key == "metadata.name" and operator == "=":
            return value
    return ""


def _parts(selector: str) -> list[str]:
    return [part.strip() for part in _COMMA_OUTSIDE_SET.split(selector) if part.strip()]


def _label_test(requirement: str) -> Test:
    if found := _SET.fullmatch(requirement):
        key, operator, listed = found.groups()
        values = {value.strip() for value in listed.split(",")}
        if operator == "in":
            return lambda value: _labels(value).get(key) in values
        return lambda value: _labels(value).get(key) not in values
    if found := _EXISTS.fullmatch(requirement):
        absent, key = bool(found[1]), found[2]
        return lambda value: (key in _labels(value)) is not absent
    if found := _COMPARED.fullmatch(requirement):
        return _comparison(*found.groups())
    raise bad_request(f"unable to parse requirement: found '{requirement}', expected: identifier")


def _comparison(key: str, operator: str, wanted: str) -> Test:
    if operator in ("=", "=="):
        return lambda value: _labels(value).get(key) == wanted
    if operator == "!=":
        return lambda value: _labels(value).get(key) != wanted
    if not wanted.lstrip("-").isdigit():
        raise bad_request(
            f'unable to parse requirement: values[0]: Invalid value: "{wanted}": '
            "for 'Gt', 'Lt' operators, the value must be an integer"
        )
    limit, sign = int(wanted), 1 if operator == ">" else -1

    def beyond(value: Object) -> bool:
        given = str(_labels(value).get(key, ""))
        return given.lstrip("-").isdigit() and sign * int(given) > sign * limit

    return beyond


def _labels(value: Object) -> Object:
    return value["metadata"].get("labels") or {}


def _split_field(part: str) -> tuple[str, str, str]:
    for written, operator in (("!=", "!="), ("==", "="), ("=", "=")):
        key, found, value = part.partition(written)
        if found:
            return key, operator, value
    raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")


def _field_test(resource: Resource, part: str) -> Test:
    key, operator, wanted = _split_field(part)
    if key not in (*_EVERY_RESOURCE, *resource.fields):
        if resource.fields:
            raise bad_request(f"field label not supported: {key}")
        known = '"metadata.name", "metadata.namespace"'
        raise bad_request(f'"{key}" is not a known field selector: only {known}')
    path = tuple(key.split("."))
    if resource.name == "events":
        path = _EVENT_PATHS.get(key, path)
    same = operator == "="
    return lambda value: (_field(value, path) == wanted) is same


def _field(value: Object, path: tuple[str, ...]) -> str:
    at: Any = value
    for step in path:
        at = at.get(step) if isinstance(at, dict) else None
    if isinstance(at, bool):
        return str(at).lower()
    if at is None:
        return "false" if path[-1] in ("unschedulable", "hostNetwork") else ""
    return str(at)
