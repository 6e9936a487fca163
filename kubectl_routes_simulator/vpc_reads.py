"""The Describe… actions of VPC and ECS, and the quota: what they admit, how they page."""

from __future__ import annotations

import base64
import json
from enum import Enum

import msgspec
from msgspec import Struct

from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.route_table import EntryFilter, RouteTable, VpcRecord, VSwitchRecord
from kubectl_routes_simulator.vpc_call import Call, refusal
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


ENTRIES_PER_TABLE = "vpc_quota_route_entrys_num"


class EcsReads:
    """DescribeInstances of product Ecs, version 2014-05-26.

    With ``hides_denied`` a caller whom RAM denies the call gets an empty list, as the page of
    DescribeInstances says; otherwise Forbidden.RAM, as callers without any right to ECS report.
    A dry run gets the truth in both cases.
    """

    def __init__(self, store: VpcStore) -> None:
        self.store = store
        self.hides_denied = False

    def describe_instances(self, call: Call) -> Answer:
        """DescribeInstances: InstanceIds is a JSON array of at most 100 ids; an empty one matches
        nothing. Raises CloudError InvalidInstanceIds.Malformed, DryRunOperation.
        """
        here = call.need("RegionId") == self.store.region
        wanted = _ids(call.get("InstanceIds"))
        if call.flag("DryRun"):
            raise refusal("DryRunOperation", "Request validation has been passed with DryRun.")
        found: list[object] = [
            self._instance(instance, vpc_id)
            for instance, vpc_id in self.store.instances.items()
            if here and (wanted is None or instance in wanted) and call.get("VpcId") in ("", vpc_id)
        ]
        return paged(call, found, "Instances", "Instance", largest=100)

    def nothing(self, call: Call) -> Answer:
        """The empty list that a caller without the right is given."""
        return paged(call, [], "Instances", "Instance", largest=100)

    def _instance(self, instance: str, vpc_id: str) -> Answer:
        address = self.store.addresses.get(instance, "")
        switch = self.store.v_switch_of(vpc_id, address)
        return {
            "InstanceId": instance,
            "InstanceName": instance,
            "RegionId": self.store.region,
            "ZoneId": switch.zone if switch else "",
            "Status": "Running",
            "InstanceNetworkType": "vpc",
            "VpcAttributes": {
                "VpcId": vpc_id,
                "VSwitchId": switch.id if switch else "",
                "NatIpAddress": "",
                "PrivateIpAddress": {"IpAddress": [address] if address else []},
            },
        }


class QuotaReads:
    """GetProductQuota of product quotas, version 2020-05-10, for the one quota that routes need.

    ``entries_per_table`` is what it answers; None: the smallest that a table of the store has.
    """

    def __init__(self, store: VpcStore) -> None:
        self.store = store
        self.entries_per_table: int | None = None

    def get_product_quota(self, call: Call) -> Answer:
        """GetProductQuota; the dimension regionId may be given. Raises CloudError for a quota that
        the simulated cloud does not have.
        """
        product, code = call.need("ProductCode"), call.need("QuotaActionCode")
        if (product, code) != ("vpc", ENTRIES_PER_TABLE):
            raise refusal("QUOTA.NOT.EXIST", "The quota does not exist.")
        given = {one.get("Key", ""): one.get("Value", "") for one in call.items("Dimensions")}
        region = given.get("regionId", self.store.region)
        total = self.entries_per_table
        if total is None:
            total = min((one.record.quota for one in self.store.tables.values()), default=200)
        return {
            "Quota": {
                "ProductCode": product,
                "QuotaActionCode": code,
                "QuotaArn": f"acs:quotas:{region}:{self.store.account}:quota/{product}/{code}",
                "QuotaName": "Maximum number of custom route entries in a route table",
                "QuotaDescription": "",
                "QuotaType": "normal",
                "QuotaUnit": "COUNT",
                "Dimensions": {"regionId": region},
                "TotalQuota": float(total),
                "Adjustable": True,
                "ApplicableType": "continuous",
                "ApplicableRange": [1.0, 1000.0],
                "Consumable": False,
            }
        }


def _ids(text: str) -> frozenset[str] | None:
    """The ids of a JSON array; None when there is none to filter by."""
    if not text:
        return None
    try:
        ids = json.loads(text)
    except ValueError:
        ids = None
    if not isinstance(ids, list) or len(ids) > 100 or not all(isinstance(i, str) for i in ids):
        raise refusal("InvalidInstanceIds.Malformed", "The specified InstanceIds is not valid.")
    return frozenset(ids)
