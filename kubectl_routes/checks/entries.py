"""What is wrong with single entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from kubectl_routes.analyze.attribution import AffectedRoute
from kubectl_routes.analyze.table_state import is_unclaimed
from kubectl_routes.ccm.entries import instance_of, next_hop_text
from kubectl_routes.ccm.startup import last_start
from kubectl_routes.checks.check import Evidence, Findings, Found, RawFinding, check, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import cell_facts, matching_messages, nodes, route_report
from kubectl_routes.checks.remedies import reload_steps
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.matrix import EntryRef, NextAction, State, TableColumn
from kubectl_routes.model.moments import seconds_between
from kubectl_routes.model.networks import Index, Networks
from kubectl_routes.model.snapshot import PART_EVENTS, PART_LOGS
from kubectl_routes.model.vpc import RouteEntry

# How much longer than one period CCM may take for one pass (in seconds).
_SLACK = 60
_MISSING = {"coming": Severity.INFO, "unsure": Severity.WARNING}
# Where CCM says why a route is missing.
_CAUSES = (PART_EVENTS, PART_LOGS)
_ON_ITS_WAY = ("Pending", "Modifying", "Creating")


@check("RT301", "nodes", "route-tables", "entries/", unless=("controller", "cloud-config"))
def missing(context: CheckContext) -> Findings:
    """Missing: for the reason that CCM reports, for none that is known, or not yet there."""
    started = seconds_between(last_start(context.snapshot.controller.pods), context.snapshot.time)
    groups: dict[str, list[AffectedRoute]] = {}
    reports: dict[str, Evidence] = {}
    for cell in context.cells("RT301"):
        report = route_report(context, cell)
        if report is not None:
            reports.setdefault(str(report.values), report)
        variant = "reported" if report is not None else _variant(context, cell, started)
        groups.setdefault(variant, []).append(cell)
    unread = [part for part in _CAUSES if context.snapshot.gap(part) is not None]
    for variant, cells in sorted(groups.items()):
        finding = _entry_finding(cells, variant, _MISSING.get(variant))
        if variant == "reported":
            evidence = (*finding.evidence, *reports.values())
            finding = replace(finding, evidence=evidence, each=({"pod": context.values["pod"]},))
        if variant == "":
            finding = replace(
                finding,
                variant="unread" if unread else "",
                values={**finding.values, "parts": ", ".join(unread)},
                each=tuple({"pod": pod.name} for pod in context.snapshot.controller.pods),
                steps=("logs", *reload_steps(context)),
            )
        yield finding


@check("RT302", "nodes", "route-tables", "entries/")
def wrong_instance(context: CheckContext) -> Findings:
    """An entry to another instance; CCM replaces it, or this release never does."""
    for cells, variant, severity in _by_future(context.cells("RT302")):
        yield _entry_finding(cells, variant, severity)


@check("RT303", "nodes", "route-tables", "entries/")
def not_available(context: CheckContext) -> Findings:
    """The entry is there, but not Available."""
    affected = context.cells("RT303")
    entries = {
        (table, entry.id): entry
        for table in {cell.table for cell in affected}
        for entry in context.snapshot.entries[table]
    }
    status = {cell: entries[cell.table, cell.cell.entry_id].status or "?" for cell in affected}
    for coming, variant, severity in ((False, "", None), (True, "coming", Severity.INFO)):
        cells = [cell for cell in affected if (status[cell] in _ON_ITS_WAY) == coming]
        facts = [_about(cell, "state", status=status[cell]) for cell in cells]
        if cells:
            yield _entry_finding(cells, variant, severity, facts)


@check("RT304", "nodes", "route-tables", "entries/")
def shadowed(context: CheckContext) -> Findings:
    """A more specific entry takes part of the podCIDR elsewhere."""
    find = _inner(context, context.cells("RT304"))
    for cells, variant, severity in _by_future(context.cells("RT304")):
        pairs = [(cell, entry) for cell in cells for entry in find(cell)]
        facts = [
            _about(cell, "shadow", inner=entry.cidr, hop=next_hop_text(entry))
            for cell, entry in pairs
        ]
        each = tuple(
            {"table": cell.table, "entry": entry.id, "hop": next_hop_text(entry)}
            for cell, entry in pairs
        )
        yield replace(_entry_finding(cells, variant, severity, facts), each=each)


@check("RT305", "nodes", "route-tables", "entries/")
def taken(context: CheckContext) -> Findings:
    """The CIDR is taken by an entry that CCM cannot see."""
    if cells := context.cells("RT305"):
        tables, names = {cell.table for cell in cells}, {cell.node for cell in cells}
        messages = matching_messages(context, "RT305", tables=tables, nodes=names)
        yield _entry_finding(cells, evidence=(*cell_facts(cells), *messages))


@check("RT306", "nodes", "route-tables", "entries/", "cluster-cidr")
def orphans(context: CheckContext) -> Found:
    """Entries inside the cluster's range to instances outside the cluster."""
    return _left_over((table, one) for table in context.tables for one in table.orphans or ())


