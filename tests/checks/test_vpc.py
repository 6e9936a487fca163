"""RT401 to RT403."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.message import Language
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.model.vpc import NextHop
from tests.analyze.cluster import (
    CUSTOM,
    SIX,
    SPARE,
    SYSTEM,
    entry,
    listing,
    node,
    routes,
    with_cidr,
)
from tests.checks.asking import (
    FULL,
    codes,
    event,
    found,
    log,
    old,
    outcome,
    running,
    taken,
    told,
    with_cluster,
    without,
)

PEER = (NextHop(id="pcc-1", type="VpcPeer"),)


def filled(count: int, less: int = 0) -> dict[str, tuple[object, ...]]:
    """vtb-a with so many entries of another client, and perhaps without one node's own."""
    others = tuple(entry(f"10.200.{number}.0/24", "i-other") for number in range(count))
    whole = without(less, "vtb-a") if less else FULL
    return {**whole, "vtb-a": (*whole["vtb-a"], *others)}


def test_no_room_for_the_routes_that_are_missing() -> None:
    whole = taken(entries=filled(195, less=3))
    (finding,) = found(whole, "RT401")
    assert (finding.cause, finding.explains) == (
        "1 more route exceeds the route entry quota of vtb-a.",
        ("RT301 × 1",),
    )
    assert finding.evidence[0] == "vtb-a holds 200 of 200 custom entries"
    assert "--DesireValue 221" in finding.commands[0]


def test_tables_without_room_for_the_same_reason_are_one_finding() -> None:
    both = filled(195, less=3)
    others = tuple(entry(f"10.201.{number}.0/24", "i-other") for number in range(195))
    full = {**both, "vtb-b": (*without(4, "vtb-b")["vtb-b"], *others)}
    (finding,) = found(taken(entries=full), "RT401")
    assert finding.cause == "2 more routes exceed the route entry quota of vtb-a, vtb-b."
    assert [one.name for one in finding.objects] == ["vtb-a", "vtb-b"]
    assert (finding.explains, finding.nodes) == (("RT301 × 2",), ("n3", "n4"))
    assert finding.evidence[:2] == (
        "vtb-a holds 200 of 200 custom entries",
        "vtb-b holds 200 of 200 custom entries",
    )
    assert "--DesireValue 221" in finding.commands[0]


def test_a_table_that_is_full_has_no_room_for_the_next_node() -> None:
    assert [one[0] for one in told(taken(entries=filled(194)), "RT401")] == ["warning"]
    assert found(taken(entries=filled(193)), "RT401") == []
    # More than the default: the quota was increased, to what is not known.
    assert found(taken(entries=filled(195)), "RT401") == []


def test_a_quota_that_the_api_reported() -> None:
    said = event(
        "Error creating route entry in vtb-a: Route entry quota exceeded in this route table",
        kind="Node",
        name="n3",
        reason="CreateRouteFailed",
    )
    whole = taken(running(events=(said,)), entries=filled(300, less=3))
    (finding,) = found(whole, "RT401")
    assert finding.evidence[0] == "vtb-a holds 305 of ? custom entries"
    assert finding.explains == ("RT301 × 1",)


def test_a_table_that_is_being_deleted() -> None:
    ending = replace(CUSTOM, status="Deleting")
    whole = taken(tables=(SYSTEM, ending), entries=without(3, "vtb-b"))
    (finding,) = found(whole, "RT402")
    assert (finding.severity.value, finding.cause, finding.explains) == (
        "error",
        "No route can be created in vtb-b: status Deleting.",
        ("RT301 × 1",),
    )
    fresh = taken(tables=(SYSTEM, replace(CUSTOM, status="Pending")))
    assert [one[0] for one in told(fresh, "RT402")] == ["info"]


def test_tables_that_end_together_are_one_finding_and_are_left_each_for_itself() -> None:
    ending = tuple(
        replace(SYSTEM, id=name, type="Custom", status="Deleting", v_switch_ids=(f"vsw-{name}",))
        for name in ("vtb-c", "vtb-d")
    )
    ccm = running(text=listing("vtb-a,vtb-b,vtb-c,vtb-d"))
    (finding,) = found(taken(ccm, tables=(SYSTEM, CUSTOM, *ending)), "RT402")
    assert finding.cause == "No route can be created in vtb-c, vtb-d: status Deleting."
    assert [one.split(" --R")[0] for one in finding.commands] == [
        "aliyun vpc UnassociateRouteTable",
        "aliyun vpc UnassociateRouteTable",
        "kubectl routes enable --tables vtb-a,vtb-b",
    ]


def test_the_state_of_tables_is_unknown_without_them() -> None:
    gaps = (Gap("route-tables", "Forbidden.RAM"),)
    assert outcome(taken(tables=(), entries={}, gaps=gaps), "RT402") == (
        Outcome.UNKNOWN,
        ("route-tables",),
    )


