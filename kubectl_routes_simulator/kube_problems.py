"""The words of the API server for what is wrong with a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kubectl_routes_simulator.kube_status import Problem


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


def absent(field: str, value: str) -> Problem:
    """``Not found``."""
    return Problem(field, "FieldValueNotFound", f'Not found: "{value}"')


def too_long(field: str, most: int) -> Problem:
    """``Too long``, in bytes."""
    return Problem(field, "FieldValueTooLong", f"Too long: may not be more than {most} bytes")


def unsupported(field: str, value: str, supported: Sequence[str]) -> Problem:
    """``Unsupported value``."""
    listed = ", ".join(f'"{one}"' for one in supported)
    message = f'Unsupported value: "{value}": supported values: {listed}'
    return Problem(field, "FieldValueNotSupported", message)
