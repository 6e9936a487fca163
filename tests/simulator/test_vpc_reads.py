from __future__ import annotations

import pytest

from kubectl_routes_simulator.route_table import NextHop
from kubectl_routes_simulator.vpc import VpcSimulator
from tests.simulator.vpc_client import Clock, Sdk


def fill(vpc: VpcSimulator, count: int, table: str = "vtb-two") -> None:
    for number in range(count):
        cidr = f"172.20.{number // 256}.{number % 256}/32"
        vpc.store.plant(table, cidr, NextHop(f"i-{number}"))


def listed(sdk: Sdk, size: int, **more: object) -> list[list[str]]:
    """The destinations of every page of vtb-two."""
    pages: list[list[str]] = []
    token = ""
    while True:
        given = {"NextToken": token} if token else {}
        answer = sdk(
            "DescribeRouteEntryList", RouteTableId="vtb-two", MaxResult=size, **given, **more
        )
        pages.append([one["DestinationCidrBlock"] for one in answer["RouteEntrys"]["RouteEntry"]])
        token = answer["NextToken"]
        if not token:
            return pages


def test_route_table_list_has_the_shape_of_the_api(sdk: Sdk) -> None:
    answer = sdk("DescribeRouteTableList", VpcId="vpc-1", RouteTableId="vtb-two")
    assert len(answer.pop("RequestId")) == 36
    assert answer == {
        "TotalCount": 1,
        "PageNumber": 1,
        "PageSize": 10,
        "RouterTableList": {
            "RouterTableListType": [
                {
                    "RouteTableId": "vtb-two",
                    "RouteTableName": "workers",
                    "RouteTableType": "Custom",
                    "AssociateType": "VSwitch",
                    "Status": "Available",
                    "VpcId": "vpc-1",
                    "RouterId": "vrt-1",
                    "RouterType": "VRouter",
                    "VSwitchIds": {"VSwitchId": ["vsw-b"]},
                    "GatewayIds": {"GatewayIds": []},
                    "RoutePropagationEnable": True,
                    "OwnerId": 1234567890123456,
                    "ResourceGroupId": "",
                    "Description": "",
                    "CreationTime": "2024-05-06T07:08:09Z",
                }
            ]
        },
    }


def test_route_table_list_pages_and_counts_all(sdk: Sdk) -> None:
    ids = []
    for number in (1, 2, 3):
        page = sdk("DescribeRouteTableList", VpcId="vpc-1", PageNumber=number, PageSize=2)
        found = page["RouterTableList"]["RouterTableListType"]
        ids.append([table["RouteTableId"] for table in found])
        assert page["TotalCount"] == 3
    assert ids == [["vtb-sys", "vtb-two"], ["vtb-gate"], []]


@pytest.mark.parametrize(
    "asked",
    [
        {"RouteTableId": "vtb-nope"},
        {"VpcId": "vpc-nope"},
        {"RouteTableType": "Nope"},
        {"RegionId": "cn-beijing"},
    ],
)
def test_unknown_filter_gives_an_empty_list_of_tables(sdk: Sdk, asked: dict[str, str]) -> None:
    answer = sdk("DescribeRouteTableList", **asked)
    assert answer["TotalCount"] == 0
    assert answer["RouterTableList"] == {"RouterTableListType": []}


def test_v_switches_name_their_table(sdk: Sdk, vpc: VpcSimulator) -> None:
    vpc.store.bind("vsw-a", "vtb-two")
    answer = sdk("DescribeVSwitches", VpcId="vpc-1", PageSize=50)
    names = ("VSwitchId", "CidrBlock", "ZoneId", "RouteTable")
    table = {"RouteTableId": "vtb-two", "RouteTableType": "Custom"}
    assert [tuple(found[name] for name in names) for found in answer["VSwitches"]["VSwitch"]] == [
        ("vsw-a", "10.1.0.0/24", "cn-hangzhou-h", table),
        ("vsw-b", "10.2.0.0/24", "cn-hangzhou-i", table),
    ]


def test_vpc_attribute_has_its_ranges_at_the_top_level(sdk: Sdk) -> None:
    answer = sdk("DescribeVpcAttribute", VpcId="vpc-1")
    assert (answer["CidrBlock"], answer["VRouterId"]) == ("10.0.0.0/8", "vrt-1")
    assert answer["SecondaryCidrBlocks"] == {"SecondaryCidrBlock": ["172.31.0.0/16"]}
    assert answer["UserCidrs"] == {"UserCidr": []}
    assert answer["VSwitchIds"] == {"VSwitchId": ["vsw-a", "vsw-b"]}
    (other,) = sdk("DescribeVpcs", VpcId="vpc-2,vpc-nope")["Vpcs"]["Vpc"]
    assert (other["VpcId"], other["RouterTableIds"]["RouterTableIds"]) == ("vpc-2", ["vtb-far"])


