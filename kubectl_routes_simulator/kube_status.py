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
    """An answer that is not what was asked for. ``code`` is the HTTP status; ``details`` go out as
    they are; ``continue_`` is the token that some 410 answers offer.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: dict[str, Any] | None = None,
        continue_: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.continue_ = continue_

    def encoded(self) -> bytes:
        """The Status object as JSON."""
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continue_} if self.continue_ else {},
            "status": "Failure",
            "message": self.message,
            **({"reason": self.reason} if self.reason else {}),
            **({} if self.details is None else {"details": self.details}),
            "code": self.code,
        }
        return msgspec.json.encode(status)


def details_of(group: str, resource: str, name: str = "") -> dict[str, str]:
    """The ``details`` of a Status about a resource: only what is not empty."""
    named = {"name": name, "group": group, "kind": resource}
    return {key: value for key, value in named.items() if value}


def about(resource: Resource, name: str, code: int, reason: str, message: str) -> Refusal:
    """A refusal that names an object in its ``details``."""
    return Refusal(code, reason, message, details_of(resource.group, resource.name, name))


def not_found(resource: Resource, name: str) -> Refusal:
    """404 for an object that does not exist."""
    return about(resource, name, 404, "NotFound", f'{resource.qualified} "{name}" not found')


def conflict(resource: Resource, name: str, because: str = _MODIFIED) -> Refusal:
    """409 for a write that is meant for another version of the object."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {because}'
    return about(resource, name, 409, "Conflict", message)


def bad_request(message: str) -> Refusal:
    """400."""
    return Refusal(400, "BadRequest", message)


def expired(message: str, continue_: str = "") -> Refusal:
    """410 for a resource version or a continue token that is too old."""
    return Refusal(410, "Expired", message, continue_=continue_)


def unsupported_media_type(given: str, accepted: str) -> Refusal:
    """415 for a request body in a format that is not among those ``accepted``."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        f"{accepted} (given {given or 'none'})"
    )
    return Refusal(415, "UnsupportedMediaType", message)


def too_large(because: str) -> Refusal:
    """413."""
    return Refusal(413, "RequestEntityTooLarge", f"Request entity too large: {because}")


class Problem(Struct, frozen=True):
    """One thing wrong with an object, as the causes of a Status say it."""

    reason: str
    message: str
    field: str


def invalid(group: str, kind: str, name: str, problems: Sequence[Problem]) -> Refusal:
    """422 for an object that does not pass validation."""
    qualified = f"{kind}.{group}" if group else kind
    said = list(dict.fromkeys(f"{found.field}: {found.message}" for found in problems))
    listed = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    details = {**details_of(group, kind, name), "causes": list(problems)}
    return Refusal(422, "Invalid", f'{qualified} "{name}" is invalid: {listed}', details)


def problem(field: str, reason: str, message: str) -> Problem:
    """``reason`` is that of a cause without ``FieldValue``: Invalid, Duplicate, Forbidden …"""
    return Problem(f"FieldValue{reason}", message, field)


def wrong(field: str, value: Any, because: str) -> Problem:
    """``Invalid value``."""
    shown = msgspec.json.encode(value).decode()
    return problem(field, "Invalid", f"Invalid value: {shown}: {because}")


def needed(field: str, because: str = "") -> Problem:
    """``Required value``."""
    return problem(field, "Required", "Required value" + (f": {because}" if because else ""))
