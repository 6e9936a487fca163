"""The machine-readable answers: documents with fixed keys, for JSON and YAML alike.

Text that is absent or not known is null, never empty; numbers that are not known are null too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from kubectl_routes.model.matrix import (
    Cell,
    EntryRef,
    HealthVerdict,
    Matrix,
    NodeRow,
    State,
    TableColumn,
)
from kubectl_routes.model.snapshot import API_VERSION, Cluster, Gap
from kubectl_routes.render import json as json_text, yaml as yaml_text


class ClusterDocument(Struct, frozen=True, rename="camel"):
    """Which cluster, in which network."""

    context: str | None
    server: str | None
    region: str | None
    vpc_id: str | None
    cluster_cidr: str | None
    vpc_evidence: str | None


class ControllerDocument(Struct, frozen=True, rename="camel"):
    """The cloud-controller-manager."""

    kind: str
    version: str | None
    image: str | None
    desired: int
    ready: int
    cloud_config: str


class TableDocument(Struct, frozen=True, rename="camel"):
    """One route table of ``status``; ``counts`` holds every state, zeros too.

    ``quota_source`` is quota-center or assumed; ``room_for_nodes`` is how many more nodes can get
    their route in the table.
    """

    id: str
    name: str | None
    type: str | None
    managed: bool
    v_switches: tuple[str, ...]
    nodes_behind: int | None
    custom: int | None
    quota: int | None
    counts: dict[str, int]
    orphans: tuple[EntryRef, ...]
    will_delete: tuple[EntryRef, ...]
    foreign: int | None
    quota_source: str | None
    room_for_nodes: int | None


class CellDocument(Struct, frozen=True, rename="camel"):
    """One node in one table."""

    state: str
    next_hop: str | None
    entry_id: str | None
    detail: str | None
    next: str
    when: str | None
    because: str | None


class NodeDocument(Struct, frozen=True, rename="camel"):
    """One node and its cells by table id."""

    name: str
    instance_id: str | None
    pod_cidr: str | None = field(name="podCIDR")
    v_switch: str | None
    table: str | None
    skipped: str | None
    routes: dict[str, CellDocument]


class VerdictDocument(Struct, frozen=True, rename="camel"):
    """The answer in one line; ``impact`` and ``fix`` are null where there is none."""

    healthy: bool
    text: str
    impact: str | None
    fix: str | None


class StatusDocument(Struct, frozen=True, rename="camel"):
    """The answer of ``status``; ``summary`` counts over the managed tables."""

    api_version: str
    kind: str
    cluster: ClusterDocument
    controller: ControllerDocument
    mode: str
    tables: tuple[TableDocument, ...]
    nodes: tuple[NodeDocument, ...]
    summary: dict[str, int]
    gaps: tuple[Gap, ...]
    tool: str | None
    time: str | None
    verdict: VerdictDocument | None
    notices: tuple[str, ...]


class RouteTableDocument(Struct, frozen=True, rename="camel"):
    """One route table of ``tables``; ``auto``: the set that ``--tables auto`` chooses has it, null
    when that is not known.
    """

    id: str
    name: str | None
    type: str | None
    associate_type: str | None
    status: str | None
    exists: bool
    managed: bool
    auto: bool | None
    v_switches: tuple[str, ...]
    nodes_behind: int | None
    custom: int | None
    quota: int | None
    quota_source: str | None
    room_for_nodes: int | None


class RouteTablesDocument(Struct, frozen=True, rename="camel"):
    """The answer of ``tables``."""

    api_version: str
    kind: str
    cluster: ClusterDocument
    tables: tuple[RouteTableDocument, ...]
    gaps: tuple[Gap, ...]


class VersionDocument(Struct, frozen=True, rename="camel"):
    """The answer of ``version``; ``libraries`` maps package names to versions."""

    api_version: str
    kind: str
    version: str
    python: str
    libraries: dict[str, str | None]


def status_document(matrix: Matrix) -> StatusDocument:
    """The whole matrix, nodes in the order in which they stand there."""
    controller = matrix.controller
    return StatusDocument(
        api_version=API_VERSION,
        kind="RouteStatus",
        cluster=cluster_document(matrix.cluster),
        controller=ControllerDocument(
            kind=controller.kind,
            version=controller.version or None,
            image=controller.image or None,
            desired=controller.desired,
            ready=controller.ready,
            cloud_config=controller.cloud_config.value,
        ),
        mode=matrix.mode.value,
        tables=tuple(map(_table, matrix.tables)),
        nodes=tuple(map(_node, matrix.nodes)),
        summary=_counts(matrix.summary),
        gaps=matrix.gaps,
        tool=matrix.tool or None,
        time=matrix.time or None,
        verdict=verdict_document(matrix.verdict),
        notices=matrix.notices,
    )


def verdict_document(verdict: HealthVerdict | None) -> VerdictDocument | None:
    """The verdict; null where no check was run."""
    if verdict is None:
        return None
    return VerdictDocument(
        verdict.healthy, verdict.text, verdict.impact or None, verdict.fix or None
    )


def tables_document(matrix: Matrix) -> RouteTablesDocument:
    """The VPC's route tables."""
    return RouteTablesDocument(
        api_version=API_VERSION,
        kind="RouteTables",
        cluster=cluster_document(matrix.cluster),
        tables=tuple(map(_route_table, matrix.tables)),
        gaps=matrix.gaps,
    )