def test_route_entry_has_the_shape_of_the_api(sdk: Sdk, vpc: VpcSimulator) -> None:
    entry = vpc.store.plant("vtb-two", "172.20.0.0/24", NextHop("i-1", "Instance", "cn-hangzhou"))
    answer = sdk("DescribeRouteEntryList", RouteTableId="vtb-two", RouteEntryType="Custom")
    assert answer["RouteEntrys"]["RouteEntry"] == [
        {
            "RouteEntryId": entry.route_entry_id,
            "RouteTableId": "vtb-two",
            "DestinationCidrBlock": "172.20.0.0/24",
            "NextHops": {
                "NextHop": [
                    {
                        "NextHopId": "i-1",
                        "NextHopType": "Instance",
                        "NextHopRegionId": "cn-hangzhou",
                        "Weight": 0,
                        "Enabled": 1,
                    }
                ]
            },
            "Type": "Custom",
            "Status": "Available",
            "IpVersion": "IPv4",
            "RouteEntryName": "",
            "Description": "",
            "Origin": "CustomCreate",
            "GmtModified": "2024-05-06T07:08:09Z",
        }
    ]
    assert answer["NextToken"] == ""


def test_listing_goes_on_where_it_was_when_entries_come_and_go(sdk: Sdk, vpc: VpcSimulator) -> None:
    fill(vpc, 6)
    asked = {"RouteTableId": "vtb-two", "RouteEntryType": "Custom", "MaxResult": 3}
    first = sdk("DescribeRouteEntryList", **asked)
    table = vpc.store.table("vtb-two")
    for cidr in ("172.20.0.0/32", "172.20.0.2/32", "172.20.0.4/32"):
        entry = table.at_cidr(cidr)
        assert entry is not None
        table.remove(entry)
    second = sdk("DescribeRouteEntryList", NextToken=first["NextToken"], **asked)
    assert [one["DestinationCidrBlock"] for one in second["RouteEntrys"]["RouteEntry"]] == [
        "172.20.0.3/32",
        "172.20.0.5/32",
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"RouteEntryType": "System"}, ["10.1.0.0/24", "10.2.0.0/24"]),
        ({"RouteEntryType": "custom"}, ["172.20.0.0/24", "0.0.0.0/0", "172.21.0.0/24"]),
        ({"NextHopId": "i-1"}, ["172.20.0.0/24"]),
        ({"NextHopType": "NATGATEWAY"}, ["0.0.0.0/0"]),
        ({"DestinationCidrBlock": "172.21.0.0/24"}, ["172.21.0.0/24"]),
        ({"NextHopId": "i-nope"}, []),
    ],
)
def test_entry_filters(
    sdk: Sdk, vpc: VpcSimulator, asked: dict[str, str], found: list[str]
) -> None:
    vpc.store.plant("vtb-two", "172.20.0.0/24", NextHop("i-1"))
    vpc.store.plant("vtb-two", "0.0.0.0/0", NextHop("ngw-1", "NatGateway"))
    vpc.store.plant("vtb-two", "172.21.0.0/24", NextHop("i-2"))
    assert listed(sdk, 100, **asked) == [found]


@pytest.mark.parametrize(
    ("asked", "code", "status"),
    [
        ({"RouteTableId": "vtb-nope"}, "InvalidRouteTableId.NotFound", 404),
        ({"RouteTableId": " vtb-two"}, "InvalidRouteTableId.NotFound", 404),
        ({"RegionId": "cn-beijing"}, "InvalidRouteTableId.NotFound", 404),
        ({"RouteTableId": ""}, "MissingParameter", 400),
        ({"RouteTableId": "vtb-gate"}, "OperationDenied.UseGatewayRouteEntryQueryInterface", 400),
        ({"MaxResult": 0}, "IllegalParam.MaxResult", 400),
        ({"NextToken": "?"}, "IllegalParam.NextToken", 400),
        ({"NextToken": "e30="}, "IllegalParam.NextToken", 400),
    ],
)
def test_entry_list_refuses(sdk: Sdk, asked: dict[str, object], code: str, status: int) -> None:
    given = {"RouteTableId": "vtb-two", **asked}
    assert sdk.refused("DescribeRouteEntryList", **given) == (code, status)


def test_a_token_is_good_for_its_own_listing_and_for_an_hour(
    sdk: Sdk, vpc: VpcSimulator, clock: Clock
) -> None:
    fill(vpc, 12)
    token = sdk("DescribeRouteEntryList", RouteTableId="vtb-two")["NextToken"]
    other = {"RouteTableId": "vtb-sys", "NextToken": token}
    assert sdk.refused("DescribeRouteEntryList", **other) == ("IllegalParam.NextToken", 400)
    clock.now += 3601
    late = sdk.refused("DescribeRouteEntryList", RouteTableId="vtb-two", NextToken=token)
    assert late == ("IllegalParam.NextTokenExpired", 400)


def test_a_page_is_cut_to_the_maximum(sdk: Sdk, vpc: VpcSimulator) -> None:
    fill(vpc, 150)
    assert len({cidr for page in listed(sdk, 40) for cidr in page}) == 152
    cut = [len(page) for page in listed(sdk, 500, RouteEntryType="Custom")]
    vpc.reads.max_result = 500
    given = [len(page) for page in listed(sdk, 500, RouteEntryType="Custom")]
    assert (cut, given) == ([100, 50], [150])
