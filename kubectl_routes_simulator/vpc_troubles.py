"""Troubles of the VPC: route tables and their entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from kubectl_routes_simulator.node_troubles import gone_quiet
from kubectl_routes_simulator.trouble import Trouble
from kubectl_routes_simulator.trouble import lose_route
from kubectl_routes_simulator.vpc_records import NextHop
from kubectl_routes_simulator.vpc_records import TableRecord
from kubectl_routes_simulator.vpc_records import VpcRecord

if TYPE_CHECKING:
    from kubectl_routes_simulator.ground import Ground

FOREIGN_TABLE = "vtb-bp1ofanothervpc00000"
GATEWAY_TABLE = "vtb-bp1ofagateway0000000"


def _as_it_is(ground: Ground) -> None:
    ground.play()


def _foreign_table(ground: Ground) -> None:
    ground.vpc.add_vpc(VpcRecord("vpc-bp1another", "10.0.0.0/8", "vrt-bp1another"))
    ground.vpc.add_table(TableRecord(FOREIGN_TABLE, "vpc-bp1another", "vrt-bp1another"))
    ground.play()


def _gateway_table(ground: Ground) -> None:
    router = ground.vpc.table(ground.table_ids[0]).record.router_id
    ground.vpc.add_table(
        TableRecord(GATEWAY_TABLE, ground.vpc_id, router, "ingress", associate_type="Gateway")
    )
    ground.play()


def _wrong_entry(ground: Ground) -> None:
    """Somebody has sent the last node's pods to another instance."""
    ground.play()
    stranger = ground.instance("stranger")
    ground.occupy(ground.table_ids[0], ground.nodes[-1].pod_cidr, stranger, "Instance")


def _deleted_by_hand(ground: Ground) -> None:
    ground.play()
    lose_route(ground, 0)


def _slow_vpc(ground: Ground) -> None:
    """The VPC has been told to delete an entry, and is not done yet."""
    ground.play()
    _change(ground, status="Deleting")


def _unusable_hop(ground: Ground) -> None:
    ground.play()
    hop = NextHop(ground.nodes[-1].instance, "Instance", ground.region, enabled=0)
    _change(ground, next_hops=hop)


def _doomed(ground: Ground) -> None:
    """Somebody sends a part of the podCIDR of a node that does not report to an appliance."""
    gone_quiet(ground)
    half = ground.nodes[-1].pod_cidr.replace("/24", "/25")
    ground.occupy(ground.table_ids[1], half, ground.instance("appliance"), "Instance")


def _ending_table(ground: Ground) -> None:
    ground.play()
    table = ground.vpc.table(ground.table_ids[-1])
    table.record = replace(table.record, status="Deleting")


def _shared_range(ground: Ground) -> None:
    """A peer's pods have a part of the range that no node has yet."""
    ground.play()
    ground.occupy(ground.table_ids[0], "172.20.200.0/24", "pcc-bp1peer", "VpcPeer")


def _change(ground: Ground, status: str = "Available", next_hops: NextHop | None = None) -> None:
    """Show the last node's entry in the System table otherwise."""
    table = ground.vpc.table(ground.table_ids[0])
    entry = table.at_cidr(ground.nodes[-1].pod_cidr)
    assert entry is not None
    table.remove(entry)
    hops = entry.next_hops if next_hops is None else replace(entry.next_hops, next_hop=(next_hops,))
    table.add(replace(entry, status=status, next_hops=hops))


VPC_TROUBLES = (
    Trouble(
        "foreign-table",
        "a listed table is of another VPC",
        _foreign_table,
        {"listed": "{all}," + FOREIGN_TABLE},
    ),
    Trouble(
        "gateway-table",
        "a gateway's route table is listed",
        _gateway_table,
        {"listed": "{all}," + GATEWAY_TABLE},
    ),
    Trouble("system-unlisted", "the System table is not listed", _as_it_is, {"listed": "{1}"}),
    Trouble(
        "old-v2",
        "a release that leaves wrong entries alone",
        _wrong_entry,
        {"tag": "v2.2.0"},
    ),
    Trouble("lost-route", "somebody has just deleted a route", _deleted_by_hand),
    Trouble("slow-vpc", "an entry that the VPC has not finished with", _slow_vpc),
    Trouble("disabled-hop", "an entry whose next hop is disabled", _unusable_hop),
    Trouble("doomed-entry", "an entry made by hand that CCM will delete", _doomed),
    Trouble("ending-table", "a listed table is being deleted", _ending_table),
    Trouble("shared-range", "a peer has a part of the pod range", _shared_range),
)
