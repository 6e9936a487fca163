"""Clusters in which something is wrong, as cases/*.yaml describes them.

A case says how a snapshot file differs from that of a healthy cluster (``asking.taken``): a JSON
merge patch (RFC 7396), in which nodes, tables, vSwitches and pods stand by their names, entries by
their CIDRs, and null removes. What is new in a table is an Available custom entry, unless the case
says otherwise.

``finds`` are the findings of all checks, ``results`` how some checks ended that found nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct, convert, to_builtins

from kubectl_routes.model.snapshot import Snapshot
from tests.checks.asking import taken

_CASES = Path(__file__).parent / "cases"
# What stands in lists in a snapshot file, and in a case by name.
_NAMED = {"nodes": "name", "tables": "id", "vSwitches": "id"}
# A CCM that is not in the cluster has nothing of a healthy one.
_OUTSIDE = ("Managed", "Absent")


class Situation(Struct, frozen=True):
    """One case: the snapshot, and what is to be found in it."""

    name: str
    snapshot: Snapshot
    finds: list[str]
    results: dict[str, str]


def situations() -> Iterator[Situation]:
    """All cases, by theme and in the order in which they are written."""
    healthy = _named(to_builtins(taken()))
    for path in sorted(_CASES.glob("*.yaml")):
        for name, cases in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for number, case in enumerate(cases, 1):
                finds, results = case.pop("finds"), case.pop("results", {})
                title = name if len(cases) == 1 else f"{name}, {number}"
                yield Situation(title, _changed(healthy, case), finds, results)


def _changed(healthy: dict[str, Any], case: dict[str, Any]) -> Snapshot:
    if case.get("controller", {}).get("kind") in _OUTSIDE:
        healthy = {**healthy, "controller": {}}
    whole = _patched(healthy, case)
    ccm = whole["controller"]
    entries = {
        table: [
            {"id": f"rte-{cidr}", "cidr": cidr, "type": "Custom", "status": "Available", **entry}
            for cidr, entry in some.items()
        ]
        for table, some in whole["entries"].items()
    }
    named = {part: _listed(whole[part], key) for part, key in _NAMED.items()}
    controller = {**ccm, "pods": _listed(ccm.get("pods", {}), "name")}
    return convert({**whole, **named, "controller": controller, "entries": entries}, Snapshot)


def _named(whole: dict[str, Any]) -> dict[str, Any]:
    """A snapshot file with names instead of lists."""
    ccm = whole["controller"]
    return {
        **whole,
        **{part: {one[key]: one for one in whole[part]} for part, key in _NAMED.items()},
        "controller": {**ccm, "pods": {pod["name"]: pod for pod in ccm["pods"]}},
        "entries": {
            table: {entry["cidr"]: entry for entry in entries}
            for table, entries in whole["entries"].items()
        },
    }


def _listed(named: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [{key: name, **one} for name, one in named.items()]


def _patched(value: Any, patch: Any) -> Any:
    """A JSON merge patch, applied."""
    if not isinstance(patch, dict):
        return patch
    known = value if isinstance(value, dict) else {}
    return {
        key: _patched(known.get(key), patch[key]) if key in patch else known[key]
        for key in {**known, **patch}
        if not (key in patch and patch[key] is None)
    }
