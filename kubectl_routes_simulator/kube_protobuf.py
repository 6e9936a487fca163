"""The protobuf that kubectl sends where it asks what it may do, and deletes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Object = dict[str, Any]
# The fields of a message by number: a name for text, a name with # for a number, one with [] for a
# list of texts, and a pair for another message.
Fields = Mapping[int, Any]

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _LENGTH_DELIMITED = 0, 2
_RESOURCE = ("namespace", "verb", "group", "version", "resource", "subresource", "name")
_REVIEW: Fields = {
    1: ("resourceAttributes", dict(enumerate(_RESOURCE, 1))),
    2: ("nonResourceAttributes", {1: "path", 2: "verb"}),
}
# Field numbers of the generated.proto files of k8s.io/api and k8s.io/apimachinery.
_KINDS: Mapping[str, Fields] = {
    "DeleteOptions": {
        1: "gracePeriodSeconds#",
        2: ("preconditions", {1: "uid", 2: "resourceVersion"}),
        4: "propagationPolicy",
        5: "dryRun[]",
    },
    "SelfSubjectAccessReview": {2: ("spec", _REVIEW)},
}


class UnknownMessage(Exception):
    """The body holds a kind that the simulated cluster reads as JSON and YAML only."""


def decoded(body: bytes) -> Object:
    """The object in a body, with its kind. Raises ValueError, UnknownMessage."""
    if not body.startswith(_MAGIC):
        raise ValueError("provided data does not appear to be a protobuf message")
    envelope = dict(_parts(body[len(_MAGIC) :]))
    type_meta = _message({1: "apiVersion", 2: "kind"}, _bytes(envelope.get(1, b"")))
    kind = type_meta.get("kind", "")
    if kind not in _KINDS:
        raise UnknownMessage(kind)
    return {**type_meta, **_message(_KINDS[kind], _bytes(envelope.get(2, b"")))}


def _message(fields: Fields, data: bytes) -> Object:
    value: Object = {}
    for number, part in _parts(data):
        field = fields.get(number)
        if isinstance(field, tuple):
            value[field[0]] = _message(field[1], _bytes(part))
        elif field is not None and field.endswith("#"):
            value[field.removesuffix("#")] = int(part)
        elif field is not None and field.endswith("[]"):
            value.setdefault(field.removesuffix("[]"), []).append(_bytes(part).decode())
        elif field is not None and part:
            value[field] = _bytes(part).decode()
    return value


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
        if kind != _LENGTH_DELIMITED:
            raise ValueError(f"wire type {kind} is not known")
        size, at = _varint(message, at)
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
