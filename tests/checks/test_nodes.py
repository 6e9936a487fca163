"""RT201 to RT209."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.nodes import ConditionStatus, Node, Taint
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.model.vpc import NextHop, RouteEntry
from tests.analyze.cluster import FLAGS, SIX, V0, entry, listing, node, routes, with_cidr
from tests.checks.asking import (
    A_MINUTE_AGO,
    FULL,
    codes,
    event,
    found,
    managed,
    old,
    outcome,
    running,
    taken,
    told,
    with_cluster,
    with_entries,
    without,
)

UNTAGGED = (*FLAGS, "--allow-untagged-cloud")
TRUE, FALSE = ConditionStatus.TRUE, ConditionStatus.FALSE
CONFIG_FLAG = tuple(flag for flag in FLAGS if flag.startswith("--cloud-config"))
BETA = "service.beta.kubernetes.io/exclude-node"


def with_node(one: Node, **changes: object) -> Snapshot:
    """The healthy cluster, with another node n6."""
    return taken(None, **{"nodes": old(*SIX[:5], one), **changes})


def test_a_node_without_podcidr_is_given_a_free_block() -> None:
    bare = node(6, pod_cidr="", pod_cidrs=())
    taken_block = entry("172.16.0.0/24", "", next_hops=(NextHop("ngw-1", "NatGateway"),))
    whole = with_node(bare, entries=with_entries("vtb-a", taken_block, less=6))
    (finding,) = found(whole, "RT201")
    assert finding.cause == "1 node has no IPv4 podCIDR: CCM writes no route there."
    # 172.16.0.0/24 is in use by an entry, .1 to .5 by nodes, .6 by an entry of the other table.
    assert finding.commands == (
        """kubectl patch node n6 -p '{"spec":{"podCIDR":"172.16.7.0/24","""
        """"podCIDRs":["172.16.7.0/24"]}}'""",
    )


def test_without_a_known_block_the_podcidr_is_left_open() -> None:
    bare = node(6, pod_cidr="", pod_cidrs=())
    alone = replace(with_node(bare), nodes=old(bare))
    assert '"podCIDR":"<pod-cidr>"' in found(alone, "RT201")[0].commands[0]
    full = with_cluster(with_node(bare), cluster_cidr="172.16.1.0/24")
    ccm = replace(full.controller, command=("/ccm", "--cluster-cidr=172.16.1.0/24", *CONFIG_FLAG))
    assert '"<pod-cidr>"' in found(replace(full, controller=ccm), "RT201")[0].commands[0]


def test_a_podcidr_of_ipv6_cannot_be_changed() -> None:
    other = node(6, pod_cidr="fd00::/64", pod_cidrs=("fd00::/64",))
    (finding,) = found(with_node(other), "RT201")
    assert finding.cause == "1 node has a podCIDR, but none of IPv4: CCM writes no route there."
    assert finding.commands[-1] == "kubectl delete node n6"


@pytest.mark.parametrize(
    ("given", "last"),
    [
        ("hcloud://1", "kubectl label node n6 service.beta.kubernetes.io/exclude-node=true"),
        ("cn-beijing.i-6", "kubectl delete node n6"),
    ],
)
def test_a_providerid_of_another_place(given: str, last: str) -> None:
    (finding,) = found(with_node(node(6, provider_id=given)), "RT202")
    assert (finding.severity.value, finding.commands[-1]) == ("error", last)


def test_what_a_node_lacks_that_has_just_joined_is_an_aside() -> None:
    bare = node(6, pod_cidr="", pod_cidrs=(), created=A_MINUTE_AGO)
    assert codes(with_node(bare)) == {"info": ["RT201"]}
    nameless = node(6, provider_id="", created=A_MINUTE_AGO)
    assert codes(with_node(nameless)) == {"info": ["RT202"]}


def test_a_virtual_kubelet_needs_neither_podcidr_nor_instance() -> None:
    virtual = node(6, provider_id="", pod_cidr="", pod_cidrs=(), labels={"type": "virtual-kubelet"})
    assert codes(with_node(virtual, entries=without(6, "vtb-a", "vtb-b"))) == {}


