"""What the plugin asks of ECS and of the Quota Center, answered from the store of the VPC."""

from __future__ import annotations

import json

from kubectl_routes_simulator.vpc_call import Call
from kubectl_routes_simulator.vpc_errors import refusal
from kubectl_routes_simulator.vpc_reads import Answer, paged
from kubectl_routes_simulator.vpc_store import VpcStore

ENTRIES_PER_TABLE = "vpc_quota_route_entrys_num"


class EcsReads:
    """DescribeInstances of product Ecs, version 2014-05-26.

    With ``hides_denied`` a caller whom RAM denies the call gets an empty list, as the page of
    DescribeInstances says; otherwise Forbidden.RAM, as callers without any right to ECS report.
    A dry run is told the truth in both cases.
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
