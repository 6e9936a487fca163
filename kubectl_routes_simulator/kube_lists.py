"""Lists: selectors, pages, continue tokens that expire, and the resource versions asked for."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_status import Refusal, bad_request, expired
from kubectl_routes_simulator.kube_store import Store, Stored, View
from kubectl_routes_simulator.server import Request

Object = dict[str, Any]
Test = Callable[[Object], bool]

# The field labels that selectors may use beside metadata.name and metadata.namespace.
_FIELDS = {
    "events": "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
    "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason "
    "reportingComponent source type",
    "namespaces": "status.phase",
    "nodes": "spec.unschedulable",
    "pods": "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
    "spec.hostNetwork status.phase status.podIP status.nominatedNodeName",
    "secrets": "type",
}
_KEY = r"[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?"
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMPARED = re.compile(rf"({_KEY})\s*(==|=|!=)\s*([-A-Za-z0-9_.]*)")
_COMMA_OUTSIDE_SET = re.compile(r",(?![^()]*\))")


class Selector(Struct, frozen=True):
    """Whether an object is meant: it passes all ``tests``."""

    tests: tuple[Test, ...]

    def takes(self, value: Object) -> bool:
        """Whether the object passes every requirement."""
        return all(test(value) for test in self.tests)


def selector_of(request: Request, resource: Resource) -> Selector:
    """Read both selectors of a request. Raises Refusal (400)."""
    tests = [_label_test(part) for part in _parts(request.first("labelSelector"))]
    fields = _parts(request.first("fieldSelector"))
    return Selector((*tests, *(_field_test(resource, part) for part in fields)))


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
        return lambda value: (_labels(value).get(key) in values) is (operator == "in")
    if found := _EXISTS.fullmatch(requirement):
        absent, key = bool(found[1]), found[2]
        return lambda value: (key in _labels(value)) is not absent
    if found := _COMPARED.fullmatch(requirement):
        key, operator, wanted = found.groups()
        return lambda value: (_labels(value).get(key) == wanted) is (operator != "!=")
    raise bad_request(f"unable to parse requirement: found '{requirement}', expected: identifier")


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
    own = _FIELDS.get(resource.name, "").split()
    if key not in ("metadata.name", "metadata.namespace", *own):
        if own:
            raise bad_request(f"field label not supported: {key}")
        known = '"metadata.name", "metadata.namespace"'
        raise bad_request(f'"{key}" is not a known field selector: only {known}')
    # Events keep their source under a longer name.
    path = ("source", "component") if key == "source" else tuple(key.split("."))
    return lambda value: (_field(value, path) == wanted) is (operator == "=")


def _field(value: Object, path: tuple[str, ...]) -> str:
    at: Any = value
    for step in path:
        at = at.get(step) if isinstance(at, dict) else None
    if isinstance(at, bool):
        return str(at).lower()
    if at is None:
        return "false" if path[-1] in ("unschedulable", "hostNetwork") else ""
    return str(at)


_LATEST = -1  # a token that continues with whatever the list is by then
_TOO_OLD_TOKEN = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter, or use the continue token in this "
    "response to retrieve the remainder of the results. Continuing with the provided token "
    "results in an inconsistent list - objects that were created, modified, or deleted between "
    "the time the first chunk was returned and now may show up in the list."
)


class _Token(Struct):
    v: Literal["meta.k8s.io/v1"]
    rv: int
    start: str


class ListQuery(Struct, frozen=True):
    """The parameters of a list. ``limit`` 0 means no limit."""

    limit: int = 0
    continue_: str = ""
    version: str = ""

    @classmethod
    def of(cls, request: Request) -> ListQuery:
        """Read the parameters. Raises Refusal (400) for those that contradict each other."""
        limit = request.first("limit") or "0"
        if not limit.lstrip("-").isdigit():
            raise bad_request(f'strconv.ParseInt: parsing "{limit}": invalid syntax')
        version = request.first("resourceVersion")
        query = cls(max(int(limit), 0), request.first("continue"), version)
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
    """Cuts lists into pages that all show the same moment, kept until ``expire_tokens``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[tuple[Resource, int], View] = {}

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
        if selector.tests:
            found = tuple(item for item in found if selector.takes(item.value))
        from_cache = query.version == "0" and not query.continue_
        if not query.limit or from_cache or len(found) <= query.limit:
            return Page(view.version, found)
        self._kept[resource, view.version] = view
        items = found[: query.limit]
        remaining = None if selector.tests else len(found) - query.limit
        return Page(view.version, items, _encode(view.version, items[-1].key), remaining)

    def _from(self, resource: Resource, prefix: str, query: ListQuery) -> tuple[View, str]:
        """The view to read, and the key after which to begin."""
        latest = self._store.view(resource)
        if not query.continue_:
            asked = version_number(query.version)
            if asked > latest.version:
                message = "Too large resource version"
                cause = {"reason": "ResourceVersionTooLarge", "message": message}
                words = f"Timeout: {message}: {asked}, current: {latest.version}"
                details = {"causes": [cause], "retryAfterSeconds": 1}
                raise Refusal(504, "Timeout", words, details)
            return latest, prefix
        token = _decode(query.continue_)
        view = latest if token.rv == _LATEST else self._kept.get((resource, token.rv))
        if view is None:
            raise expired(_TOO_OLD_TOKEN, _encode(_LATEST, token.start))
        return view, token.start


def version_number(text: str) -> int:
    """A resourceVersion as a number; 0 for none. Raises Refusal (500, as the server has it)."""
    if text and not text.isdigit():
        because = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise Refusal(500, "", f'resourceVersion: Invalid value: "{text}": {because}')
    return int(text or 0)


def _encode(version: int, start: str) -> str:
    token = msgspec.json.encode(_Token("meta.k8s.io/v1", version, start + "\0"))
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def _decode(text: str) -> _Token:
    padded = text + "=" * (-len(text) % 4)
    try:
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
        token = msgspec.json.decode(data, type=_Token)
    except ValueError as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from error
    return _Token(token.v, token.rv, token.start.rstrip("\0"))
