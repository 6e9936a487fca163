from __future__ import annotations

import msgspec

from kubectl_routes.collect.aliyun_client import VPC, RpcApi
from kubectl_routes.collect.aliyun_errors import GATEWAY_TABLE
from kubectl_routes.collect.cloud import read_cloud
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.signing import AccessKey
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.collect.timing import FastClock, silent

JSON = {"Content-Type": "application/json"}
V_SWITCH = {"VSwitchId": "vsw-1", "CidrBlock": "10.0.0.0/24"}
ENTRY = {"RouteEntryId": "rte-1", "DestinationCidrBlock": "172.16.1.0/24"}


def answer(request: Request) -> Reply:
    """A VPC with a gateway route table, and one of which the API does not say what it is for, but
    refuses the entries nevertheless.
    """
    asked = {name: values[0] for name, values in request.query.items()}
    kinds = {"vtb-1": "VSwitch", "vtb-gateway": "Gateway", "vtb-untold": ""}
    if asked.get("RouteTableId") == "vtb-untold":
        return Reply(400, msgspec.json.encode({"Code": GATEWAY_TABLE, "Message": "No."}), JSON)
    tables = [{"RouteTableId": name, "AssociateType": kind} for name, kind in kinds.items()]
    bodies: dict[str, object] = {
        "DescribeRouteEntryList": {"RouteEntrys": {"RouteEntry": [ENTRY]}},
        "DescribeRouteTableList": {
            "TotalCount": 3,
            "RouterTableList": {"RouterTableListType": tables},
        },
        "DescribeVSwitches": {"TotalCount": 1, "VSwitches": {"VSwitch": [V_SWITCH]}},
        "DescribeVpcAttribute": {"CidrBlock": "10.0.0.0/16"},
    }
    return Reply(200, msgspec.json.encode(bodies[asked["Action"]]), JSON)


def test_the_entries_of_a_gateway_are_neither_read_nor_missed() -> None:
    deadline = Deadline(FastClock(), 20.0)
    with LoopbackServer(answer) as server:
        route = Route(server.url, None, "")
        api = RpcApi(VPC, AccessKey("id", "secret"), "cn-hangzhou", route, deadline)
        found = read_cloud(api, "vpc-1", (), deadline, silent)
        api.close()
    assert [each.id for each in found.tables] == ["vtb-1", "vtb-gateway", "vtb-untold"]
    assert (list(found.entries), found.gaps) == (["vtb-1"], ())