def test_a_node_without_providerid() -> None:
    assert told(with_node(node(6, provider_id="")), "RT202") == [
        (
            "error",
            "1 node has no providerID.",
            ["Node n6"],
        )
    ]


def test_a_providerid_that_names_no_instance() -> None:
    whole = with_node(node(6, provider_id="i-6"), entries=without(6, "vtb-a", "vtb-b"))
    (finding,) = found(whole, "RT202")
    assert finding.evidence[0] == 'node n6 has providerID "i-6"'
    assert finding.explains == ("RT301 × 2",)
    assert finding.nodes == ("n6",)


def test_a_prefixed_providerid_flaps_from_v2_4_on() -> None:
    one = node(6, provider_id="alicloud://cn-hangzhou.i-6")
    (finding,) = found(with_node(one), "RT203")
    assert (finding.severity.value, finding.cause) == (
        "error",
        "1 node: v2.14.0 deletes the right entries and creates them again every 5m.",
    )
    assert finding.commands[1] == "kubectl delete node n6"


def test_what_other_releases_make_of_the_prefix() -> None:
    one = node(6, provider_id="alicloud://cn-hangzhou.i-6")
    nodes = old(*SIX[:5], one)
    v22 = taken(running("v2.2.0"), nodes=nodes)
    assert [entry[0] for entry in told(v22, "RT203")] == ["info"]
    v0 = taken(running(V0, command=UNTAGGED), nodes=nodes, entries=without(6, "vtb-a"))
    assert told(v0, "RT203")[0][1] == (
        "1 node: v1.9.3.86 does not understand the prefix and writes no route."
    )
    late = running("v1.9.3.380-gd6d0962-aliyun", command=UNTAGGED)
    assert found(taken(late, nodes=nodes), "RT203") == []


def test_nodes_that_are_left_out_on_purpose_are_an_aside() -> None:
    labelled = node(5, labels={BETA: "false"})
    hybrid = node(6, provider_id="ack-hybrid://n6")
    whole = taken(nodes=old(*SIX[:4], labelled, hybrid))
    assert codes(whole) == {"info": ["RT204", "RT204"]}
    by_label, by_kind = found(whole, "RT204")
    assert by_label.evidence == (f"node n5: {BETA}",)
    assert by_label.commands == (f"kubectl label node n5 {BETA}-",)
    assert (by_kind.evidence, by_kind.commands) == (("node n6: ack-hybrid://n6",), ())


def test_a_node_that_does_not_report() -> None:
    quiet = node(6, ready=ConditionStatus.UNKNOWN)
    assert [one[0] for one in told(with_node(quiet), "RT205")] == ["info"]
    bare = with_node(quiet, entries=without(6, "vtb-b"))
    assert told(bare, "RT205") == [
        ("warning", "1 node has Ready=Unknown: CCM creates no routes there.", ["Node n6"])
    ]
    assert found(bare, "RT205")[0].evidence == ("node n6 has Ready=Unknown, a route is missing",)


def test_a_taint_although_every_route_is_there() -> None:
    assert told(with_node(node(6, network_unavailable=TRUE)), "RT206") == [
        ("error", "1 node has all routes and still NetworkUnavailable=True.", ["Node n6"])
    ]


def test_a_taint_that_has_lost_its_condition() -> None:
    taint = Taint("node.kubernetes.io/network-unavailable", "NoSchedule")
    (finding,) = found(with_node(node(6, network_unavailable=FALSE, taints=(taint,))), "RT206")
    assert finding.cause == (
        "1 node has all routes and still the taint, without the condition that it comes from."
    )
    assert finding.commands == ("kubectl taint nodes n6 node.kubernetes.io/network-unavailable-",)
    assert codes(with_node(node(6, taints=(Taint("node.kubernetes.io/unreachable"),)))) == {}


