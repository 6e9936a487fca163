from __future__ import annotations

import pytest

from kubectl_routes_simulator.route_table import NextHop
from kubectl_routes_simulator.vpc import VpcSimulator
from tests.simulator.vpc_client import Clock, Sdk


def create(sdk: Sdk, cidr: str = "172.20.0.0/24", hop: str = "i-1", **more: object) -> str:
    answer = sdk(
        "CreateRouteEntry",
        **{
            "RouteTableId": "vtb-two",
            "DestinationCidrBlock": cidr,
            "NextHopId": hop,
            "NextHopType": "Instance",
            **more,
        },
    )
    return str(answer["RouteEntryId"])


def custom(vpc: VpcSimulator, table: str = "vtb-two") -> list[tuple[str, str, str]]:
    """Destination, next hop and status of every custom entry."""
    return [
        (one.destination_cidr_block, one.hop.next_hop_id, one.status)
        for one in vpc.store.table(table).entries()
        if one.type == "Custom"
    ]


def batch(count: int, start: int = 0) -> list[dict[str, str]]:
    return [
        {
            "RouteTableId": "vtb-two",
            "DstCidrBlock": f"172.20.{number}.0/24",
            "NextHop": "i-1",
            "NextHopType": "Instance",
        }
        for number in range(start, start + count)
    ]


def test_created_entry_is_listed_at_once_without_delay(sdk: Sdk, vpc: VpcSimulator) -> None:
    entry_id = create(sdk)
    assert custom(vpc) == [("172.20.0.0/24", "i-1", "Available")]
    assert vpc.store.table("vtb-two").with_id(entry_id) is not None


def test_destination_without_mask_is_one_address(sdk: Sdk, vpc: VpcSimulator) -> None:
    create(sdk, "172.20.0.7")
    assert custom(vpc) == [("172.20.0.7/32", "i-1", "Available")]


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
        ({"DestinationCidrBlock": "100.100.0.0/16"}, "InvalidCidrBlock", 400),
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
    good = {
        "RouteTableId": "vtb-two",
        "DestinationCidrBlock": "172.20.0.0/24",
        "NextHopId": "i-1",
        "NextHopType": "Instance",
    }
    assert sdk.refused("CreateRouteEntry", **{**good, **asked}) == (code, status)
    assert custom(vpc) == []


def test_one_entry_may_contain_a_v_switch_but_a_batch_may_not(sdk: Sdk, vpc: VpcSimulator) -> None:
    create(sdk, "10.0.0.0/8")
    entry = {"RouteTableId": "vtb-sys", "DstCidrBlock": "10.0.0.0/8", "NextHop": "i-1"}
    answer = sdk("CreateRouteEntries", RouteEntriess=[entry])
    assert answer["FailedRouteEntries"][0]["FailedCode"] == "InvalidCidrBlock"


def test_destination_taken_by_any_kind_of_entry_is_a_duplicate(sdk: Sdk, vpc: VpcSimulator) -> None:
    vpc.store.plant("vtb-two", "172.20.0.0/24", NextHop("ngw-1", "NatGateway"))
    asked = {"RouteTableId": "vtb-two", "DestinationCidrBlock": "172.20.0.0/24", "NextHopId": "i-1"}
    assert sdk.refused("CreateRouteEntry", **asked) == ("InvalidCIDRBlock.Duplicate", 400)


def test_full_table_refuses_the_sixth_entry(sdk: Sdk) -> None:
    for number in range(5):
        create(sdk, f"172.20.{number}.0/24")
    asked = {"RouteTableId": "vtb-two", "DestinationCidrBlock": "172.20.9.0/24", "NextHopId": "i-1"}
    assert sdk.refused("CreateRouteEntry", **asked) == ("QuotaExceeded", 400)


def test_same_client_token_creates_once(sdk: Sdk, vpc: VpcSimulator) -> None:
    first = create(sdk, ClientToken="once")
    again = create(sdk, ClientToken="once")
    asked = {"RouteTableId": "vtb-two", "DestinationCidrBlock": "172.20.9.0/24", "NextHopId": "i-1"}
    refused = sdk.refused("CreateRouteEntry", ClientToken="once", **asked)
    assert first == again
    assert len(custom(vpc)) == 1
    assert refused == ("IdempotentParameterMismatch", 400)


def test_entry_is_pending_until_it_has_settled(sdk: Sdk, vpc: VpcSimulator, clock: Clock) -> None:
    vpc.store.settle_seconds = 2.0
    create(sdk)
    before = custom(vpc)
    clock.now += 2
    assert before == [("172.20.0.0/24", "i-1", "Pending")]
    assert custom(vpc) == [("172.20.0.0/24", "i-1", "Available")]


def test_second_change_of_the_vpc_conflicts_while_the_first_settles(
    sdk: Sdk, vpc: VpcSimulator, clock: Clock
) -> None:
    vpc.store.settle_seconds = 2.0
    create(sdk)
    other = {"RouteTableId": "vtb-sys", "DestinationCidrBlock": "172.20.1.0/24", "NextHopId": "i-1"}
    assert sdk.refused("CreateRouteEntry", **other) == ("TaskConflict", 400)
    assert sdk.refused("CreateRouteEntries", RouteEntriess=batch(1, start=3)) == (
        "TaskConflict",
        400,
    )
    vpc.store.task_conflicts = False
    sdk("CreateRouteEntry", **other)
    clock.now += 10
    assert custom(vpc, "vtb-sys") == [("172.20.1.0/24", "i-1", "Available")]


