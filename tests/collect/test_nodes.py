from __future__ import annotations

import json

import msgspec
import pytest

from kubectl_routes.collect.nodes import decode_page
from kubectl_routes.model.nodes import ConditionStatus, Node, Taint

GOOD = {
    "metadata": {
        "name": "good",
        "labels": {"topology.kubernetes.io/zone": "cn-hangzhou-h", "app": "x"},
        "creationTimestamp": "2026-01-02T03:04:05Z",
    },
    "spec": {
        "podCIDR": "172.20.0.0/24",
        "podCIDRs": ["172.20.0.0/24"],
        "providerID": "cn-hangzhou.i-1",
        "taints": [{"key": "k", "effect": "NoSchedule", "value": "v", "timeAdded": None}],
    },
    "status": {
        "conditions": [
            {"type": "Ready", "status": "True", "reason": "KubeletReady"},
            {"type": "NetworkUnavailable", "status": "False"},
        ],
        "addresses": [
            {"type": "InternalIP", "address": "192.168.0.1"},
            {"type": "Hostname", "address": "good"},
        ],
        "images": [{"names": ["a"]}],
    },
}

EXPECTED = Node(
    name="good",
    provider_id="cn-hangzhou.i-1",
    pod_cidr="172.20.0.0/24",
    pod_cidrs=("172.20.0.0/24",),
    internal_ips=("192.168.0.1",),
    labels={"topology.kubernetes.io/zone": "cn-hangzhou-h"},
    ready=ConditionStatus.TRUE,
    network_unavailable=ConditionStatus.FALSE,
    taints=(Taint("k", "NoSchedule", "v"),),
    created="2026-01-02T03:04:05Z",
)


def page(*nodes: object) -> bytes:
    return json.dumps({"kind": "NodeList", "metadata": {}, "items": nodes}).encode()


def test_a_node_is_cut_down_to_what_matters() -> None:
    assert decode_page(page(GOOD)) == [EXPECTED]


def test_no_nodes() -> None:
    assert decode_page(page()) == []
    assert decode_page(b'{"items": null}') == []


def test_a_bare_node_has_nothing_but_its_name() -> None:
    bare = {"metadata": {"name": "bare"}, "spec": {}, "status": {}}
    assert decode_page(page(bare)) == [Node(name="bare")]


def test_null_conditions_and_addresses_read_as_none() -> None:
    null = {
        "metadata": {"name": "null", "labels": None},
        "spec": {"podCIDRs": None, "taints": None},
        "status": {"conditions": None, "addresses": None},
    }
    assert decode_page(page(null)) == [Node(name="null")]


def test_a_node_with_wrong_types_keeps_the_rest_and_costs_no_other() -> None:
    odd = {
        "metadata": {"name": "odd", "labels": {"type": 7}, "deletionTimestamp": "2026-01-01"},
        "spec": {"podCIDR": 5, "podCIDRs": "x", "providerID": {"a": 1}, "taints": [None]},
        "status": {
            "conditions": [None, {"type": "Ready", "status": "Perhaps"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, 3],
        },
    }
    assert decode_page(page(odd, GOOD, {"metadata": {"name": "no spec"}}, 17)) == [
        Node(
            name="odd",
            provider_id='{"a": 1}',
            pod_cidr="5",
            internal_ips=("10.0.0.1",),
            labels={"type": "7"},
            ready=ConditionStatus.UNKNOWN,
            taints=(Taint(""),),
            deleting=True,
        ),
        EXPECTED,
        Node(name="no spec"),
        Node(name=""),
    ]


def test_a_malformed_node_that_is_larger_than_any_is_not_decoded() -> None:
    deep = b"[" * 500 + b"]" * 500
    node = b'{"metadata":{"name":1},"spec":[' + b",".join([deep] * 2200) + b"]}"
    with pytest.raises(msgspec.ValidationError):
        decode_page(b'{"items":[' + node + b"]}")
