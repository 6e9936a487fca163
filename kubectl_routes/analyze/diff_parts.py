"""What differs between two Snapshots, part by part. Each function knows what must have been read on
both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from kubectl_routes.analyze.judged import (
    DESCRIPTION,
    Fields,
    Judged,
    change_type,
    changed_fields,
    changed_objects,
    yes,
)
from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.diff import Change, DiffPart
from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.matrix import ConfigState, Mode, State
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_CONTROLLER,
    PART_NODES,
    PART_PODS,
    PART_TABLES,
    PART_VSWITCHES,
)
from kubectl_routes.model.vpc import NextHop, RouteEntry

# What a finding of these is about is the reading, not the cluster: NotCompared says it.
_READING = "tool"
# What says which cluster it is, or how that was found out, and not what it is like.
_IDENTITY = ("context", "server", "clusterId", "vpcEvidence")


def node_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """Nodes that joined and left, and what differs of those that stayed."""
    if old.read(PART_NODES) and new.read(PART_NODES):
        yield from changed_objects(DiffPart.NODES, "Node", _nodes(old), _nodes(new))


def _nodes(one: Judged) -> dict[str, Fields]:
    placed = one.read(PART_TABLES, PART_VSWITCHES)
    served = one.read(PART_CONTROLLER)
    return {
        row.name: {
            DESCRIPTION: row.pod_cidr,
            "instanceId": row.instance_id,
            "podCIDR": row.pod_cidr,
            "vSwitch": row.v_switch if placed else None,
            "table": row.table if placed else None,
            "skipped": (row.skipped or "") if served else None,
        }
        for row in one.examined.matrix.nodes
    }


def route_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """Routes whose state differs, and those of nodes and tables that were not there before. Of what
    is gone the node or the table is a change, not each of its routes.
    """
    rows = {row.name: row.routes for row in old.examined.matrix.nodes}
    tables = {table.id for table in old.examined.matrix.tables}
    nodes_read, tables_read = old.read(PART_NODES), old.read(PART_TABLES)
    # Which nodes CCM skips is known only where CCM was read.
    served = old.read(PART_CONTROLLER) and new.read(PART_CONTROLLER)
    vague = {State.UNKNOWN} if served else {State.UNKNOWN, State.SKIPPED}
    for row in new.examined.matrix.nodes:
        former = rows.get(row.name)
        for table, cell in row.routes.items():
            was = former.get(table) if former is not None else None
            if was is not None:
                changed = was.state is not cell.state and vague.isdisjoint((was.state, cell.state))
            else:
                is_new = nodes_read if former is None else tables_read and table not in tables
                changed = is_new and cell.state is not State.UNKNOWN
            if changed:
                before, after = was.state.value if was is not None else "", cell.state.value
                change = change_type(before, after)
                yield Change(DiffPart.ROUTES, change, "Node", row.name, table, before, after)


def table_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """Route tables that came and went, and what differs of the others."""
    whole = old.read(PART_TABLES) and new.read(PART_TABLES)
    part, kind = DiffPart.TABLES, "RouteTable"
    yield from changed_objects(part, kind, _tables(old), _tables(new), whole=whole)


def _tables(one: Judged) -> dict[str, Fields]:
    """The tables that were read; a table that is only listed has a column too."""
    read = {table.id for table in one.examined.snapshot.tables}
    managed_known = one.read(PART_CONTROLLER, PART_CLOUD_CONFIG, PART_TABLES)
    bound = one.read(PART_VSWITCHES)
    return {
        table.id: {
            DESCRIPTION: table.name,
            "name": table.name,
            "type": table.type or None,
            "status": table.status or None,
            "associateType": table.associate_type or None,
            "quota": str(table.quota) if table.quota_source == "quota-center" else None,
            "managed": yes(bool(table.managed)) if managed_known else None,
            "vSwitches": ", ".join(table.v_switches or ()) if bound else None,
        }
        for table in one.examined.matrix.tables
        if table.id in read
    }


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
                change = change_type(was, now)
                yield Change(DiffPart.ENTRIES, change, "RouteEntry", cidr, table, was, now)


def _by_cidr(entries: Iterable[RouteEntry]) -> dict[str, list[RouteEntry]]:
    found: dict[str, list[RouteEntry]] = {}
    for entry in entries:
        found.setdefault(entry.cidr, []).append(entry)
    return found


def _text(entries: Iterable[RouteEntry]) -> str:
    """Where the entries of one CIDR block lead, of what type and in which status."""
    return "; ".join(sorted(map(_entry_text, entries)))


def _entry_text(entry: RouteEntry) -> str:
    hops = ", ".join(sorted(map(_hop_text, entry.next_hops))) or "no next hop"
    return f"{hops} ({', '.join(filter(None, (entry.type, entry.status)))})"


def _hop_text(hop: NextHop) -> str:
    return (hop.id or hop.type) + (" disabled" if hop.enabled is False else "")


def cluster_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """What the cluster says about itself; empty text is not known."""
    a, b = (
        {
            name: value or None
            for name, value in msgspec.to_builtins(one.examined.snapshot.cluster).items()
            if name not in _IDENTITY
        }
        for one in (old, new)
    )
    yield from changed_fields(DiffPart.CLUSTER, "Cluster", a, b)


def controller_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """CCM's workload, release, flags, list and pods."""
    sides = (old, new)
    a, b = (one.examined.snapshot.controller for one in sides)
    unread = not all(one.read(PART_CONTROLLER) for one in sides)
    if unread or ControllerKind.UNKNOWN in (a.kind, b.kind):
        return
    part = DiffPart.CONTROLLER
    yield from changed_fields(part, "Controller", _controller(old), _controller(new))
    if not (a.visible and b.visible):
        return
    yield from changed_fields(part, "Controller", *_versions(old, new))
    if all(one.examined.ccm.settings.complete for one in sides):
        yield from changed_fields(part, "Controller", _flags(old), _flags(new), absent="")
    if all(one.read(PART_PODS) for one in sides):
        yield from changed_objects(part, "Pod", _pods(old), _pods(new))


