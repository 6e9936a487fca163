"""From a Snapshot to the matrix: every node by every route table."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from kubectl_routes.analyze import table_state
from kubectl_routes.analyze.needs import auto_takes, is_usable
from kubectl_routes.analyze.notices import notices
from kubectl_routes.analyze.placement import Placement, place
from kubectl_routes.analyze.table_state import TableContext, TableState
from kubectl_routes.ccm.api_denials import Period, refusals
from kubectl_routes.ccm.assessment import Assessment, assess
from kubectl_routes.ccm.entries import Conflicts, cluster_network
from kubectl_routes.ccm.nodes import region_of
from kubectl_routes.ccm.reconcile import ReconcileModel
from kubectl_routes.ccm.startup import starts
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.matrix import ControllerSummary, Matrix, Mode, NodeRow, State, TableColumn
from kubectl_routes.model.message import message
from kubectl_routes.model.networks import Index, Networks
from kubectl_routes.model.snapshot import PART_NODES, PART_TABLES, Snapshot
from kubectl_routes.model.vpc import EntryQuota, RouteTable

_SHARED_SERVICES = "100.64.0.0/10"


class Examination(Struct, frozen=True):
    """A Snapshot judged once: the matrix, and all that it was made from."""

    snapshot: Snapshot
    matrix: Matrix
    ccm: Assessment
    table_context: TableContext
    placement: Placement


def build(snapshot: Snapshot, tables: tuple[str, ...] = ()) -> Matrix:
    """The matrix of a Snapshot; ``tables`` and what is raised as in ``examine``."""
    return examine(snapshot, tables).matrix


def examine(snapshot: Snapshot, tables: tuple[str, ...] = ()) -> Examination:
    """Judge a Snapshot.

    ``tables`` are the ids given with --tables; they decide what counts as managed, not what CCM
    does. Raises UsageError when one of them is not a route table of the VPC.
    """
    networks = Networks()
    ccm = assess(snapshot, networks)
    columns = _columns_wanted(snapshot, ccm, tables)
    nodes_read = snapshot.gap(PART_NODES) is None
    placement = place(ccm.served, snapshot.v_switches, columns, networks, nodes_read=nodes_read)
    context = _table_context(snapshot, ccm, networks)
    built = {
        table.id: _column(context, table, snapshot, behind=placement.behind[table.id] > 0)
        for table in columns
    }
    managed = _managed(ccm, tables, built)
    managed_known = bool(managed) or ccm.ids is not None or ccm.mode is Mode.OFF
    summed = _total(built[table_id] for table_id in managed if table_id in built)
    matrix = Matrix(
        cluster=snapshot.cluster,
        controller=_summary(snapshot, ccm),
        mode=ccm.mode,
        tables=tuple(
            _table_column(
                snapshot,
                context,
                placement,
                table,
                built[table.id],
                managed=table.id in managed if managed_known else None,
            )
            for table in columns
        ),
        nodes=_rows(ccm, placement, built),
        summary=summed if nodes_read and managed_known else None,
        gaps=snapshot.gaps,
        notices=notices(snapshot, ccm, placement),
        tool=snapshot.tool,
        time=snapshot.time,
    )
    return Examination(snapshot, matrix, ccm, context, placement)


def _columns_wanted(
    snapshot: Snapshot, ccm: Assessment, tables: tuple[str, ...]
) -> tuple[RouteTable, ...]:
    """The system route table, the other tables of the VPC, then listed ones outside the VPC."""
    own = sorted(ccm.vpc_tables, key=lambda table: (table.type != "System", table.id))
    known = {table.id: table for table in snapshot.tables}
    unread = snapshot.gap(PART_TABLES) is not None
    absent = [table_id for table_id in tables if table_id not in known]
    if absent and not unread:
        raise UsageError(
            message(
                "--tables: {names} is no route table of {vpc_id}",
                names=", ".join(absent),
                vpc_id=snapshot.cluster.vpc_id,
            ),
            message(
                "The tables of the VPC are: {names}.", names=", ".join(table.id for table in own)
            ),
        )
    listed = [*(ccm.ids or ()), *tables]
    plain = [item for item in dict.fromkeys(listed) if item and not any(map(str.isspace, item))]
    shown = {table.id for table in own}
    others = [
        known.get(item, RouteTable(id=item, associate_type=""))
        for item in plain
        if item not in shown
    ]
    return (*own, *others)


def _table_context(snapshot: Snapshot, ccm: Assessment, networks: Networks) -> TableContext:
    served = ccm.served
    events = snapshot.controller.events
    recent = Period(
        snapshot.time, ccm.settings.period, min(starts(snapshot.controller.pods), default="")
    )
    seen = snapshot.controller.visible
    cluster_cidr = ccm.settings.cluster_cidr or snapshot.cluster.cluster_cidr
    cluster = cluster_network(cluster_cidr, networks)
    regions = (region_of(one.node.provider_id) for one in served)
    region = snapshot.cluster.region or next(filter(None, regions), "")
    reserved: list[tuple[str, str]] = [
        (one.cidr, message("vSwitch {v_switch} ({cidr})", v_switch=one.id, cidr=one.cidr))
        for one in snapshot.v_switches
    ]
    reserved.append((_SHARED_SERVICES, _SHARED_SERVICES))
    nodes = Index((one.network, one) for one in served if one.network is not None)
    return TableContext(
        ccm=ccm,
        nodes=nodes,
        undisputed=table_state.undisputed(served, nodes, region),
        networks=networks,
        conflicts=Conflicts(served, ccm.behavior, region, cluster, networks),
        passes=ReconcileModel(ccm, snapshot, recent, cluster_known=cluster is not None or not seen),
        reserved=Index((net, text) for cidr, text in reserved if (net := networks.parse(cidr))),
        refused=refusals(events, recent),
        recent=recent,
        instances=frozenset(one.instance for one in served),
        # Whose an entry is cannot be told without the nodes.
        cluster=None if snapshot.gap(PART_NODES) else networks.of_list(cluster_cidr),
        region=region,
        quota=snapshot.entry_quota or EntryQuota(),
    )


def _column(
    context: TableContext, table: RouteTable, snapshot: Snapshot, *, behind: bool
) -> TableState:
    blocked = context.passes.blocked(table, behind=behind)
    if table.id in snapshot.entries:
        built = table_state.build(context, table, snapshot.entries[table.id], blocked)
        if snapshot.gap(PART_NODES) is None:
            return built
        return structs.replace(built, foreign=None, orphans=None, will_delete=None)
    if context.ccm.faults.get(table.id) in ("RT104", "RT106"):
        # Nothing to read: such a table holds no route to a node, and never will.
        empty = table_state.build(context, table, (), blocked)
        return structs.replace(empty, custom=None, quota=None, foreign=None)
    if table.is_gateway:
        return TableState({}, None, None, (), (), None)
    return table_state.unread(context)


def _managed(
    ccm: Assessment, tables: tuple[str, ...], built: dict[str, TableState]
) -> tuple[str, ...]:
    """The ids that count as managed: those given, else CCM's own, else the VPC's only table."""
    only = tuple(table.id for table in ccm.vpc_tables) if len(ccm.vpc_tables) == 1 else ()
    wanted = tables or (only if ccm.ids is None else ccm.ids)
    return tuple(table_id for table_id in dict.fromkeys(wanted) if table_id in built)


def _summary(snapshot: Snapshot, ccm: Assessment) -> ControllerSummary:
    controller = snapshot.controller
    seen = controller.kind not in (ControllerKind.UNKNOWN, ControllerKind.MANAGED)
    return ControllerSummary(
        kind=controller.kind.value,
        version=str(ccm.version or ""),
        image=controller.image,
        desired=controller.desired if seen else None,
        ready=controller.ready if seen else None,
        cloud_config=ccm.config,
        period_seconds=ccm.settings.period if controller.visible else None,
    )


def _table_column(
    snapshot: Snapshot,
    context: TableContext,
    placement: Placement,
    table: RouteTable,
    built: TableState,
    *,
    managed: bool | None,
) -> TableColumn:
    v_switches = placement.v_switches_of(table)
    exists: bool | None = None
    # A vSwitch that uses it shows that there is such a table as well.
    if table in snapshot.tables or v_switches or snapshot.gap(PART_TABLES) is None:
        exists = table in snapshot.tables or bool(v_switches)
    in_vpc = table.id in placement.bound or any(
        one.id == table.id for one in context.ccm.vpc_tables
    )
    usable = exists and is_usable(table, in_vpc=in_vpc)
    nodes = placement.behind[table.id] if placement.known else None
    known = built.custom is not None and built.quota is not None
    return TableColumn(
        id=table.id,
        name=table.name,
        type=table.type,
        associate_type=table.associate_type,
        status=table.status,
        exists=exists,
        managed=managed,
        usable=usable,
        auto=auto_takes(table, usable=usable, nodes=nodes),
        v_switches=v_switches if exists is not None else None,
        nodes_behind=nodes,
        custom=built.custom,
        quota=built.quota,
        counts=_total([built]) if snapshot.gap(PART_NODES) is None else None,
        orphans=built.orphans,
        will_delete=built.will_delete,
        foreign=built.foreign,
        quota_source="" if built.quota is None else context.quota.source,
        room_for_nodes=max((built.quota or 0) - (built.custom or 0), 0) if known else None,
    )


def _rows(
    ccm: Assessment, placement: Placement, built: dict[str, TableState]
) -> tuple[NodeRow, ...]:
    columns = [(table_id, one.cells) for table_id, one in built.items() if one.cells]
    return tuple(
        NodeRow(
            name=one.node.name,
            instance_id=one.instance,
            pod_cidr=str(one.network) if one.network else one.node.pod_cidr,
            v_switch=placement.v_switch.get(one.node.name, ""),
            table=placement.table.get(one.node.name, ""),
            skipped=one.skip or None,
            exempt=one.exempt,
            routes={table_id: cells[one.node.name] for table_id, cells in columns},
        )
        for one in ccm.served
    )


def _total(columns: Iterable[TableState]) -> dict[State, int]:
    """Cells by state, every state present."""
    states = [cell.state for one in columns for cell in one.cells.values()]
    return {state: states.count(state) for state in State}
