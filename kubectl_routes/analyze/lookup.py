"""One direction: which entries of a route table compete for a destination, which wins, and where it
leads.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.networks import Index, Network, Networks, host
from kubectl_routes.model.path import (
    AddressScope,
    CandidateEntry,
    Direction,
    Endpoint,
    Hop,
    TableRef,
    Verdict,
)
from kubectl_routes.model.vpc import NextHop, RouteEntry, RouteTable

# The worst first: what surely goes wrong outweighs what is not known.
RANK = {
    Verdict.BLACK_HOLE: 0,
    Verdict.WRONG_NODE: 0,
    Verdict.UNKNOWN: 1,
    Verdict.REACHABLE: 2,
}

_EVERYTHING = Network(0, 0)

# The status of an entry that carries traffic; the API has others, and may get new ones.
_WORKS = "Available"

# Next hops out of the VPC, in lower case, from where nothing comes back to an address inside it.
_EXITS = frozenset({"natgateway", "ipv4gateway", "ipv6gateway", "vpngateway", "gatewayendpoint"})
# Next hops to routers of others, which may send a packet back.
_ROUTERS = frozenset({"attachment", "cenbasic", "ecr", "routerinterface", "vpcpeer"})

_DELIVERED_BY_THE_VPC = frozenset({AddressScope.NODE, AddressScope.V_SWITCH})
# Such an address belongs to no node of the cluster.
_STRANGERS = frozenset({AddressScope.VPC, AddressScope.OUTSIDE})


# A verdict and the clause that gives its reason.
_Judgement = tuple[Verdict, str]


class Lookup:
    """Asks route tables. ``nodes`` maps ECS instances to names of nodes; ``system`` is the system
    route table, if it is known.
    """

    def __init__(
        self,
        entries: Mapping[str, tuple[RouteEntry, ...]],
        nodes: Mapping[str, str],
        system: RouteTable | None,
        networks: Networks,
    ) -> None:
        self._entries = entries
        self._nodes = nodes
        self._system = system
        self._networks = networks

    def direction(self, sender: Endpoint, receiver: Endpoint) -> Direction:
        """What the table of the sender says about the address of the receiver. A note says what the
        system route table would do with a packet from a pod, where that differs.
        """
        if receiver.scope is AddressScope.UNKNOWN or sender.table is None:
            lost = receiver.lost if receiver.scope is AddressScope.UNKNOWN else sender.lost
            return Direction(
                sender.v_switch, sender.table, receiver.address, (), Verdict.UNKNOWN, lost
            )
        found = self._ask(sender, sender.table, receiver)
        if sender.scope is not AddressScope.POD or self._system is None:
            return found
        other = self._ask(sender, TableRef(self._system.id), receiver)
        if other.verdict is found.verdict:
            return found
        note = message(
            "by the system route table {system}, which KubeSkoop assumes for packets"
            " of pods, it is {verdict}: {because}",
            system=self._system.id,
            verdict=other.verdict.value,
            because=other.because,
        )
        return structs.replace(found, notes=(*found.notes, note))

    def _ask(self, sender: Endpoint, table: TableRef, to: Endpoint) -> Direction:
        """The answer of a table for the address of ``to``, by the longest prefix."""
        if table.id not in self._entries:
            reason = message("the entries of {table_id} could not be read", table_id=table.id)
            return Direction(sender.v_switch, table, to.address, (), Verdict.UNKNOWN, reason)
        located = (
            (network, (network, entry))
            for entry in self._entries[table.id]
            if (network := self._networks.parse(entry.cidr))
        )
        held = Index(located).containing(host(to.address))
        longest = next((network for network, entry in held if entry.status == _WORKS), None)
        winners = [
            entry for network, entry in held if network == longest and entry.status == _WORKS
        ]
        verdict, because = self._judge_all(winners, table.id, to)
        if longest == _EVERYTHING and to.scope is not AddressScope.OUTSIDE:
            because = message(
                "only the default route holds {address}: {because}",
                address=to.address,
                because=because,
            )
        waiting = [
            message(
                "{cidr} to {hop} is {status}: only an Available entry carries packets",
                cidr=entry.cidr,
                hop=next_hop_text(entry),
                status=entry.status or message("of unknown status"),
            )
            for network, entry in held
            if entry.status != _WORKS and (longest is None or network.length >= longest.length)
        ]
        return Direction(
            v_switch=sender.v_switch,
            table=table,
            destination=to.address,
            entries=tuple(self._candidate(entry, entry in winners) for _, entry in held),
            verdict=verdict,
            because=because,
            notes=(*waiting, *(note for entry in winners for note in _spread(entry))),
        )

    def _candidate(self, entry: RouteEntry, wins: bool) -> CandidateEntry:
        hops = tuple(
            Hop(
                type=hop.type,
                id=hop.id,
                node=self._nodes.get(hop.id, "") if hop.type.lower() == "instance" else "",
                enabled=hop.enabled,
            )
            for hop in entry.next_hops
        )
        return CandidateEntry(entry.cidr, entry.type, entry.status, entry.id, hops, wins)

    def _judge_all(self, winners: list[RouteEntry], table_id: str, to: Endpoint) -> _Judgement:
        if not winners:
            return Verdict.BLACK_HOLE, message(
                "no Available entry of {table_id} holds {address}",
                table_id=table_id,
                address=to.address,
            )
        judged = [self._judge_entry(entry, to) for entry in winners]
        if len({verdict for verdict, _ in judged}) > 1:
            cidr = winners[0].cidr
            reason = message(
                "{count} entries are for {cidr}, and which of them wins is not known",
                count=len(winners),
                cidr=cidr,
            )
            return Verdict.UNKNOWN, reason
        return judged[0]

    def _judge_entry(self, entry: RouteEntry, to: Endpoint) -> _Judgement:
        """Where an entry leads; packets are spread over all its next hops that are enabled."""
        if not entry.next_hops:
            return Verdict.UNKNOWN, message("the entry {cidr} shows no next hop", cidr=entry.cidr)
        live = [hop for hop in entry.next_hops if hop.enabled is not False]
        if not live:
            hops = next_hop_text(entry)
            return Verdict.BLACK_HOLE, message(
                "{cidr} leads to {hops}, which is disabled (RT308)", cidr=entry.cidr, hops=hops
            )
        judged = [self._judge(hop, to) for hop in live]
        worst = min(judged, key=lambda one: RANK[one[0]])
        bad = sum(verdict is worst[0] for verdict, _ in judged)
        if bad == len(judged):
            return worst
        return worst[0], message(
            "{bad} of {count} next hops of {cidr}: {worst}",
            bad=bad,
            count=len(judged),
            cidr=entry.cidr,
            worst=worst[1],
        )

    def _judge(self, hop: NextHop, to: Endpoint) -> _Judgement:
        kind = hop.type.lower()
        instance = kind == "instance"
        name = (
            hop.id
            if instance
            else joined(" ", (hop.type or message("a next hop of unknown type"), hop.id))
        )
        if to.scope is AddressScope.UNASSIGNED:
            return Verdict.BLACK_HOLE, message(
                "{name} cannot deliver it: {lost}", name=name, lost=to.lost
            )
        if instance:
            return self._judge_instance(hop.id, to)
        if kind == "local":
            return _judge_local(to)
        if to.scope is AddressScope.OUTSIDE:
            return Verdict.UNKNOWN, message(
                "{name} takes it on, and what lies behind is not known here", name=name
            )
        if kind in _EXITS:
            return Verdict.BLACK_HOLE, message(
                "{name} sends the packet out of the VPC with no route back", name=name
            )
        if kind in _ROUTERS:
            return (
                Verdict.UNKNOWN,
                message(
                    "{name} sends the packet out of the VPC, and may or may not return it",
                    name=name,
                ),
            )
        whose = (
            message("is one of node {node}", node=to.node)
            if to.node
            else message("has {address}", address=to.address)
        )
        return Verdict.UNKNOWN, message(
            "whether {name} {whose} is not known here", name=name, whose=whose
        )

    def _judge_instance(self, instance: str, to: Endpoint) -> _Judgement:
        node = self._nodes.get(instance, "")
        if not to.node:
            known = (
                message("{instance} (node {node})", instance=instance, node=node)
                if node
                else instance
            )
            return Verdict.UNKNOWN, message(
                "what {known} does with it is not known here", known=known
            )
        if not to.instance:
            return Verdict.UNKNOWN, message(
                "the providerID of node {node} names no instance (RT202)", node=to.node
            )
        if instance == to.instance:
            return Verdict.REACHABLE, message(
                "{instance} is node {node}, where {address} is",
                instance=instance,
                node=to.node,
                address=to.address,
            )
        if node:
            return Verdict.WRONG_NODE, message(
                "{instance} is node {node}, not {wanted}",
                instance=instance,
                node=node,
                wanted=to.node,
            )
        gone = message("is no node of the cluster: released, or not made for this address")
        return Verdict.BLACK_HOLE, message("{instance} {gone}", instance=instance, gone=gone)


def _judge_local(to: Endpoint) -> _Judgement:
    if to.scope in _DELIVERED_BY_THE_VPC:
        where = message(" in vSwitch {v_switch}", v_switch=to.v_switch) if to.v_switch else ""
        return Verdict.REACHABLE, message(
            "the VPC itself delivers to {address}{where}", address=to.address, where=where
        )
    if to.scope in _STRANGERS:
        return Verdict.UNKNOWN, message(
            "the VPC keeps it, and what has {address} is not known here", address=to.address
        )
    return (
        Verdict.BLACK_HOLE,
        message(
            "the VPC looks for it among its own addresses, and that of a pod is none"
            " of them (RT208)"
        ),
    )


def _spread(entry: RouteEntry) -> list[str]:
    """What the operator should know of an entry with several next hops."""
    if len(entry.next_hops) < 2:
        return []
    off = sum(hop.enabled is False for hop in entry.next_hops)
    left_out = message(", {off} of them disabled", off=off) if off else ""
    return [
        message(
            "{cidr} has {count} next hops{left_out}: packets are spread",
            cidr=entry.cidr,
            count=len(entry.next_hops),
            left_out=left_out,
        )
    ]
