"""What status, --check, diagnose and trace say of one Snapshot, held against each other."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kubectl_routes.analyze.attribution import attribute
from kubectl_routes.analyze.matrix import Examination, examine
from kubectl_routes.analyze.needs import counted_tables, needed_cells
from kubectl_routes.analyze.reach import trace
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.model.finding import Diagnosis, Outcome, Severity
from kubectl_routes.model.matrix import NextAction, NodeRow, State
from kubectl_routes.model.path import EndKind, EndpointArg, Verdict
from kubectl_routes.model.snapshot import Snapshot

# What a packet meets by the state of the cell; a cell in another state says too little.
_MET = {
    State.OK: {Verdict.REACHABLE},
    State.MISSING: {Verdict.BLACK_HOLE, Verdict.WRONG_NODE},
    State.CONFLICT: {Verdict.BLACK_HOLE, Verdict.WRONG_NODE, Verdict.UNKNOWN},
}


def contradictions(snapshot: Snapshot) -> list[str]:
    """Each contradiction in a sentence; none where all tell one story."""
    examined = examine(snapshot)
    found = diagnose_examined(examined, DiagnoseOptions())
    return [*_verdict(examined, found), *_causes(examined, found), *_paths(examined)]


def _verdict(examined: Examination, found: Diagnosis) -> Iterator[str]:
    """--check fails exactly when diagnose has an error, or a needed cell is not ok."""
    errors = [one.code for one in found.findings if one.severity is Severity.ERROR]
    counted = counted_tables(examined.matrix.tables)
    wrong = [
        row.name
        for row in examined.matrix.nodes
        if not row.exempt and any(cell.state is not State.OK for cell in needed_cells(row, counted))
    ]
    assert found.verdict is not None
    if found.verdict.healthy and (errors or wrong):
        yield f"healthy, with {errors} and without routes of {wrong}"
    if not found.verdict.healthy and not found.verdict.text:
        yield "not healthy, and nothing says why"


def _causes(examined: Examination, found: Diagnosis) -> Iterator[str]:
    """Whatever a cell is attributed to is a finding, and explains it."""
    explained: dict[str, set[str]] = {}
    for one in found.findings:
        named = {about.name for about in one.objects if about.kind == "Node"}
        explained.setdefault(one.code, set()).update(named.union(one.nodes))
    unknown = {one.code for one in found.results if one.outcome is not Outcome.FOUND}
    for code, routes in attribute(examined).items():
        missed = {route.node for route in routes} - explained.get(code, set())
        if missed and not (code in unknown and found.gaps != ()):
            yield f"{code} of {sorted(missed)} is no finding"
    for row in examined.matrix.nodes:
        for table, cell in row.routes.items():
            if cell.next is NextAction.STUCK and cell.because not in explained:
                yield f"{row.name} in {table} is stuck by {cell.because}, which is no finding"


def _paths(examined: Examination) -> Iterator[str]:
    """A packet from a node finds what the cell of its table says."""
    senders: dict[str, NodeRow] = {}
    for row in examined.matrix.nodes:
        senders.setdefault(row.table, row)
    owners = [row.pod_cidr for row in examined.matrix.nodes]
    for row in examined.matrix.nodes:
        for table, cell in row.routes.items():
            sender = senders.get(table)
            alone = owners.count(row.pod_cidr) == 1
            if sender is None or sender is row or cell.state not in _MET or not alone:
                continue
            address = str(ipaddress.ip_network(row.pod_cidr, strict=False)[5])
            path = trace(
                examined.snapshot,
                EndpointArg(EndKind.NODE, sender.name),
                EndpointArg(EndKind.ADDRESS, address),
            )
            if path.forward is not None and path.forward.verdict not in _MET[cell.state]:
                yield f"{row.name} in {table} is {cell.state.value}: {path.forward.because}"
