"""The Create… and Delete… actions for route entries, one at a time and in batches."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.vpc_call import Call, refusal
from kubectl_routes_simulator.vpc_reads import Answer
from kubectl_routes_simulator.vpc_store import EntryRequest, VpcStore

_LARGEST_BATCH = 50
_LONGEST_TOKEN = 64
_SIGNING = ("Signature", "SignatureNonce", "Timestamp")

# The batch actions have codes of their own for what the single ones also know.
_BATCH_CODES = {
    "InvalidCIDRBlock.Duplicate": "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE",
    "IncorrectRouteEntryStatus": "VPC_ROUTE_ENTRY_STATUS_ERROR",
    "InvalidRouteEntry.NotFound": "VPC_ROUTER_ENTRY_NOT_EXIST",
}


def batch_code(code: str) -> str:
    """The FailedCode a batch action reports where the single action would raise ``code``."""
    return _BATCH_CODES.get(code, code)


class VpcWrites:
    """Answers the changing actions on ``store``; remembers ClientTokens for as long as it lives."""

    def __init__(self, store: VpcStore) -> None:
        self.store = store
        self._answers: dict[str, tuple[Mapping[str, str], Answer]] = {}

    def create_route_entry(self, call: Call) -> Answer:
        """CreateRouteEntry. The same ClientToken with the same parameters creates only once."""
        token = call.get("ClientToken")
        if len(token) > _LONGEST_TOKEN:
            raise refusal("IllegalParam.ClientToken", "Specified ClientToken is too long.")
        asked = {key: value for key, value in call.parameters.items() if key not in _SIGNING}
        known = self._answers.get(token) if token else None
        if known is not None:
            if known[0] != asked:
                raise refusal(
                    "IdempotentParameterMismatch",
                    "The request uses the same client token as a previous, different request.",
                )
            return known[1]
        wish = EntryRequest(
            table_id=call.need("RouteTableId"),
            cidr=call.need("DestinationCidrBlock"),
            next_hop=call.need("NextHopId"),
            next_hop_type=call.get("NextHopType") or "Instance",
            name=call.get("RouteEntryName"),
            description=call.get("Description"),
        )
        answer: Answer = {"RouteEntryId": self.store.create(wish, dry_run=call.flag("DryRun"))}
        if token:
            self._answers[token] = (asked, answer)
        return answer

    def create_route_entries(self, call: Call) -> Answer:
        """CreateRouteEntries: HTTP 200 also when some, or all, of the entries failed."""
        wishes = self._batch(call)
        if call.flag("DryRun"):
            for wish in wishes:
                try:
                    self.store.create(wish, dry_run=True)
                except CloudError as error:
                    if error.code != "DryRunOperation":
                        raise
            raise refusal("DryRunOperation", "Request validation has been passed with DryRun.")
        return _batch_answer(self.store.create_many(wishes))

    def delete_route_entry(self, call: Call) -> Answer:
        """DeleteRouteEntry, by id or by table, destination and next hop, never by both."""
        entry_id, table_id = call.get("RouteEntryId"), call.get("RouteTableId")
        if entry_id and table_id:
            raise refusal(
                "ParamExclusive.RouteEntryIdAndRouteTableId",
                "RouteEntryId and RouteTableId can not be given together.",
            )
        if entry_id:
            wish = EntryRequest("", "", "")
        else:
            cidr = call.need("DestinationCidrBlock")
            wish = EntryRequest(call.need("RouteTableId"), cidr, call.need("NextHopId"))
        table, entry = self.store.find(wish, entry_id)
        if call.flag("DryRun"):
            raise refusal("DryRunOperation", "Request validation has been passed with DryRun.")
        self.store.delete(table, entry)
        return {}

    def delete_route_entries(self, call: Call) -> Answer:
        """DeleteRouteEntries: HTTP 200 also when some, or all, of the entries failed."""
        ids = [item.get("RouteEntryId", "") for item in call.items("RouteEntries")]
        return _batch_answer(self.store.delete_many(list(zip(self._batch(call), ids, strict=True))))

    def unassociate_route_table(self, call: Call) -> Answer:
        """UnassociateRouteTable: the vSwitch uses the system route table of its VPC again."""
        switch = self.store.v_switches.get(call.need("VSwitchId"))
        if switch is None or switch.table_id != call.need("RouteTableId"):
            raise refusal("InvalidVSwitchId.NotFound", "The vSwitch does not use that table.")
        records = (table.record for table in self.store.tables.values())
        own = (one.id for one in records if one.vpc_id == switch.vpc_id and one.type == "System")
        self.store.bind(switch.id, next(own))
        return {}

    def _batch(self, call: Call) -> list[EntryRequest]:
        if call.need("RegionId") != self.store.region:
            raise refusal("InvalidRegionId.NotFound", "The specified RegionId does not exist.")
        items = call.items("RouteEntries")
        if not items:
            call.need("RouteEntries")
        if len(items) > _LARGEST_BATCH:
            raise refusal("IllegalParam.RouteEntries", "At most 50 route entries at a time.")
        return [
            EntryRequest(
                table_id=item.get("RouteTableId", ""),
                cidr=item.get("DstCidrBlock", ""),
                next_hop=item.get("NextHop", ""),
                next_hop_type=item.get("NextHopType", "") or "Instance",
                name=item.get("Name", ""),
                description=item.get("Description", ""),
            )
            for item in items
        ]


def _batch_answer(done: list[tuple[EntryRequest, str | CloudError]]) -> Answer:
    made = [one for _, one in done if isinstance(one, str)]
    failed = [
        {
            "DstCidrBlock": wish.cidr,
            "NextHop": wish.next_hop,
            "FailedCode": batch_code(one.code),
            "FailedMessage": one.message,
        }
        for wish, one in done
        if isinstance(one, CloudError)
    ]
    return {
        "SuccessCount": len(made),
        "FailedCount": len(failed),
        "RouteEntryIds": made,
        "FailedRouteEntries": failed,
    }
