"""Changes of route entries by the real SDK, and the batches of CCM, which do not go by the wire."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes_simulator.route_table import NextHop
from kubectl_routes_simulator.vpc import VpcSimulator
from kubectl_routes_simulator.vpc_store import EntryRequest
from tests.simulator.vpc_client import Sdk

GOOD = {
    "RouteTableId": "vtb-two",
    "DestinationCidrBlock": "172.20.0.0/24",
    "NextHopId": "i-1",
    "NextHopType": "Instance",
}


def create(sdk: Sdk, cidr: str = "172.20.0.0/24", **more: object) -> str:
    answer = sdk("CreateRouteEntry", **{**GOOD, "DestinationCidrBlock": cidr, **more})
    return str(answer["RouteEntryId"])


def custom(vpc: VpcSimulator) -> list[tuple[str, str, str]]:
    """Destination, next hop and status of every custom entry of vtb-two."""
    return [
        (entry.destination_cidr_block, entry.hop.next_hop_id, entry.status)
        for entry in vpc.store.table("vtb-two").entries()
        if entry.type == "Custom"
    ]


def test_a_created_entry_is_listed_at_once(sdk: Sdk, vpc: VpcSimulator) -> None:
    entry_id = create(sdk)
    create(sdk, "172.20.1.7")  # without a mask it is one address
    assert custom(vpc) == [
        ("172.20.0.0/24", "i-1", "Available"),
        ("172.20.1.7/32", "i-1", "Available"),
    ]
    assert vpc.store.table("vtb-two").with_id(entry_id) is not None


@pytest.mark.parametrize(
    ("asked", "code", "status"),
    [
        ({"RouteTableId": ""}, "MissingParameter", 400),
        ({"RouteTableId": "vtb-nope"}, "InvalidRouteTableId.NotFound", 404),
        ({"RouteTableId": "vtb-gate"}, "OperationDenied.GatewayRouteTableNotPermitted", 400),
        ({"DestinationCidrBlock": "172.20.0.1/24"}, "InvalidCidrBlock.Malformed", 400),
        ({"DestinationCidrBlock": "10.1.0.0/24"}, "InvalidCidrBlock", 400),
        ({"DestinationCidrBlock": "10.1.0.128/25"}, "InvalidCidrBlock", 400),
        ({"DestinationCidrBlock": "100.64.0.0/10"}, "InvalidCidrBlock", 400),
        ({"DestinationCidrBlock": "172.21.0.0/24"}, "InvalidCIDRBlock.Duplicate", 400),
        ({"DestinationCidrBlock": "fd00::/64"}, "OperationDenied.Ipv6EntryOnCustomTable", 400),
        ({"NextHopId": "i-nope"}, "InvalidNextHop.NotFound", 400),
        ({"NextHopId": "i-far"}, "OperationFailed.InstanceDismatchCurrentVpc", 404),
        ({"ClientToken": "x" * 65}, "IllegalParam.ClientToken", 400),
        ({"DryRun": True}, "DryRunOperation", 400),
    ],
)
def test_create_refuses(
    sdk: Sdk, vpc: VpcSimulator, asked: dict[str, object], code: str, status: int
) -> None:
    vpc.store.plant("vtb-two", "172.21.0.0/24", NextHop("ngw-1", "NatGateway"))
    assert sdk.refused("CreateRouteEntry", **{**GOOD, **asked}) == (code, status)
    assert len(custom(vpc)) == 1


def test_the_same_client_token_creates_once(sdk: Sdk, vpc: VpcSimulator) -> None:
    assert create(sdk, ClientToken="once") == create(sdk, ClientToken="once")
    other = {**GOOD, "DestinationCidrBlock": "172.20.9.0/24", "ClientToken": "once"}
    assert sdk.refused("CreateRouteEntry", **other) == ("IdempotentParameterMismatch", 400)
    assert len(custom(vpc)) == 1


def test_a_batch_takes_what_it_can(vpc: VpcSimulator) -> None:
    hops = {"172.20.9.0/24": "i-nope"}
    cidrs = ("172.20.0.0/24", "172.20.0.0/24", "10.0.0.0/8", "172.20.9.0/24")
    wishes = [EntryRequest("vtb-two", cidr, hops.get(cidr, "i-1")) for cidr in cidrs]
    failed = [(wish.cidr, error.code) for wish, error in vpc.store.create_many(wishes)]
    assert failed == [
        ("172.20.0.0/24", "InvalidCIDRBlock.Duplicate"),
        ("10.0.0.0/8", "InvalidCidrBlock"),
        ("172.20.9.0/24", "InvalidNextHop.NotFound"),
    ]
    vpc.store.create(EntryRequest("vtb-two", "10.0.0.0/8", "i-1"))  # one by one it may be
    assert [cidr for cidr, *_ in custom(vpc)] == ["172.20.0.0/24", "10.0.0.0/8"]


def test_an_entry_is_deleted_by_id_or_by_what_it_says(sdk: Sdk, vpc: VpcSimulator) -> None:
    sdk("DeleteRouteEntry", RouteEntryId=create(sdk, "172.20.1.0/24"))
    create(sdk)
    said = {name: GOOD[name] for name in ("RouteTableId", "DestinationCidrBlock")}
    wrong = sdk.refused("DeleteRouteEntry", NextHopId="i-2", **said)
    tried = sdk.refused("DeleteRouteEntry", NextHopId="i-1", DryRun=True, **said)
    sdk("DeleteRouteEntry", NextHopId="i-1", **said)
    again = sdk.refused("DeleteRouteEntry", NextHopId="i-1", **said)
    assert (wrong[0], tried[0], again) == (
        "InvalidRouteEntry.NotFound",
        "DryRunOperation",
        ("InvalidRouteEntry.NotFound", 404),
    )
    assert custom(vpc) == []


def test_delete_refuses_both_ways_of_naming_and_entries_that_must_stay(
    sdk: Sdk, vpc: VpcSimulator
) -> None:
    system = vpc.store.table("vtb-sys").entries()[0].route_entry_id
    assert sdk.refused("DeleteRouteEntry", RouteEntryId=system, RouteTableId="vtb-sys") == (
        "ParamExclusive.RouteEntryIdAndRouteTableId",
        400,
    )
    assert sdk.refused("DeleteRouteEntry", RouteEntryId=system) == ("OperationDenied", 400)
    table = vpc.store.table("vtb-two")
    ending = replace(vpc.store.plant("vtb-two", "172.20.0.0/24", NextHop("i-1")), status="Deleting")
    table.remove(ending)
    table.add(ending)
    pending = sdk.refused("DeleteRouteEntry", RouteEntryId=ending.route_entry_id)
    assert pending == ("IncorrectRouteEntryStatus", 400)
