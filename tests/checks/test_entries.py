"""RT301 to RT308."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.nodes import ConditionStatus
from kubectl_routes.model.snapshot import PART_NODES, Gap
from kubectl_routes.model.vpc import NextHop, RouteEntry
from tests.analyze.cluster import SIX, entry, node
from tests.checks.asking import (
    A_MINUTE_AGO,
    FULL,
    POD,
    codes,
    event,
    found,
    log,
    managed,
    old,
    outcome,
    pod,
    running,
    taken,
    told,
    with_entries,
    without,
)

ENI = (NextHop(id="eni-1", type="NetworkInterface"),)
DELETE = "aliyun vpc DeleteRouteEntry --RegionId cn-hangzhou --RouteEntryId"


def test_a_route_that_nothing_explains() -> None:
    whole = taken(entries=without(3, "vtb-b"))
    assert told(whole, "RT301") == [
        (
            "error",
            "1 route is missing that v2.14.0 should have created: no cause explains it. CCM creates"
            " a deleted entry again within 5m.",
            ["Node n3"],
        )
    ]
    assert found(whole, "RT301")[0].explains == ()


def test_with_on_delete_a_restart_is_the_deletion_of_the_pods() -> None:
    whole = taken(running(update_strategy="OnDelete"), entries=without(3, "vtb-b"))
    assert found(whole, "RT301")[0].commands == (
        f"kubectl -n kube-system logs {POD} -c ccm --since=15m",
        f"kubectl -n kube-system delete pod {POD}",
    )


def test_the_route_of_a_node_that_has_just_joined_is_on_its_way() -> None:
    nodes = old(*SIX[:2], node(3, created=A_MINUTE_AGO), *SIX[3:])
    whole = taken(nodes=nodes, entries=without(3, "vtb-a", "vtb-b"))
    assert codes(whole) == {"info": ["RT301"]}
    # Two minutes on, its event reconcile is over and its first periodic reconcile is not.
    later = replace(whole, time="2026-11-23T08:02:30Z")
    assert codes(later) == {"info": ["RT301"]}
    # A pass takes a while: a period and a minute are granted.
    assert codes(replace(whole, time="2026-11-23T08:04:59Z")) == {"info": ["RT301"]}
    assert codes(replace(whole, time="2026-11-23T08:05:00Z")) == {"error": ["RT301"]}
    # When a whole period has gone by without it, something is wrong.
    assert codes(replace(whole, time="2026-11-23T08:10:00Z")) == {"error": ["RT301"]}


def test_a_ccm_that_has_just_started_has_its_first_pass_before_it() -> None:
    ccm = running(pods=(pod(started="2026-11-23T07:57:00Z"),))
    assert codes(taken(ccm, entries=without(3, "vtb-b"))) == {"info": ["RT301"]}


def test_without_any_start_nobody_knows_whether_it_is_late() -> None:
    gaps = (Gap("controller-pods", "forbidden"),)
    whole = taken(running(pods=()), entries=without(3, "vtb-b"), gaps=gaps)
    assert [one[:2] for one in told(whole, "RT301")] == [
        (
            "warning",
            "1 route is missing, and when CCM or the node started is not known: CCM may not have"
            " reconciled yet.",
        )
    ]
    ageless = taken(nodes=SIX, entries=without(3, "vtb-b"))
    assert [one[0] for one in told(ageless, "RT301")] == ["warning"]


def test_of_a_ccm_that_cannot_be_seen_the_cause_is_not_known() -> None:
    whole = taken(managed(), entries=without(3, "vtb-b"))
    assert told(whole, "RT301")[0][1] == (
        "1 route is missing. CCM or its routeTableIDs is not visible: the cause is unknown."
    )
    young = old(*SIX[:2], node(3, created=A_MINUTE_AGO), *SIX[3:])
    assert codes(replace(whole, nodes=young)) == {"info": ["RT301", "RT903"]}


def test_an_entry_that_ccm_replaces_is_a_warning() -> None:
    whole = taken(entries=with_entries("vtb-a", entry("172.16.3.0/24", "i-x"), less=3))
    assert told(whole, "RT302") == [
        (
            "warning",
            "1 entry for a node's podCIDR goes to another instance. To be replaced by CCM at its"
            " next periodic reconcile, within 5m.",
            ["Node n3"],
        )
    ]
    assert found(whole, "RT307") == []


def test_an_entry_that_this_release_does_not_replace_is_an_error() -> None:
    entries = with_entries("vtb-a", entry("172.16.3.0/24", "i-x"), less=3)
    (finding,) = found(taken(running("v2.2.0"), entries=entries), "RT302")
    assert (finding.severity.value, finding.commands) == ("error", (f"{DELETE} rte-172.16.3.0/24",))


def test_what_becomes_of_an_entry_in_the_way_is_not_claimed_of_a_ccm_out_of_sight() -> None:
    wrong = taken(managed(), entries=with_entries("vtb-a", entry("172.16.3.0/24", "i-x"), less=3))
    (finding,) = found(wrong, "RT302")
    assert finding.cause == (
        "1 entry for a node's podCIDR goes to another instance. Whether CCM will replace such an"
        " entry is unknown."
    )
    assert finding.commands == ("kubectl routes status -w",)
    inner = taken(managed(), entries=with_entries("vtb-a", entry("172.16.3.0/25", "i-x")))
    (finding,) = found(inner, "RT304")
    assert finding.commands == ("kubectl routes status -w",)


def test_without_the_nodes_no_entry_is_left_over_and_none_is_another_clusters() -> None:
    whole = replace(taken(), nodes=(), gaps=(Gap(PART_NODES, "503"),))
    assert set(codes(whole).get("warning", [])) & {"RT306", "RT403"} == set()
    assert found(whole, "RT306") == []


@pytest.mark.parametrize(
    ("status", "severity"), [("Deleting", "warning"), ("", "warning"), ("Pending", "info")]
)
def test_an_entry_that_is_not_available(status: str, severity: str) -> None:
    odd = entry("172.16.3.0/24", "i-3", status=status)
    whole = taken(entries=with_entries("vtb-a", odd, less=3))
    (finding,) = found(whole, "RT303")
    assert finding.severity.value == severity
    assert finding.evidence == (f"vtb-a: the entry of 172.16.3.0/24 of node n3 is {status or '?'}",)


def test_a_more_specific_entry_that_ccm_does_not_see() -> None:
    inner = entry("172.16.3.0/25", "", id="rte-inner", next_hops=ENI)
    (finding,) = found(taken(entries=with_entries("vtb-a", inner)), "RT304")
    assert (finding.severity.value, finding.objects[0].name) == ("error", "n3")
    assert finding.evidence == (
        "vtb-a: the next hop of 172.16.3.0/25, a part of 172.16.3.0/24 of node n3,"
        " is NetworkInterface eni-1",
    )
    # The entry to delete is the one in the way, never the node's own.
    assert finding.commands == (f"{DELETE} rte-inner",)


def test_a_more_specific_entry_that_ccm_deletes_is_told_once() -> None:
    whole = taken(entries=with_entries("vtb-a", entry("172.16.3.0/25", "i-x")))
    assert codes(whole) == {"warning": ["RT304"]}


def test_a_podcidr_that_is_taken_by_what_ccm_cannot_see() -> None:
    said = event(
        "Backoff creating route: same cidr with different providerID", kind="Node", name="n3"
    )
    hidden = entry("172.16.3.0/24", "", id="rte-eni", next_hops=ENI)
    whole = taken(running(events=(said,)), entries=with_entries("vtb-a", hidden, less=3))
    (finding,) = found(whole, "RT305")
    assert (finding.explains, finding.commands) == (("RT302 × 1",), (f"{DELETE} rte-eni",))
    assert "same cidr" in finding.evidence[1]


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (entry("172.16.3.0/24", "i-x"), "RT302"),
        (entry("172.16.3.0/24", "", next_hops=ENI), "RT305"),
        (entry("172.16.3.0/24", "i-3", status="Deleting"), "RT303"),
        (entry("172.16.3.0/24", "i-3", next_hops=(NextHop("i-3", "Instance", False),)), "RT308"),
    ],
)
def test_entries_of_a_managed_cluster_are_judged_all_the_same(odd: RouteEntry, code: str) -> None:
    whole = taken(managed(), entries=with_entries("vtb-a", odd, less=3))
    assert [one.nodes for one in found(whole, code)] == [("n3",)]


def test_orphans_are_deleted_by_hand() -> None:
    whole = taken(entries=with_entries("vtb-a", entry("172.16.99.0/24", "i-gone")))
    assert told(whole, "RT306") == [
        (
            "warning",
            "1 entry leads to instances that are not nodes of this cluster.",
            ["RouteEntry vtb-a/172.16.99.0/24"],
        )
    ]
    assert found(whole, "RT306")[0].commands == (
        "aliyun vpc DeleteRouteEntry --RegionId cn-hangzhou --RouteTableId vtb-a"
        " --DestinationCidrBlock 172.16.99.0/24 --NextHopId i-gone",
    )


def test_what_ccm_deletes_of_a_node_that_it_does_not_serve() -> None:
    quiet = node(6, ready=ConditionStatus.UNKNOWN)
    inner = entry("172.16.6.0/25", "i-appliance")
    whole = taken(nodes=old(*SIX[:5], quiet), entries=with_entries("vtb-a", inner))
    assert [one[0] for one in told(whole, "RT307")] == ["warning"]
    assert found(whole, "RT307")[0].evidence == (
        "vtb-a: the next hop of 172.16.6.0/25 is i-appliance",
    )


def test_a_flapping_entry_is_told_by_its_providerid() -> None:
    prefixed = node(6, provider_id="alicloud://cn-hangzhou.i-6")
    whole = taken(nodes=old(*SIX[:5], prefixed))
    assert codes(whole) == {"error": ["RT203"]}


def test_a_disabled_next_hop() -> None:
    off = entry("172.16.3.0/24", "i-3", next_hops=(NextHop("i-3", "Instance", False),))
    (finding,) = found(taken(entries=with_entries("vtb-a", off, less=3)), "RT308")
    assert (finding.severity.value, finding.explains) == ("error", ("RT303 × 1",))
    assert finding.evidence == ("vtb-a: the next hop i-3 of 172.16.3.0/24 of node n3 is disabled",)


def test_routes_are_not_judged_without_the_entries() -> None:
    gaps = (Gap("entries/vtb-b", "Forbidden.RAM"),)
    whole = taken(entries={"vtb-a": FULL["vtb-a"]}, gaps=gaps)
    assert outcome(whole, "RT301") == (Outcome.UNKNOWN, ("entries/",))


def test_the_evidence_is_complete() -> None:
    whole = taken(entries={"vtb-a": (), "vtb-b": FULL["vtb-b"]})
    assert found(whole, "RT301")[0].evidence == tuple(
        f"vtb-a: no entry for 172.16.{number}.0/24 (node n{number})" for number in range(1, 7)
    )


def test_the_entry_of_an_earlier_podcidr_of_a_node_is_deleted_by_hand() -> None:
    whole = taken(entries=with_entries("vtb-a", entry("172.16.99.0/24", "i-3")))
    assert codes(whole) == {"warning": ["RT309"]}
    assert told(whole, "RT309") == [
        (
            "warning",
            "1 entry leads to nodes of this cluster for a podCIDR that they no longer have.",
            ["RouteEntry vtb-a/172.16.99.0/24"],
        )
    ]
    assert found(whole, "RT309")[0].commands == (
        "aliyun vpc DeleteRouteEntry --RegionId cn-hangzhou --RouteTableId vtb-a"
        " --DestinationCidrBlock 172.16.99.0/24 --NextHopId i-3",
    )


@pytest.mark.parametrize(
    "other",
    [
        entry("172.16.3.0/24", "i-4"),  # the podCIDR of another node
        entry("10.0.0.0/24", "i-3"),  # outside the pod CIDR block
        entry("172.16.99.0/24", "i-3", next_hops=ENI),
        entry("nonsense", "i-3"),
    ],
)
def test_other_entries_to_a_node_are_not_of_an_earlier_podcidr(other: RouteEntry) -> None:
    assert found(taken(entries=with_entries("vtb-a", other)), "RT309") == []


NEXT_HOP = "Error creating route entry in vtb-b: ErrorCode: OperationFailed.InvalidNexthop"


@pytest.mark.parametrize(
    ("events", "logs"),
    [
        ((NEXT_HOP,), ()),
        (("an older one", NEXT_HOP), ()),
        ((), (f"E1123 07:59:00.1 1 route.go:1] node n3: {NEXT_HOP}",)),
    ],
)
def test_a_route_that_is_missing_for_a_reason_that_ccm_reports(
    events: tuple[str, ...], logs: tuple[str, ...]
) -> None:
    reported = tuple(
        replace(event(text, kind="Node", name="n3"), type="Warning") for text in events
    )
    ccm = running(events=reported, logs=(log(*logs),))
    (finding,) = found(taken(ccm, entries=without(3, "vtb-b")), "RT301")
    assert finding.cause == "1 route is missing, and CCM reports why: see the evidence."
    assert any("OperationFailed.InvalidNexthop" in line for line in finding.evidence)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (NEXT_HOP.replace("vtb-b", "vtb-a"), "n3"),  # of another table
        (NEXT_HOP, "n4"),  # of another node
    ],
)
def test_what_is_reported_of_another_route_explains_nothing(text: str, name: str) -> None:
    reported = replace(event(text, kind="Node", name=name), type="Warning")
    whole = taken(running(events=(reported,)), entries=without(3, "vtb-b"))
    assert found(whole, "RT301")[0].cause.startswith("1 route is missing that")
