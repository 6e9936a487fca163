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
    """One account's VPCs in one region.

    ``clock`` gives seconds; a change is Pending (or Deleting) for ``settle_seconds`` and, while
    ``task_conflicts`` is on, no other change of the same VPC is accepted for that long.
    Safe between threads: every method takes ``lock``, which a caller may hold over several.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        region: str = "cn-hangzhou",
        account: str = "1234567890123456",
        settle_seconds: float = 0.0,
        task_conflicts: bool = True,
    ) -> None:
        self.clock = clock
        self.region = region
        self.account = account
        self.settle_seconds = settle_seconds
        self.task_conflicts = task_conflicts
        self.lock = threading.RLock()
        self.vpcs: dict[str, VpcRecord] = {}
        self.v_switches: dict[str, VSwitchRecord] = {}
        self.tables: dict[str, RouteTable] = {}
        self.instances: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self._occupied: dict[str, list[IPv4Network | IPv6Network]] = {}
        self._busy_until: dict[str, float] = {}
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
                hop = NextHop("", "local")
                self.plant(table.record.id, record.cidr, hop, type="System", origin="SystemCreate")

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
        name: str = "",
    ) -> Entry:
        """Put an entry into a table without any of the API's checks, Available at once."""
        with self.lock:
            entry = Entry(
                route_entry_id=self._next_id(),
                route_table_id=table_id,
                destination_cidr_block=cidr,
                next_hops=NextHops(hops),
                type=type,
                ip_version=_version(cidr),
                origin=origin,
                route_entry_name=name,
            )
            self.tables[table_id].add(entry)
            return entry

    def table(self, table_id: str) -> RouteTable:
        """The table, settled up to now. Raises CloudError InvalidRouteTableId.NotFound."""
        table = self.tables.get(table_id)
        if table is None:
            raise refusal(
                "InvalidRouteTableId.NotFound", "The specified RouteTableId does not exist."
            )
        table.settle(self.clock())
        return table

    def tables_of(self, vpc_id: str) -> tuple[RouteTable, ...]:
        """The tables of one VPC in the order they were made; gateway tables are among them."""
        with self.lock:
            return tuple(one for one in self.tables.values() if one.record.vpc_id == vpc_id)

    def create(self, wish: EntryRequest, queued: bool = False, dry_run: bool = False) -> str:
        """Create one entry and return its id. ``queued`` waits in line instead of TaskConflict.

        Raises CloudError with the API's code; a good dry run is DryRunOperation.
        """
        with self.lock:
            table = self._writable(wish.table_id)
            self._check_destination(table, wish.cidr, overlap_allowed=True)
            self._check_next_hop(table, wish)
            self._check_room(table, wish.cidr)
            self._take_turn(table, queued)
            if dry_run:
                raise refusal("DryRunOperation", "Request validation has been passed with DryRun.")
            return self._create(table, wish, self._due(table))

    def create_many(
        self, wishes: Iterable[EntryRequest], queued: bool = False
    ) -> list[tuple[EntryRequest, str | CloudError]]:
        """Create entries of one VPC as one task: each gets an id, or the error that refused it."""
        with self.lock:
            done: list[tuple[EntryRequest, str | CloudError]] = []
            due: float | None = None
            for wish in wishes:
                try:
                    table = self._writable(wish.table_id)
                    self._check_destination(table, wish.cidr, overlap_allowed=False)
                    self._check_next_hop(table, wish)
                    self._check_room(table, wish.cidr)
                    if due is None:
                        self._take_turn(table, queued)
                        due = self._due(table)
                    done.append((wish, self._create(table, wish, due)))
                except CloudError as error:
                    if error.code == "TaskConflict":
                        raise
                    done.append((wish, error))
            return done

    def find(self, wish: EntryRequest, entry_id: str = "") -> tuple[RouteTable, Entry]:
        """The entry to delete: by its id in any table, else by table, destination and next hop.

        Raises CloudError InvalidRouteEntry.NotFound, InvalidRouteTableId.NotFound, or
        MissingParameter when neither an entry nor a table is named.
        """
        if not entry_id and not wish.table_id:
            raise refusal("MissingParameter", "The parameter RouteTableId is mandatory.")
        with self.lock:
            tables = [self.table(wish.table_id)] if wish.table_id else list(self.tables.values())
            for table in tables:
                table.settle(self.clock())
                entry = table.with_id(entry_id) if entry_id else table.at_cidr(wish.cidr)
                if entry is not None and (entry_id or entry.hop.next_hop_id == wish.next_hop):
                    return table, entry
            raise refusal("InvalidRouteEntry.NotFound", "The specified route entry does not exist.")

    def delete(self, table: RouteTable, entry: Entry, queued: bool = False) -> None:
        """Delete one Custom entry that is Available. Raises CloudError with the API's code."""
        with self.lock:
            if entry.type != "Custom":
                raise refusal("OperationDenied", "System route entries can not be deleted.")
            if not queued:
                _check_settled(entry)
            self._take_turn(table, queued)
            due = self._due(table)
            if due <= self.clock():
                table.remove(entry)
            else:
                table.settle_later(entry, "Deleting", due)

    def delete_many(
        self, wishes: Iterable[tuple[EntryRequest, str]], queued: bool = False
    ) -> list[tuple[EntryRequest, str | CloudError]]:
        """Delete entries, each named by a wish or, where given, its id; their ids, or the errors.

        Raises CloudError TaskConflict for the whole task.
        """
        with self.lock:
            done: list[tuple[EntryRequest, str | CloudError]] = []
            started = queued
            for wish, entry_id in wishes:
                try:
                    table, entry = self.find(wish, entry_id)
                    if not queued:
                        _check_settled(entry)
                    self.delete(table, entry, queued=started)
                    started = True
                    done.append((wish, entry.route_entry_id))
                except CloudError as error:
                    if error.code == "TaskConflict":
                        raise
                    done.append((wish, error))
            return done

    def _writable(self, table_id: str) -> RouteTable:
        if not table_id:
            raise refusal("MissingParameter", "The parameter RouteTableId is mandatory.")
        table = self.table(table_id)
        if table.record.associate_type == "Gateway":
            raise refusal(
                "OperationDenied.GatewayRouteTableNotPermitted",
                "The operation is not permitted on a gateway route table.",
            )
        return table

    def _check_destination(self, table: RouteTable, cidr: str, overlap_allowed: bool) -> None:
        """Against vSwitches and the service range. The page of CreateRouteEntry lets a destination
        contain a vSwitch; the page of CreateRouteEntries lets it not even overlap one.
        """
        wanted = _network(cidr)
        if wanted.version == 6:
            if table.record.type == "Custom":
                raise refusal(
                    "OperationDenied.Ipv6EntryOnCustomTable",
                    "IPv6 entries are not permitted on a custom route table.",
                )
            return
        for other in self._occupied[table.record.vpc_id]:
            if _within(wanted, other) or (not overlap_allowed and wanted.overlaps(other)):
                raise refusal("InvalidCidrBlock", "Specified CIDR block is not valid.")

    def _check_next_hop(self, table: RouteTable, wish: EntryRequest) -> None:
        if wish.next_hop_type.lower() != "instance":
            return
        home = self.instances.get(wish.next_hop)
        if home is None:
            raise refusal("InvalidNextHop.NotFound", "The specified NextHop does not exist.")
        if home != table.record.vpc_id:
            raise refusal(
                "OperationFailed.InstanceDismatchCurrentVpc",
                "The instance is not in the VPC of the route table.",
            )

    def _check_room(self, table: RouteTable, cidr: str) -> None:
        if table.at_cidr(str(_network(cidr))) is not None:
            raise refusal("InvalidCIDRBlock.Duplicate", "Specified CIDR block is already exists.")
        if table.custom >= table.record.quota:
            raise refusal("QuotaExceeded", "Route entry quota exceeded in this route table")

    def _take_turn(self, table: RouteTable, queued: bool) -> None:
        busy = self._busy_until.get(table.record.vpc_id, 0.0) > self.clock()
        if busy and self.task_conflicts and not queued:
            raise refusal(
                "TaskConflict", "The operation is too frequent or another task is running."
            )

    def _due(self, table: RouteTable) -> float:
        """When a change accepted now will be done: behind those that wait in line already."""
        now = self.clock()
        if not self.settle_seconds:
            return now
        turn = max(now, self._busy_until.get(table.record.vpc_id, 0.0))
        self._busy_until[table.record.vpc_id] = turn + self.settle_seconds
        return turn + self.settle_seconds

    def _create(self, table: RouteTable, wish: EntryRequest, due: float) -> str:
        hop = NextHop(wish.next_hop, wish.next_hop_type, self.region)
        cidr = str(_network(wish.cidr))
        entry = Entry(
            route_entry_id=self._next_id(),
            route_table_id=wish.table_id,
            destination_cidr_block=cidr,
            next_hops=NextHops((hop,)),
            ip_version=_version(cidr),
            route_entry_name=wish.name,
            description=wish.description,
        )
        table.add(entry)
        if due > self.clock():
            table.settle_later(entry, "Pending", due)
        return entry.route_entry_id

    def _next_id(self) -> str:
        self._made += 1
        return f"rte-bp1{self._made:017d}"


def _check_settled(entry: Entry) -> None:
    if entry.status != "Available":
        raise refusal("IncorrectRouteEntryStatus", "Specified route entry status is not Available.")


def _network(cidr: str) -> IPv4Network | IPv6Network:
    """A destination; without a mask it is one address. Raises CloudError when it is malformed."""
    try:
        return ip_network(cidr)
    except ValueError:
        raise refusal(
            "InvalidCidrBlock.Malformed", f"Specified CIDR block {cidr} is not valid."
        ) from None


def _version(cidr: str) -> str:
    return "IPv6" if ":" in cidr else "IPv4"


def _within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    return False
