"""What a diagnosis of a literal snapshot says, and the snapshots that checks are asked about."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.model.controller import (
    Controller,
    ControllerKind,
    ControllerPod,
    Event,
    LogLine,
    PodLog,
)
from kubectl_routes.model.finding import Finding
from kubectl_routes.model.message import Language
from kubectl_routes.model.nodes import Node
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.vpc import RouteEntry
from tests.analyze.cluster import NOW, SIX, controller, listing, routes, snapshot

# Long before NOW: whatever CCM does about a node it has done.
LONG_AGO = "2026-11-01T00:00:00Z"
POD = "cloud-controller-manager-x"
FULL: dict[str, tuple[RouteEntry, ...]] = {"vtb-a": routes(*SIX), "vtb-b": routes(*SIX)}


def pod(**changes: object) -> ControllerPod:
    """A CCM pod that has been running for weeks."""
    values: dict[str, object] = {
        "name": POD, "phase": "Running", "ready": True, "started": LONG_AGO,
    }  # fmt: skip
    return ControllerPod(**{**values, **changes})  # type: ignore[arg-type]


def running(version: str = "v2.14.0", text: str | None = None, **changes: object) -> Controller:
    """A CCM that lists both tables and runs; its log was read and is empty."""
    values: dict[str, object] = {
        "pods": (pod(),),
        "observed_generation": 1,
        "desired": 1,
        "updated": 1,
        "ready": 1,
        "available": 1,
        "logs": (),
        "container": "ccm",
    }
    text = listing("vtb-a,vtb-b") if text is None else text
    return controller(version, text, **{**values, **changes})


def managed(**changes: object) -> Controller:
    return Controller(kind=ControllerKind.MANAGED, **changes)  # type: ignore[arg-type]


def old(*nodes: Node) -> tuple[Node, ...]:
    """Nodes that joined long ago."""
    return tuple(replace(one, created=one.created or LONG_AGO) for one in nodes)


def taken(ccm: Controller | None = None, **changes: object) -> Snapshot:
    """A healthy cluster, with changes."""
    values: dict[str, object] = {"nodes": old(*SIX), "entries": FULL}
    found = snapshot(ccm or running(), **{**values, **changes})
    return replace(found, cluster=replace(found.cluster, cluster_cidr="172.16.0.0/16"))


def with_cluster(whole: Snapshot, **changes: object) -> Snapshot:
    return replace(whole, cluster=replace(whole.cluster, **changes))


def without(number: int, *tables: str) -> dict[str, tuple[RouteEntry, ...]]:
    """All entries but those of one node in some tables."""
    left = routes(*(one for one in SIX if one.name != f"n{number}"))
    return {table: left if table in tables else whole for table, whole in FULL.items()}


def with_entries(table: str, *more: RouteEntry, less: int = 0) -> dict[str, tuple[RouteEntry, ...]]:
    """All entries, some more in one table, and one node's own missing there."""
    whole = without(less, table) if less else FULL
    return {**whole, table: (*whole[table], *more)}


def event(message: str, **changes: object) -> Event:
    """What CCM says of a whole pass, just now."""
    values: dict[str, object] = {
        "kind": "Event", "name": "route-controller", "type": "Warning",
        "reason": "SyncRouteFailed", "message": message, "last_seen": NOW,
    }  # fmt: skip
    return Event(**{**values, **changes})  # type: ignore[arg-type]


def log(*lines: str, time: str = NOW, **changes: object) -> PodLog:
    return PodLog(POD, tuple(LogLine(line, time) for line in lines), **changes)  # type: ignore[arg-type]


def found(whole: Snapshot, code: str, language: Language = Language.ENGLISH) -> list[Finding]:
    """What one check finds."""
    options = DiagnoseOptions(language=language, only=frozenset({code}))
    return [one for one in diagnose(whole, options).findings if one.code == code]


def codes(whole: Snapshot) -> dict[str, list[str]]:
    """The codes of all findings by severity."""
    by: dict[str, list[str]] = {}
    for one in diagnose(whole, DiagnoseOptions()).findings:
        by.setdefault(one.severity.value, []).append(one.code)
    return by