@pytest.mark.parametrize("cidr", ["172.16.200.0/24", "172.16.0.0/16"])
def test_a_peer_has_a_part_of_the_range(cidr: str) -> None:
    claim = entry(cidr, "", next_hops=PEER)
    whole = taken(entries={**FULL, "vtb-a": (*FULL["vtb-a"], claim)})
    assert told(whole, "RT403") == [
        (
            "warning",
            "1 entry sends a part of 172.16.0.0/16 to a next hop that is not a node.",
            [f"RouteEntry vtb-a/{cidr}"],
        )
    ]


@pytest.mark.parametrize(
    "harmless",
    [
        entry("10.0.0.0/8", "", next_hops=PEER),
        entry("172.16.200.0/24", "", type="System", next_hops=(NextHop("", "local"),)),
        entry("172.16.3.0/25", "", next_hops=PEER),
        entry("fd00::/64", "", next_hops=PEER),
    ],
)
def test_what_is_outside_or_told_otherwise_is_no_claim(harmless: object) -> None:
    whole = taken(entries={**FULL, "vtb-a": (*FULL["vtb-a"], harmless)})
    assert found(whole, "RT403") == []


DELETED = (
    "I1123 08:00:00 x] Delete conflict route cn-hangzhou.i-9-172.16.3.0/24, 172.16.3.0/24 from"
    " table vtb-a SUCCESS."
)


def test_two_clusters_fight_about_the_same_entries() -> None:
    whole = taken(running(logs=(log(DELETED, DELETED),)))
    (finding,) = found(whole, "RT403")
    assert finding.cause == (
        "CCM deletes the same entries again and again: another client creates them."
    )
    assert finding.evidence[0] == "172.16.3.0/24 was deleted 2 times"
    assert codes(taken(running(logs=(log(DELETED),)))) == {}
    # Once in each of two tables is no fight.
    elsewhere = DELETED.replace("vtb-a", "vtb-b")
    assert codes(taken(running(logs=(log(DELETED, elsewhere),)))) == {}


def test_a_node_that_flaps_fights_with_nobody() -> None:
    prefixed = node(3, provider_id="alicloud://cn-hangzhou.i-3")
    nodes = old(*SIX[:2], prefixed, *SIX[3:])
    whole = taken(running(logs=(log(DELETED, DELETED),)), nodes=nodes)
    assert codes(whole) == {"error": ["RT203"]}


def test_without_a_range_nothing_can_be_inside_of_it() -> None:
    claim = entry("172.16.200.0/24", "", next_hops=PEER)
    ccm = running(command=("--cloud-config=/etc/kubernetes/config/cloud-config.conf",))
    whole = taken(ccm, entries={**FULL, "vtb-a": (*FULL["vtb-a"], claim)})
    whole = with_cluster(whole, cluster_cidr="")
    assert found(whole, "RT403") == []
    assert found(whole, "RT114") == []


def test_a_table_that_nobody_wants_may_be_in_any_state() -> None:
    spare = replace(SPARE, status="Deleting")
    assert found(taken(tables=(SYSTEM, CUSTOM, spare)), "RT402") == []


def test_a_table_that_ought_to_be_listed_has_to_be_available() -> None:
    ending = replace(CUSTOM, status="Deleting")
    whole = taken(running(text=listing("vtb-a")), tables=(SYSTEM, ending))
    assert told(whole, "RT402")[0][1] == "No route can be created in vtb-b: status Deleting."


def test_the_quota_that_is_asked_for_leaves_room_for_a_fifth_more_nodes() -> None:
    nodes = [
        with_cidr(
            6, f"172.16.{number}.0/24", name=f"n{number}", provider_id=f"cn-hangzhou.i-{number}"
        )
        for number in range(129)
    ]
    nodes[0] = replace(nodes[0], labels={"service.alibabacloud.com/exclude-node": ""})
    others = tuple(entry(f"10.200.{number}.0/24", "i-other") for number in range(199))
    whole = taken(nodes=old(*nodes), entries={"vtb-a": (), "vtb-b": others})
    missing = replace(whole, entries={"vtb-a": routes(*nodes), "vtb-b": others})
    (finding,) = found(missing, "RT401")
    assert finding.cause == "127 more routes exceed the route entry quota of vtb-b."
    assert "--DesireValue 351 " in finding.commands[0]


def test_names_of_tables_are_enumerated_as_the_language_does() -> None:
    ending = tuple(replace(SYSTEM, id=name, status="Deleting") for name in ("vtb-c", "vtb-d"))
    ccm = running(text=listing("vtb-a,vtb-b,vtb-c,vtb-d"))
    whole = taken(ccm, tables=(SYSTEM, CUSTOM, *ending))
    options = DiagnoseOptions(language=Language.CHINESE, only=frozenset({"RT402"}))
    (finding,) = diagnose(whole, options).findings
    assert finding.cause == "vtb-c、vtb-d 的状态为 Deleting：无法在其中创建路由。"
