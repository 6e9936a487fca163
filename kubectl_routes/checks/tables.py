"""Which tables CCM works on: RT101, and RT103 to RT108."""

from __future__ import annotations

from kubectl_routes.analyze.blame import says_several_tables
from kubectl_routes.ccm.version import Family
from kubectl_routes.checks.case import Case
from kubectl_routes.checks.evidence import cell_facts
from kubectl_routes.checks.evidence import words
from kubectl_routes.checks.hit import Fact
from kubectl_routes.checks.hit import Found
from kubectl_routes.checks.hit import Hit
from kubectl_routes.checks.hit import fact
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import State

_SHOWN_IDS = 10


def no_list(case: Case) -> Found:
    """RT101: several tables in the VPC and no list."""
    obstacle = case.obstacle("RT101")
    heard = not case.visible and says_several_tables(case.examined)
    if obstacle is None and not heard:
        return ()
    ids = [table.id for table in case.examined.ccm.vpc_tables]
    variant = "unseen" if obstacle is None else ("" if ids else "none")
    evidence = [fact("tables", count=len(ids), ids=", ".join(ids[:_SHOWN_IDS]))]
    cells = case.cells("RT101")
    return (
        Hit(
            objects=(_vpc(case),),
            variant=variant,
            values={"count": str(len(ids))},
            evidence=(*evidence, *words(case, "RT101"), *cell_facts(cells)),
            cells=cells,
        ),
    )


def malformed_list(case: Case) -> Found:
    """RT103: blanks, empty items; as an aside what is read well here, but not everywhere."""
    ccm = case.examined.ccm
    items, ids = _items(case, "RT103"), list(ccm.ids or ())
    if case.obstacle("RT103") is not None:
        return (_list_hit(case, "RT103", ("",), "blank"),)
    hits = [_list_hit(case, "RT103", items, _effect(ccm.family))] if items else []
    aside = [
        Hit((case.config_object,), variant, Severity.INFO, evidence=(_listed(case),))
        for variant, applies in (
            ("double", len(set(ids)) < len(ids)),
            ("portable", not items and ccm.listed.split(",") != ids),
        )
        if ccm.from_list and applies
    ]
    return (*hits, *aside)


def absent_table(case: Case) -> Found:
    """RT104: a listed table does not exist in this region and account."""
    return _faulty(case, "RT104", _effect(case.examined.ccm.family))


def foreign_table(case: Case) -> Found:
    """RT105: a listed table is of another VPC."""
    stops = case.examined.ccm.family.lists_by_router
    return _faulty(case, "RT105", "stops" if stops else "")


def gateway_table(case: Case) -> Found:
    """RT106: a gateway table is listed."""
    return _faulty(case, "RT106", _effect(case.examined.ccm.family))


def unlisted_system_table(case: Case) -> Found:
    """RT107: the System table is not listed."""
    return _unlisted(case, "RT107")


def unlisted_table_in_use(case: Case) -> Found:
    """RT108: a vSwitch with nodes uses a table that is not listed."""
    return _unlisted(case, "RT108")


def _faulty(case: Case, code: str, variant: str) -> Found:
    items = _items(case, code)
    return (_list_hit(case, code, items, variant),) if items else ()


def _items(case: Case, code: str) -> tuple[str, ...]:
    """The items of the list that have earned this code."""
    faults = case.examined.ground.passes.faults if case.examined.ccm.from_list else {}
    return tuple(item for item, fault in faults.items() if fault == code)


def _list_hit(case: Case, code: str, items: tuple[str, ...], variant: str) -> Hit:
    cells = case.cells(code)
    named = tuple(ObjectRef("RouteTable", item) for item in items if code != "RT103")
    return Hit(
        objects=(case.config_object, *named),
        variant=variant,
        values={"items": ", ".join(f'"{item}"' for item in items)},
        evidence=(_listed(case), *words(case, code), *cell_facts(cells)),
        cells=cells,
    )


def _listed(case: Case) -> Fact:
    place = case.config_object
    return fact("list", place=f"{place.kind} {place.name}", text=case.examined.ccm.listed)


def _effect(family: Family) -> str:
    """What one item that cannot be listed does to the others: see ccm/passes.py."""
    if family.bad_id_stops_rest:
        return "stops"
    return "batch" if family.batches else "alone"


def _unlisted(case: Case, code: str) -> Found:
    passes = case.examined.ground.passes
    columns = {table.id: table for table in case.tables}
    wrong = [
        columns[table.id]
        for table in case.examined.ccm.vpc_tables
        if passes.unlisted(table, behind=bool(columns[table.id].nodes_behind)).because == code
    ]
    cells = case.cells(code)
    wrong += [
        columns[one] for one in sorted({cell.table for cell in cells}) if columns[one] not in wrong
    ]
    if not wrong:
        return ()
    ids = {table.id for table in wrong}
    # What nobody sends by harms only the packets that the VPC routes by the System table itself.
    harm = any(table.counts.get(State.MISSING) and table.nodes_behind != 0 for table in wrong)
    facts = [
        fact(
            "behind",
            table=f"{table.id} ({table.name})" if table.name else table.id,
            count="?" if table.nodes_behind is None else table.nodes_behind,
            switches=", ".join(table.v_switches),
        )
        for table in wrong
    ]
    list_fact = [_listed(case)] if case.visible else []
    return (
        Hit(
            objects=tuple(ObjectRef("RouteTable", table.id) for table in wrong),
            variant="" if case.visible else "unseen",
            severity=None if harm else Severity.WARNING,
            values={"unlisted": ", ".join(sorted(ids))},
            evidence=(*list_fact, *facts, *cell_facts(cells)),
            cells=cells,
        ),
    )


def _vpc(case: Case) -> ObjectRef:
    return ObjectRef("VPC", case.snapshot.cluster.vpc_id)
