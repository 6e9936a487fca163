"""Requests of writes: what their query asks for, and the object in their body."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_protobuf import MEDIA_TYPE, UnknownMessage, decoded
from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_status import (
    bad_request,
    invalid,
    problem,
    unsupported_media_type,
)
from kubectl_routes_simulator.server import Request

Object = dict[str, Any]

_JSON, _YAML = "application/json", "application/yaml"
_LONGEST_MANAGER = 128
# Truth values that the server leaves out when they are false, as they are no pointers.
_SWITCHES = frozenset(
    ("hostIPC", "hostNetwork", "hostPID", "paused", "readOnly", "stdin", "tty", "unschedulable")
)


class WriteOptions(Struct, frozen=True):
    """``manager`` is never empty: without fieldManager it is the first word of the user agent."""

    dry_run: bool = False
    manager: str = "unknown"

    @classmethod
    def of(cls, request: Request, kind: str) -> WriteOptions:
        """Read the parameters. ``kind`` is that of the options (``CreateOptions``). Raises Refusal
        (422) for a dry run that there is not.
        """
        asked = request.query.get("dryRun", [])
        words = 'Unsupported value: "{}": supported values: "All"'
        odd = [problem("dryRun", "NotSupported", words.format(x)) for x in asked if x != "All"]
        if odd:
            raise invalid("meta.k8s.io", kind, "", odd)
        agent = request.headers.get("user-agent", "").partition("/")[0]
        manager = request.first("fieldManager") or agent or "unknown"
        return cls(dry_run=bool(asked), manager=manager[:_LONGEST_MANAGER])


def media_type(request: Request) -> str:
    """The Content-Type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip()


def document(request: Request) -> Any:
    """The body of a POST, PUT or DELETE. Raises Refusal: 415 for a format other than JSON, YAML
    and, for some kinds, protobuf, 400 for a body that does not decode.
    """
    given = media_type(request)
    try:
        if given in ("", _JSON):
            return json.loads(request.body)
        if given == _YAML:
            return msgspec.yaml.decode(request.body)
        if given == MEDIA_TYPE:
            return decoded(request.body)
    except UnknownMessage as error:
        raise unsupported_media_type(given, f"{_JSON}, {_YAML}") from error
    except ValueError as error:
        raise bad_request(
            f"the object provided is unrecognized: couldn't get version/kind; {error}"
        ) from error
    raise unsupported_media_type(given, f"{_JSON}, {_YAML}, {MEDIA_TYPE}")


def object_of(body: Any, resource: Resource) -> Object:
    """The object in the body of a POST or a PUT, or that a patch has led to. Raises Refusal (400)
    for one of another kind.
    """
    if not isinstance(body, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {resource.kind})")
    version, kind = body.get("apiVersion"), body.get("kind")
    if version and version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({resource.api_version})"
        )
    if kind and kind != resource.kind:
        raise bad_request(
            f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
            f"converting (v1.{kind}) to (v1.{resource.kind}): unknown conversion"
        )
    value: Object = _pruned({**body, "kind": resource.kind, "apiVersion": resource.api_version})
    value.setdefault("metadata", {})
    return value


def _pruned(value: Any) -> Any:
    """A copy without what the server leaves out of what it shows: nulls, empty lists, and switches
    that are off.
    """
    if isinstance(value, dict):
        return {key: _pruned(part) for key, part in value.items() if not _left_out(key, part)}
    return [_pruned(part) for part in value] if isinstance(value, list) else value


def _left_out(key: str, part: Any) -> bool:
    return part is None or part == [] or (part is False and key in _SWITCHES)
