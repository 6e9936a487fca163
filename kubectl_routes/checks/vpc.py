"""The VPC's own limits: RT401 to RT403."""

from __future__ import annotations

from collections import Counter

from kubectl_routes.analyze.blame import Blame
from kubectl_routes.ccm.entries import is_visible
from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.ccm.words import DELETED
from kubectl_routes.checks.case import Case
from kubectl_routes.checks.evidence import cell_facts
from kubectl_routes.checks.evidence import heard
from kubectl_routes.checks.evidence import some
from kubectl_routes.checks.evidence import words
from kubectl_routes.checks.hit import Fact
from kubectl_routes.checks.hit import Found
from kubectl_routes.checks.hit import Hit
from kubectl_routes.checks.hit import fact
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import TableColumn
from kubectl_routes.model.networks import Network

_USABLE = ("Available", "")


def quota(case: Case) -> Found:
    """RT401: the quota of a table is used up, or too small for the nodes without a route."""
    cells = case.cells("RT401")
    hits = []
    for table in case.tables:
        own = tuple(cell for cell in cells if cell.table == table.id)
        full = table.managed and table.quota is not None and (table.custom or 0) >= table.quota
        if own or full:
            hits.append(_quota_hit(case, table, own))
    return tuple(hits)


def table_state(case: Case) -> Found:
    """RT402: a table that CCM should write to is not Available."""
    wanted = case.values["tables"].split(",")
    wrong = [
        table
        for table in case.tables
        if table.exists and (table.managed or table.id in wanted) and table.status not in _USABLE
    ]
    blamed = case.cells("RT402")
    return tuple(
        Hit(
            objects=(ObjectRef("RouteTable", table.id),),
            variant="pending" if table.status == "Pending" else "",
            severity=Severity.INFO if table.status == "Pending" else None,
            values={"table": table.id, "status": table.status},
            evidence=(fact("status", table=table.id, status=table.status), *cell_facts(own)),
            cells=own,
        )
        for table in wrong
        for own in [tuple(cell for cell in blamed if cell.table == table.id)]
    )


def other_cluster(case: Case) -> Found:
    """RT403: somebody else uses a part of the cluster's range, or fights about it."""
    claims = _claims(case)
    fights = Counter(
        match[1] for text in heard(case, DELETED) if (match := DELETED.search(text)) is not None
    )
    again = {cidr: count for cidr, count in fights.items() if count > 1}
    prefixed = any(one.prefixed for one in case.served)
    facts = [fact("fight", cidr=cidr, count=count) for cidr, count in again.items()]
    hits = []
    if facts and not prefixed:
        proof = (*some(facts), *words(case, "RT403"))
        hits.append(Hit((case.workload,), "fight", Severity.ERROR, evidence=proof))
    if claims:
        objects = tuple(ObjectRef("RouteEntry", name) for name in claims)
        values = {"range": case.snapshot.cluster.cluster_cidr, "count": str(len(claims))}
        hits.append(Hit(objects, values=values, evidence=some(list(claims.values()))))
    return tuple(hits)


def _quota_hit(case: Case, table: TableColumn, cells: tuple[Blame, ...]) -> Hit:
    served = sum(1 for one in case.served if not one.skip)
    custom = table.custom or 0
    wanted = custom + len(cells) + max(20, served // 5)
    evidence: tuple[Fact, ...] = (
        fact("use", table=table.id, custom=custom, quota=table.quota if table.quota else "?"),
    )
    return Hit(
        objects=(ObjectRef("RouteTable", table.id),),
        variant="" if cells else "full",
        severity=None if cells else Severity.WARNING,
        values={"table": table.id, "wanted": str(wanted), "count": str(len(cells))},
        evidence=(*evidence, *words(case, "RT401"), *cell_facts(cells)),
        cells=cells,
    )


def _claims(case: Case) -> dict[str, Fact]:
    """Entries that send a part of the cluster's range, where no node is, to no instance."""
    ground = case.examined.ground
    if ground.cluster is None:
        return {}
    found = {}
    for table, entries in case.snapshot.entries.items():
        for entry in entries:
            network = ground.networks.parse(entry.cidr)
            if network is None or entry.type == "System" or is_visible(entry):
                continue
            if ground.cluster.holds(network) and not _touches_node(case, network):
                name = f"{table}/{entry.cidr}"
                found[name] = fact("entry", table=table, cidr=entry.cidr, hop=next_hop_text(entry))
    return found


def _touches_node(case: Case, network: Network) -> bool:
    """Whether a podCIDR of today is inside or around it; then RT304 or RT305 tells."""
    own = case.examined.ground.nodes
    if network == case.examined.ground.cluster:
        return False
    return bool(own.containing(network) or own.inside(network))
