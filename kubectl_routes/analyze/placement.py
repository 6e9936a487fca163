"""Which vSwitch a node is in, and which route table that vSwitch uses.

The table of a node's vSwitch decides for what the node sends. It is found by the InternalIP, which
needs no right on the ECS API.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from kubectl_routes.ccm.nodes import Served
from kubectl_routes.model.networks import Index, Network, Networks, address
from kubectl_routes.model.vpc import RouteTable, VSwitch


class Placement(Struct, frozen=True):
    """Where the nodes are: vSwitch id and table id by node name, and nodes counted by table.

    A node that is in no vSwitch of the VPC is in neither dictionary; ``outside_v_switches`` names
    those of them that CCM serves. ``known`` is False when no vSwitch, or no node, was read: then
    nothing at all can be said. ``v_switches`` are their ids by network, ``table_of`` is the table
    that each uses, empty where nothing says so, and ``bound`` are the ids of the tables that the
    VPC's own vSwitches name.
    """

    v_switch: dict[str, str]
    table: dict[str, str]
    behind: Counter[str]
    v_switches: Index[str]
    table_of: dict[str, str]
    known: bool
    outside_v_switches: tuple[str, ...]
    bound: frozenset[str]

    def v_switches_of(self, table: RouteTable) -> tuple[str, ...]:
        """The ids of the vSwitches that use a table."""
        bound = (name for name, table_id in self.table_of.items() if table_id == table.id)
        return tuple(sorted({*table.v_switch_ids, *bound}))


def place(
    served: tuple[Served, ...],
    v_switches: tuple[VSwitch, ...],
    tables: tuple[RouteTable, ...],
    networks: Networks,
    *,
    nodes_read: bool = True,
) -> Placement:
    """Find the vSwitch and the table of every node."""
    named = {v_switch: table.id for table in tables for v_switch in table.v_switch_ids}
    table_of = {one.id: one.table_id or named.get(one.id, "") for one in v_switches}
    index = Index((network, one.id) for one in v_switches if (network := networks.parse(one.cidr)))
    v_switch: dict[str, str] = {}
    for one in served:
        addresses = (address(ip) for ip in one.node.internal_ips)
        hits = (index.containing(Network(ip, 32)) for ip in addresses if ip is not None)
        found = next((hit for hit in hits if hit), None)
        if found:
            v_switch[one.node.name] = found[0]
    table = {name: table_of[found] for name, found in v_switch.items() if table_of[found]}
    return Placement(
        v_switch=v_switch,
        table=table,
        behind=Counter(table.values()),
        v_switches=index,
        table_of=table_of,
        known=bool(v_switches) and nodes_read,
        outside_v_switches=tuple(
            one.node.name
            for one in served
            if v_switches and not one.skip and one.node.name not in v_switch
        ),
        bound=frozenset(one.table_id for one in v_switches if one.table_id),
    )
