"""The state of the simulated VPC and the changes its API allows. In process; no HTTP here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.route_table import (
    Entry,
    NextHop,
    NextHops,
    RouteTable,
    TableRecord,
    VpcRecord,
    VSwitchRecord,
)
from kubectl_routes_simulator.vpc_call import refusal

Network = IPv4Network | IPv6Network
_SERVICE_RANGE = ip_network("100.64.0.0/10")


class EntryRequest(Struct, frozen=True):
    """An entry someone asks for, or asks to be gone (then the type does not matter)."""

    table_id: str
    cidr: str
    next_hop: str
    next_hop_type: str = "Instance"
    name: str = ""
    description: str = ""


class VpcStore:
    """One account's VPCs in one region; every change is done at once. Safe between threads:
    ``lock`` may be held over several calls. ``clock`` gives seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        region: str = "cn-hangzhou",
        account: str = "1234567890123456",
    ) -> None:
        self.clock = clock
        self.region = region
        self.account = account
        self.lock = threading.RLock()
        self.vpcs: dict[str, VpcRecord] = {}
        self.v_switches: dict[str, VSwitchRecord] = {}
        self.tables: dict[str, RouteTable] = {}
        self.instances: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self._occupied: dict[str, list[Network]] = {}
        self._made = 0

    def add_vpc(self, record: VpcRecord) -> None:
        """A VPC without tables; its system route table is added like every other."""
        self.vpcs[record.id] = record
        self._occupied[record.id] = [_SERVICE_RANGE]

    def add_table(self, record: TableRecord) -> RouteTable:
        """An empty route table."""
        table = self.tables[record.id] = RouteTable(record)
        return table

    def add_v_switch(self, record: VSwitchRecord) -> None:
        """A vSwitch, with the System entry that leads to it in every table of its VPC."""
        self.v_switches[record.id] = record
        self._occupied[record.vpc_id].append(_network(record.cidr))
        for table in self.tables.values():
            if table.record.vpc_id == record.vpc_id:
                self.plant_local(table.record.id, record.cidr)

    def bind(self, v_switch_id: str, table_id: str) -> None:
        """Let a vSwitch use another table of its VPC."""
        with self.lock:
            self.v_switches[v_switch_id] = replace(self.v_switches[v_switch_id], table_id=table_id)

    def add_instance(self, instance_id: str, vpc_id: str, address: str = "") -> None:
        """An ECS instance that can be a next hop in that VPC; ``address`` is its private one."""
        self.instances[instance_id] = vpc_id
        self.addresses[instance_id] = address

    def v_switch_of(self, vpc_id: str, address: str) -> VSwitchRecord | None:
        """The vSwitch of that VPC whose range holds the address; None when there is none."""
        own = (one for one in self.v_switches.values() if address and one.vpc_id == vpc_id)
        return next((one for one in own if ip_address(address) in _network(one.cidr)), None)

    def remove_instance(self, instance_id: str) -> None:
        """Release an ECS instance; entries that lead to it stay."""
        self.instances.pop(instance_id, None)
        self.addresses.pop(instance_id, None)

    def plant(
        self,
        table_id: str,
        cidr: str,
        *hops: NextHop,
        type: str = "Custom",  # noqa: A002 the API's word
        origin: str = "CustomCreate",
    ) -> Entry:
        """Put an entry into a table without any of the API's checks, Available at once."""
        with self.lock:
            entry = self._entry(table_id, cidr, hops)
            entry = replace(entry, type=type, origin=origin)
            self.tables[table_id].add(entry)
            return entry

    def plant_local(self, table_id: str, cidr: str) -> None:
        """The System entry of a range within the VPC."""
        hop = NextHop("", "local")
        self.plant(table_id, cidr, hop, type="System", origin="SystemCreate")

    def table(self, table_id: str) -> RouteTable:
        """The table. Raises CloudError InvalidRouteTableId.NotFound."""
        table = self.tables.get(table_id)
        if table is None:
            raise refusal(
                "InvalidRouteTableId.NotFound", "The specified RouteTableId does not exist."
            )
        return table

    def tables_of(self, vpc_id: str) -> tuple[RouteTable, ...]:
        """The tables of one VPC in the order they were made; gateway tables are among them."""
        with self.lock:
            return tuple(one for one in self.tables.values() if one.record.vpc_id == vpc_id)

    def create(self, wish: EntryRequest, dry_run: bool = False) -> str:
        """Create an entry, return its id. Raises CloudError."""
        with self.lock:
            table = self._writable(wish, overlap_allowed=True)
            if dry_run:
                raise refusal("DryRunOperation", "Request validation has been passed with DryRun.")
            return self._create(table, wish)

    def create_many(self, wishes: Iterable[EntryRequest]) -> list[tuple[EntryRequest, CloudError]]:
        """Create entries; those that were refused, with the error of the API."""
        with self.lock:
            failed: list[tuple[EntryRequest, CloudError]] = []
            for wish in wishes:
                try:
                    table = self._writable(wish, overlap_allowed=False)
                    self._create(table, wish)
                except CloudError as error:
                    failed.append((wish, error))
            return failed

    def find(self, wish: EntryRequest, entry_id: str = "") -> tuple[RouteTable, Entry]:
        """The entry with that id, or that the wish describes. Raises CloudError."""
        with self.lock:
            for table in list(self.tables.values()) if entry_id else [self.table(wish.table_id)]:
                entry = table.with_id(entry_id) if entry_id else table.at_cidr(wish.cidr)
                if entry is not None and (entry_id or entry.hop.next_hop_id == wish.next_hop):
                    return table, entry
            raise refusal("InvalidRouteEntry.NotFound", "The specified route entry does not exist.")

    def delete(self, table: RouteTable, entry: Entry) -> None:
        """Delete one Custom entry that is Available. Raises CloudError with the API's code."""
        with self.lock:
            if entry.type != "Custom":
                raise refusal("OperationDenied", "System route entries can not be deleted.")
            if entry.status != "Available":
                message = "Specified route entry status is not Available."
                raise refusal("IncorrectRouteEntryStatus", message)
            table.remove(entry)

    def _writable(self, wish: EntryRequest, overlap_allowed: bool) -> RouteTable:
        """The table that may take the entry. Raises CloudError with the API's code."""
        if not wish.table_id:
            raise refusal("MissingParameter", "The parameter RouteTableId is mandatory.")
        table = self.table(wish.table_id)
        if table.record.associate_type == "Gateway":
            raise refusal(
                "OperationDenied.GatewayRouteTableNotPermitted",
                "The operation is not permitted on a gateway route table.",
            )
        self._check_destination(table, _network(wish.cidr), overlap_allowed)
        if wish.next_hop_type.lower() == "instance":
            self._check_instance(table, wish.next_hop)
        if table.at_cidr(str(_network(wish.cidr))) is not None:
            raise refusal("InvalidCIDRBlock.Duplicate", "Specified CIDR block is already exists.")
        if table.custom >= table.record.quota:
            raise refusal("QuotaExceeded", "Route entry quota exceeded in this route table")
        return table

    def _check_destination(self, table: RouteTable, wanted: Network, overlap_allowed: bool) -> None:
        """Only the page of CreateRouteEntry lets a destination contain a vSwitch."""
        if isinstance(wanted, IPv6Network):
            if table.record.type == "Custom":
                raise refusal(
                    "OperationDenied.Ipv6EntryOnCustomTable",
                    "IPv6 entries are not permitted on a custom route table.",
                )
            return
        for other in self._occupied[table.record.vpc_id]:
            inside = isinstance(other, IPv4Network) and wanted.subnet_of(other)
            if inside or (not overlap_allowed and wanted.overlaps(other)):
                raise refusal("InvalidCidrBlock", "Specified CIDR block is not valid.")

    def _check_instance(self, table: RouteTable, instance: str) -> None:
        home = self.instances.get(instance)
        if home is None:
            raise refusal("InvalidNextHop.NotFound", "The specified NextHop does not exist.")
        if home != table.record.vpc_id:
            raise refusal(
                "OperationFailed.InstanceDismatchCurrentVpc",
                "The instance is not in the VPC of the route table.",
            )

    def _create(self, table: RouteTable, wish: EntryRequest) -> str:
        hop = NextHop(wish.next_hop, wish.next_hop_type, self.region)
        entry = self._entry(wish.table_id, str(_network(wish.cidr)), (hop,))
        entry = replace(entry, route_entry_name=wish.name, description=wish.description)
        table.add(entry)
        return entry.route_entry_id

    def _entry(self, table_id: str, cidr: str, hops: tuple[NextHop, ...]) -> Entry:
        self._made += 1
        return Entry(
            route_entry_id=f"rte-bp1{self._made:017d}",
            route_table_id=table_id,
            destination_cidr_block=cidr,
            next_hops=NextHops(hops),
            ip_version="IPv6" if ":" in cidr else "IPv4",
        )


def _network(cidr: str) -> Network:
    """A destination; without a mask it is one address. Raises CloudError when it is malformed."""
    try:
        return ip_network(cidr)
    except ValueError:
        raise refusal(
            "InvalidCidrBlock.Malformed", f"Specified CIDR block {cidr} is not valid."
        ) from None