def _flags(one: Judged) -> Fields:
    settings = one.examined.ccm.settings
    unknown = {f"--{name}": None for name in settings.unknown}
    return unknown | {f"--{name}": value for name, value in settings.values.items()}


def _controller(one: Judged) -> Fields:
    """The workload and its list; without what only a CCM that is visible shows."""
    ccm, controller = one.examined.ccm, one.examined.snapshot.controller
    mode = None if ccm.mode is Mode.UNKNOWN else ccm.mode.value
    fields: Fields = {"kind": controller.kind.value, "mode": mode}
    if not controller.visible:
        return fields
    fields |= {
        "name": f"{controller.namespace}/{controller.name}",
        "version": None if ccm.version is None else str(ccm.version),
        "image": controller.image,
        "ready": f"{controller.ready}/{controller.desired}",
        "others": ", ".join(controller.others),
    }
    if one.read(PART_CLOUD_CONFIG) and ccm.config is not ConfigState.UNREADABLE:
        fields |= {"routeTableIDs": ccm.listed, "cloudConfig": ccm.config.value}
    return fields


def _versions(old: Judged, new: Judged) -> tuple[Fields, Fields]:
    """The versions of the object that holds cloud-config, where the list is the same in both and
    another setting is not.
    """
    was, now = old.examined.ccm, new.examined.ccm
    a, b = (one.examined.snapshot.controller.cloud_config for one in (old, new))
    if a is None or b is None or None in (a.text, b.text) or a.text == b.text:
        return {}, {}
    if (was.listed, was.config) != (now.listed, now.config):
        return {}, {}
    name = "cloudConfig.resourceVersion"
    return {name: a.resource_version}, {name: b.resource_version}


def _pods(one: Judged) -> dict[str, Fields]:
    return {
        pod.name: {
            DESCRIPTION: pod.node,
            "phase": pod.phase,
            "ready": yes(pod.ready),
            "waiting": pod.waiting,
            "restarts": str(pod.restarts),
        }
        for pod in one.examined.snapshot.controller.pods
    }


def finding_changes(old: Judged, new: Judged) -> Iterator[Change]:
    """What diagnose finds on one side only, object by object, or with another severity. Where a
    check could not run, it is not known that there was nothing to find.
    """
    before, after = _findings(old), _findings(new)
    undecided_before, undecided_after = undecided(old), undecided(new)
    for code, kind, name in {**after, **before}:
        was, now = (side.get((code, kind, name), "") for side in (before, after))
        known = (was or code not in undecided_before) and (now or code not in undecided_after)
        if was != now and known:
            yield Change(DiffPart.FINDINGS, change_type(was, now), kind, name, code, was, now)


def _findings(one: Judged) -> dict[tuple[str, str, str], str]:
    """The severity by code and object."""
    return {
        (finding.code, kind, name): finding.severity.value
        for finding in one.diagnosis.findings
        if all_codes()[finding.code].theme != _READING
        for kind, name in [(ref.kind, ref.name) for ref in finding.objects] or [("Cluster", "")]
    }


def undecided(one: Judged) -> dict[str, tuple[str, ...]]:
    """The codes of the checks that could not run, and the parts that they lack."""
    results = one.diagnosis.results
    return {each.code: each.lacking for each in results if each.outcome is Outcome.UNKNOWN}
