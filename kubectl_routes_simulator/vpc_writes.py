"""The actions that change route entries, and the one that changes the table of a vSwitch."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_routes_simulator.vpc_call import Call, refusal
from kubectl_routes_simulator.vpc_reads import Answer
from kubectl_routes_simulator.vpc_store import EntryRequest, VpcStore

_LONGEST_TOKEN = 64
_SIGNING = ("Signature", "SignatureNonce", "Timestamp")


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

    def delete_route_entry(self, call: Call) -> Answer:
        """DeleteRouteEntry, by id or by table, destination and next hop, never by both."""
        entry_id, table_id = call.get("RouteEntryId"), call.get("RouteTableId")
        if entry_id and table_id:
            raise refusal(
                "ParamExclusive.RouteEntryIdAndRouteTableId",
                "RouteEntryId and RouteTableId can not be given together.",
            )
        wish = EntryRequest("", "", "")
        if not entry_id:
            cidr = call.need("DestinationCidrBlock")
            wish = EntryRequest(call.need("RouteTableId"), cidr, call.need("NextHopId"))
        table, entry = self.store.find(wish, entry_id)
        if call.flag("DryRun"):
            raise refusal("DryRunOperation", "Request validation has been passed with DryRun.")
        self.store.delete(table, entry)
        return {}

    def unassociate_route_table(self, call: Call) -> Answer:
        """UnassociateRouteTable: the vSwitch uses the system route table of its VPC again."""
        switch = self.store.v_switches.get(call.need("VSwitchId"))
        if switch is None or switch.table_id != call.need("RouteTableId"):
            raise refusal("InvalidVSwitchId.NotFound", "The vSwitch does not use that table.")
        records = (table.record for table in self.store.tables_of(switch.vpc_id))
        self.store.bind(switch.id, next(own.id for own in records if own.type == "System"))
        return {}