def test_a_name_is_one_word_of_a_command_whatever_it_holds() -> None:
    (finding,) = found(
        with_node(node(6, name="n; rm -rf $HOME", network_unavailable=TRUE)), "RT206"
    )
    assert finding.commands[0].startswith("kubectl patch node 'n; rm -rf $HOME' --subresource")


@pytest.mark.parametrize(
    "whole",
    [
        with_node(node(6, network_unavailable=TRUE, created=A_MINUTE_AGO)),
        with_node(node(6, network_unavailable=TRUE), entries=without(6, "vtb-b")),
        with_node(node(6, network_unavailable=TRUE, labels={BETA: ""})),
        taken(nodes=old(*SIX[:5], node(6, network_unavailable=TRUE)), tables=(), entries={}),
    ],
)
def test_a_taint_that_is_due_is_no_finding(whole: Snapshot) -> None:
    assert found(whole, "RT206") == []


def test_no_taint_although_a_route_is_missing_is_an_aside() -> None:
    one = node(6, network_unavailable=FALSE)
    whole = with_node(one, entries=without(6, "vtb-b"))
    assert [entry[0] for entry in told(whole, "RT207")] == ["info"]
    assert found(with_node(one), "RT207") == []


def test_conditions_are_not_judged_without_the_entries() -> None:
    gaps = (Gap("entries/vtb-b", "Forbidden.RAM"),)
    whole = with_node(node(6), entries={"vtb-a": FULL["vtb-a"]}, gaps=gaps)
    assert outcome(whole, "RT207") == (Outcome.UNKNOWN, ("entries/",))


@pytest.mark.parametrize(
    ("cidr", "other"),
    [
        ("10.0.1.0/25", "vSwitch vsw-1 (10.0.1.0/24)"),
        ("100.64.3.0/24", "100.64.0.0/10"),
        ("172.16.5.0/25", "node n5 (172.16.5.0/24)"),
        ("172.16.4.0/23", "node n4 (172.16.4.0/24)"),
        ("10.0.0.0/16", "vSwitch vsw-1 (10.0.1.0/24)"),
    ],
)
def test_a_podcidr_that_overlaps(cidr: str, other: str) -> None:
    whole = with_node(with_cidr(6, cidr))
    findings = found(whole, "RT208")
    told_of_n6 = [
        text for one in findings for text in one.evidence if text.startswith("node n6 has")
    ]
    assert told_of_n6 == [f"node n6 has {cidr}, which overlaps {other}"]
    assert found(taken(), "RT208") == []


def test_a_podcidr_with_host_bits_is_deleted_and_written_in_turns() -> None:
    one = with_cidr(6, "172.16.6.5/24")
    entries = {table: (*whole[:5], *routes(one)) for table, whole in FULL.items()}
    whole = taken(nodes=old(*SIX[:5], one), entries=entries)
    assert codes(whole) == {}
    inside = with_cidr(6, "172.16.5.0/25")
    nested: dict[str, tuple[RouteEntry, ...]] = {
        table: (*all_[:5], *routes(inside)) for table, all_ in FULL.items()
    }
    (finding,) = found(taken(nodes=old(*SIX[:5], inside), entries=nested), "RT208")
    assert "n6" in finding.nodes


def test_a_node_in_no_vswitch() -> None:
    whole = with_node(node(6, internal_ips=("10.99.0.6",)))
    assert told(whole, "RT209") == [
        ("warning", "1 node has its address in no vSwitch of vpc-1.", ["Node n6"])
    ]
    assert found(whole, "RT209")[0].evidence == ("node n6 has InternalIP 10.99.0.6",)


def test_nodes_of_a_managed_cluster_are_judged_as_far_as_they_can_be_seen() -> None:
    whole = replace(taken(managed()), nodes=old(*SIX[:5], node(6, provider_id="")))
    assert codes(whole) == {"error": ["RT202"], "info": ["RT903"]}