def version_document(
    version: str, python: str, libraries: Mapping[str, str | None]
) -> VersionDocument:
    """What runs here; a library that is not installed is null."""
    return VersionDocument(API_VERSION, "Version", version, python, dict(libraries))


def json(document: Struct) -> str:
    """A document as indented JSON."""
    return json_text.json(document)


def yaml(document: Struct) -> str:
    """A document as YAML."""
    value: dict[str, Any] = msgspec.to_builtins(document)
    return yaml_text.yaml(value)


def cluster_document(cluster: Cluster) -> ClusterDocument:
    """The cluster; what is not known is null."""
    return ClusterDocument(
        context=cluster.context or None,
        server=cluster.server or None,
        region=cluster.region or None,
        vpc_id=cluster.vpc_id or None,
        cluster_cidr=cluster.cluster_cidr or None,
        vpc_evidence=cluster.vpc_evidence or None,
    )


def _table(table: TableColumn) -> TableDocument:
    return TableDocument(
        id=table.id,
        name=table.name or None,
        type=table.type or None,
        managed=table.managed,
        v_switches=table.v_switches,
        nodes_behind=table.nodes_behind,
        custom=table.custom,
        quota=table.quota,
        counts=_counts(table.counts),
        orphans=table.orphans,
        will_delete=table.will_delete,
        foreign=table.foreign,
        quota_source=table.quota_source or None,
        room_for_nodes=table.room_for_nodes,
    )


def _route_table(table: TableColumn) -> RouteTableDocument:
    return RouteTableDocument(
        id=table.id,
        name=table.name or None,
        type=table.type or None,
        associate_type=table.associate_type or None,
        status=table.status or None,
        exists=table.exists,
        managed=table.managed,
        auto=table.auto,
        v_switches=table.v_switches,
        nodes_behind=table.nodes_behind,
        custom=table.custom,
        quota=table.quota,
        quota_source=table.quota_source or None,
        room_for_nodes=table.room_for_nodes,
    )


def _node(row: NodeRow) -> NodeDocument:
    return NodeDocument(
        name=row.name,
        instance_id=row.instance_id or None,
        pod_cidr=row.pod_cidr or None,
        v_switch=row.v_switch or None,
        table=row.table or None,
        skipped=row.skipped,
        routes={table: _cell(cell) for table, cell in row.routes.items()},
    )


def _cell(cell: Cell) -> CellDocument:
    return CellDocument(
        cell.state.value,
        cell.next_hop or None,
        cell.entry_id or None,
        cell.detail or None,
        cell.next.value,
        None if cell.when is None else cell.when.value,
        cell.because or None,
    )


def _counts(counts: Mapping[State, int]) -> dict[str, int]:
    return {state.value: counts.get(state, 0) for state in State}