def test_batch_tells_what_failed_with_status_200(sdk: Sdk, vpc: VpcSimulator) -> None:
    create(sdk, "172.20.1.0/24")
    wrong = {**batch(1)[0], "DstCidrBlock": "172.20.9.0/24", "NextHop": "i-nope"}
    answer = sdk("CreateRouteEntries", RouteEntriess=[*batch(6), wrong])
    assert len(answer.pop("RequestId")) == 36
    made = [one.route_entry_id for one in vpc.store.table("vtb-two").entries()[-4:]]
    assert answer == {
        "SuccessCount": 4,
        "FailedCount": 3,
        "RouteEntryIds": made,
        "FailedRouteEntries": [
            {
                "DstCidrBlock": "172.20.1.0/24",
                "NextHop": "i-1",
                "FailedCode": "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE",
                "FailedMessage": "Specified CIDR block is already exists.",
            },
            {
                "DstCidrBlock": "172.20.5.0/24",
                "NextHop": "i-1",
                "FailedCode": "QuotaExceeded",
                "FailedMessage": "Route entry quota exceeded in this route table",
            },
            {
                "DstCidrBlock": "172.20.9.0/24",
                "NextHop": "i-nope",
                "FailedCode": "InvalidNextHop.NotFound",
                "FailedMessage": "The specified NextHop does not exist.",
            },
        ],
    }


def test_batch_of_more_than_fifty_is_refused(sdk: Sdk) -> None:
    assert sdk.refused("CreateRouteEntries", RouteEntriess=batch(51)) == (
        "IllegalParam.RouteEntries",
        400,
    )
    assert sdk.refused("CreateRouteEntries") == ("MissingParameter", 400)


def test_batch_dry_run_changes_nothing(sdk: Sdk, vpc: VpcSimulator) -> None:
    refused = sdk.refused("CreateRouteEntries", RouteEntriess=batch(3), DryRun=True)
    assert (refused, custom(vpc)) == (("DryRunOperation", 400), [])


def test_entry_is_deleted_by_id_or_by_what_it_says(sdk: Sdk, vpc: VpcSimulator) -> None:
    sdk("DeleteRouteEntry", RouteEntryId=create(sdk, "172.20.1.0/24"))
    create(sdk, "172.20.2.0/24")
    said = {"RouteTableId": "vtb-two", "DestinationCidrBlock": "172.20.2.0/24"}
    wrong = sdk.refused("DeleteRouteEntry", NextHopId="i-2", **said)
    sdk("DeleteRouteEntry", NextHopId="i-1", **said)
    again = sdk.refused("DeleteRouteEntry", NextHopId="i-1", **said)
    missing = ("InvalidRouteEntry.NotFound", 404)
    assert (wrong, again, custom(vpc)) == (missing, missing, [])


def test_delete_refuses_both_ways_of_naming_and_system_entries(sdk: Sdk, vpc: VpcSimulator) -> None:
    system = vpc.store.table("vtb-sys").entries()[0].route_entry_id
    assert sdk.refused("DeleteRouteEntry", RouteEntryId=system, RouteTableId="vtb-sys") == (
        "ParamExclusive.RouteEntryIdAndRouteTableId",
        400,
    )
    assert sdk.refused("DeleteRouteEntry", RouteEntryId=system) == ("OperationDenied", 400)


def test_pending_entry_can_not_be_deleted_and_deletion_takes_time(
    sdk: Sdk, vpc: VpcSimulator, clock: Clock
) -> None:
    vpc.store.settle_seconds = 2.0
    entry_id = create(sdk)
    pending = sdk.refused("DeleteRouteEntry", RouteEntryId=entry_id)
    clock.now += 2
    sdk("DeleteRouteEntry", RouteEntryId=entry_id)
    during = custom(vpc)
    clock.now += 2
    assert pending == ("IncorrectRouteEntryStatus", 400)
    assert during == [("172.20.0.0/24", "i-1", "Deleting")]
    assert custom(vpc) == []


def test_batch_deletion_tells_what_failed(sdk: Sdk, vpc: VpcSimulator) -> None:
    sdk("CreateRouteEntries", RouteEntriess=batch(2))
    entry_id = create(sdk, "172.20.7.0/24")
    answer = sdk(
        "DeleteRouteEntries",
        RouteEntriess=[*batch(3), {"RouteTableId": "vtb-two", "RouteEntryId": entry_id}],
    )
    assert (answer["SuccessCount"], answer["FailedCount"], custom(vpc)) == (3, 1, [])
    assert answer["FailedRouteEntries"] == [
        {
            "DstCidrBlock": "172.20.2.0/24",
            "NextHop": "i-1",
            "FailedCode": "VPC_ROUTER_ENTRY_NOT_EXIST",
            "FailedMessage": "The specified route entry does not exist.",
        }
    ]
