"""What a cell says in words, beside its code."""

from __future__ import annotations

import pytest

from kubectl_routes.analyze.matrix import build
from kubectl_routes.model.controller import Event
from kubectl_routes.model.nodes import Node
from kubectl_routes.model.vpc import NextHop, RouteEntry
from tests.analyze.cluster import (
    NOW,
    SIX,
    V0,
    controller,
    entry,
    listing,
    node,
    routes,
    snapshot,
    with_cidr,
)

BOTH = listing("vtb-a,vtb-b")
NAT = (NextHop("ngw-1", "NatGateway"),)
N9 = "172.16.9.0/24"


def says(planted: tuple[RouteEntry, ...], *nodes: Node, version: str = "v2.11.2") -> str:
    """The detail of the last node's cell in a table that holds what is planted."""
    held = {"vtb-a": planted, "vtb-b": ()}
    matrix = build(snapshot(controller(version, BOTH), nodes=nodes, entries=held))
    return matrix.nodes[-1].routes["vtb-a"].detail


@pytest.mark.parametrize(
    ("version", "planted", "detail"),
    [
        ("v2.11.2", entry(N9, "i-2"), "to i-2; within 5m"),
        ("v2.1.0", entry(N9, "i-2"), "to i-2; CCM does not delete the entry in the way"),
        (
            "v2.11.2",
            entry(N9, "", next_hops=NAT),
            "to NatGateway ngw-1; CCM does not see the entry in the way",
        ),
    ],
)
def test_entry_in_the_way(version: str, planted: RouteEntry, detail: str) -> None:
    assert says((planted,), node(9), version=version) == detail


def test_more_specific_entries() -> None:
    own = entry(N9, "i-9")
    inner = tuple(entry(f"172.16.9.{16 * n}/28", "ngw-1", next_hops=NAT) for n in range(4))
    first, second, third, _ = (f"{one.cidr} to NatGateway ngw-1" for one in inner)
    stays = "; CCM does not delete the more specific entry"
    assert says((own, *inner[:1]), node(9)) == f"by {first}{stays}"
    assert says((own, *inner[:3]), node(9)) == f"by {first}, {second}, {third}{stays}"
    assert says((own, *inner), node(9)) == f"by {first}, {second}, {third} and 1 more{stays}"


@pytest.mark.parametrize(
    ("version", "provider_id", "detail"),
    [
        ("v2.11.2", "i-9", "providerID names no instance"),
        (V0, "alicloud://cn-hangzhou.i-9", "this CCM does not understand alicloud://"),
        (V0, "cn-beijing.i-9", "CCM looks for the instance in cn-beijing, where it is not"),
        ("v2.11.2", "cn-beijing.i-9", ""),
    ],
)
def test_provider_id_that_gets_no_entry(version: str, provider_id: str, detail: str) -> None:
    assert says((), node(9, provider_id=provider_id), version=version) == detail


@pytest.mark.parametrize(
    ("cidr", "what"),
    [
        ("10.0.1.64/26", "vSwitch vsw-1 (10.0.1.0/24)"),
        ("10.0.1.0/24", "vSwitch vsw-1 (10.0.1.0/24)"),
        ("100.64.3.0/24", "100.64.0.0/10"),
    ],
)
def test_destination_that_the_vpc_refuses(cidr: str, what: str) -> None:
    assert says((), with_cidr(9, cidr)) == f"the VPC refuses a destination inside {what}"


def test_refusal_that_ccm_reported_counts_for_its_table_or_for_all() -> None:
    for place, tables in ((" in vtb-a", ["vtb-a"]), ("", ["vtb-a", "vtb-b"])):
        event = Event(
            kind="Node", name="n9", type="Warning", reason="CreateRouteFailed",
            message=f"Error creating route entry{place}: Forbidden.RAM", last_seen=NOW,
        )  # fmt: skip
        ccm = controller("v2.11.2", BOTH, events=(event,))
        cells = build(snapshot(ccm, nodes=(node(9),))).nodes[0].routes
        refused = [table for table, cell in cells.items() if cell.because == "RT116"]
        assert refused == tables
        assert cells["vtb-a"].detail == "the VPC API rejected the request from CCM"


@pytest.mark.parametrize(
    ("version", "nodes", "planted", "detail"),
    [
        (
            "v2.11.2",
            (node(9, provider_id="alicloud://cn-hangzhou.i-9"),),
            entry(N9, "i-9"),
            "RT203: CCM does not match providerID alicloud://cn-hangzhou.i-9 with its entry;"
            " created again each period",
        ),
        (
            "v2.11.2",
            (node(9, provider_id="cn-beijing.i-9"),),
            entry(N9, "i-9"),
            "RT202: CCM does not match providerID cn-beijing.i-9 with its entry;"
            " created again each period",
        ),
        (
            V0,
            (node(9, provider_id="cn-beijing.i-9"),),
            entry(N9, "i-9"),
            "CCM does not match providerID cn-beijing.i-9 with its entry:"
            " deleted, and not written again",
        ),
        (
            V0,
            (with_cidr(9, "172.16.9.7/24"),),
            entry(N9, "i-9"),
            "RT208: podCIDR 172.16.9.7/24 has host bits set; created again each period",
        ),
        (
            "v2.11.2",
            (with_cidr(8, "172.16.8.0/23"), node(9)),
            entry(N9, "i-9"),
            "inside another node's podCIDR: deleted and written in turns",
        ),
    ],
)
def test_own_entry_that_ccm_takes_for_somebody_elses(
    version: str, nodes: tuple[Node, ...], planted: RouteEntry, detail: str
) -> None:
    assert says((planted,), *nodes, version=version) == detail


def test_what_keeps_ccm_from_every_route() -> None:
    unset = build(snapshot(controller("v2.11.2", listing("")))).nodes[0].routes["vtb-a"]
    assert unset.detail == "the VPC has 2 route tables and routeTableIDs is not set"
    off = ("--cluster-cidr=172.16.0.0/16", "--cloud-config=/c", "--controllers=node")
    idle = build(snapshot(controller("v2.11.2", BOTH, command=off))).nodes[0].routes["vtb-a"]
    assert (idle.because, idle.detail) == ("RT111", "cloud routes are switched off by CCM's flags")
    old = build(snapshot(controller("v1.9.3.81-gabcdef0-aliyun", BOTH))).nodes[0].routes["vtb-a"]
    assert (old.because, old.detail) == (
        "RT113",
        "the VPC has 2 route tables and this CCM does not know routeTableIDs",
    )


def test_address_without_a_mask_is_no_range_and_stops_the_periodic_pass() -> None:
    ccm = controller("v2.11.2", BOTH, command=("--cluster-cidr=172.16.0.0", "--cloud-config=/c"))
    held = {"vtb-a": (entry("172.16.1.0/24", "i-1", status="Deleting"),), "vtb-b": ()}
    cell = build(snapshot(ccm, entries=held)).nodes[0].routes["vtb-a"]
    assert (cell.because, cell.detail) == (
        "RT114",
        "entry is Deleting; --cluster-cidr is not one IPv4 network: no periodic reconcile",
    )


def test_entries_that_were_not_read() -> None:
    matrix = build(snapshot(controller("v2.4.0", BOTH), entries={"vtb-a": routes(*SIX)}))
    assert matrix.nodes[0].routes["vtb-b"].detail == "entries not read"
