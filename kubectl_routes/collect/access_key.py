"""A key to the VPC API, kept from ever being shown."""

from __future__ import annotations

from msgspec import Struct


class AccessKey(Struct, frozen=True):
    """Id, secret and, for temporary ones, the security token."""

    id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return "AccessKey(…)"


class UnusableCredential(Exception):
    """Why one source of credentials does not work; holds nothing secret."""
