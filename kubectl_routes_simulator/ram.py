"""What a key may do: a RAM policy document, evaluated as RAM does for one action."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

import msgspec
from msgspec import Struct


class Statement(Struct, frozen=True, rename="pascal"):
    """One statement: which actions on which resources (both may hold ``*``) it decides."""

    effect: Literal["Allow", "Deny"]
    action: str | tuple[str, ...]
    resource: str | tuple[str, ...]

    def covers(self, action: str, resource: str) -> bool:
        """True when the statement speaks about this action on this resource."""
        return _any(self.action, action) and _any(self.resource, resource)


class Policy(Struct, frozen=True, rename="pascal"):
    """A policy document, version 1."""

    version: Literal["1"]
    statement: tuple[Statement, ...]

    def allows(self, action: str, resource: str) -> bool:
        """True when a statement allows it and none denies it; ``action`` is like vpc:Describe…"""
        told = {one.effect for one in self.statement if one.covers(action, resource)}
        return told == {"Allow"}


def read_policy(text: str | bytes) -> Policy:
    """The policy of a JSON document. Raises msgspec.ValidationError when it is not one."""
    return msgspec.json.decode(text, type=Policy)


def _any(patterns: str | tuple[str, ...], value: str) -> bool:
    listed = (patterns,) if isinstance(patterns, str) else patterns
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in listed)
