from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.kube_fields import Path
from kubectl_routes_simulator.kube_fields import decoded
from kubectl_routes_simulator.kube_fields import encoded
from kubectl_routes_simulator.kube_fields import members
from kubectl_routes_simulator.kube_fields import shown
from kubectl_routes_simulator.kube_schema import schema_of

CONTAINER = ("f:spec", "f:containers", 'k:{"name":"main"}')


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("f:data", "f:cloud-config.conf"), ".data.cloud-config.conf"),
        ((*CONTAINER, "f:image"), '.spec.containers[name="main"].image'),
        (
            ("f:ports", 'k:{"containerPort":80,"protocol":"TCP"}'),
            '.ports[containerPort=80,protocol="TCP"]',
        ),
        (("f:metadata", "f:finalizers", 'v:"a/b"'), '.metadata.finalizers[="a/b"]'),
    ],
)
def test_a_path_as_messages_write_it(path: Path, text: str) -> None:
    assert shown(path) == text


def test_a_set_of_fields_and_back() -> None:
    fields: dict[str, Any] = {
        "f:data": {".": {}, "f:a": {}},
        "f:spec": {"f:containers": {'k:{"name":"main"}': {".": {}, "f:image": {}}}},
    }
    paths = decoded(fields)
    assert paths == {("f:data",), ("f:data", "f:a"), CONTAINER, (*CONTAINER, "f:image")}
    assert encoded(paths) == fields


def test_what_is_no_field_set_holds_no_fields() -> None:
    assert decoded({"f:data": [], "f:spec": 1}) == {("f:data",), ("f:spec",)}


def test_the_fields_of_an_object() -> None:
    value = {
        "kind": "DaemonSet",
        "metadata": {"name": "x", "uid": "u", "labels": {"a": "b"}, "finalizers": ["c/d"]},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"spec": {"containers": [{"name": "main"}], "tolerations": [{"key": "k"}]}},
        },
    }
    pod = ("f:spec", "f:template", "f:spec")
    main = (*pod, "f:containers", 'k:{"name":"main"}')
    assert set(members(value, schema_of("DaemonSet"))) == {
        ("f:metadata", "f:labels"),
        ("f:metadata", "f:labels", "f:a"),
        ("f:metadata", "f:finalizers", 'v:"c/d"'),
        ("f:spec", "f:selector"),
        main,
        (*main, "f:name"),
        (*pod, "f:tolerations"),
    }
