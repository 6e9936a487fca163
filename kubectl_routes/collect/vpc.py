"""The VPC as the API lists it: itself, its vSwitches and its route tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import TypeVar

from msgspec import Struct

from kubectl_routes.collect.aliyun_client import RpcApi
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.transport import CHECK_ENDPOINT
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import message
from kubectl_routes.model.vpc import RouteTable, Vpc, VSwitch


class PlacedVSwitch(Struct, frozen=True):
    """A vSwitch of the region, and the VPC that it is in."""

    id: str
    vpc_id: str
    cidr: str


T = TypeVar("T", RouteTable, VSwitch, PlacedVSwitch)

# The largest page of the calls with page numbers.
PAGE = 50

# Of tables and vSwitches there are tens of thousands at most.
MOST_PAGES = 400


def read_vpc(api: RpcApi, vpc_id: str) -> Vpc:
    """The VPC itself. Raises CloudError."""
    body = api.call("DescribeVpcAttribute", {"VpcId": vpc_id})
    if not body.text("CidrBlock"):
        raise odd("DescribeVpcAttribute")
    return Vpc(
        id=vpc_id,
        region=body.text("RegionId") or api.region,
        status=body.text("Status"),
        cidr=body.text("CidrBlock"),
        secondary_cidrs=body.texts("SecondaryCidrBlocks", "SecondaryCidrBlock"),
        user_cidrs=body.texts("UserCidrs", "UserCidr"),
    )


def read_tables(api: RpcApi, vpc_id: str) -> tuple[RouteTable, ...]:
    """All route tables of the VPC's router, sorted by id. Raises CloudError.

    The API answers a wrong VPC or region with an empty list. A VPC always has a system route
    table, so that is an error here.
    """
    query = {"VpcId": vpc_id, "RouterType": "VRouter"}
    path = ("RouterTableList", "RouterTableListType")
    tables = _numbered_pages(api, "DescribeRouteTableList", query, path, _table)
    if not tables:
        raise CloudError(
            message(
                "DescribeRouteTableList shows no table of {vpc_id} in {region}",
                vpc_id=vpc_id,
                region=api.region,
            ),
            message("check --vpc-id and --region, and the account of the AccessKey"),
        )
    return tables


def read_strays(api: RpcApi, table_ids: Iterable[str]) -> tuple[RouteTable, ...]:
    """Those of the tables, named by a list but not of the VPC, that exist in some other VPC.

    The API answers an id that it does not know with an empty list; a table of another id, from a
    server that does not filter, is not what was asked for. Raises CloudError.
    """
    path = ("RouterTableList", "RouterTableListType")
    return tuple(
        table
        for table_id in table_ids
        for table in _numbered_pages(
            api, "DescribeRouteTableList", {"RouteTableId": table_id}, path, _table
        )
        if table.id == table_id
    )


def read_v_switches(api: RpcApi, vpc_id: str) -> tuple[VSwitch, ...]:
    """All vSwitches of the VPC, sorted by id. Raises CloudError.

    Nodes are always in one, so a VPC that shows none is one that was not seen whole.
    """
    path = ("VSwitches", "VSwitch")
    found = _numbered_pages(api, "DescribeVSwitches", {"VpcId": vpc_id}, path, _v_switch)
    if not found:
        raise CloudError(
            message(
                "DescribeVSwitches shows no vSwitch of {vpc_id} in {region}",
                vpc_id=vpc_id,
                region=api.region,
            ),
            message("check that RAM allows vpc:DescribeVSwitches for all resource groups"),
        )
    return found


def read_region_v_switches(api: RpcApi) -> tuple[PlacedVSwitch, ...]:
    """All vSwitches of the region that the key may see, whatever their VPC. Raises CloudError."""
    query = {"RegionId": api.region}
    return _numbered_pages(api, "DescribeVSwitches", query, ("VSwitches", "VSwitch"), _placed)


def _placed(item: Document) -> PlacedVSwitch:
    return PlacedVSwitch(item.text("VSwitchId"), item.text("VpcId"), item.text("CidrBlock"))


def _table(item: Document) -> RouteTable:
    return RouteTable(
        id=item.text("RouteTableId"),
        name=item.text("RouteTableName"),
        type=item.text("RouteTableType"),
        associate_type=item.text("AssociateType") or "VSwitch",
        status=item.text("Status"),
        vpc_id=item.text("VpcId"),
        router_id=item.text("RouterId"),
        v_switch_ids=item.texts("VSwitchIds", "VSwitchId"),
    )


def _v_switch(item: Document) -> VSwitch:
    return VSwitch(
        id=item.text("VSwitchId"),
        cidr=item.text("CidrBlock"),
        zone=item.text("ZoneId"),
        table_id=item.text("RouteTable", "RouteTableId"),
        status=item.text("Status"),
        network_acl_id=item.text("NetworkAclId"),
    )


def _numbered_pages(
    api: RpcApi,
    action: str,
    query: dict[str, str],
    path: tuple[str, str],
    make: Callable[[Document], T],
) -> tuple[T, ...]:
    """Every item once. A list that changes between two pages repeats or hides items; the count
    shows it, and the list is read again, once.
    """
    total, found = _one_pass(api, action, query, path, make)
    if len(found) != total:
        total, found = _one_pass(api, action, query, path, make)
    if len(found) < total:
        raise CloudError(
            message(
                "{action} counts {total} but lists {count}",
                action=action,
                total=total,
                count=len(found),
            ),
            message("try again"),
        )
    return tuple(found[key] for key in sorted(found))


def _one_pass(
    api: RpcApi,
    action: str,
    query: dict[str, str],
    path: tuple[str, str],
    make: Callable[[Document], T],
) -> tuple[int, dict[str, T]]:
    found: dict[str, T] = {}
    for number in count(1):
        paging = {"PageNumber": str(number), "PageSize": str(PAGE)}
        body = api.call(action, {**query, **paging})
        total = body.under("TotalCount").value
        counted = isinstance(total, int)
        # Without a list only a count of none means that there is none.
        if not isinstance(body.under(*path).value, list) and not (counted and total == 0):
            raise odd(action)
        items = [make(item) for item in body.items(*path)]
        known = len(found)
        found.update((item.id, item) for item in items)
        if isinstance(total, int) and (not items or number * PAGE >= total):
            return total, found
        # Without a count the list ends with a page that is not full; a full one that brings nothing
        # new leaves its end unknown.
        if not counted and len(items) < PAGE:
            return len(found), found
        if not counted and len(found) == known:
            raise odd(action)
        if number >= MOST_PAGES:
            raise CloudError(message("{action} never ends", action=action), message("try again"))
    raise AssertionError


def odd(action: str) -> CloudError:
    """That the answer of ``action`` has not the form that it should have."""
    return CloudError(
        message("{action} failed: the VPC API sent unexpected JSON", action=action), CHECK_ENDPOINT
    )
