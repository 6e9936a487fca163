"""The machine-readable answer of ``trace``; what is absent or not known is null, as everywhere."""

from __future__ import annotations

from msgspec import Struct, field

from kubectl_routes.model.path import CandidateEntry, End, Hop, Leg, TableRef, Trace
from kubectl_routes.model.snapshot import API_VERSION, Gap
from kubectl_routes.render.documents import ClusterDocument, cluster_document


class TableRefDocument(Struct, frozen=True, rename="camel"):
    """A route table by name."""

    id: str
    name: str | None
    type: str | None


class EndDocument(Struct, frozen=True, rename="camel"):
    """One end: what was asked for, whose address it is, and which table decides for it."""

    kind: str
    name: str
    address: str | None
    realm: str
    pod: str | None
    host_network: bool
    node: str | None
    instance_id: str | None
    pod_cidr: str | None = field(name="podCIDR")
    v_switch: str | None
    table: TableRefDocument | None
    notes: tuple[str, ...]


class HopDocument(Struct, frozen=True, rename="camel"):
    """A next hop; ``node`` is the node whose instance it is."""

    type: str | None
    id: str | None
    node: str | None
    enabled: bool | None


class EntryDocument(Struct, frozen=True, rename="camel"):
    """An entry that holds the destination; packets follow the one that wins."""

    cidr: str
    type: str | None
    status: str | None
    id: str | None
    wins: bool
    next_hops: tuple[HopDocument, ...]


class LegDocument(Struct, frozen=True, rename="camel"):
    """One direction; ``entries`` stand most specific first."""

    v_switch: str | None
    table: TableRefDocument | None
    destination: str | None
    entries: tuple[EntryDocument, ...]
    verdict: str
    because: str
    notes: tuple[str, ...]


class TraceDocument(Struct, frozen=True, rename="camel"):
    """The answer of ``trace``; without ``forward`` and ``back`` both ends are on one node."""

    api_version: str
    kind: str
    cluster: ClusterDocument
    source: EndDocument = field(name="from")
    destination: EndDocument = field(name="to")
    same_node: bool
    verdict: str
    because: str
    forward: LegDocument | None
    back: LegDocument | None
    not_checked: tuple[str, ...]
    gaps: tuple[Gap, ...]


def trace_document(trace: Trace) -> TraceDocument:
    """The whole trace."""
    return TraceDocument(
        api_version=API_VERSION,
        kind="Trace",
        cluster=cluster_document(trace.cluster),
        source=_end(trace.source),
        destination=_end(trace.destination),
        same_node=trace.forward is None,
        verdict=trace.verdict.value,
        because=trace.because,
        forward=_leg(trace.forward),
        back=_leg(trace.back),
        not_checked=trace.not_checked,
        gaps=trace.gaps,
    )


def _end(end: End) -> EndDocument:
    return EndDocument(
        kind=end.kind.value,
        name=end.name,
        address=end.address or None,
        realm=end.scope.value,
        pod=end.pod or None,
        host_network=end.host_network,
        node=end.node or None,
        instance_id=end.instance or None,
        pod_cidr=end.pod_cidr or None,
        v_switch=end.v_switch or None,
        table=_table(end.table),
        notes=end.notes,
    )


def _leg(leg: Leg | None) -> LegDocument | None:
    if leg is None:
        return None
    return LegDocument(
        v_switch=leg.v_switch or None,
        table=_table(leg.table),
        destination=leg.destination or None,
        entries=tuple(map(_entry, leg.entries)),
        verdict=leg.verdict.value,
        because=leg.because,
        notes=leg.notes,
    )


def _entry(entry: CandidateEntry) -> EntryDocument:
    return EntryDocument(
        cidr=entry.cidr,
        type=entry.type or None,
        status=entry.status or None,
        id=entry.id or None,
        wins=entry.wins,
        next_hops=tuple(map(_hop, entry.next_hops)),
    )


def _hop(hop: Hop) -> HopDocument:
    return HopDocument(hop.type or None, hop.id or None, hop.node or None, hop.enabled)


def _table(table: TableRef | None) -> TableRefDocument | None:
    return (
        None
        if table is None
        else TableRefDocument(table.id, table.name or None, table.type or None)
    )
