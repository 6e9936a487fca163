"""Which tables CCM works on."""

from __future__ import annotations

from kubectl_routes.analyze.attribution import reports_multiple_tables
from kubectl_routes.ccm.releases import VersionBehavior
from kubectl_routes.checks.check import Evidence, Findings, Found, RawFinding, check, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import cell_facts, matching_messages
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.matrix import State
from kubectl_routes.model.snapshot import PART_CLOUD_CONFIG, PART_TABLES

_SHOWN_IDS = 10


@check("RT101", "controller", "cloud-config", "route-tables")
def no_list(context: CheckContext) -> Findings:
    """Several tables in the VPC and no list."""
    blocker = context.blocker("RT101")
    reported = (
        not context.visible
        and reports_multiple_tables(context.examined)
        and not _fills_several(context)
    )
    if blocker is None and not reported:
        return
    ids = [table.id for table in context.examined.ccm.vpc_tables]
    listed = fact("tables", count=len(ids), ids=", ".join(ids[:_SHOWN_IDS]))
    known = [listed] if ids or context.snapshot.gap(PART_TABLES) is None else []
    cells = context.cells("RT101")
    vpc_id = context.snapshot.cluster.vpc_id
    yield RawFinding(
        objects=(ObjectRef("VPC", vpc_id),) if vpc_id else (),
        variant="unseen" if blocker is None else "" if ids else "none",
        values={"count": str(len(ids))},
        evidence=(*known, *matching_messages(context, "RT101"), *cell_facts(cells)),
        cells=cells,
    )


def _fills_several(context: CheckContext) -> bool:
    """Whether several tables hold the route of every node: an Event about no list is then old."""
    served = [context.rows[one.node.name] for one in context.served if not one.skip]
    full = [
        table.id
        for table in context.tables
        if served and all(row.routes[table.id].state is State.OK for row in served)
    ]
    return len(full) > 1


@check("RT103", "controller", "cloud-config")
def malformed_list(context: CheckContext) -> Findings:
    """Spaces, empty items; as an aside what is read well here, but not everywhere."""
    ccm = context.examined.ccm
    items, ids = _items(context, "RT103"), list(ccm.ids or ())
    if context.blocker("RT103") is not None:
        yield _list_finding(context, "RT103", ("",), "whitespace")
        return
    if items:
        yield _list_finding(context, "RT103", items, _effect(ccm.behavior))
    harmless = (
        ("double", len(set(ids)) < len(ids)),
        ("portable", not items and ccm.listed.split(",") != ids),
    )
    evidence = (_listed(context),)
    for variant, applies in harmless:
        if ccm.from_list and applies:
            yield RawFinding((context.config_object,), variant, Severity.INFO, evidence=evidence)


@check("RT104", "controller", "cloud-config", "route-tables")
def absent_table(context: CheckContext) -> Found:
    """A listed table does not exist in this region and account."""
    return _faulty(context, "RT104", _effect(context.examined.ccm.behavior))


@check("RT105", "controller", "cloud-config", "route-tables")
def foreign_table(context: CheckContext) -> Found:
    """A listed table is in a different VPC."""
    stops = context.examined.ccm.behavior.lists_by_router
    return _faulty(context, "RT105", "stops" if stops else "")


@check("RT106", "controller", "cloud-config", "route-tables")
def gateway_table(context: CheckContext) -> Found:
    """A gateway table is listed."""
    return _faulty(context, "RT106", _effect(context.examined.ccm.behavior))


@check("RT107", "controller", "cloud-config", "route-tables")
def unlisted_system_table(context: CheckContext) -> Found:
    """The system route table is not listed."""
    return _unlisted(context, "RT107")


@check("RT108", "controller", "cloud-config", "nodes", "route-tables", "vswitches")
def unlisted_table_in_use(context: CheckContext) -> Found:
    """A vSwitch with nodes uses a table that is not listed."""
    return _unlisted(context, "RT108")


def _faulty(context: CheckContext, code: str, variant: str) -> Findings:
    if items := _items(context, code):
        yield _list_finding(context, code, items, variant)


def _items(context: CheckContext, code: str) -> tuple[str, ...]:
    """The items of the list that have earned this code."""
    ccm = context.examined.ccm
    return tuple(item for item in ccm.faults if ccm.from_list and ccm.faults[item] == code)


def _list_finding(
    context: CheckContext, code: str, items: tuple[str, ...], variant: str
) -> RawFinding:
    cells = context.cells(code)
    named = tuple(ObjectRef("RouteTable", item) for item in items if code != "RT103")
    return RawFinding(
        objects=(context.config_object, *named),
        variant=variant,
        values={"items": ", ".join(f'"{item}"' for item in items)},
        evidence=(
            _listed(context),
            *matching_messages(context, code, tables=items),
            *cell_facts(cells),
        ),
        cells=cells,
    )


def _listed(context: CheckContext) -> Evidence:
    place = context.config_object
    return fact("list", place=f"{place.kind} {place.name}", text=context.examined.ccm.listed)


def _effect(behavior: VersionBehavior) -> str:
    """What one item that cannot be listed does to the others: see ccm/reconcile.py."""
    if behavior.bad_id_stops_rest:
        return "stops"
    return "batch" if behavior.batches else "alone"


def _unlisted(context: CheckContext, code: str) -> Findings:
    passes = context.examined.table_context.passes
    columns = {table.id: table for table in context.tables}
    cells = context.cells(code)
    ids = [
        table.id
        for table in context.examined.ccm.vpc_tables
        if passes.unlisted(table, behind=bool(columns[table.id].nodes_behind)).because == code
    ]
    wrong = [columns[name] for name in dict.fromkeys((*ids, *sorted({c.table for c in cells})))]
    if not wrong:
        return
    # A table that no node uses harms only packets that the VPC routes by the system route table.
    harm = any(
        (table.counts or {}).get(State.MISSING) and table.nodes_behind != 0 for table in wrong
    )
    facts = [
        fact(
            "behind",
            table=f"{table.id} ({table.name})" if table.name else table.id,
            count="?" if table.nodes_behind is None else table.nodes_behind,
            switches=", ".join(table.v_switches or ()),
        )
        for table in wrong
    ]
    seen = context.visible and not context.lacking((PART_CLOUD_CONFIG,))
    list_fact = [_listed(context)] if seen else []
    yield RawFinding(
        objects=tuple(ObjectRef("RouteTable", table.id) for table in wrong),
        variant="" if seen else "unseen",
        severity=None if harm else Severity.WARNING,
        values={"unlisted": ", ".join(sorted(table.id for table in wrong))},
        evidence=(*list_fact, *facts, *cell_facts(cells)),
        cells=cells,
    )
