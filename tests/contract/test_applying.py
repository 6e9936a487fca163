"""Server-side apply on any API server: who owns which part of a workload."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.servers import Answer
from tests.contract.servers import Object
from tests.contract.servers import Server
from tests.contract.test_reading import unique
from tests.contract.test_writing import APPLY
from tests.contract.test_writing import applied
from tests.contract.test_writing import configs
from tests.contract.test_writing import daemon_sets
from tests.contract.test_writing import managers
from tests.contract.test_writing import refusal


def workload(name: str, *containers: Object, **pod: Any) -> Object:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": list(containers), **pod},
            },
        },
    }


def applied_workload(server: Server, value: Object, manager: str, **query: str) -> Answer:
    path = daemon_sets(server, value["metadata"]["name"])
    return server.send("PATCH", path, value, APPLY, fieldManager=manager, **query)


def containers(answer: Answer) -> list[str]:
    assert answer.status in (200, 201), answer.body
    return [one["name"] for one in answer.json()["spec"]["template"]["spec"]["containers"]]


def test_what_is_no_longer_applied_is_removed(server: Server) -> None:
    name = unique("applied")
    applied(server, name, {"a": "1", "b": "2"}, "one")
    applied(server, name, {"b": "2", "c": "3"}, "two")
    after = applied(server, name, {"d": "4"}, "one").json()
    assert after["data"] == {"b": "2", "c": "3", "d": "4"}
    assert managers(after) == {
        "one": ("Apply", {"f:data": {"f:d": {}}}),
        "two": ("Apply", {"f:data": {"f:b": {}, "f:c": {}}}),
    }


def test_several_conflicts_are_listed_by_manager(server: Server) -> None:
    name = unique("applied")
    applied(server, name, {"a": "1", "b": "1"}, "first")
    applied(server, name, {"c": "1"}, "second")
    answer = applied(server, name, {"a": "2", "b": "2", "c": "2"}, "third")
    assert refusal(answer) == (
        409,
        "Conflict",
        'Apply failed with 3 conflicts: conflicts with "first":\n- .data.a\n- .data.b\n'
        'conflicts with "second":\n- .data.c',
    )


def test_a_dry_run_conflicts_all_the_same(server: Server) -> None:
    name = unique("applied")
    made = applied(server, name, {"a": "1"}, "one").json()
    assert applied(server, name, {"a": "2"}, "two", dryRun="All").status == 409
    tried = applied(server, name, {"a": "2"}, "two", dryRun="All", force="true").json()
    assert tried["data"] == {"a": "2"}
    assert server.get(configs(server, name)).json() == made


def test_containers_are_owned_one_by_one(server: Server) -> None:
    name = unique("applied")
    main = {"name": "main", "image": "registry.example.com/app:v1"}
    side = {"name": "side", "image": "registry.example.com/side:v1"}
    made = applied_workload(server, workload(name, main, side), "one")
    assert made.status == 201
    _, fields = managers(made.json())["one"]
    owned = fields["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert owned['k:{"name":"main"}'] == {".": {}, "f:image": {}, "f:name": {}}
    other = workload(name, main | {"image": "registry.example.com/app:v2"})
    answer = applied_workload(server, other, "two")
    assert [one["field"] for one in answer.json()["details"]["causes"]] == [
        '.spec.template.spec.containers[name="main"].image'
    ]
    assert containers(applied_workload(server, workload(name, side), "two")) == ["main", "side"]
    # The other manager still wants it, so that it stays; then nobody does.
    assert containers(applied_workload(server, workload(name, main), "one")) == ["main", "side"]
    empty = workload(name)
    del empty["spec"]["template"]["spec"]["containers"]
    assert containers(applied_workload(server, empty, "two")) == ["main"]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"metadata": {"name": "other-name"}}, 400, "does not match the name on the URL"),
        ({"data": {"a": 1}}, 500, "failed to create typed patch object"),
        ({"dada": {}}, 500, "field not declared in schema"),
    ],
)
def test_an_apply_that_is_refused(server: Server, change: Object, code: int, message: str) -> None:
    name = unique("applied")
    value = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}} | change
    answer = server.send("PATCH", configs(server, name), value, APPLY, fieldManager="one")
    assert answer.status == code
    assert message in answer.json()["message"]