@check("RT309", "nodes", "route-tables", "entries/", "cluster-cidr")
def former(context: CheckContext) -> Found:
    """Entries to a node of today for a podCIDR that it no longer has."""
    shared = context.examined.table_context
    settled = {
        one.instance
        for one in context.served
        if one.instance and one.network is not None and not context.is_young(one.node.created)
    }
    return _left_over(
        (table, EntryRef(entry.cidr, next_hop_text(entry)))
        for table in context.tables
        for entry in context.snapshot.entries.get(table.id, ())
        if instance_of(entry) in settled and is_unclaimed(shared, entry)
    )


@check("RT307", "nodes", "route-tables", "entries/", "controller", "cloud-config")
def to_delete(context: CheckContext) -> Found:
    """Entries that CCM will delete, other than those that stand in a node's way."""
    told = frozenset(_told(context))
    return _left_over(
        (table, one)
        for table in context.tables
        for one in table.will_delete or ()
        if (table.id, one) not in told
    )


@check("RT308", "nodes", "route-tables", "entries/")
def disabled(context: CheckContext) -> Findings:
    """The next hop is disabled."""
    if cells := context.cells("RT308"):
        facts = [_about(cell, "disabled", hop=cell.cell.next_hop) for cell in cells]
        yield _entry_finding(cells, evidence=facts)


def _variant(context: CheckContext, cell: AffectedRoute, started: float | None) -> str:
    """Whether a missing entry is on its way; ``started`` is how many seconds ago CCM did."""
    age = seconds_between(context.nodes[cell.node].node.created, context.snapshot.time)
    # A node or a CCM that is younger than one period has had no periodic reconcile yet.
    settled_after = context.examined.ccm.settings.period + _SLACK
    if any(one is not None and one < settled_after for one in (age, started)):
        return "coming"
    if cell.cell.next is NextAction.NONE:
        return "unseen"
    return "unsure" if age is None or started is None else ""


def _by_future(
    cells: Sequence[AffectedRoute],
) -> Iterator[tuple[list[AffectedRoute], str, Severity | None]]:
    """The cells that CCM will not fix, those of which that is not known, those that it will."""
    futures = {NextAction.NONE: "unseen", NextAction.REPLACE: "healing"}
    for variant, severity in (("", None), ("unseen", None), ("healing", Severity.WARNING)):
        alike = [cell for cell in cells if futures.get(cell.cell.next, "") == variant]
        if alike:
            yield alike, variant, severity


def _entry_finding(
    cells: Sequence[AffectedRoute],
    variant: str = "",
    severity: Severity | None = None,
    evidence: Iterable[Evidence] | None = None,
) -> RawFinding:
    """What is wrong with cells; ``evidence`` instead of the states that they are in."""
    return RawFinding(
        objects=nodes(cell.node for cell in cells),
        variant=variant,
        severity=severity,
        values={"count": str(len(cells))},
        each=tuple(
            {"table": cell.table, "entry": cell.cell.entry_id, "hop": cell.cell.next_hop}
            for cell in cells
        ),
        evidence=cell_facts(cells) if evidence is None else tuple(evidence),
        cells=tuple(cells),
    )


def _about(cell: AffectedRoute, phrase: str, **values: str) -> Evidence:
    return fact(phrase, table=cell.table, node=cell.node, cidr=cell.pod_cidr, **values)


def _inner(
    context: CheckContext, cells: Sequence[AffectedRoute]
) -> Callable[[AffectedRoute], list[RouteEntry]]:
    """What finds the entries inside a cell's podCIDR that lead elsewhere."""
    networks = context.examined.table_context.networks
    indexes = {
        table: Index(
            (network, entry)
            for entry in context.snapshot.entries[table]
            if (network := networks.parse(entry.cidr)) is not None
        )
        for table in {cell.table for cell in cells}
    }

    def find(cell: AffectedRoute) -> list[RouteEntry]:
        network = context.nodes[cell.node].network
        found = indexes[cell.table].inside(network) if network is not None else []
        return [entry for entry in found if instance_of(entry) != cell.cell.next_hop]

    return find


def _left_over(found: Iterable[tuple[TableColumn, EntryRef]]) -> Findings:
    each = tuple({"table": table.id, "cidr": one.cidr, "hop": one.next_hop} for table, one in found)
    objects = tuple(ObjectRef("RouteEntry", f"{one['table']}/{one['cidr']}") for one in each)
    evidence = tuple(fact("entry", **one) for one in each)
    if each:
        yield RawFinding(objects, each=each, evidence=evidence)


def _told(context: CheckContext) -> Iterator[tuple[str, EntryRef]]:
    """Deleted entries that conflict with a node's route or are its own: others report them."""
    networks = Networks()
    for table in context.tables:
        for one in table.will_delete or ():
            network = networks.parse(one.cidr)
            holders = context.examined.table_context.nodes.containing(network) if network else []
            for holder in holders:
                cell = context.rows[holder.node.name].routes[table.id]
                exact = holder.network == network
                if cell.next is NextAction.REPLACE and (exact or cell.state is State.SHADOWED):
                    yield table.id, one
