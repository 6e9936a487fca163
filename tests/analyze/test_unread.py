"""Nothing is claimed of a part that was not read: with each part of a Snapshot taken away, every
value of the document is that of the whole Snapshot, or says that it is not known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_routes.analyze.matrix import build
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.cli.report import report_text
from kubectl_routes.model.controller import Controller, ControllerKind, ControllerPod
from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.render import documents
from kubectl_routes.render.page import Page
from kubectl_routes.render.routetables import tables_page
from kubectl_routes.render.table import status_page
from tests.analyze.cluster import (
    SIX,
    config,
    controller,
    entry,
    listing,
    node,
    routes,
    snapshot,
)
from tests.checks.situations import situations

Change = Callable[[Snapshot], Snapshot]
# What stands for something that is not known.
UNKNOWN: tuple[Any, ...] = (None, "", "unknown", "unreadable", "Unknown", [])
PODS = tuple(
    ControllerPod(f"ccm-{number}", ready=True, started="2026-11-23T07:00:00Z") for number in (1, 2)
)
ENTRIES = {
    "vtb-a": (
        *routes(*SIX[:4]),
        entry("172.16.5.0/24", "i-9"),
        entry("172.16.99.0/24", "i-gone"),
        entry("192.168.9.0/24", "i-x"),
    ),
    "vtb-b": routes(*SIX),
}


def world(ids: str, version: str = "v2.11.2", **changes: Any) -> Snapshot:
    numbers = dict.fromkeys(("desired", "ready", "updated", "available"), 2)
    ccm = controller(version, listing(ids), pods=PODS, **{**numbers, "observed_generation": 1})
    nodes = tuple(replace(one, created="2026-11-23T06:00:00Z") for one in SIX)
    return snapshot(ccm, **{"nodes": nodes, "entries": ENTRIES, **changes})


WORLDS = {
    "broken": world("vtb-a,vtb-b"),
    "old": world("vtb-a,vtb-b", "v1.9.3.86-g4454991-aliyun"),
    "one": world("vtb-a"),
    "unset": world(""),
    "wrong": world("vtb-a,vtb-none"),
    "podless": world("vtb-a,vtb-b", nodes=(*SIX[:5], node(6, pod_cidr="", pod_cidrs=()))),
}


def _ccm(**changes: Any) -> Change:
    return lambda whole: replace(whole, controller=replace(whole.controller, **changes))


PARTS: dict[str, Change] = {
    "nodes": lambda whole: replace(whole, nodes=()),
    "controller": lambda whole: replace(whole, controller=Controller(kind=ControllerKind.UNKNOWN)),
    "cloud-config": _ccm(cloud_config=config(None, problem="denied")),
    "controller-pods": _ccm(pods=()),
    "events": _ccm(events=()),
    "route-tables": lambda whole: replace(whole, tables=(), entries={}),
    "vswitches": lambda whole: replace(whole, v_switches=()),
    "vpc": lambda whole: replace(whole, vpc=None),
    "entries/vtb-a": lambda whole: replace(
        whole, entries={name: some for name, some in whole.entries.items() if name != "vtb-a"}
    ),
    "cluster-cidr": lambda whole: replace(
        whole, cluster=replace(whole.cluster, cluster_cidr="", network_cidr="")
    ),
}


def without(whole: Snapshot, *parts: str) -> Snapshot:
    for part in parts:
        whole = replace(PARTS[part](whole), gaps=(*whole.gaps, Gap(part, "denied")))
    return whole


def keyed(value: Any) -> Any:
    """Lists of things with names by these; an entry is its CIDR."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {one.get("id") or one.get("name") or one.get("cidr"): one for one in value}
    return value


def claims(whole: Any, part: Any, path: str = "") -> Iterator[str]:
    """Where the part says what the whole does not."""
    whole, part = keyed(whole), keyed(part)
    if part == whole or part in UNKNOWN:
        return
    if not (isinstance(part, dict) and isinstance(whole, dict)):
        yield f"{path}: {whole!r} became {part!r}"
    elif path.endswith((".counts", ".summary")):
        yield from (f"{path}.{one}" for one in part if one != "unknown" and part[one] > whole[one])
    elif "state" not in part or part["state"] != "unknown":
        # What CCM will do with the cell is said to be unknown, and why.
        unknown = ("next", "because", "detail") if part.get("because") in ("RT901", "RT903") else ()
        for name in part.keys() - set(unknown):
            yield from claims(whole.get(name), part[name], f"{path}.{name}")


def document(whole: Snapshot) -> Any:
    found = json.loads(documents.json(build(whole)))
    return {name: found[name] for name in ("controller", "mode", "tables", "nodes", "summary")}


@pytest.mark.parametrize("name", WORLDS)
def test_what_was_not_read_is_not_claimed(name: str) -> None:
    whole = WORLDS[name]
    said = document(whole)
    for parts in (*((part,) for part in PARTS), ("route-tables", "vswitches", "vpc")):
        assert list(claims(said, document(without(whole, *parts)))) == [], parts


PAGES = [Page(160), Page(80), Page(160, wide=True), Page(40)]


@pytest.mark.parametrize(
    ("parts", "shown", "never"),
    [
        (("nodes",), ("unknown", " ? "), (" none", "0 missing")),
        (("controller",), ("unknown", " ? "), ("0 of 0", " no ")),
        (("route-tables", "vswitches"), (" ? ", "?/?"), ("not found", " none", " no ")),
        (("cluster-cidr",), ("pods unknown",), ("pods 172",)),
    ],
)
def test_no_page_claims_what_was_not_read(
    parts: tuple[str, ...], shown: tuple[str, ...], never: tuple[str, ...]
) -> None:
    whole = without(WORLDS["broken"], *parts)
    matrix = build(whole)
    for page in PAGES:
        told = " ".join((status_page(matrix, page, "?") + tables_page(matrix, page)).split())
        assert [one for one in shown if one not in told] == []
        assert [one for one in never if one in told] == []
    html = report_text(whole, matrix, diagnose(whole, DiagnoseOptions()), "?")
    assert [one for one in ("not found", "0 of 0") if one in html] == []


def test_a_cluster_without_nodes_has_no_routes_which_is_known() -> None:
    matrix = build(replace(WORLDS["broken"], nodes=()))
    assert all(" none" in status_page(matrix, page, "?") for page in PAGES)


FOUND = [pytest.param(one.snapshot, id=one.name) for one in situations() if not one.snapshot.gaps]


@pytest.mark.parametrize("whole", FOUND)
def test_no_check_passes_for_a_part_that_was_not_read(whole: Snapshot) -> None:
    found = outcomes(whole)
    for parts in (*((part,) for part in PARTS), ("route-tables", "vswitches", "vpc")):
        seen = outcomes(without(whole, *parts))
        passed = {code for code, one in seen.items() if one is Outcome.PASSED}
        assert [code for code in passed if found[code] is Outcome.FOUND] == [], parts


def outcomes(whole: Snapshot) -> dict[str, Outcome]:
    return {one.code: one.outcome for one in diagnose(whole, DiagnoseOptions()).results}
