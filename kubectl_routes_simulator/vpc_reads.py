"""The Describe… actions of VPC and ECS, and the quota: what they admit, how they page."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.route_table import (
    FILTERS,
    Chosen,
    RouteTable,
    VpcRecord,
    VSwitchRecord,
)
from kubectl_routes_simulator.templates import filled
from kubectl_routes_simulator.vpc_call import Call, refusal
from kubectl_routes_simulator.vpc_store import VpcStore

Answer = dict[str, Any]
_TOKEN_SECONDS = 3600.0


class _Token(Struct, frozen=True, array_like=True):
    """What a NextToken holds: the listing it continues, from where, and when it was given."""

    table_id: str
    chosen: Chosen
    after: int
    issued: float


class VpcReads:
    """Answers the Describe… actions from ``store``. DescribeRouteEntryList cuts a larger MaxResult
    to ``max_result``, of which documentation and practice disagree.
    """

    def __init__(self, store: VpcStore) -> None:
        self.store = store
        self.max_result = 100

    def describe_route_table_list(self, call: Call) -> Answer:
        """DescribeRouteTableList: filters that match nothing give an empty list, not an error."""
        here = call.need("RegionId") == self.store.region
        found = [
            table
            for table in self.store.tables.values()
            if here
            and call.get("VpcId") in ("", table.record.vpc_id)
            and call.get("RouteTableId") in ("", table.record.id)
            and call.get("RouteTableType") in ("", table.record.type)
        ]
        return paged(call, found, ("RouterTableList", "RouterTableListType"), self._table)

    def describe_v_switches(self, call: Call) -> Answer:
        """DescribeVSwitches: RegionId or VpcId must be given."""
        if not call.get("VpcId"):
            call.need("RegionId")
        here = call.get("RegionId") in ("", self.store.region)
        found = [
            switch
            for switch in self.store.v_switches.values()
            if here
            and call.get("VpcId") in ("", switch.vpc_id)
            and call.get("VSwitchId") in ("", switch.id)
        ]
        return paged(call, found, ("VSwitches", "VSwitch"), self._v_switch)

    def describe_vpcs(self, call: Call) -> Answer:
        """DescribeVpcs: VpcId may be a list joined by commas."""
        here = call.need("RegionId") == self.store.region
        wanted = call.get("VpcId").split(",") if call.get("VpcId") else list(self.store.vpcs)
        found = [vpc for vpc in self.store.vpcs.values() if here and vpc.id in wanted]
        return paged(call, found, ("Vpcs", "Vpc"), self._vpc)

    def describe_vpc_attribute(self, call: Call) -> Answer:
        """DescribeVpcAttribute. Raises CloudError InvalidVpcId.NotFound, in a wrong region too."""
        region = call.need("RegionId")
        record = self.store.vpcs.get(call.need("VpcId"))
        if record is None or region != self.store.region:
            raise refusal("InvalidVpcId.NotFound", "Specified VPC does not exist.")
        return self._vpc(record)

    def describe_route_entry_list(self, call: Call) -> Answer:
        """DescribeRouteEntryList: up to MaxResult entries behind NextToken."""
        region, table_id = call.need("RegionId"), call.need("RouteTableId")
        table = self.store.table(table_id if region == self.store.region else "")
        if table.record.associate_type == "Gateway":
            raise refusal(
                "OperationDenied.UseGatewayRouteEntryQueryInterface",
                "Use the interface for entries of gateway route tables.",
            )
        size = min(call.number("MaxResult", 10), self.max_result)
        chosen = tuple((name, call.get(name).lower()) for name in FILTERS if call.get(name))
        after = self._position(call.get("NextToken"), table_id, chosen)
        (entries, following), token = table.page(size, after, chosen), ""
        if following is not None:
            given = _Token(table_id, chosen, following, self.store.clock())
            token = base64.urlsafe_b64encode(msgspec.json.encode(given)).decode()
        return {"NextToken": token, "RouteEntrys": {"RouteEntry": msgspec.Raw(entries)}}

    def _position(self, text: str, table_id: str, chosen: Chosen) -> int:
        if not text:
            return 0
        try:
            token = msgspec.json.decode(base64.urlsafe_b64decode(text), type=_Token)
        except (ValueError, *UNREADABLE):
            raise _bad_token() from None
        if (token.table_id, token.chosen) != (table_id, chosen):
            raise _bad_token()
        if self.store.clock() - token.issued > _TOKEN_SECONDS:
            raise refusal("IllegalParam.NextTokenExpired", "Specified NextToken is expired.")
        return token.after

    def _table(self, table: RouteTable) -> Answer:
        switches = self.store.v_switches.values()
        bound = [switch.id for switch in switches if switch.table_id == table.record.id]
        owner = int(self.store.account)
        record = msgspec.structs.asdict(table.record)
        return filled("route table", **record, v_switches=bound, owner=owner)

    def _v_switch(self, record: VSwitchRecord) -> Answer:
        table_type = self.store.tables[record.table_id].record.type
        return filled("vswitch", **msgspec.structs.asdict(record), table_type=table_type)

    def _vpc(self, record: VpcRecord) -> Answer:
        switches = self.store.v_switches.values()
        return filled(
            "vpc",
            **msgspec.structs.asdict(record),
            region=self.store.region,
            owner=int(self.store.account),
            v_switches=[switch.id for switch in switches if switch.vpc_id == record.id],
            tables=[table.record.id for table in self.store.tables_of(record.id)],
        )


def paged(
    call: Call,
    found: list[Any],
    wrappers: tuple[str, str],
    shown: Callable[[Any], Answer],
    largest: int = 50,
) -> Answer:
    """One page, at most ``largest`` long, of what was found, within two ``wrappers``."""
    number = call.number("PageNumber", 1)
    size = call.number("PageSize", 10, high=largest)
    page = found[(number - 1) * size : number * size]
    head = {"TotalCount": len(found), "PageNumber": number, "PageSize": size}
    return {**head, wrappers[0]: {wrappers[1]: [shown(item) for item in page]}}


def _bad_token() -> CloudError:
    return refusal("IllegalParam.NextToken", "Specified NextToken is not valid.")


_ENTRIES_PER_TABLE = "vpc_quota_route_entrys_num"


class EcsReads:
    """DescribeInstances. With ``hides_denied`` a caller whom RAM denies the call gets an empty
    list, as its page says; otherwise Forbidden.RAM, as callers report. A dry run gets the truth in
    both cases.
    """

    def __init__(self, store: VpcStore) -> None:
        self.store = store
        self.hides_denied = False

    def describe_instances(self, call: Call) -> Answer:
        """DescribeInstances. Raises CloudError InvalidInstanceIds.Malformed, DryRunOperation."""
        here = call.need("RegionId") == self.store.region
        wanted = _ids(call.get("InstanceIds"))
        if call.flag("DryRun"):
            raise refusal("DryRunOperation", "Request validation has been passed with DryRun.")
        return self._page(
            call,
            (
                instance
                for instance, vpc_id in self.store.instances.items()
                if here
                and (wanted is None or instance in wanted)
                and call.get("VpcId") in ("", vpc_id)
            ),
        )

    def nothing(self, call: Call) -> Answer:
        """The empty list that a caller without the right is given."""
        return self._page(call, ())

    def _page(self, call: Call, found: Iterable[str]) -> Answer:
        return paged(call, list(found), ("Instances", "Instance"), self._instance, largest=100)

    def _instance(self, instance: str) -> Answer:
        vpc_id, address = self.store.instances[instance], self.store.addresses.get(instance, "")
        switch = self.store.v_switch_of(vpc_id, address)
        return filled(
            "instance",
            id=instance,
            region=self.store.region,
            zone=switch.zone if switch else "",
            vpc_id=vpc_id,
            v_switch=switch.id if switch else "",
            addresses=[address] if address else [],
        )


class QuotaReads:
    """GetProductQuota of product quotas, version 2020-05-10, for the one quota that routes need.

    ``entries_per_table`` is what it answers; None: the smallest that a table of the store has.
    """

    def __init__(self, store: VpcStore) -> None:
        self.store = store
        self.entries_per_table: int | None = None

    def get_product_quota(self, call: Call) -> Answer:
        """GetProductQuota. Raises CloudError for a quota that the simulated cloud does not have."""
        code = call.need("QuotaActionCode")
        if (call.need("ProductCode"), code) != ("vpc", _ENTRIES_PER_TABLE):
            raise refusal("QUOTA.NOT.EXIST", "The quota does not exist.")
        given = {item.get("Key", ""): item.get("Value", "") for item in call.items("Dimensions")}
        region = given.get("regionId", self.store.region)
        total = self.entries_per_table
        if total is None:
            quotas = (table.record.quota for table in self.store.tables.values())
            total = min(quotas, default=200)
        values = {"region": region, "owner": self.store.account, "code": code}
        return {"Quota": filled("quota", **values, total=float(total))}


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
