from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from kubectl_routes.collect.aliyun_client import VPC, AccessKey, RpcApi
from kubectl_routes.collect.aliyun_errors import GATEWAY_TABLE
from kubectl_routes.collect.cloud import read_cloud
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import Route
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.collect.timing import FastClock, silent

Answer = dict[str, object]
JSON = {"Content-Type": "application/json"}
V_SWITCH = {"VSwitchId": "vsw-1", "CidrBlock": "10.0.0.0/24"}
ENTRY = {"RouteEntryId": "rte-1", "DestinationCidrBlock": "172.16.1.0/24"}


def table(table_id: str, vpc_id: str, associate_type: str = "VSwitch") -> Answer:
    return {"RouteTableId": table_id, "VpcId": vpc_id, "AssociateType": associate_type}


TABLES = (
    table("vtb-1", "vpc-1"),
    table("vtb-gateway", "vpc-1", "Gateway"),
    # An API that does not say what a table is for, and refuses its entries nevertheless.
    table("vtb-untold", "vpc-1", ""),
    table("vtb-far", "vpc-2"),
)


def two_vpcs(request: Request) -> Reply:
    asked = {name: values[0] for name, values in request.query.items()}
    if asked["Action"] == "DescribeRouteEntryList":
        if asked["RouteTableId"] == "vtb-untold":
            return Reply(400, msgspec.json.encode({"Code": GATEWAY_TABLE, "Message": "No."}), JSON)
        body: Answer = {"RouteEntrys": {"RouteEntry": [ENTRY]}}
    elif asked["Action"] == "DescribeRouteTableList":
        wanted = {name: asked[name] for name in ("VpcId", "RouteTableId") if name in asked}
        found = [each for each in TABLES if wanted.items() <= each.items()]
        body = {"TotalCount": len(found), "RouterTableList": {"RouterTableListType": found}}
    elif asked["Action"] == "DescribeVSwitches":
        body = {"TotalCount": 1, "VSwitches": {"VSwitch": [V_SWITCH]}}
    else:
        body = {"CidrBlock": "10.0.0.0/16"}
    return Reply(200, msgspec.json.encode(body), JSON)


@pytest.fixture
def api() -> Iterator[RpcApi]:
    with LoopbackServer(two_vpcs) as server:
        route = Route(server.url, None, "")
        key = AccessKey("id", "secret")
        opened = RpcApi(VPC, key, "cn-hangzhou", route, Deadline(FastClock(), 20.0))
        yield opened
        opened.close()


@pytest.fixture
def deadline() -> Deadline:
    return Deadline(FastClock(), 20.0)


@pytest.mark.parametrize(
    ("listed", "tables"),
    [
        ((), ["vtb-1", "vtb-gateway", "vtb-untold"]),
        (("vtb-1",), ["vtb-1", "vtb-gateway", "vtb-untold"]),
        (("vtb-nowhere", "vtb-far"), ["vtb-1", "vtb-gateway", "vtb-untold", "vtb-far"]),
    ],
)
def test_a_listed_table_is_looked_for_in_other_vpcs_too(
    api: RpcApi, deadline: Deadline, listed: tuple[str, ...], tables: list[str]
) -> None:
    found = read_cloud(api, "vpc-1", listed, deadline, silent)
    assert [each.id for each in found.tables] == tables


def test_the_entries_of_a_gateway_are_neither_read_nor_missed(
    api: RpcApi, deadline: Deadline
) -> None:
    found = read_cloud(api, "vpc-1", ("vtb-far",), deadline, silent)
    assert sorted(found.entries) == ["vtb-1", "vtb-far"]
    assert found.gaps == ()
