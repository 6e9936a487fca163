"""RT101, and RT103 to RT108."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.model.vpc import RouteTable
from tests.analyze.cluster import CUSTOM, SIX, SYSTEM, V0, listing, node
from tests.checks.asking import (
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
    without,
)

UNLISTED = '{"Global": {"clusterID": "c1"}}'
SEVERAL = "Reconciling route error: multiple route tables found by vpc id[vpc-1], length(tables)=2"
PLACE = "ConfigMap kube-system/cloud-config"
GATEWAY = RouteTable("vtb-g", associate_type="Gateway", status="Available", vpc_id="vpc-1")
FOREIGN = RouteTable("vtb-f", type="Custom", status="Available", vpc_id="vpc-2")


def test_several_tables_and_no_list() -> None:
    ccm = running(text=UNLISTED, events=(event(SEVERAL),))
    whole = taken(ccm, entries=without(3, "vtb-a", "vtb-b"))
    (finding,) = found(whole, "RT101")
    assert finding.cause == (
        "The VPC has 2 route tables but routeTableIDs is not set: v2.14.0 creates no routes."
    )
    assert finding.evidence == (
        "the VPC has 2 route tables: vtb-a, vtb-b",
        f"Event SyncRouteFailed on Event route-controller, 1 time, last at"
        f" 2026-11-23T08:00:00Z: {SEVERAL}",
        "vtb-a: no entry for 172.16.3.0/24 (node n3)",
        "vtb-b: no entry for 172.16.3.0/24 (node n3)",
    )
    assert finding.commands == ("kubectl routes enable --tables vtb-a,vtb-b",)
    assert finding.explains == ("RT301 × 2",)


def test_a_vpc_that_shows_no_table_is_told_as_such() -> None:
    whole = taken(running(text=UNLISTED), tables=(), entries={})
    assert told(whole, "RT101") == [
        (
            "error",
            "The VPC API shows no route table for vpc-1: a wrong VPC id or region, or a RAM"
            " filter.",
            ["VPC vpc-1"],
        )
    ]
    assert found(whole, "RT101")[0].commands == ()


def test_one_table_needs_no_list() -> None:
    whole = taken(running(text=UNLISTED), tables=(SYSTEM,), entries={"vtb-a": FULL["vtb-a"]})
    assert codes(whole) == {}


def test_of_a_managed_cluster_the_event_tells_it() -> None:
    late = event(SEVERAL, last_seen="2026-11-22T00:00:00Z")
    nodes = old(*SIX, node(7))
    whole = taken(managed(events=(event(SEVERAL),)), nodes=nodes)
    (finding,) = found(whole, "RT101")
    assert finding.cause.startswith("CCM reports that it found several route tables")
    assert finding.explains == ("RT301 × 2",)
    assert outcome(replace(whole, controller=managed(events=(late,))), "RT101")[0] is (
        Outcome.UNKNOWN
    )


@pytest.mark.parametrize(
    ("version", "effect"),
    [
        ("v2.14.0", "From v2.11 on CCM lists every table"),
        ("v2.5.1", "This CCM version handles each table separately"),
    ],
)
def test_a_blank_behind_a_comma(version: str, effect: str) -> None:
    whole = taken(running(version, listing("vtb-a, vtb-b")), entries=without(3, "vtb-b"))
    (finding,) = found(whole, "RT103")
    assert finding.cause.startswith(f'" vtb-b" is not the id of a route table. {effect}')
    assert finding.evidence[0] == f'routeTableIDs in {PLACE} is "vtb-a, vtb-b"'
    assert finding.commands == ("kubectl routes enable --tables vtb-a,vtb-b",)
    assert finding.explains == ("RT301 × 1",)


def test_an_empty_item_before_another_stops_v1() -> None:
    whole = taken(running("v1.9.3.380-gd6d0962-aliyun", listing("vtb-a,,vtb-b"), command=_V1))
    (finding,) = found(whole, "RT103")
    assert finding.cause.startswith('"" is not the id of a route table. This CCM takes the tables')


_V1 = (
    "--cloud-provider=alicloud", "--allow-untagged-cloud", "--cluster-cidr=172.16.0.0/16",
    "--cloud-config=/etc/kubernetes/config/cloud-config.conf",
)  # fmt: skip


def test_a_list_of_blanks_alone() -> None:
    whole = taken(running("v2.5.1", listing(" , ")))
    assert [one[:2] for one in told(whole, "RT103")] == [
        (
            "error",
            "routeTableIDs contains only whitespace and commas; v2.5.1 takes that for a list"
            " without any table.",
        )
    ]


def test_what_is_harmless_here_is_an_aside() -> None:
    twice = taken(running(text=listing("vtb-a,vtb-b,vtb-a")))
    assert codes(twice) == {"info": ["RT103"]}
    assert found(twice, "RT103")[0].cause.startswith("routeTableIDs names a table twice.")
    trimmed = taken(running(V0, listing("vtb-a, vtb-b"), command=_V1))
    assert [one.cause for one in found(trimmed, "RT103")] == [
        "v1.9.3.86 reads this list well, but other versions do not trim spaces or drop empty"
        " items: an upgrade of CCM could stop routing."
    ]


def test_an_old_list_that_is_well_formed_is_no_finding() -> None:
    assert found(taken(running(V0, command=_V1)), "RT103") == []


def test_a_table_that_does_not_exist_delays_new_nodes_everywhere() -> None:
    ccm = running(text=listing("vtb-a,vtb-b,vtb-nope"))
    whole = taken(ccm, entries=without(3, "vtb-a"))
    (finding,) = found(whole, "RT104")
    assert finding.cause.startswith('"vtb-nope" does not exist in cn-hangzhou. From v2.11 on')
    assert [f"{one.kind} {one.name}" for one in finding.objects] == [PLACE, "RouteTable vtb-nope"]
    # Six nodes lack it in the table that is none, one waits for the periodic reconcile elsewhere.
    assert finding.explains == ("RT301 × 7",)
    assert set(finding.nodes) == {one.name for one in SIX}


def test_whether_a_table_exists_is_unknown_without_the_tables() -> None:
    gaps = (Gap("route-tables", "Forbidden.RAM"),)
    whole = taken(running(text=listing("vtb-a,vtb-nope")), tables=(), entries={}, gaps=gaps)
    assert outcome(whole, "RT104") == (Outcome.UNKNOWN, ("route-tables",))


def test_a_table_of_another_vpc() -> None:
    tables = (SYSTEM, CUSTOM, FOREIGN)
    whole = taken(running(text=listing("vtb-a,vtb-b,vtb-f")), tables=tables)
    (finding,) = found(whole, "RT105")
    assert finding.cause == '"vtb-f" is not a table of vpc-1: no route can be created in it.'
    v1 = taken(running(V0, listing("vtb-f,vtb-a,vtb-b"), command=_V1), tables=tables)
    assert "stops at one" in found(v1, "RT105")[0].cause


def test_a_gateway_table() -> None:
    whole = taken(running(text=listing("vtb-a,vtb-b,vtb-g")), tables=(SYSTEM, CUSTOM, GATEWAY))
    (finding,) = found(whole, "RT106")
    assert finding.cause.startswith('"vtb-g" belongs to a gateway. From v2.11 on')
    assert finding.commands == ("kubectl routes enable --tables vtb-a,vtb-b",)
    first = listing("vtb-g,vtb-a,vtb-b")
    v1 = taken(running(V0, first, command=_V1), tables=(SYSTEM, CUSTOM, GATEWAY))
    assert "stops at one" in found(v1, "RT106")[0].cause
    unlisted = taken(tables=(SYSTEM, CUSTOM, GATEWAY))
    assert codes(unlisted) == {}


def test_a_system_table_that_is_not_listed() -> None:
    empty = {"vtb-a": (), "vtb-b": FULL["vtb-b"]}
    whole = taken(running(text=listing("vtb-b")), entries=empty)
    (finding,) = found(whole, "RT107")
    assert (finding.severity.value, finding.explains) == ("error", ("RT301 × 6",))
    assert finding.evidence[1] == "vtb-a (system) is used by vSwitches vsw-1 with 3 nodes"
    outside = tuple(replace(one, internal_ips=("10.0.2.9",)) for one in old(*SIX))
    unused = taken(running(text=listing("vtb-b")), entries=empty, nodes=outside)
    assert [one[0] for one in told(unused, "RT107")] == ["warning"]
    left_over = taken(running(text=listing("vtb-b")))
    assert [one[0] for one in told(left_over, "RT107")] == ["warning"]


def test_a_vswitch_whose_table_is_not_listed() -> None:
    empty = {"vtb-a": FULL["vtb-a"], "vtb-b": ()}
    whole = taken(running(text=listing("vtb-a")), entries=empty)
    assert told(whole, "RT108") == [
        (
            "error",
            "vtb-b is used by vSwitches with nodes and is not in routeTableIDs: v2.14.0 writes no"
            " route to it.",
            ["RouteTable vtb-b"],
        )
    ]
    assert found(whole, "RT108")[0].commands == ("kubectl routes enable --tables vtb-a,vtb-b",)


def test_where_the_list_is_not_seen_an_empty_table_tells_it() -> None:
    behind = taken(managed(), entries={"vtb-a": FULL["vtb-a"], "vtb-b": ()})
    assert told(behind, "RT108") == [
        (
            "error",
            "vtb-b is used by vSwitches with nodes and holds no route of this cluster: CCM's list"
            " seems not to name it.",
            ["RouteTable vtb-b"],
        )
    ]
    unread = taken(
        running(cloud_config=None),
        entries={"vtb-a": FULL["vtb-a"], "vtb-b": ()},
        gaps=(Gap("cloud-config", "forbidden"),),
    )
    assert told(unread, "RT108") == told(behind, "RT108")
    assert not any("routeTableIDs" in text for text in found(unread, "RT108")[0].evidence)
    system = taken(managed(), entries={"vtb-a": (), "vtb-b": FULL["vtb-b"]})
    assert [one[0] for one in told(system, "RT107")] == ["error"]


def test_what_to_list_is_left_to_auto_where_the_vswitches_are_not_known() -> None:
    gaps = (Gap("vswitches", "Forbidden.RAM"),)
    whole = taken(running(text=listing("vtb-a, vtb-b")), v_switches=(), gaps=gaps)
    assert found(whole, "RT103")[0].commands == ("kubectl routes enable --tables auto",)


def test_a_table_that_somebody_lists_besides_stays_in_the_list() -> None:
    spare = RouteTable("vtb-c", type="Custom", status="Available", vpc_id="vpc-1")
    entries = {**FULL, "vtb-c": FULL["vtb-b"]}
    ccm = running(text=listing("vtb-a,vtb-b, vtb-c"))
    whole = taken(ccm, tables=(SYSTEM, CUSTOM, spare), entries=entries)
    assert found(whole, "RT103")[0].commands == (
        "kubectl routes enable --tables vtb-a,vtb-b,vtb-c",
    )


def test_how_many_nodes_send_by_a_table_is_not_claimed_where_it_is_not_known() -> None:
    gaps = (Gap("vswitches", "Forbidden.RAM"),)
    whole = taken(running(text=listing("vtb-b")), v_switches=(), gaps=gaps)
    assert found(whole, "RT107")[0].evidence[1] == (
        "vtb-a (system) is used by vSwitches vsw-1 with ? nodes"
    )


def test_a_table_without_a_name_is_told_by_its_id() -> None:
    table = replace(CUSTOM, name="", v_switch_ids=("vsw-2", "vsw-3"))
    whole = taken(running(text=listing("vtb-a")), tables=(SYSTEM, table))
    assert found(whole, "RT108")[0].evidence[1] == (
        "vtb-b is used by vSwitches vsw-2, vsw-3 with 3 nodes"
    )


def test_several_items_are_told_one_by_one_with_what_the_api_says() -> None:
    said = event("get route entries error: InvalidRouteTableId.NotFound")
    ccm = running(text=listing("vtb-a,vtb-b,vtb-x,vtb-y"), events=(said,))
    (finding,) = found(taken(ccm), "RT104")
    assert finding.cause.startswith('"vtb-x", "vtb-y" does not exist in cn-hangzhou.')
    assert finding.evidence[1].endswith(said.message)


def test_what_else_is_lacking_is_told_of_a_ccm_out_of_sight() -> None:
    gaps = (Gap("vswitches", "Forbidden.RAM"),)
    whole = taken(managed(), v_switches=(), gaps=gaps)
    assert outcome(whole, "RT108") == (Outcome.UNKNOWN, ("controller", "vswitches"))


def test_no_number_of_tables_is_told_where_none_was_read() -> None:
    gaps = (Gap("route-tables", "not asked without vpc-id"),)
    whole = taken(managed(events=(event(SEVERAL),)), tables=(), entries={}, gaps=gaps)
    (finding,) = found(whole, "RT101")
    assert not any("route tables:" in line for line in finding.evidence)
    assert "0 route tables" not in finding.cause
