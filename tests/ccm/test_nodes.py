"""Which nodes the route controller skips, by release."""

from __future__ import annotations

import pytest

from kubectl_routes.ccm.nodes import instance_id, region_of, serve
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_tag
from kubectl_routes.model.networks import Networks
from kubectl_routes.model.nodes import ConditionStatus, Node
from tests.analyze.cluster import node, with_cidr

RELEASES = ("86", "193", "220", "376", "v2.1.0", "v2.4.0", "v2.11.2", "v2.12.4")
BETA = "service.beta.kubernetes.io/exclude-node"
ALIBABA = "service.alibabacloud.com/exclude-node"


def skips(one: Node) -> dict[str, str]:
    """The reason by release, for the releases that skip the node."""
    reasons = {}
    for release in RELEASES:
        tag = release if release.startswith("v") else f"v1.9.3.{release}-gabcdef0-aliyun"
        reasons[release] = serve(one, behavior_of(parse_tag(tag)), Networks()).skip
    return {release: reason for release, reason in reasons.items() if reason}


def everywhere(reason: str) -> dict[str, str]:
    return dict.fromkeys(RELEASES, reason)


def since(first: str, reason: str) -> dict[str, str]:
    return dict.fromkeys(RELEASES[RELEASES.index(first) :], reason)


def test_ordinary_node_is_served_by_all() -> None:
    assert skips(node(1)) == {}


def test_beta_label_of_any_value_counts_from_193_on() -> None:
    assert skips(node(1, labels={BETA: "false"})) == since("193", "excluded by label")


def test_alibaba_label_counts_from_376_on() -> None:
    assert skips(node(1, labels={ALIBABA: ""})) == since("376", "excluded by label")


def test_ready_unknown_counts_from_220_on() -> None:
    assert skips(node(1, ready=ConditionStatus.UNKNOWN)) == since("220", "Ready=Unknown")
    assert skips(node(1, ready=ConditionStatus.FALSE)) == {}


def test_node_under_deletion_counts_from_v2_on() -> None:
    assert skips(node(1, deleting=True)) == since("v2.1.0", "deleting")


def test_hybrid_node_has_no_instance_to_route_to() -> None:
    assert skips(node(1, provider_id="ack-hybrid://n1")) == everywhere("hybrid node")


def test_no_provider_id_and_no_pod_cidr_are_skipped_by_all() -> None:
    assert skips(node(1, provider_id="")) == everywhere("no providerID")
    assert skips(node(1, pod_cidr="", pod_cidrs=())) == everywhere("no podCIDR")


def test_malformed_and_ipv6_only_pod_cidr_cannot_be_served() -> None:
    assert skips(with_cidr(1, "172.16.1.0/33")) == everywhere("no usable IPv4 podCIDR")
    assert skips(with_cidr(1, "fd00::/64")) == everywhere("no usable IPv4 podCIDR")


def test_malformed_provider_id_is_no_reason_to_skip_but_names_no_instance() -> None:
    assert skips(node(1, provider_id="i-1")) == {}
    assert instance_id("i-1") == ""


@pytest.mark.parametrize(
    ("provider_id", "region", "instance"),
    [
        ("cn-hangzhou.i-1", "cn-hangzhou", "i-1"),
        ("alicloud://cn-hangzhou.i-1", "cn-hangzhou", "i-1"),
        ("cn-hangzhou.i-1.more", "cn-hangzhou", "i-1"),
        ("ack-hybrid://cn-hangzhou.i-1", "", ""),
        ("cn-hangzhou.", "", ""),
        ("", "", ""),
    ],
)
def test_provider_id_forms(provider_id: str, region: str, instance: str) -> None:
    assert (region_of(provider_id), instance_id(provider_id)) == (region, instance)


def test_v2_takes_the_first_ipv4_of_a_dual_stack_node_and_v1_the_single_field() -> None:
    dual = node(1, pod_cidr="fd00::/64", pod_cidrs=("fd00::/64", "172.16.1.0/24"))
    v1, v2 = (
        serve(dual, behavior_of(parse_tag(tag)), Networks())
        for tag in ("v1.9.3.86-g4454991-aliyun", "v2.4.0")
    )
    assert (v1.skip, v2.destination) == ("no usable IPv4 podCIDR", "172.16.1.0/24")


def test_v2_clears_host_bits_and_v1_keeps_the_text() -> None:
    odd = with_cidr(1, "172.16.1.7/24")
    texts = [
        serve(odd, behavior_of(parse_tag(tag)), Networks()).destination
        for tag in ("v1.9.3.86-g4454991-aliyun", "v2.4.0")
    ]
    assert texts == ["172.16.1.7/24", "172.16.1.0/24"]
