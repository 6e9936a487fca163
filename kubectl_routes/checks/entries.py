"""What is wrong with single entries: RT301 to RT308."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

from msgspec.structs import replace

from kubectl_routes.analyze.blame import Blame
from kubectl_routes.ccm.entries import instance_of
from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.ccm.start import last_start
from kubectl_routes.checks.case import Case
from kubectl_routes.checks.evidence import cell_facts
from kubectl_routes.checks.evidence import nodes
from kubectl_routes.checks.evidence import some
from kubectl_routes.checks.evidence import words
from kubectl_routes.checks.hit import Fact
from kubectl_routes.checks.hit import Found
from kubectl_routes.checks.hit import Hit
from kubectl_routes.checks.hit import fact
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import EntryRef
from kubectl_routes.model.matrix import Next
from kubectl_routes.model.matrix import State
from kubectl_routes.model.matrix import TableColumn
from kubectl_routes.model.moments import seconds_between
from kubectl_routes.model.networks import Index
from kubectl_routes.model.networks import Networks
from kubectl_routes.model.vpc import RouteEntry

# How much longer than one period CCM may take for one pass (in seconds).
_SLACK = 60
_MISSING = {"coming": Severity.INFO, "unsure": Severity.WARNING}
_ON_ITS_WAY = ("Pending", "Modifying", "Creating")


def missing(case: Case) -> Found:
    """RT301: missing, cause not found; or not there yet, which is told and no more."""
    started = seconds_between(last_start(case.snapshot.controller.pods), case.snapshot.time)
    groups: dict[str, list[Blame]] = {}
    for cell in case.cells("RT301"):
        groups.setdefault(_variant(case, cell, started), []).append(cell)
    return tuple(
        _entry_hit(cells, variant, _MISSING.get(variant))
        for variant, cells in sorted(groups.items())
    )


def wrong_instance(case: Case) -> Found:
    """RT302: an entry to another instance; CCM replaces it, or this release never does."""
    return tuple(
        _entry_hit(cells, variant, severity)
        for cells, variant, severity in _by_future(case.cells("RT302"))
    )


def not_available(case: Case) -> Found:
    """RT303: the entry is there, but not Available."""
    blamed = case.cells("RT303")
    entries = _entries(case, blamed)
    status = {cell: entries[cell.table, cell.cell.entry_id].status or "?" for cell in blamed}
    coming = [cell for cell in blamed if status[cell] in _ON_ITS_WAY]
    broken = [cell for cell in blamed if status[cell] not in _ON_ITS_WAY]
    return tuple(
        replace(
            _entry_hit(cells, variant, severity),
            evidence=some([_about(cell, "state", status=status[cell]) for cell in cells]),
        )
        for cells, variant, severity in ((broken, "", None), (coming, "coming", Severity.INFO))
        if cells
    )


def shadowed(case: Case) -> Found:
    """RT304: a more specific entry takes part of the podCIDR elsewhere."""
    find = _inner(case, case.cells("RT304"))
    hits = []
    for cells, variant, severity in _by_future(case.cells("RT304")):
        pairs = [(cell, entry) for cell in cells for entry in find(cell)]
        facts = [
            _about(cell, "shadow", inner=entry.cidr, hop=next_hop_text(entry))
            for cell, entry in pairs
        ]
        each = tuple({"entry": entry.id} for _, entry in pairs)
        hits.append(replace(_entry_hit(cells, variant, severity), evidence=some(facts), each=each))
    return tuple(hits)


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
    if not cells:
        return ()
    facts = [_about(cell, "disabled", hop=cell.cell.next_hop) for cell in cells]
    return (replace(_entry_hit(cells, "", None), evidence=some(facts)),)


def _variant(case: Case, cell: Blame, started: float | None) -> str:
    """Whether a missing entry is still on its way, overdue, or neither can be said.

    ``started`` is how long ago CCM did, in seconds. A node that joined, or a CCM that started, less
    than one period ago, has had no periodic pass yet.
    """
    age = seconds_between(case.nodes[cell.node].node.created, case.snapshot.time)
    patience = case.examined.ccm.settings.period + _SLACK
    if any(one is not None and one < patience for one in (age, started)):
        return "coming"
    if cell.cell.next is Next.NONE:
        return "unseen"
    return "unsure" if age is None or started is None else ""


def _by_future(
    cells: Sequence[Blame],
) -> Iterator[tuple[list[Blame], str, Severity | None]]:
    """The cells that stay as they are for ever, those of which that is not known because CCM or its
    list cannot be seen, then those that CCM mends by itself, with the variant and severity of each.
    """
    stuck = [cell for cell in cells if cell.cell.next not in (Next.REPLACE, Next.NONE)]
    unseen = [cell for cell in cells if cell.cell.next is Next.NONE]
    healing = [cell for cell in cells if cell.cell.next is Next.REPLACE]
    if stuck:
        yield stuck, "", None
    if unseen:
        yield unseen, "unseen", None
    if healing:
        yield healing, "healing", Severity.WARNING


def _entry_hit(
    cells: Sequence[Blame], variant: str, severity: Severity | None, proof: tuple[Fact, ...] = ()
) -> Hit:
    return Hit(
        objects=nodes(cell.node for cell in cells),
        variant=variant,
        severity=severity,
        values={"count": str(len(cells))},
        each=tuple({"table": cell.table, "entry": cell.cell.entry_id} for cell in cells),
        evidence=(*cell_facts(cells), *proof),
        cells=tuple(cells),
    )


def _about(cell: Blame, phrase: str, **values: str) -> Fact:
    return fact(phrase, table=cell.table, node=cell.node, cidr=cell.pod_cidr, **values)


def _entries(case: Case, cells: Sequence[Blame]) -> dict[tuple[str, str], RouteEntry]:
    """The entries of the tables of these cells, by table and entry id."""
    tables = {cell.table for cell in cells}
    return {(table, entry.id): entry for table in tables for entry in case.snapshot.entries[table]}


def _inner(case: Case, cells: Sequence[Blame]) -> Callable[[Blame], list[RouteEntry]]:
    """What finds the entries inside of a cell's podCIDR that lead elsewhere."""
    networks = case.examined.ground.networks
    indexes = {
        table: Index(
            (network, entry)
            for entry in case.snapshot.entries[table]
            if (network := networks.parse(entry.cidr)) is not None
        )
        for table in {cell.table for cell in cells}
    }

    def find(cell: Blame) -> list[RouteEntry]:
        network = case.nodes[cell.node].network
        found = indexes[cell.table].inside(network) if network is not None else []
        return [entry for entry in found if instance_of(entry) != cell.cell.next_hop]

    return find


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
