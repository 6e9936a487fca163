"""The VPC's own limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kubectl_routes.analyze.attribution import AffectedRoute
from kubectl_routes.ccm.entries import is_visible, next_hop_text
from kubectl_routes.ccm.log_patterns import DELETED
from kubectl_routes.ccm.nodes import is_elsewhere
from kubectl_routes.checks.check import Evidence, Findings, RawFinding, check, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import cell_facts, matching_messages, timed_messages
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.matrix import TableColumn
from kubectl_routes.model.networks import Network

_USABLE = ("Available", "")


@check("RT401", "nodes", "route-tables", "entries/", unless=("controller", "cloud-config"))
def quota(context: CheckContext) -> Findings:
    """The quota of tables is used up, or too small for the nodes without a route."""
    cells = context.cells("RT401")
    full: dict[str, list[TableColumn]] = {}
    for table in context.tables:
        lacking = any(cell.table == table.id for cell in cells)
        used_up = table.managed and table.quota is not None and (table.custom or 0) >= table.quota
        if lacking or used_up:
            assumed = table.quota_source == "assumed"
            full.setdefault("" if lacking else "full" if assumed else "used-up", []).append(table)
    for variant, tables in full.items():
        yield _quota_finding(context, variant, tables, () if variant else cells)


@check("RT402", "route-tables", unless=("controller", "cloud-config", "nodes", "vswitches"))
def table_state(context: CheckContext) -> Findings:
    """A table that CCM should write to is not Available."""
    wrong = [
        table
        for table in context.tables
        if table.exists
        and not table.is_gateway
        and (table.managed or table.auto or table.nodes_behind)
        and table.status not in _USABLE
    ]
    bad = {"auto", *(table.id for table in wrong)}
    kept = [name for name in context.values["tables"].split(",") if name not in bad]
    alike: dict[tuple[str, tuple[str, ...]], list[TableColumn]] = {}
    for table in wrong:
        alike.setdefault((table.status, _table_steps(table, kept)), []).append(table)
    for (_, steps), tables in alike.items():
        yield _state_finding(context, tables, steps, ",".join(kept))


def _state_finding(
    context: CheckContext, tables: Sequence[TableColumn], steps: tuple[str, ...], kept: str
) -> RawFinding:
    """One finding for all tables of one status that are left in the same way."""
    ids = tuple(table.id for table in tables)
    status = tables[0].status
    pending = status == "Pending"
    cells = tuple(cell for cell in context.cells("RT402") if cell.table in ids)
    return RawFinding(
        objects=tuple(ObjectRef("RouteTable", table_id) for table_id in ids),
        variant="pending" if pending else "",
        severity=Severity.INFO if pending else None,
        values={"table": ", ".join(ids), "status": status, "tables": kept},
        steps=steps,
        each=tuple(
            {"table": table.id, "switch": switch}
            for table in tables
            for switch in table.v_switches or ("",)
        ),
        evidence=(
            *(fact("status", table=table_id, status=status) for table_id in ids),
            *cell_facts(cells),
        ),
        cells=cells,
    )


def _table_steps(table: TableColumn, kept: list[str]) -> tuple[str, ...]:
    """How a table that ends is left; nothing where no table would remain in the list."""
    if not kept or table.status == "Pending":
        return ()
    return ("unassociate", "enable") if table.v_switches and table.type != "System" else ("enable",)


@check("RT403", "nodes", "route-tables", "entries/", "cluster-cidr", unless=("controller",))
def other_cluster(context: CheckContext) -> Findings:
    """Another client uses a part of the pod CIDR block, or fights about it."""
    claims = _claims(context)
    # What was said before a node registered with this podCIDR is about another node.
    since = {str(served.network): served.node.created for served in context.served}
    fights = Counter(
        (match[1], match[2])
        for text, time in timed_messages(context, DELETED)
        if (match := DELETED.search(text)) is not None
        and match[1] in since
        and not (time and time < since[match[1]])
    )
    # Once in each table is what CCM does where a node has changed its instance.
    again = {cidr: count for (cidr, _), count in sorted(fights.items()) if count > 1}
    # CCM deletes the right entry itself where it takes its providerID for another: RT202, RT203.
    region = context.examined.table_context.region
    itself = any(node.prefixed or is_elsewhere(node, region) for node in context.served)
    facts = [fact("fight", cidr=cidr, count=count) for cidr, count in again.items()]
    if facts and not itself:
        evidence = (*facts, *matching_messages(context, "RT403"))
        yield RawFinding((context.workload,), "fight", Severity.ERROR, evidence=evidence)
    if claims:
        objects = tuple(ObjectRef("RouteEntry", name) for name in claims)
        values = {"range": context.snapshot.cluster.cluster_cidr}
        yield RawFinding(objects, values=values, evidence=tuple(claims.values()))


def _quota_finding(
    context: CheckContext,
    variant: str,
    tables: Sequence[TableColumn],
    cells: tuple[AffectedRoute, ...],
) -> RawFinding:
    """One for all tables: one request increases the quota of every table of the region."""
    served = sum(1 for node in context.served if not node.skip)
    needed = Counter(cell.table for cell in cells)
    wanted = max((table.custom or 0) + needed[table.id] for table in tables) + max(20, served // 5)
    ids = tuple(table.id for table in tables)
    uses = (
        fact("use", table=table.id, custom=table.custom or 0, quota=table.quota or "?")
        for table in tables
    )
    return RawFinding(
        objects=tuple(ObjectRef("RouteTable", table_id) for table_id in ids),
        variant=variant,
        severity=Severity.WARNING if variant else None,
        values={"table": ", ".join(ids), "wanted": str(wanted), "count": str(len(cells))},
        evidence=(*uses, *matching_messages(context, "RT401", tables=ids), *cell_facts(cells)),
        cells=cells,
    )


def _claims(context: CheckContext) -> dict[str, Evidence]:
    """Entries that send a part of the cluster's range, where no node is, to no instance."""
    shared = context.examined.table_context
    if shared.cluster is None:
        return {}
    found = {}
    for table, entries in context.snapshot.entries.items():
        for entry in entries:
            network = shared.networks.parse(entry.cidr)
            if network is None or entry.type == "System" or is_visible(entry):
                continue
            if shared.cluster.holds(network) and not _touches_node(context, network):
                name = f"{table}/{entry.cidr}"
                found[name] = fact("entry", table=table, cidr=entry.cidr, hop=next_hop_text(entry))
    return found


def _touches_node(context: CheckContext, network: Network) -> bool:
    """Whether a podCIDR of today is inside or around it; then RT304 or RT305 says so."""
    shared = context.examined.table_context
    touched = shared.nodes.containing(network) or shared.nodes.inside(network)
    return network != shared.cluster and bool(touched)
