"""One route table against all nodes: the state of every cell, and what CCM will do with it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from kubectl_routes.ccm.api_denials import Period
from kubectl_routes.ccm.assessment import Assessment
from kubectl_routes.ccm.entries import (
    Conflicts,
    instance_of,
    is_custom,
    is_visible,
    next_hop_text,
    uses_quota,
)
from kubectl_routes.ccm.nodes import Served, region_of
from kubectl_routes.ccm.reconcile import (
    NO_ACTION,
    UNREAD,
    UNSEEN,
    NextStep,
    ReconcileModel,
    stuck,
)
from kubectl_routes.model.matrix import Cell, EntryRef, NextAction, State
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.networks import Index, Network, Networks
from kubectl_routes.model.vpc import EntryQuota, NextHop, RouteEntry, RouteTable

# What distinguishes one entry from another, even where the API gives no id.
EntryKey = tuple[str, str, tuple[NextHop, ...]]


class Observation(Struct, frozen=True):
    """What an entry, or its absence, means for one node: the state and the entries behind it."""

    state: State
    entry: RouteEntry | None = None
    in_the_way: tuple[RouteEntry, ...] = ()
    detail: str = ""


class TableState(Struct, frozen=True):
    """One table: its cells by node name, and what else its entries are; None: not known."""

    cells: dict[str, Cell]
    custom: int | None
    quota: int | None
    will_delete: tuple[EntryRef, ...] | None
    orphans: tuple[EntryRef, ...] | None
    foreign: int | None


class TableContext(Struct, frozen=True):
    """What all columns share: nodes, rules and addresses.

    ``undisputed`` are nodes by destination, see there. ``reserved`` are the networks that the
    VPC refuses as destination, or inside which it does (vSwitches, 100.64.0.0/10). ``refused``
    is the RT code by (node name, table id), ``recent`` how long a report of CCM is evidence.
    """

    ccm: Assessment
    nodes: Index[Served]
    undisputed: dict[str, tuple[str, str]]
    networks: Networks
    conflicts: Conflicts
    passes: ReconcileModel
    reserved: Index[str]
    refused: dict[tuple[str, str], str]
    recent: Period
    instances: frozenset[str]
    cluster: Network | None
    region: str
    quota: EntryQuota


def unread(context: TableContext) -> TableState:
    """The column of a table whose entries could not be read: nothing is known."""
    cells = {
        one.node.name: Cell(State.UNKNOWN, detail=message("entries not read"))
        for one in context.ccm.served
    }
    return TableState(cells, None, None, None, None, None)


def build(
    context: TableContext,
    table: RouteTable,
    entries: tuple[RouteEntry, ...],
    blocked: NextStep | None,
) -> TableState:
    """The column of a table whose entries were read to the end."""
    plain, odd = _sorted_out(context, entries)
    parsed = [(context.networks.parse(e.cidr), e) for e in odd]
    index = Index((network, e) for network, e in parsed if network is not None)
    writes = blocked is None and context.passes.has_periodic
    to_delete = [e for e in odd if context.conflicts.deletes(e)] if writes else []
    keys_to_delete = frozenset(_key(e) for e in to_delete)
    custom = sum(map(uses_quota, entries))
    quota = context.quota.for_table(custom)
    rest = [one for one in context.ccm.served if one.node.name not in plain]
    observations = {one.node.name: observe(one, index) for one in rest}
    judge = _Judge(context, table.id, blocked, keys_to_delete, custom)
    actions = {one.node.name: judge.action(one, observations[one.node.name]) for one in rest}
    room = len(rest) if quota is None else max(quota - custom + len(to_delete), 0)
    _apply_quota(actions, observations, room, quota)
    cells = plain | {
        name: _cell(observation, actions[name]) for name, observation in observations.items()
    }
    unmatched = [e for network, e in parsed if not context.nodes.exact(network)]
    orphans = [
        e for e in unmatched if instance_of(e) not in context.instances and is_unclaimed(context, e)
    ]
    told = keys_to_delete | {_key(e) for e in orphans}
    foreign = sum(1 for e in unmatched if is_custom(e) and _key(e) not in told)
    return TableState(
        cells=cells,
        custom=custom,
        quota=quota,
        will_delete=None if blocked in (UNSEEN, UNREAD) else _refs(to_delete),
        orphans=None if context.cluster is None else _refs(orphans),
        foreign=None if context.cluster is None else foreign,
    )


def undisputed(
    served: Iterable[Served], nodes: Index[Served], region: str
) -> dict[str, tuple[str, str]]:
    """Name and instance by destination of the nodes whose podCIDR is inside no other, and whose
    right entry CCM takes for theirs in every release.
    """
    return {
        one.destination: (one.node.name, one.instance)
        for one in served
        if one.network is not None
        and not one.skip
        and one.node.provider_id == f"{region}.{one.instance}"
        and one.destination == str(one.network)
        and len(nodes.containing(one.network)) == 1
    }


def _sorted_out(
    context: TableContext, entries: tuple[RouteEntry, ...]
) -> tuple[dict[str, Cell], list[RouteEntry]]:
    """The cells, by node name, of nodes whose only entry is as it should be, and stays, which is
    nearly every cell of a healthy cluster, found without a look at addresses; and other entries.
    """
    right: dict[str, RouteEntry] = {}
    odd: list[RouteEntry] = []
    for entry in entries:
        _, instance = context.undisputed.get(entry.cidr, ("", ""))
        if (
            instance
            and instance_of(entry) == instance
            and entry.status == "Available"
            and entry.next_hops[0].enabled is not False
        ):
            right[entry.cidr] = entry
        else:
            odd.append(entry)
    # A second entry for the same network, or for a part of it, is a matter for a closer look.
    networks = filter(None, (context.networks.parse(entry.cidr) for entry in odd))
    disputed = {
        one.destination: right.pop(one.destination)
        for network in networks
        for one in context.nodes.containing(network)
        if one.destination in right
    }
    plain: dict[str, Cell] = {}
    for cidr, entry in right.items():
        name, instance = context.undisputed[cidr]
        plain[name] = Cell(State.OK, instance, entry.id)
    return plain, [*odd, *disputed.values()]


def observe(one: Served, index: Index[RouteEntry]) -> Observation:
    """The state of one node in one table, whatever CCM thinks of it."""
    if one.network is None:
        return Observation(State.SKIPPED, detail=one.skip)
    found = index.exact(one.network)
    own = next((e for e in found if one.instance and instance_of(e) == one.instance), None)
    if one.skip:
        told = (
            message("{skip}; entry to {hop}", skip=one.skip, hop=next_hop_text(found[0]))
            if found
            else one.skip
        )
        return Observation(State.SKIPPED, own or (found[0] if found else None), detail=told)
    if not found:
        return Observation(State.MISSING)
    if own is None:
        return Observation(
            State.CONFLICT, found[0], tuple(found), message("to {hop}", hop=next_hop_text(found[0]))
        )
    if own.status != "Available":
        return Observation(
            State.PENDING,
            own,
            detail=message("entry is {status}", status=own.status or message("of unknown status")),
        )
    if own.next_hops[0].enabled is False:
        return Observation(State.PENDING, own, detail=message("next hop is disabled"))
    inner = tuple(e for e in index.inside(one.network) if instance_of(e) != one.instance)
    if inner:
        entries = [message("{cidr} to {hop}", cidr=e.cidr, hop=next_hop_text(e)) for e in inner[:3]]
        where = joined(", ", entries)
        if len(inner) > len(entries):
            more = len(inner) - len(entries)
            where = message("{names} and {count} more", names=where, count=more)
        return Observation(State.SHADOWED, own, inner, message("by {where}", where=where))
    return Observation(State.OK, own)


class _Judge:
    """Says what CCM will do with a cell of one table."""

    def __init__(
        self,
        context: TableContext,
        table_id: str,
        blocked: NextStep | None,
        to_delete: frozenset[EntryKey],
        custom: int,
    ) -> None:
        self._context = context
        self._table_id = table_id
        self._blocked = blocked
        self._to_delete = to_delete
        # The Quota Center says that there is room: what CCM reported before is over.
        self._has_room = context.quota.total is not None and custom < context.quota.total

    def action(self, one: Served, observation: Observation) -> NextStep:
        """The NextStep for one cell."""
        state, entry = observation.state, observation.entry
        if state is State.SKIPPED:
            return NO_ACTION
        if state is State.OK:
            return self._keep(one, entry)
        if self._blocked is not None:
            return self._blocked
        if state is State.MISSING:
            return self._refusal(one) or self._context.passes.create(one)
        if state is not State.PENDING or entry is None:
            return self._clear(one, observation)
        if entry.next_hops[0].enabled is False:
            return stuck("RT308", message("CCM does not look at disabled next hops"))
        deleting = entry.status == "Deleting"
        return self._context.passes.periodic(NextAction.CREATE) if deleting else NO_ACTION

    def _keep(self, one: Served, entry: RouteEntry | None) -> NextStep:
        """A right entry stays, unless CCM does not recognize it as its own."""
        if entry is None or _key(entry) not in self._to_delete:
            return NO_ACTION
        context = self._context
        if context.ccm.behavior.deletes_same_cidr and not context.conflicts.matches(entry, one):
            why = message(
                "CCM does not match providerID {provider_id} with its entry",
                provider_id=one.node.provider_id,
            )
            code = "RT203" if one.prefixed else "RT202"
        elif one.network is not None and len(context.nodes.exact(one.network)) > 1:
            code, why = "RT208", message("another node has the same podCIDR")
        elif one.destination != entry.cidr:
            code, why = (
                "RT208",
                message("podCIDR {destination} has host bits set", destination=one.destination),
            )
        else:
            return stuck(
                "RT208", message("inside another node's podCIDR: deleted and written in turns")
            )
        refusal = self._refusal(one)
        if refusal is not None:
            return stuck(refusal.because, message("{why}: deleted, and not written again", why=why))
        again = self._context.passes.periodic(NextAction.REPLACE)
        detail = message("{code}: {why}; created again each period", code=code, why=why)
        return structs.replace(again, detail=detail)

    def _clear(self, one: Served, observation: Observation) -> NextStep:
        """Something stands in the way: CCM removes it on the periodic reconcile, or never."""
        left = [e for e in observation.in_the_way if _key(e) not in self._to_delete]
        if not left:
            refusal = self._refusal(one) if observation.state is State.CONFLICT else None
            return refusal or self._context.passes.periodic(NextAction.REPLACE)
        if observation.state is State.SHADOWED:
            return stuck("RT304", message("CCM does not delete the more specific entry"))
        if is_visible(left[0]):
            return stuck("RT302", message("CCM does not delete the entry in the way"))
        return stuck("RT305", message("CCM does not see the entry in the way"))

    def _refusal(self, one: Served) -> NextStep | None:
        """Why the entry cannot be created although nothing is in its place."""
        context = self._context
        if not one.instance:
            return stuck("RT202", message("providerID names no instance"))
        if one.prefixed and not context.ccm.behavior.takes_prefix:
            return stuck("RT203", message("this CCM does not understand alicloud://"))
        region = region_of(one.node.provider_id)
        if not context.ccm.behavior.events and region != context.region:
            return stuck(
                "RT202",
                message("CCM looks for the instance in {region}, where it is not", region=region),
            )
        if one.network is not None and (held := context.reserved.containing(one.network)):
            return stuck(
                "RT208", message("the VPC refuses a destination inside {held}", held=held[0])
            )
        node, table = one.node.name, self._table_id
        keys = ("", table), (node, table), (node, "")
        code = next((context.refused[key] for key in keys if key in context.refused), "")
        if code == "RT401" and self._has_room:
            return None
        return stuck(code, message("the VPC API rejected the request from CCM")) if code else None


def _apply_quota(
    actions: dict[str, NextStep],
    observations: dict[str, Observation],
    room: int,
    quota: int | None,
) -> None:
    """Turn the creations that no longer fit into stuck ones. CCM takes nodes in no fixed order, so
    that only the number is certain, not the names.
    """
    wanted = [
        name
        for name, action in actions.items()
        if action.next is NextAction.CREATE
        or (action.next is NextAction.REPLACE and observations[name].state is State.CONFLICT)
    ]
    why = message(
        "room for {room} of {count} at the quota of {quota}",
        room=room,
        count=len(wanted),
        quota=quota or 0,
    )
    actions.update(dict.fromkeys(wanted[room:], stuck("RT401", why)))


def _cell(observation: Observation, action: NextStep) -> Cell:
    entry = observation.entry
    return Cell(
        state=observation.state,
        next_hop=next_hop_text(entry) if entry else "",
        entry_id=entry.id if entry else "",
        detail=joined("; ", (observation.detail, action.detail)),
        next=action.next,
        when=action.when,
        because=action.because,
    )


def is_unclaimed(context: TableContext, entry: RouteEntry) -> bool:
    """Whether the entry is inside the cluster's range and touches no podCIDR of today."""
    if entry.cidr in context.undisputed:
        return False
    network = context.networks.parse(entry.cidr)
    if network is None or context.cluster is None or not is_visible(entry):
        return False
    touched = context.nodes.containing(network) or context.nodes.inside(network)
    return context.cluster.holds(network) and not touched


def _key(entry: RouteEntry) -> EntryKey:
    return entry.id, entry.cidr, entry.next_hops


def _refs(entries: list[RouteEntry]) -> tuple[EntryRef, ...]:
    return tuple(EntryRef(entry.cidr, next_hop_text(entry)) for entry in entries)
