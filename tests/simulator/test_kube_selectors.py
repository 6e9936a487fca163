from __future__ import annotations

import pytest

from kubectl_routes_simulator.kube_lists import name_in, selector_of
from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_status import Refusal
from tests.simulator.filling import Object, event, plain_node, pod

NODES = resource_of_kind("v1", "Node")
PODS = resource_of_kind("v1", "Pod")
EVENTS = resource_of_kind("v1", "Event")
DAEMON_SETS = resource_of_kind("apps/v1", "DaemonSet")


@pytest.mark.parametrize(
    ("labels", "taken"),
    [
        ("zone=a", ["one"]),
        ("zone==a", ["one"]),
        ("zone!=a", ["two", "bare"]),
        ("zone in (a, b)", ["one", "two"]),
        ("zone notin (a)", ["two", "bare"]),
        ("zone", ["one", "two"]),
        ("!zone", ["bare"]),
        ("! zone", ["bare"]),
        ("slots>3", ["two"]),
        ("slots<4", ["one"]),
        ("zone in (a,b),slots=3", ["one"]),
        ("topology.kubernetes.io/region=cn-hangzhou", ["one", "two", "bare"]),
        ("", ["one", "two", "bare"]),
    ],
)
def test_label_selector(labels: str, taken: list[str]) -> None:
    nodes = {
        "one": plain_node(1, zone="a", slots="3"),
        "two": plain_node(2, zone="b", slots="4"),
        "bare": plain_node(3),
    }
    selector = selector_of(NODES, labels, "")
    assert [name for name, value in nodes.items() if selector.takes(value)] == taken
    assert selector.selective is bool(labels)


@pytest.mark.parametrize(
    ("value", "fields", "taken"),
    [
        (plain_node(1), "metadata.name=node-1", True),
        (plain_node(1), "metadata.name==node-2", False),
        (plain_node(1), "metadata.name!=node-2", True),
        (plain_node(1), "spec.unschedulable=false", True),
        (plain_node(1) | {"spec": {"unschedulable": True}}, "spec.unschedulable=true", True),
    ],
)
def test_field_selector_of_nodes(value: Object, fields: str, taken: bool) -> None:
    assert selector_of(NODES, "", fields).takes(value) is taken


def test_field_selector_of_pods_and_events() -> None:
    on_node = selector_of(PODS, "", "spec.nodeName=node-1,status.phase!=Failed")
    assert [on_node.takes(pod("a")), on_node.takes(pod("a", "node-2"))] == [True, False]
    about = selector_of(EVENTS, "", "involvedObject.name=node-1,source=route-controller")
    assert [about.takes(event("e")), about.takes(event("e", "node-2"))] == [True, False]
    normal = selector_of(EVENTS, "", "type=Normal")
    assert [normal.takes(event("e", kind="Normal")), normal.takes(event("e"))] == [True, False]


@pytest.mark.parametrize(
    ("labels", "fields", "message"),
    [
        ("a b", "", "unable to parse requirement: found 'a b', expected: identifier"),
        ("", "spec.x=y", "field label not supported: spec.x"),
        ("", "nothing", "invalid selector: 'nothing'; can't understand 'nothing'"),
    ],
)
def test_a_selector_that_does_not_parse_is_a_bad_request(
    labels: str, fields: str, message: str
) -> None:
    with pytest.raises(Refusal) as caught:
        selector_of(NODES, labels, fields)
    assert (caught.value.code, caught.value.message) == (400, message)


def test_a_resource_without_fields_names_the_two_that_all_have() -> None:
    with pytest.raises(Refusal) as caught:
        selector_of(DAEMON_SETS, "", "spec.x=y")
    assert caught.value.message == (
        '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )


def test_the_name_that_a_field_selector_pins() -> None:
    assert name_in("type=x,metadata.name=cloud-config") == "cloud-config"
    assert name_in("metadata.name!=cloud-config") == ""
    assert name_in("") == ""
