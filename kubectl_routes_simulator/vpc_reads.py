"""The Describe… actions: what they admit, how they page, and the exact shape they answer in."""

from __future__ import annotations

import base64
from enum import Enum

import msgspec
from msgspec import Struct

from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.route_table import RouteTable
from kubectl_routes_simulator.vpc_call import Call
from kubectl_routes_simulator.vpc_errors import refusal
from kubectl_routes_simulator.vpc_records import EntryFilter, VpcRecord, VSwitchRecord
from kubectl_routes_simulator.vpc_store import VpcStore

Answer = dict[str, object]


class LargerPage(Enum):
    """What happens to a MaxResult above the maximum: documentation and practice disagree."""

    CLAMP = "clamp"
    ACCEPT = "accept"
    REFUSE = "refuse"


class _Token(Struct, frozen=True, array_like=True):
    """What a NextToken holds: the listing it continues, from where, and when it was given."""

    table_id: str
    chosen: EntryFilter
    after: int
    generation: int
    issued: float


class VpcReads:
    """Answers the Describe… actions from ``store``.

    ``max_result`` and ``larger_page`` govern DescribeRouteEntryList; a NextToken lives for
    ``token_seconds``, and ``expire_tokens`` ends all that are out.
    """

    def __init__(self, store: VpcStore) -> None:
        self.store = store
        self.max_result = 100
        self.larger_page = LargerPage.CLAMP
        self.token_seconds = 3600.0
        self._generation = 0

    def expire_tokens(self) -> None:
        """Make every NextToken given so far answer IllegalParam.NextTokenExpired."""
        self._generation += 1

    def describe_route_table_list(self, call: Call) -> Answer:
        """DescribeRouteTableList: filters that match nothing give an empty list, not an error."""
        here = call.need("RegionId") == self.store.region
        found: list[object] = [
            self._table(table)
            for table in self.store.tables.values()
            if here
            and call.get("VpcId") in ("", table.record.vpc_id)
            and call.get("RouteTableId") in ("", table.record.id)
            and call.get("RouteTableName") in ("", table.record.name)
            and call.get("RouteTableType") in ("", table.record.type)
            and call.get("RouterId") in ("", table.record.router_id)
            and call.get("RouterType") in ("", "VRouter")
        ]
        return paged(call, found, "RouterTableList", "RouterTableListType")

    def describe_v_switches(self, call: Call) -> Answer:
        """DescribeVSwitches: RegionId or VpcId must be given."""
        if not call.get("VpcId"):
            call.need("RegionId")
        here = call.get("RegionId") in ("", self.store.region)
        found: list[object] = [
            self._v_switch(one)
            for one in self.store.v_switches.values()
            if here
            and call.get("VpcId") in ("", one.vpc_id)
            and call.get("VSwitchId") in ("", one.id)
            and call.get("ZoneId") in ("", one.zone)
            and call.get("RouteTableId") in ("", one.table_id)
        ]
        return paged(call, found, "VSwitches", "VSwitch")

    def describe_vpcs(self, call: Call) -> Answer:
        """DescribeVpcs: VpcId may be a list joined by commas."""
        here = call.need("RegionId") == self.store.region
        wanted = call.get("VpcId").split(",") if call.get("VpcId") else list(self.store.vpcs)
        found: list[object] = [
            {"VpcId": one.id, **self._vpc(one)}
            for one in self.store.vpcs.values()
            if here and one.id in wanted
        ]
        return paged(call, found, "Vpcs", "Vpc")

    def describe_vpc_attribute(self, call: Call) -> Answer:
        """DescribeVpcAttribute. Raises CloudError InvalidVpcId.NotFound, in a wrong region too."""
        region = call.need("RegionId")
        record = self.store.vpcs.get(call.need("VpcId"))
        if record is None or region != self.store.region:
            raise refusal("InvalidVpcId.NotFound", "Specified VPC does not exist.")
        return {"VpcId": record.id, **self._vpc(record)}

    def describe_route_entry_list(self, call: Call) -> Answer:
        """DescribeRouteEntryList: up to MaxResult entries behind NextToken."""
        region, table_id = call.need("RegionId"), call.need("RouteTableId")
        table = self.store.table(table_id if region == self.store.region else "")
        if table.record.associate_type == "Gateway":
            raise refusal(
                "OperationDenied.UseGatewayRouteEntryQueryInterface",
                "Use the interface for entries of gateway route tables.",
            )
        size = self._size(call)
        chosen = _filter(call)
        after = self._position(call.get("NextToken"), table_id, chosen)
        page = table.page(size, after, chosen)
        token = "" if page.next is None else self._token(table_id, chosen, page.next)
        return {"NextToken": token, "RouteEntrys": {"RouteEntry": msgspec.Raw(page.entries)}}

    def _size(self, call: Call) -> int:
        size = call.number("MaxResult", 10)
        if size <= self.max_result:
            return size
        if self.larger_page is LargerPage.REFUSE:
            raise refusal("IllegalParam.MaxResult", "Specified MaxResult is not valid.")
        return size if self.larger_page is LargerPage.ACCEPT else self.max_result

    def _token(self, table_id: str, chosen: EntryFilter, after: int) -> str:
        token = _Token(table_id, chosen, after, self._generation, self.store.clock())
        return base64.urlsafe_b64encode(msgspec.json.encode(token)).decode()

    def _position(self, text: str, table_id: str, chosen: EntryFilter) -> int:
        if not text:
            return 0
        try:
            token = msgspec.json.decode(base64.urlsafe_b64decode(text), type=_Token)
        except (ValueError, *UNREADABLE):
            raise _bad_token() from None
        if (token.table_id, token.chosen) != (table_id, chosen):
            raise _bad_token()
        age = self.store.clock() - token.issued
        if token.generation != self._generation or age > self.token_seconds:
            raise refusal("IllegalParam.NextTokenExpired", "Specified NextToken is expired.")
        return token.after

    def _table(self, table: RouteTable) -> Answer:
        record = table.record
        bound = [one.id for one in self.store.v_switches.values() if one.table_id == record.id]
        return {
            "RouteTableId": record.id,
            "RouteTableName": record.name,
            "RouteTableType": record.type,
            "AssociateType": record.associate_type,
            "Status": record.status,
            "VpcId": record.vpc_id,
            "RouterId": record.router_id,
            "RouterType": "VRouter",
            "VSwitchIds": {"VSwitchId": bound},
            "GatewayIds": {"GatewayIds": []},
            "RoutePropagationEnable": True,
            "OwnerId": int(self.store.account),
            "ResourceGroupId": "",
            "Description": "",
            "CreationTime": "2024-05-06T07:08:09Z",
        }

    def _v_switch(self, record: VSwitchRecord) -> Answer:
        table = self.store.tables[record.table_id].record
        return {
            "VSwitchId": record.id,
            "VSwitchName": "",
            "VpcId": record.vpc_id,
            "CidrBlock": record.cidr,
            "ZoneId": record.zone,
            "Status": record.status,
            "NetworkAclId": record.network_acl_id,
            "ShareType": "",
            "IsDefault": False,
            "AvailableIpAddressCount": 240,
            "RouteTable": {"RouteTableId": table.id, "RouteTableType": table.type},
        }

    def _vpc(self, record: VpcRecord) -> Answer:
        switches = [one.id for one in self.store.v_switches.values() if one.vpc_id == record.id]
        return {
            "Status": record.status,
            "VRouterId": record.router_id,
            "CidrBlock": record.cidr,
            "RegionId": self.store.region,
            "OwnerId": int(self.store.account),
            "Ipv6CidrBlock": "",
            "SecondaryCidrBlocks": {"SecondaryCidrBlock": record.secondary_cidrs},
            "UserCidrs": {"UserCidr": record.user_cidrs},
            "VSwitchIds": {"VSwitchId": switches},
            "RouterTableIds": {
                "RouterTableIds": [one.record.id for one in self.store.tables_of(record.id)]
            },
            "AssociatedCens": {"AssociatedCen": []},
        }


def paged(call: Call, found: list[object], wrapper: str, item: str, largest: int = 50) -> Answer:
    """One page of what was found, as the APIs that count pages answer it."""
    number, size, page = call.page_of(found, largest)
    return {
        "TotalCount": len(found),
        "PageNumber": number,
        "PageSize": size,
        wrapper: {item: page},
    }


def _filter(call: Call) -> EntryFilter:
    return EntryFilter(
        route_entry_id=call.get("RouteEntryId"),
        route_entry_type=call.get("RouteEntryType"),
        route_entry_name=call.get("RouteEntryName"),
        destination_cidr_block=call.get("DestinationCidrBlock"),
        next_hop_id=call.get("NextHopId"),
        next_hop_type=call.get("NextHopType"),
        ip_version=call.get("IpVersion"),
    )


def _bad_token() -> CloudError:
    return refusal("IllegalParam.NextToken", "Specified NextToken is not valid.")
