"""The protobuf that kubectl sends where it asks what it may do, and deletes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

Object = dict[str, Any]

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5


class _Field(Struct, frozen=True):
    """A field of a message: ``kind`` is text, integer, texts (a list) or the name of another
    message.
    """

    name: str
    kind: str = "text"


# Field numbers of the generated.proto files of k8s.io/api and k8s.io/apimachinery.
_MESSAGES: Mapping[str, Mapping[int, _Field]] = {
    "DeleteOptions": {
        1: _Field("gracePeriodSeconds", "integer"),
        2: _Field("preconditions", "Preconditions"),
        4: _Field("propagationPolicy"),
        5: _Field("dryRun", "texts"),
    },
    "Preconditions": {1: _Field("uid"), 2: _Field("resourceVersion")},
    "SelfSubjectAccessReview": {2: _Field("spec", "SelfSubjectAccessReviewSpec")},
    "SelfSubjectAccessReviewSpec": {
        1: _Field("resourceAttributes", "ResourceAttributes"),
        2: _Field("nonResourceAttributes", "NonResourceAttributes"),
    },
    "ResourceAttributes": {
        1: _Field("namespace"),
        2: _Field("verb"),
        3: _Field("group"),
        4: _Field("version"),
        5: _Field("resource"),
        6: _Field("subresource"),
        7: _Field("name"),
    },
    "NonResourceAttributes": {1: _Field("path"), 2: _Field("verb")},
}


class UnknownMessage(Exception):
    """The body holds a kind that the simulated cluster reads as JSON and YAML only."""


def decoded(body: bytes) -> Object:
    """The object in a body, with its apiVersion and kind. Raises ValueError when it does not
    decode, UnknownMessage for a kind that is not read.
    """
    if not body.startswith(_MAGIC):
        raise ValueError("provided data does not appear to be a protobuf message")
    envelope = dict(_parts(body[len(_MAGIC) :]))
    type_meta = dict(_parts(_bytes(envelope.get(1, b""))))
    api_version, kind = (_bytes(type_meta.get(at, b"")).decode() for at in (1, 2))
    if kind not in _MESSAGES:
        raise UnknownMessage(kind)
    value = _message(kind, _bytes(envelope.get(2, b"")))
    return {"apiVersion": api_version, "kind": kind, **value}


def _message(name: str, data: bytes) -> Object:
    value: Object = {}
    for number, part in _parts(data):
        field = _MESSAGES[name].get(number)
        if field is not None:
            _put(value, field, part)
    return {key: part for key, part in value.items() if part != ""}


def _put(value: Object, field: _Field, part: int | bytes) -> None:
    if field.kind == "integer":
        value[field.name] = int(part)
    elif field.kind == "texts":
        value.setdefault(field.name, []).append(_bytes(part).decode())
    elif field.kind == "text":
        value[field.name] = _bytes(part).decode()
    else:
        value[field.name] = _message(field.kind, _bytes(part))


def _bytes(part: int | bytes) -> bytes:
    if isinstance(part, int):
        raise ValueError("a number stands where text belongs")  # noqa: TRY004 it is in the data
    return part


def _parts(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message as they come. Raises ValueError when it is cut short."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            number, at = _varint(message, at)
            yield tag >> 3, number
            continue
        if kind == _LENGTH_DELIMITED:
            size, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind} is not known")
        if at + size > len(message):
            raise ValueError("the protobuf message is cut short")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("the protobuf message is cut short")
