"""Bodies of writes: from bytes to the object that the server understands."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from kubectl_routes_simulator.kube_options import WriteOptions
from kubectl_routes_simulator.kube_options import media_type
from kubectl_routes_simulator.kube_protobuf import MEDIA_TYPE
from kubectl_routes_simulator.kube_protobuf import UnknownMessage
from kubectl_routes_simulator.kube_protobuf import decoded
from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_schema import schema_of
from kubectl_routes_simulator.kube_status import Problem
from kubectl_routes_simulator.kube_status import Refusal
from kubectl_routes_simulator.kube_status import bad_request
from kubectl_routes_simulator.kube_status import invalid
from kubectl_routes_simulator.kube_status import unsupported_media_type
from kubectl_routes_simulator.kube_typed import Keyed
from kubectl_routes_simulator.kube_typed import Mistyped
from kubectl_routes_simulator.kube_typed import parsed
from kubectl_routes_simulator.kube_typed import typed
from kubectl_routes_simulator.server import Request

Object = dict[str, Any]

_JSON, _YAML = "application/json", "application/yaml"
_ACCEPTED = f"{_JSON}, {_YAML}, {MEDIA_TYPE}"


def document(request: Request) -> Any:
    """The body of a POST, PUT or DELETE. Raises Refusal: 415 for a format other than JSON, YAML
    and, for some kinds, protobuf, 400 for a body that does not decode.
    """
    given = media_type(request)
    if given not in _READERS:
        raise unsupported_media_type(given, _ACCEPTED)
    try:
        return _READERS[given](request.body)
    except UnknownMessage as error:
        raise unsupported_media_type(given, f"{_JSON}, {_YAML}") from error
    except ValueError as error:
        raise bad_request(
            f"the object provided is unrecognized: couldn't get version/kind; {error}"
        ) from error


def yaml_document(body: bytes) -> Any:
    """YAML, which JSON is too. Raises ValueError."""
    # PyYAML is slow to import, and most simulated clusters never see YAML.
    import yaml  # noqa: PLC0415

    with suppress(ValueError):
        return parsed(body)  # is quicker, and knows about keys that are given twice
    try:
        return yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise ValueError(f"yaml: {error}") from error


_READERS: Mapping[str, Callable[[bytes], Any]] = {
    "": parsed,
    _JSON: parsed,
    _YAML: yaml_document,
    MEDIA_TYPE: decoded,
}


def object_of(body: Any, resource: Resource, options: WriteOptions) -> tuple[Object, list[str]]:
    """The object in the body of a POST or a PUT, and what to warn of. Raises Refusal (400) for one
    of another kind, of the wrong types or, under Strict, with fields that there are not.
    """
    if not isinstance(body, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {resource.kind})")
    _check_kind(body, resource)
    whole = {**body, "kind": resource.kind, "apiVersion": resource.api_version}
    try:
        value, problems = typed(_same_duplicates(body, whole), schema_of(resource.kind))
    except Mistyped as error:
        raise _not_handled(resource, str(error)) from error
    if problems and options.validation == "Strict":
        raise _not_handled(resource, f"strict decoding error: {', '.join(problems)}")
    value.setdefault("metadata", {})
    return value, list(problems) if options.validation == "Warn" else []


def patched_object(
    patched: Object, resource: Resource, options: WriteOptions, patch: str
) -> tuple[Object, list[str]]:
    """The object that a patch has led to, and what to warn of. ``patch`` is what a refusal shows
    of it. Raises Refusal (422) where a body would be refused with 400.
    """
    version, kind = patched.get("apiVersion"), patched.get("kind")
    if (version, kind) != (resource.api_version, resource.kind):
        known = f'no kind "{kind}" is registered for version "{version}"'
        raise _bad_patch(patch, known if kind else f"Object 'Kind' is missing in '{patch}'")
    try:
        value, problems = typed(patched, schema_of(resource.kind))
    except Mistyped as error:
        raise _bad_patch(patch, str(error)) from error
    if problems and options.validation == "Strict":
        raise _bad_patch(patch, f"strict decoding error: {', '.join(problems)}")
    value.setdefault("metadata", {})
    return value, list(problems) if options.validation == "Warn" else []


def _same_duplicates(body: Object, whole: Object) -> Object:
    made = Keyed(whole)
    made.duplicates = body.duplicates if isinstance(body, Keyed) else ()
    return made


def _check_kind(body: Object, resource: Resource) -> None:
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


def _not_handled(resource: Resource, because: str) -> Refusal:
    return bad_request(
        f'{resource.kind} in version "{resource.version}" cannot be handled as a '
        f"{resource.kind}: {because}"
    )


def _bad_patch(patch: str, because: str) -> Refusal:
    message = f'Invalid value: "{patch}": {because}'
    return invalid("", "", "", [Problem("patch", "FieldValueInvalid", message)])
