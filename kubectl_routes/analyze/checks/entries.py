"""What is wrong with single entries: RT301 to RT308."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

from kubectl_routes.analyze.blame import Blame
from kubectl_routes.analyze.ccm.entries import instance_of
from kubectl_routes.analyze.ccm.start import last_start
from kubectl_routes.analyze.checks.case import Case
from kubectl_routes.analyze.checks.evidence import cell_facts
from kubectl_routes.analyze.checks.evidence import nodes
from kubectl_routes.analyze.checks.evidence import some
from kubectl_routes.analyze.checks.evidence import words
from kubectl_routes.analyze.checks.hit import Fact
from kubectl_routes.analyze.checks.hit import Found
from kubectl_routes.analyze.checks.hit import Hit
from kubectl_routes.analyze.checks.hit import fact
from kubectl_routes.analyze.moments import seconds_between
from kubectl_routes.analyze.networks import Index
from kubectl_routes.analyze.networks import Networks
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import EntryRef
from kubectl_routes.model.matrix import Next
from kubectl_routes.model.matrix import State
from kubectl_routes.model.matrix import TableColumn
from kubectl_routes.model.matrix import When
from kubectl_routes.model.vpc import RouteEntry

# How much longer than one period CCM may take for one pass (in seconds).
_SLACK = 60
_ON_ITS_WAY = ("Pending", "Modifying", "Creating")


def missing(case: Case) -> Found:
    """RT301: missing, cause not found; or not yet there, which is told and no more."""
    started = seconds_between(last_start(case.snapshot.controller.pods), case.snapshot.time)
    groups: dict[str, list[Blame]] = {}
    for cell in case.cells("RT301"):
        unseen = "unseen" if cell.cell.next is Next.NONE else ""
        variant = "coming" if _is_coming(case, cell, started) else unseen
        groups.setdefault(variant, []).append(cell)
    return tuple(
        _entry_hit(cells, variant, Severity.INFO if variant == "coming" else None)
        for variant, cells in sorted(groups.items())
    )


def wrong_instance(case: Case) -> Found:
    """RT302: an entry to another instance; CCM replaces it, or this release never does."""
    return _by_future(case, "RT302")


def not_available(case: Case) -> Found:
    """RT303: the entry is there, but not Available."""
    groups: dict[str, list[Blame]] = {}
    for cell in case.cells("RT303"):
        coming = any(word in cell.cell.detail for word in _ON_ITS_WAY)
        groups.setdefault("coming" if coming else "", []).append(cell)
    return tuple(
        _entry_hit(cells, variant, Severity.INFO if variant else None)
        for variant, cells in sorted(groups.items())
    )


def shadowed(case: Case) -> Found:
    """RT304: a more specific entry takes part of the podCIDR elsewhere."""
    networks = case.examined.ground.networks
    tables = {cell.table for cell in case.cells("RT304")}
    inner = {
        table: Index(
            (network, entry)
            for entry in case.snapshot.entries[table]
            if (network := networks.parse(entry.cidr)) is not None
        )
        for table in tables
    }

    def in_the_way(cell: Blame) -> list[RouteEntry]:
        network = networks.parse(cell.pod_cidr)
        found = inner[cell.table].inside(network) if network is not None else []
        return [entry for entry in found if instance_of(entry) != cell.cell.next_hop]

    return _by_future(case, "RT304", in_the_way)


def taken(case: Case) -> Found:
    """RT305: the CIDR is taken by an entry that CCM cannot see."""
    cells = case.cells("RT305")
    return (_entry_hit(cells, "", None, words(case, "RT305")),) if cells else ()


def orphans(case: Case) -> Found:
    """RT306: entries inside the cluster's range to instances that are no nodes."""
    found = [(table, one) for table in case.tables for one in table.orphans]
    return (_left_over(found),) if found else ()


def doomed(case: Case) -> Found:
    """RT307: entries that CCM will delete, other than those that stand in a node's way."""
    told = frozenset(_told(case))
    found = [
        (table, one)
        for table in case.tables
        for one in table.will_delete
        if (table.id, one) not in told
    ]
    return (_left_over(found),) if found else ()


def disabled(case: Case) -> Found:
    """RT308: the next hop is disabled."""
    cells = case.cells("RT308")
    return (_entry_hit(cells, "", None),) if cells else ()


def _is_coming(case: Case, cell: Blame, started: float | None) -> bool:
    """Whether CCM may still be about to write it: the node joined, or CCM started, less than one
    period ago (``started``: in seconds).
    """
    if cell.cell.when is When.EVENT:
        return True
    age = seconds_between(case.nodes[cell.node].node.created, case.snapshot.time)
    patience = case.examined.ccm.settings.period + _SLACK
    return any(one is not None and one < patience for one in (age, started))


def _by_future(
    case: Case, code: str, culprits: Callable[[Blame], list[RouteEntry]] | None = None
) -> Found:
    """One hit for the entries that stay for ever, one for those that CCM replaces by itself.

    ``culprits`` finds the entries to delete, where they are not those of the cells themselves.
    """
    cells = case.cells(code)
    stuck = [cell for cell in cells if cell.cell.next is not Next.REPLACE]
    healing = [cell for cell in cells if cell.cell.next is Next.REPLACE]
    groups = ((stuck, "", None), (healing, "healing", Severity.WARNING))
    return tuple(
        _entry_hit(group, variant, severity, culprits=culprits)
        for group, variant, severity in groups
        if group
    )


def _entry_hit(
    cells: Sequence[Blame],
    variant: str,
    severity: Severity | None,
    proof: tuple[Fact, ...] = (),
    culprits: Callable[[Blame], list[RouteEntry]] | None = None,
) -> Hit:
    wrong = [
        (cell, entry)
        for cell in cells
        for entry in (
            [cell.cell.entry_id] if culprits is None else [one.id for one in culprits(cell)]
        )
    ]
    return Hit(
        objects=nodes(cell.node for cell in cells),
        variant=variant,
        severity=severity,
        values={"count": str(len(cells))},
        each=tuple(
            {"table": cell.table, "entry": entry, "cidr": cell.pod_cidr} for cell, entry in wrong
        ),
        evidence=(*cell_facts(cells), *proof),
        cells=tuple(cells),
    )


def _left_over(found: list[tuple[TableColumn, EntryRef]]) -> Hit:
    facts = [fact("entry", table=table.id, cidr=one.cidr, hop=one.next_hop) for table, one in found]
    return Hit(
        objects=tuple(ObjectRef("RouteEntry", f"{table.id}/{one.cidr}") for table, one in found),
        values={"count": str(len(found))},
        each=tuple(
            {"table": table.id, "cidr": one.cidr, "hop": one.next_hop} for table, one in found
        ),
        evidence=some(facts),
    )


def _told(case: Case) -> Iterator[tuple[str, EntryRef]]:
    """The doomed entries that stand in a node's way or are its own: another finding tells them."""
    networks = Networks()
    for table in case.tables:
        for one in table.will_delete:
            network = networks.parse(one.cidr)
            holders = case.examined.ground.nodes.containing(network) if network else []
            for holder in holders:
                cell = case.rows[holder.node.name].routes[table.id]
                exact = holder.network == network
                if cell.next is Next.REPLACE and (exact or cell.state is State.SHADOWED):
                    yield table.id, one
