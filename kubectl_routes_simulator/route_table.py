"""What the VPC keeps, in the API's own words; and a route table with the pages of its entries."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping

import msgspec
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


# What a listing can ask for, by the name of the parameter: the texts of an entry.
FILTERS: Mapping[str, Callable[[Entry], list[str]]] = {
    "RouteEntryId": lambda entry: [entry.route_entry_id],
    "RouteEntryType": lambda entry: [entry.type],
    "DestinationCidrBlock": lambda entry: [entry.destination_cidr_block],
    "NextHopId": lambda entry: [hop.next_hop_id for hop in entry.next_hops.next_hop],
    "NextHopType": lambda entry: [hop.next_hop_type for hop in entry.next_hops.next_hop],
    "IpVersion": lambda entry: [entry.ip_version],
}
# Parameters and their values, in lower case; nothing chooses every entry.
Chosen = tuple[tuple[str, str], ...]


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


# A piece of a listing: a JSON array, and the position where the next piece starts, which stays
# valid while entries come and go; None for the last piece.
Page = tuple[bytes, int | None]


class _View:
    """The entries that one filter admits, and the pages already encoded of them."""

    def __init__(self, chosen: dict[int, Entry]) -> None:
        self.positions = list(chosen)
        self.entries = list(chosen.values())
        self.pages: dict[tuple[int, int], Page] = {}

    def page(self, after: int, size: int) -> Page:
        made = self.pages.get((after, size))
        if made is None:
            start = bisect_right(self.positions, after)
            end = start + size
            following = self.positions[end - 1] if end < len(self.entries) else None
            made = (msgspec.json.encode(self.entries[start:end]), following)
            self.pages[after, size] = made
        return made


class RouteTable:
    """The entries of one table, by position (order of creation), CIDR and id. Not locked."""

    def __init__(self, record: TableRecord) -> None:
        self.record = record
        self.custom = 0
        self._entries: dict[int, Entry] = {}
        self._by_cidr: dict[str, int] = {}
        self._by_id: dict[str, int] = {}
        self._views: dict[Chosen, _View] = {}
        self._last = 0

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first."""
        return tuple(self._entries.values())

    def at_cidr(self, cidr: str) -> Entry | None:
        """The entry for exactly this destination, or None."""
        position = self._by_cidr.get(cidr)
        return None if position is None else self._entries[position]

    def with_id(self, entry_id: str) -> Entry | None:
        """The entry with this id, or None."""
        position = self._by_id.get(entry_id)
        return None if position is None else self._entries[position]

    def add(self, entry: Entry) -> None:
        """Append an entry; its destination must be free."""
        self._last += 1
        self._entries[self._last] = entry
        self._by_cidr[entry.destination_cidr_block] = self._last
        self._by_id[entry.route_entry_id] = self._last
        self.custom += entry.type == "Custom"
        self._views.clear()

    def remove(self, entry: Entry) -> None:
        """Take an entry out at once."""
        del self._entries[self._by_id.pop(entry.route_entry_id)]
        del self._by_cidr[entry.destination_cidr_block]
        self.custom -= entry.type == "Custom"
        self._views.clear()

    def page(self, size: int, after: int = 0, chosen: Chosen = ()) -> Page:
        """Up to ``size`` of the entries chosen, beginning behind position ``after``."""
        if chosen not in self._views:
            admitted = {
                at: entry
                for at, entry in self._entries.items()
                if all(text in map(str.lower, FILTERS[name](entry)) for name, text in chosen)
            }
            self._views[chosen] = _View(admitted)
        return self._views[chosen].page(after, size)