def test_only_the_tables_that_a_node_needs_count() -> None:
    sure = tuple(node(number, network_unavailable=FALSE) for number in range(1, 7))
    entries = {"vtb-a": FULL["vtb-a"], "vtb-b": ()}
    whole = taken(running(text=listing("vtb-a")), nodes=old(*sure), entries=entries)
    (finding,) = found(whole, "RT207")
    assert [one.name for one in finding.objects] == ["n2", "n4", "n6"]


def test_the_words_of_ccm_are_evidence_for_what_is_wrong_with_nodes() -> None:
    bare = node(6, pod_cidr="", pod_cidrs=())
    said = event("could not parse podCIDR of node n6", kind="Node", name="n6")
    (finding,) = found(with_node(bare, controller=running(events=(said,))), "RT201")
    assert finding.evidence[0].endswith(said.message)
    refused = event("InvalidCIDRBlock.Malformed", kind="Node", name="n6")
    overlap = with_cidr(6, "100.64.3.0/24")
    (finding,) = found(with_node(overlap, controller=running(events=(refused,))), "RT208")
    assert finding.evidence[0].endswith(refused.message)
    other = event("InvalidCIDRBlock.Malformed", kind="Node", name="n5")
    (finding,) = found(with_node(overlap, controller=running(events=(other,))), "RT208")
    assert not any(one.endswith(other.message) for one in finding.evidence)


def test_a_node_that_is_not_served_overlaps_nothing() -> None:
    left_out = node(1, labels={BETA: ""})
    astray = with_cidr(6, "100.64.3.0/24")
    whole = taken(nodes=old(left_out, *SIX[1:5], astray))
    assert [one[2] for one in told(whole, "RT208")] == [["Node n6"]]
    excluded = with_node(with_cidr(6, "100.64.3.0/24", labels={BETA: ""}))
    assert found(excluded, "RT208") == []


@pytest.mark.parametrize(
    ("created", "severity"), [("2026-11-23T07:58:00Z", "error"), ("2026-11-23T07:58:01Z", "info")]
)
def test_a_node_is_new_for_two_minutes(created: str, severity: str) -> None:
    bare = node(6, pod_cidr="", pod_cidrs=(), created=created)
    assert [one[0] for one in told(with_node(bare), "RT201")] == [severity]


@pytest.mark.parametrize("missing", [(), ("vtb-a", "vtb-b")])
def test_a_providerid_of_another_region_is_named(missing: tuple[str, ...]) -> None:
    one = node(6, provider_id="cn-shanghai.i-6")
    whole = with_node(one, entries=without(6, *missing))
    (finding,) = found(whole, "RT202")
    assert [one.name for one in finding.objects] == ["n6"]
    assert finding.evidence[0] == 'node n6 has providerID "cn-shanghai.i-6"'
    assert found(whole, "RT301") == []


@pytest.mark.parametrize(
    "one",
    [
        node(6, provider_id="hcloud://bm-123"),
        node(6, provider_id="aws:///us-east-1a/i-0abc", internal_ips=("10.99.0.6",)),
        node(6, provider_id="", internal_ips=("10.99.0.6",)),
    ],
)
def test_a_node_of_another_provider_is_to_be_excluded(one: Node) -> None:
    whole = with_node(one, entries=without(6, "vtb-a", "vtb-b"))
    assert codes(whole)["error"] == ["RT202"]
    assert found(whole, "RT209") == []
    (finding,) = found(whole, "RT202")
    assert finding.cause.startswith("1 node is not an ECS instance of the VPC")
    (command,) = finding.commands
    assert command == "kubectl label node n6 service.beta.kubernetes.io/exclude-node=true"

    label = {"service.beta.kubernetes.io/exclude-node": "true"}
    after = with_node(replace(one, labels=label), entries=without(6, "vtb-a", "vtb-b"))
    assert codes(after) == {"info": ["RT204"]}


def test_a_release_without_the_label_is_not_told_to_use_it() -> None:
    one = node(6, provider_id="hcloud://bm-123")
    whole = taken(running(V0), nodes=old(*SIX[:5], one), entries=without(6, "vtb-a", "vtb-b"))
    (finding,) = found(whole, "RT202")
    assert not any("label" in command for command in finding.commands)
