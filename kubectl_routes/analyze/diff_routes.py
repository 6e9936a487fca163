"""What differs between two Snapshots in nodes, routes, route tables and their entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_routes.analyze.judged import Judged, added_and_removed, changed_fields
from kubectl_routes.model.diff import Change, ChangeType, DiffPart
from kubectl_routes.model.matrix import Cell, NodeRow, State, TableColumn
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_CONTROLLER,
    PART_NODES,
    PART_TABLES,
    PART_VSWITCHES,
)
from kubectl_routes.model.vpc import NextHop, RouteEntry


def node_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """Nodes that joined and left, and what differs of those that stayed."""
    if not (old.read(PART_NODES) and new.read(PART_NODES)):
        return
    before, after = ({row.name: row for row in one.examined.matrix.nodes} for one in (old, new))
    yield from added_and_removed(
        DiffPart.NODES,
        "Node",
        {name: row.pod_cidr for name, row in before.items()},
        {name: row.pod_cidr for name, row in after.items()},
    )
    placed = old.read(PART_TABLES, PART_VSWITCHES) and new.read(PART_TABLES, PART_VSWITCHES)
    served = old.read(PART_CONTROLLER) and new.read(PART_CONTROLLER)
    for name in before.keys() & after.keys():
        a, b = before[name], after[name]
        fields: list[tuple[str, str | None, str | None]] = [
            ("instanceId", a.instance_id, b.instance_id),
            ("podCIDR", a.pod_cidr, b.pod_cidr),
        ]
        if placed:
            fields += [("vSwitch", a.v_switch, b.v_switch), ("table", a.table, b.table)]
        if served:
            fields.append(("skipped", a.skipped or "", b.skipped or ""))
        yield from changed_fields(DiffPart.NODES, "Node", name, fields)


def route_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """Routes whose state differs, and those of nodes and tables that were not there before. Of what
    is gone the node or the table is a change, not each of its routes.
    """
    rows = {row.name: row for row in old.examined.matrix.nodes}
    known = {table.id for table in old.examined.matrix.tables}
    served = old.read(PART_CONTROLLER) and new.read(PART_CONTROLLER)
    nodes_read, tables_read = old.read(PART_NODES), old.read(PART_TABLES)
    for row in new.examined.matrix.nodes:
        former = rows.get(row.name)
        for table, cell in row.routes.items():
            was = former.routes.get(table) if former is not None else None
            if was is None:
                is_new = nodes_read if former is None else tables_read and table not in known
                if is_new and cell.state is not State.UNKNOWN:
                    yield _route(ChangeType.ADDED, row, table, None, cell)
            elif _comparable(was.state, cell.state, served=served) and was.state is not cell.state:
                yield _route(ChangeType.CHANGED, row, table, was, cell)


def _route(change: ChangeType, row: NodeRow, table: str, was: Cell | None, cell: Cell) -> Change:
    before = was.state.value if was is not None else ""
    return Change(DiffPart.ROUTES, change, "Node", row.name, table, before, cell.state.value)


def _comparable(before: State, after: State, *, served: bool) -> bool:
    """Whether both states are known; which nodes CCM skips is known only where CCM was read."""
    states = {before, after}
    return State.UNKNOWN not in states and (served or State.SKIPPED not in states)


def table_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """Route tables that came and went, and what differs of the others."""
    before, after = _tables(old), _tables(new)
    yield from added_and_removed(
        DiffPart.TABLES,
        "RouteTable",
        {name: table.name for name, table in before.items()} if old.read(PART_TABLES) else None,
        {name: table.name for name, table in after.items()} if new.read(PART_TABLES) else None,
    )
    needed = (PART_CONTROLLER, PART_CLOUD_CONFIG, PART_TABLES)
    managed_known = old.read(*needed) and new.read(*needed)
    for name in before.keys() & after.keys():
        a, b = before[name], after[name]
        fields: list[tuple[str, str | None, str | None]] = [
            ("name", a.name, b.name),
            ("type", a.type or None, b.type or None),
            ("status", a.status or None, b.status or None),
            ("associateType", a.associate_type or None, b.associate_type or None),
            ("quota", _quota(a), _quota(b)),
        ]
        if managed_known:
            fields.append(("managed", _yes(bool(a.managed)), _yes(bool(b.managed))))
        if old.read(PART_VSWITCHES) and new.read(PART_VSWITCHES):
            fields.append(
                ("vSwitches", ", ".join(a.v_switches or ()), ", ".join(b.v_switches or ()))
            )
        yield from changed_fields(DiffPart.TABLES, "RouteTable", name, fields)


def quota_known(one: Judged) -> bool:
    """Whether the Quota Center said how many entries a table may hold."""
    quota = one.examined.snapshot.entry_quota
    return quota is not None and quota.total is not None


def entry_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """Entries that came, went or lead elsewhere, in the tables that were read on both sides. One
    that was deleted and created again as it was is the same.
    """
    before, after = old.examined.snapshot.entries, new.examined.snapshot.entries
    for table, entries in after.items():
        if table not in before or before[table] == entries:
            continue
        a, b = _by_cidr(before[table]), _by_cidr(entries)
        for cidr in {**b, **a}:
            was, now = _text(a.get(cidr, ())), _text(b.get(cidr, ()))
            if was != now:
                change = (
                    ChangeType.CHANGED
                    if was and now
                    else (ChangeType.ADDED if now else ChangeType.REMOVED)
                )
                yield Change(DiffPart.ENTRIES, change, "RouteEntry", cidr, table, was, now)


def _by_cidr(entries: Iterable[RouteEntry]) -> dict[str, list[RouteEntry]]:
    found: dict[str, list[RouteEntry]] = {}
    for entry in entries:
        found.setdefault(entry.cidr, []).append(entry)
    return found


def _text(entries: Iterable[RouteEntry]) -> str:
    """Where the entries of one CIDR block lead, of what type and in which status."""
    return "; ".join(sorted(_entry_text(entry) for entry in entries))


def _entry_text(entry: RouteEntry) -> str:
    hops = ", ".join(sorted(map(_hop_text, entry.next_hops))) or "no next hop"
    return f"{hops} ({', '.join(filter(None, (entry.type, entry.status)))})"


def _hop_text(hop: NextHop) -> str:
    return (hop.id or hop.type) + (" disabled" if hop.enabled is False else "")


def _tables(one: Judged) -> dict[str, TableColumn]:
    """The tables that were read, by id; a table that is only listed has a column too."""
    read = {table.id for table in one.examined.snapshot.tables}
    return {table.id: table for table in one.examined.matrix.tables if table.id in read}


def _quota(table: TableColumn) -> str | None:
    return str(table.quota) if table.quota_source == "quota-center" else None


def _yes(value: bool) -> str:
    return "yes" if value else "no"
