from __future__ import annotations

import pytest

from kubectl_routes_simulator.kube_protobuf import UnknownMessage, decoded


def field(number: int, content: bytes | str | int) -> bytes:
    """One field on the wire; the sizes of these tests fit one byte."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    data = content.encode() if isinstance(content, str) else content
    return bytes([number << 3 | 2, len(data)]) + data


def body(api_version: str, kind: str, raw: bytes) -> bytes:
    type_meta = field(1, api_version) + field(2, kind)
    return b"k8s\x00" + field(1, type_meta) + field(2, raw) + field(3, "") + field(4, "")


def test_options_of_a_deletion() -> None:
    raw = b"\x08\xac\x02" + field(2, field(1, "uid-1")) + field(7, "?") + field(5, "All")
    assert decoded(body("v1", "DeleteOptions", raw)) == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "gracePeriodSeconds": 300,
        "preconditions": {"uid": "uid-1"},
        "dryRun": ["All"],
    }
    with pytest.raises(UnknownMessage):
        decoded(body("v1", "ConfigMap", b""))


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"k8s\x00\x12\x7fcut",
        b"k8s\x00\x12",
        b"k8s\x00\x08\x01",
        b"k8s\x00\x13",
        body("v1", "DeleteOptions", field(2, field(1, b"\xff"))),
    ],
)
def test_what_does_not_decode(data: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(data)
