"""Which nodes the route controller skips, by release."""

from __future__ import annotations

import pytest

from kubectl_routes.ccm.nodes import Served, instance_id, region_of, serve
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_tag
from kubectl_routes.model.networks import Networks
from kubectl_routes.model.nodes import ConditionStatus, Node
from tests.analyze.cluster import node, with_cidr

RELEASES = ("86", "193", "220", "376", "v2.1.0", "v2.4.0", "v2.11.2", "v2.12.4")
BETA = "service.beta.kubernetes.io/exclude-node"
VIRTUAL = {"type": "virtual-kubelet"}
ALIBABA = "service.alibabacloud.com/exclude-node"


def skips(one: Node) -> dict[str, str]:
    """The reason by release, for the releases that skip the node."""
    reasons = {}
    for release in RELEASES:
        tag = release if release.startswith("v") else f"v1.9.3.{release}-gabcdef0-aliyun"
        reasons[release] = serve(one, behavior_of(parse_tag(tag)), Networks()).skip
    return {release: reason for release, reason in reasons.items() if reason}


@pytest.mark.parametrize(
    ("one", "reason", "first"),
    [
        (node(1), "", ""),
        # A label of any value counts.
        (node(1, labels={BETA: "false"}), "excluded by label", "193"),
        (node(1, labels={ALIBABA: ""}), "excluded by label", "376"),
        (node(1, ready=ConditionStatus.UNKNOWN), "Ready=Unknown", "220"),
        (node(1, ready=ConditionStatus.FALSE), "", ""),
        (node(1, deleting=True), "deleting", "v2.4.0"),
        # It has no ECS instance in any release.
        (node(1, provider_id="ack-hybrid://n1"), "hybrid node", "86"),
        (node(1, provider_id=""), "no providerID", "86"),
        (node(1, pod_cidr="", pod_cidrs=()), "no podCIDR", "86"),
        # One of virtual-kubelet has neither, and needs none.
        (node(1, provider_id="", labels=VIRTUAL), "virtual node", "86"),
        (node(1, pod_cidr="", pod_cidrs=(), labels=VIRTUAL), "virtual node", "86"),
        (node(1, labels=VIRTUAL), "", ""),
        (with_cidr(1, "172.16.1.0/33"), "no usable IPv4 podCIDR", "86"),
        (with_cidr(1, "fd00::/64"), "no usable IPv4 podCIDR", "86"),
        # It names no instance, which is no reason to skip it.
        (node(1, provider_id="i-1"), "", ""),
    ],
)
def test_why_a_node_is_skipped_and_since_which_release(one: Node, reason: str, first: str) -> None:
    since = RELEASES[RELEASES.index(first) :] if first else ()
    assert skips(one) == dict.fromkeys(since, reason)


@pytest.mark.parametrize(
    ("provider_id", "region", "instance"),
    [
        ("cn-hangzhou.i-1", "cn-hangzhou", "i-1"),
        ("alicloud://cn-hangzhou.i-1", "cn-hangzhou", "i-1"),
        ("cn-hangzhou.i-1.more", "cn-hangzhou", "i-1"),
        ("ack-hybrid://cn-hangzhou.i-1", "", ""),
        ("cn-hangzhou.", "", ""),
        ("i-1", "", ""),
        ("", "", ""),
    ],
)
def test_provider_id_forms(provider_id: str, region: str, instance: str) -> None:
    assert (region_of(provider_id), instance_id(provider_id)) == (region, instance)


def served(one: Node) -> list[Served]:
    """The node as v1 and as v2 see it."""
    behaviors = (behavior_of(parse_tag(tag)) for tag in ("v1.9.3.86-g4454991-aliyun", "v2.4.0"))
    return [serve(one, behavior, Networks()) for behavior in behaviors]


def test_v2_takes_the_first_ipv4_of_a_dual_stack_node_and_v1_the_single_field() -> None:
    v1, v2 = served(node(1, pod_cidr="fd00::/64", pod_cidrs=("fd00::/64", "172.16.1.0/24")))
    assert (v1.skip, v2.destination) == ("no usable IPv4 podCIDR", "172.16.1.0/24")


def test_v2_clears_host_bits_and_v1_keeps_the_text() -> None:
    texts = [one.destination for one in served(with_cidr(1, "172.16.1.7/24"))]
    assert texts == ["172.16.1.7/24", "172.16.1.0/24"]
