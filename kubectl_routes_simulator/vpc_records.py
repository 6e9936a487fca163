"""What the VPC keeps: the VPC, its vSwitches and its route entries, in the API's own words."""

from __future__ import annotations

from msgspec import Struct


class NextHop(Struct, frozen=True, rename="pascal"):
    """One next hop on the wire. ``enabled`` is 1 or 0, ``weight`` 0 unless the route is ECMP."""

    next_hop_id: str
    next_hop_type: str = "Instance"
    next_hop_region_id: str = ""
    weight: int = 0
    enabled: int = 1


class NextHops(Struct, frozen=True, rename="pascal"):
    """The wrapper that the API puts round a list of next hops."""

    next_hop: tuple[NextHop, ...]


class Entry(Struct, frozen=True, rename="pascal"):
    """One route entry as DescribeRouteEntryList writes it, so that a page is encoded as it is."""

    route_entry_id: str
    route_table_id: str
    destination_cidr_block: str
    next_hops: NextHops
    type: str = "Custom"
    status: str = "Available"
    ip_version: str = "IPv4"
    route_entry_name: str = ""
    description: str = ""
    origin: str = "CustomCreate"
    gmt_modified: str = "2024-05-06T07:08:09Z"

    @property
    def hop(self) -> NextHop:
        """The first next hop; every entry has one."""
        return self.next_hops.next_hop[0]


class EntryFilter(Struct, frozen=True):
    """What a listing asks for. Empty text asks for everything."""

    route_entry_id: str = ""
    route_entry_type: str = ""
    route_entry_name: str = ""
    destination_cidr_block: str = ""
    next_hop_id: str = ""
    next_hop_type: str = ""
    ip_version: str = ""

    def admits(self, entry: Entry) -> bool:
        """True when the entry has every value asked for; letter case counts only in ids, names."""
        hops = entry.next_hops.next_hop
        return (
            self.route_entry_id in ("", entry.route_entry_id)
            and self.route_entry_type.lower() in ("", entry.type.lower())
            and self.route_entry_name in ("", entry.route_entry_name)
            and self.destination_cidr_block in ("", entry.destination_cidr_block)
            and self.ip_version.lower() in ("", entry.ip_version.lower())
            and (not self.next_hop_id or any(one.next_hop_id == self.next_hop_id for one in hops))
            and (
                not self.next_hop_type
                or any(one.next_hop_type.lower() == self.next_hop_type.lower() for one in hops)
            )
        )


EVERYTHING = EntryFilter()


class VpcRecord(Struct, frozen=True):
    """A VPC and its address ranges as CIDR text."""

    id: str
    cidr: str
    router_id: str
    status: str = "Available"
    secondary_cidrs: tuple[str, ...] = ()
    user_cidrs: tuple[str, ...] = ()


class VSwitchRecord(Struct, frozen=True):
    """A vSwitch; ``table_id`` is the one route table it is bound to."""

    id: str
    vpc_id: str
    cidr: str
    zone: str
    table_id: str
    status: str = "Available"
    network_acl_id: str = ""


class TableRecord(Struct, frozen=True):
    """A route table without its entries. ``quota`` is the most custom entries it may hold."""

    id: str
    vpc_id: str
    router_id: str
    name: str = ""
    type: str = "Custom"
    associate_type: str = "VSwitch"
    status: str = "Available"
    quota: int = 200
