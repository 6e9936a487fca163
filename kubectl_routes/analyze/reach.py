"""From one end to the other and back, as the route tables of the VPC have it.

The table of the sending node's vSwitch decides. KubeSkoop, the network diagnosis of ACK, takes the
system route table for packets whose source is a pod; a note says where that would give another
answer.
"""

from __future__ import annotations

from msgspec import structs

from kubectl_routes.analyze.endpoints import Locator
from kubectl_routes.analyze.lookup import RANK, Lookup
from kubectl_routes.ccm.assessment import Assessment, assess
from kubectl_routes.ccm.route_need import Need
from kubectl_routes.model.matrix import Mode
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.networks import Networks, first_ipv4
from kubectl_routes.model.path import AddressScope, Direction, Endpoint, EndpointArg, Trace, Verdict
from kubectl_routes.model.snapshot import (
    PART_ASKED_PODS,
    PART_CREDENTIALS,
    PART_ENTRIES,
    PART_NODES,
    PART_REGION,
    PART_TABLES,
    PART_VPC,
    PART_VPC_ID,
    PART_VSWITCHES,
    Gap,
    Snapshot,
)

_PARTS = frozenset(
    {
        PART_NODES,
        PART_REGION,
        PART_VPC_ID,
        PART_CREDENTIALS,
        PART_VPC,
        PART_TABLES,
        PART_VSWITCHES,
    }
)
_NOT_CHECKED = (
    message("security groups: whether they admit the addresses of pods"),
    message("the source/destination check of the nodes' network interfaces"),
    message(
        "on the nodes: the network plugin and its bridge, forwarding, firewall, NetworkPolicies"
    ),
)
_MASQUERADE = message(
    "The network plugin may put the node's address in the place of the pod's"
    " on packets that leave the range of the pods: their answers then go to"
    " the node's address"
)


def trace(snapshot: Snapshot, source: EndpointArg, destination: EndpointArg) -> Trace:
    """The forward and the return path.

    Raises UsageError for an end that does not exist, has no address, or is not routed by tables.
    """
    networks = Networks()
    ccm = assess(snapshot, networks)
    locator = Locator(snapshot, ccm, networks)
    one, other = locator.locate(source), locator.locate(destination)
    if ccm.need.needless and one.node and other.node:
        one, other = (_encapsulated(end, ccm) for end in (one, other))
    nodes = {served.instance: served.node.name for served in ccm.served if served.instance}
    system = next((table for table in ccm.vpc_tables if table.type == "System"), None)
    lookup = Lookup(snapshot.entries, nodes, system, networks)
    whole = Trace(
        cluster=snapshot.cluster,
        source=one,
        destination=other,
        verdict=Verdict.REACHABLE,
        because=message("both are on node {node}, and no route table is asked", node=one.node),
        forward=None,
        back=None,
        not_checked=(*_NOT_CHECKED, *_acls(snapshot, one, other)),
        gaps=_gaps(snapshot),
        tool=snapshot.tool,
        time=snapshot.time,
    )
    if one.node and one.node == other.node:
        return structs.replace(whole, not_checked=_NOT_CHECKED[-1:])
    forward = lookup.direction(one, other)
    back = _with_masquerade(lookup.direction(other, one), one, other)
    verdict, because = _together(forward, back)
    if RANK[verdict] < RANK[Verdict.UNKNOWN] and _may_be_encapsulated(one, other, ccm):
        because = message(
            "by the route tables: {because}; but {plugin} may carry packets of pods between the"
            " nodes itself",
            because=because,
            plugin=ccm.need.plugin,
        )
        verdict = Verdict.UNKNOWN
    return structs.replace(whole, verdict=verdict, because=because, forward=forward, back=back)


def _with_masquerade(back: Direction, source: Endpoint, destination: Endpoint) -> Direction:
    """The return path with a note, where the answers may take another one and that matters."""
    leaves = source.scope is AddressScope.POD and destination.scope not in (
        AddressScope.POD,
        AddressScope.UNASSIGNED,
    )
    if not leaves or back.verdict is Verdict.REACHABLE:
        return back
    return structs.replace(back, notes=(*back.notes, _MASQUERADE))


def _together(forward: Direction, back: Direction) -> tuple[Verdict, str]:
    """The verdict of both directions, and its reason."""
    if forward.verdict is back.verdict is Verdict.REACHABLE:
        return Verdict.REACHABLE, message("there and back")
    worst = min(RANK[forward.verdict], RANK[back.verdict])
    ways = ((message("on the forward path"), forward), (message("on the return path"), back))
    bad = [(where, leg) for where, leg in ways if RANK[leg.verdict] == worst]
    if len({leg.because for _, leg in bad}) < len(bad):
        bad = [(message("in both directions"), forward)]
    return bad[0][1].verdict, joined(
        "; ",
        (message("{where}, {because}", where=where, because=leg.because) for where, leg in bad),
    )


def _acls(snapshot: Snapshot, *ends: Endpoint) -> list[str]:
    """The network ACLs of the ends' vSwitches, as far as they are known."""
    bound = {one.id: one.network_acl_id for one in snapshot.v_switches}
    if not bound:
        return [message("the network ACLs of the vSwitches")]
    names = dict.fromkeys(end.v_switch for end in ends)
    return [
        message("the network ACL {bound} of vSwitch {name}", bound=bound[name], name=name)
        for name in names
        if bound.get(name)
    ]


def _gaps(snapshot: Snapshot) -> tuple[Gap, ...]:
    """The gaps that a trace can depend on; what CCM is and does is not among them."""
    return tuple(
        gap
        for gap in snapshot.gaps
        if gap.part in _PARTS or gap.part.startswith((PART_ENTRIES, PART_ASKED_PODS))
    )


def _may_be_encapsulated(one: Endpoint, other: Endpoint, ccm: Assessment) -> bool:
    """Whether a network plugin whose mode is not known may carry packets of a pod from node to
    node, as it must where cloud routes are switched off.
    """
    pods = AddressScope.POD in (one.scope, other.scope)
    between = bool(one.node and other.node)
    return pods and between and ccm.need.need is Need.UNKNOWN and ccm.mode is Mode.OFF


def _encapsulated(end: Endpoint, ccm: Assessment) -> Endpoint:
    """The end as the VPC sees it between two nodes of a cluster that needs no routes: packets of a
    podCIDR travel with the addresses of the nodes.
    """
    if end.scope is not AddressScope.POD:
        return end
    served = next(one for one in ccm.served if one.node.name == end.node)
    ip = first_ipv4(served.node.internal_ips)
    if not ip:
        lost = message("node {node} shows no InternalIP", node=end.node)
        return structs.replace(end, scope=AddressScope.UNKNOWN, lost=lost)
    note = message(
        "{plugin} carries packets of pods between the nodes: {ip} stands for {address}",
        plugin=ccm.need.plugin,
        ip=ip,
        address=end.address,
    )
    return structs.replace(end, scope=AddressScope.NODE, address=ip, notes=(*end.notes, note))
