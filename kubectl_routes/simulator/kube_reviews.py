"""SelfSubjectAccessReview and SelfSubjectReview, in JSON and in the protobuf that kubectl sends."""

from __future__ import annotations

from typing import Any

import msgspec

from kubectl_routes.simulator.kube_access import Access
from kubectl_routes.simulator.kube_access import Attributes
from kubectl_routes.simulator.kube_access import User
from kubectl_routes.simulator.kube_status import bad_request
from kubectl_routes.simulator.kube_status import unsupported_media_type
from kubectl_routes.simulator.server import Request

Object = dict[str, Any]

# Field numbers of k8s.io/api/authorization/v1/generated.proto.
_SPEC = 2
_RESOURCE_ATTRIBUTES, _NON_RESOURCE_ATTRIBUTES = 1, 2
_RESOURCE_FIELDS = {
    1: "namespace",
    2: "verb",
    3: "group",
    4: "version",
    5: "resource",
    6: "subresource",
    7: "name",
}
_PATH_FIELDS = {1: "path", 2: "verb"}
_MAGIC = b"k8s\x00"
_RAW = 2  # the field of runtime.Unknown that holds the object itself
_LENGTH_DELIMITED = 2


def access_review(request: Request, access: Access, user: User) -> Object:
    """Answer a SelfSubjectAccessReview. Raises Refusal: 400 for a body that does not decode, 415
    for one in another format.
    """
    spec = _spec(request)
    asked: Object = spec.get("resourceAttributes") or {}
    path: Object = spec.get("nonResourceAttributes") or {}
    if not asked and not path:
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be set")
    wanted = Attributes(
        verb=str((asked or path).get("verb", "")),
        group=str(asked.get("group", "")),
        resource=str(asked.get("resource", "")),
        subresource=str(asked.get("subresource", "")),
        namespace=str(asked.get("namespace", "")),
        name=str(asked.get("name", "")),
        path=str(path.get("path", "")),
    )
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "spec": spec,
        "status": {"allowed": access.allows(user, wanted)},
    }


def subject_review(user: User) -> Object:
    """Answer a SelfSubjectReview: who am I."""
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "status": {"userInfo": {"username": user.name, "groups": list(user.groups)}},
    }


def _spec(request: Request) -> Object:
    given = request.headers.get("content-type", "").partition(";")[0].strip()
    if given == "application/vnd.kubernetes.protobuf":
        return _spec_of_protobuf(request.body)
    if given != "application/json":
        raise unsupported_media_type(given)
    try:
        body = msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from error
    spec = body.get("spec")
    return spec if isinstance(spec, dict) else {}


def _spec_of_protobuf(body: bytes) -> Object:
    if not body.startswith(_MAGIC):
        raise bad_request("provided data does not appear to be a protobuf message")
    try:
        spec = _fields(_fields(_fields(body[len(_MAGIC) :])[_RAW])[_SPEC])
        shown: Object = {}
        if _RESOURCE_ATTRIBUTES in spec:
            shown["resourceAttributes"] = _texts(spec[_RESOURCE_ATTRIBUTES], _RESOURCE_FIELDS)
        if _NON_RESOURCE_ATTRIBUTES in spec:
            shown["nonResourceAttributes"] = _texts(spec[_NON_RESOURCE_ATTRIBUTES], _PATH_FIELDS)
    except (LookupError, UnicodeDecodeError) as error:
        raise bad_request("the protobuf message does not decode") from error
    return shown


def _texts(message: bytes, names: dict[int, str]) -> Object:
    fields = _fields(message)
    return {name: fields[at].decode() for at, name in names.items() if fields.get(at)}


def _fields(message: bytes) -> dict[int, bytes]:
    """The length-delimited fields of a protobuf message by number; a review has no others that
    matter. Raises LookupError when the message is cut short or of another form.
    """
    found: dict[int, bytes] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        if tag & 7 != _LENGTH_DELIMITED:
            raise LookupError(tag)
        size, at = _varint(message, at)
        if at + size > len(message):
            raise LookupError(size)
        found[tag >> 3] = message[at : at + size]
        at += size
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
