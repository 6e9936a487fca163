"""Refusals of the API server: a Status object, worded as the real server words it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_resources import Resource

_MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


class Refusal(Exception):
    """An answer that is not what was asked for. ``code`` is the HTTP status; ``details`` and
    ``headers`` go out as they are; ``continue_`` is the token that some 410 answers offer.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        continue_: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.headers = headers or {}
        self.continue_ = continue_

    def status(self) -> dict[str, Any]:
        """The Status object."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continue_} if self.continue_ else {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status

    def encoded(self) -> bytes:
        """The Status object as JSON."""
        return msgspec.json.encode(self.status())


def details_of(group: str, resource: str, name: str = "") -> dict[str, str]:
    """The ``details`` of a Status about a resource: only what is not empty."""
    named = {"name": name, "group": group, "kind": resource}
    return {key: value for key, value in named.items() if value}


def not_found(resource: Resource, name: str) -> Refusal:
    """404 for an object that does not exist."""
    message = f'{resource.qualified} "{name}" not found'
    return Refusal(404, "NotFound", message, details_of(resource.group, resource.name, name))


def no_such_resource() -> Refusal:
    """404 for a resource, or a subresource, that a served group does not have."""
    return Refusal(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> Refusal:
    """405 for a method that the simulated cluster does not offer on a resource it serves."""
    message = "the server does not allow this method on the requested resource"
    return Refusal(405, "MethodNotAllowed", message, {})


def bad_request(message: str) -> Refusal:
    """400."""
    return Refusal(400, "BadRequest", message)


def expired(message: str, continue_: str = "") -> Refusal:
    """410 for a resource version or a continue token that is too old."""
    return Refusal(410, "Expired", message, continue_=continue_)


def not_acceptable() -> Refusal:
    """406 for an Accept header without JSON."""
    message = (
        "only the following media types are accepted: "
        "application/json, application/json;stream=watch"
    )
    return Refusal(406, "NotAcceptable", message)


def unsupported_media_type(given: str, accepted: str) -> Refusal:
    """415 for a request body in a format that is not among those ``accepted``."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        f"{accepted} (given {given or 'none'})"
    )
    return Refusal(415, "UnsupportedMediaType", message)


def version_not_reached(asked: int, current: int) -> Refusal:
    """504 for a resource version that the server has not come to yet."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    return Refusal(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {asked}, current: {current}",
        {"causes": [cause], "retryAfterSeconds": 1},
        headers={"Retry-After": "1"},
    )


def already_exists(resource: Resource, name: str) -> Refusal:
    """409 for the creation of what there is already."""
    message = f'{resource.qualified} "{name}" already exists'
    return Refusal(409, "AlreadyExists", message, details_of(resource.group, resource.name, name))


def conflict(resource: Resource, name: str, because: str = _MODIFIED) -> Refusal:
    """409 for a write that is meant for another version of the object."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {because}'
    return Refusal(409, "Conflict", message, details_of(resource.group, resource.name, name))


def failed_precondition(resource: Resource, name: str, because: str) -> Refusal:
    """409 for a deletion whose preconditions do not hold; it names the kind, not the resource."""
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    message = f'Operation cannot be fulfilled on {kind} "{name}": {because}'
    return Refusal(409, "Conflict", message, details_of(resource.group, resource.kind, name))


class Problem(Struct, frozen=True):
    """One thing wrong with an object: the field, the reason of the cause (``FieldValueInvalid``)
    and the words.
    """

    field: str
    reason: str
    message: str


def invalid(group: str, kind: str, name: str, problems: Sequence[Problem]) -> Refusal:
    """422 for an object that does not pass validation."""
    qualified = f"{kind}.{group}" if group else kind
    said = list(dict.fromkeys(f"{one.field}: {one.message}" for one in problems))
    listed = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    causes = [
        {"reason": one.reason, "message": one.message, "field": one.field} for one in problems
    ]
    details = {**details_of(group, kind, name), "causes": causes}
    return Refusal(422, "Invalid", f'{qualified} "{name}" is invalid: {listed}', details)


def too_large(because: str) -> Refusal:
    """413."""
    message = f"Request entity too large: {because}"
    return Refusal(413, "RequestEntityTooLarge", message)


def patch_does_not_apply() -> Refusal:
    """422 for a JSON Patch that cannot be carried out, a failed ``test`` among others."""
    message = "the server rejected our request due to an error in our request"
    return Refusal(422, "Invalid", message, {})


def wrong(field: str, value: Any, because: str) -> Problem:
    """``Invalid value``."""
    shown = msgspec.json.encode(value).decode()
    return Problem(field, "FieldValueInvalid", f"Invalid value: {shown}: {because}")


def needed(field: str, because: str = "") -> Problem:
    """``Required value``."""
    more = f": {because}" if because else ""
    return Problem(field, "FieldValueRequired", f"Required value{more}")


def repeated(field: str, value: str) -> Problem:
    """``Duplicate value``."""
    return Problem(field, "FieldValueDuplicate", f'Duplicate value: "{value}"')


def forbidden(field: str, because: str) -> Problem:
    """``Forbidden``."""
    return Problem(field, "FieldValueForbidden", f"Forbidden: {because}")


def unsupported(field: str, value: str, supported: Sequence[str]) -> Problem:
    """``Unsupported value``."""
    listed = ", ".join(f'"{one}"' for one in supported)
    message = f'Unsupported value: "{value}": supported values: {listed}'
    return Problem(field, "FieldValueNotSupported", message)
