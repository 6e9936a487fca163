"""Lists: selectors, pages, continue tokens that expire, and the resource versions asked for."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_status import Refusal, bad_request, expired, version_not_reached
from kubectl_routes_simulator.kube_store import Store, Stored, View
from kubectl_routes_simulator.server import Request

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


_TOKEN_FORM = "meta.k8s.io/v1"
_LATEST = -1  # a token that continues with whatever the list is by then
_TOO_OLD_TOKEN = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter, or use the continue token in this "
    "response to retrieve the remainder of the results. Continuing with the provided token "
    "results in an inconsistent list - objects that were created, modified, or deleted between "
    "the time the first chunk was returned and now may show up in the list."
)


class _Token(Struct):
    v: str
    rv: int
    start: str


class ListQuery(Struct, frozen=True):
    """The parameters of a list. ``limit`` 0 means no limit."""

    limit: int = 0
    continue_: str = ""
    version: str = ""
    match: str = ""

    @classmethod
    def of(cls, request: Request) -> ListQuery:
        """Read the parameters. Raises Refusal (400) for those that contradict each other."""
        limit = request.first("limit") or "0"
        if not limit.lstrip("-").isdigit():
            raise bad_request(f'strconv.ParseInt: parsing "{limit}": invalid syntax')
        query = cls(
            max(int(limit), 0),
            request.first("continue"),
            request.first("resourceVersion"),
            request.first("resourceVersionMatch"),
        )
        if query.continue_ and query.version not in ("", "0"):
            raise bad_request("specifying resource version is not allowed when using continue")
        try:
            version_number(query.version)
        except Refusal as error:
            if not query.limit:
                raise
            raise bad_request(f"invalid resource version: {error.message}") from None
        return query


class Page(Struct, frozen=True):
    """One page. ``continue_`` is empty on the last; ``remaining`` is None when it is not known,
    as it never is under a selector.
    """

    version: int
    items: tuple[Stored, ...]
    continue_: str = ""
    remaining: int | None = None


class Lists:
    """Cuts lists into pages that all show the same moment.

    The view behind a continue token is kept for ``token_seconds`` by ``clock``, as etcd keeps
    revisions until it is compacted.
    """

    def __init__(self, store: Store, clock: Callable[[], float], token_seconds: float) -> None:
        self._store = store
        self._clock = clock
        self._token_seconds = token_seconds
        self._kept: dict[tuple[Resource, int], tuple[float, View]] = {}

    def expire_tokens(self) -> None:
        """Let every continue token handed out so far be too old."""
        self._kept = {}

    def page(
        self, resource: Resource, namespace: str, selector: Selector, query: ListQuery
    ) -> Page:
        """One page of a list. Raises Refusal: 400 for a malformed token, 410 for one too old."""
        prefix = f"{namespace}/" if namespace else ""
        view, after = self._from(resource, prefix, query)
        first, end = view.after(after), len(view.items)
        if prefix:
            end = view.after(f"{namespace}0")  # "0" follows "/" in the order of characters
        found = view.items[first:end]
        if selector.selective:
            found = tuple(item for item in found if selector.takes(item.value))
        from_cache = query.version == "0" and not query.continue_
        if not query.limit or from_cache or len(found) <= query.limit:
            return Page(view.version, found)
        self._kept[resource, view.version] = (self._clock(), view)
        items = found[: query.limit]
        remaining = None if selector.selective else len(found) - query.limit
        return Page(view.version, items, _encode(view.version, items[-1].key), remaining)

    def _from(self, resource: Resource, prefix: str, query: ListQuery) -> tuple[View, str]:
        """The view to read, and the key after which to begin."""
        if not query.continue_:
            return self._view_at(resource, query), prefix
        token = _decode(query.continue_)
        if token.rv == _LATEST:
            return self._store.view(resource), token.start
        since, view = self._kept.get((resource, token.rv), (0.0, None))
        if view is None or self._clock() - since > self._token_seconds:
            raise expired(_TOO_OLD_TOKEN, _encode(_LATEST, token.start))
        return view, token.start

    def _view_at(self, resource: Resource, query: ListQuery) -> View:
        view = self._store.view(resource)
        asked = version_number(query.version)
        if asked > view.version:
            raise version_not_reached(asked, view.version)
        if query.match == "Exact" and asked < self._store.last_change(resource):
            raise expired("The resourceVersion for the provided list is too old.")
        return view


def version_number(text: str) -> int:
    """A resourceVersion as a number; 0 for none. Raises Refusal for anything else: the server takes
    that for a fault of its own.
    """
    if not text:
        return 0
    if not text.isdigit():
        raise Refusal(
            500,
            "",
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": '
            "invalid syntax",
        )
    return int(text)


def _encode(version: int, start: str) -> str:
    token = msgspec.json.encode(_Token(_TOKEN_FORM, version, start + "\0"))
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def _decode(text: str) -> _Token:
    padded = text + "=" * (-len(text) % 4)
    try:
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
        token = msgspec.json.decode(data, type=_Token)
    except (binascii.Error, ValueError) as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from error
    if token.v != _TOKEN_FORM:
        raise bad_request(
            "invalid continue token: continue key is not valid: "
            f'server does not recognize this encoded version "{token.v}"'
        )
    return _Token(token.v, token.rv, token.start.rstrip("\0"))
