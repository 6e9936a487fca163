"""What preflight says, to the word: title, verdict, evidence, hint; where all is well, and what is
otherwise elsewhere.

golden/preflight.txt holds it. ``pytest tests/plan --update-golden`` writes it again; read
the difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from kubectl_routes.model.controller import Controller, ControllerKind, ControllerPod
from kubectl_routes.model.plan import Check, Permission, Refusal
from kubectl_routes.model.snapshot import PART_TABLES, PART_VSWITCHES, Cluster, Gap
from tests.analyze.cluster import CUSTOM, SYSTEM, controller, entry, listing, snapshot
from tests.plan.test_preflight import (
    AFTER,
    AFTER_GITOPS,
    BEFORE,
    FOREIGN,
    GATEWAY,
    GIVEN,
    TABLES,
    checks,
)

GOLDEN = Path(__file__).parent / "golden" / "preflight.txt"
DENIED = Permission("patch", "daemonsets", "apps", "kube-system", "ccm", allowed=False)
SILENT = Permission("list", "pods", namespace="kube-system", reason="no answer")


def cases() -> Iterator[tuple[str, tuple[Check, ...]]]:
    yield "all is well", checks()
    for kind in (ControllerKind.ABSENT, ControllerKind.UNKNOWN, ControllerKind.MANAGED):
        before = snapshot(Controller(kind=kind))
        yield kind.value, checks(before, outcome=None, projection=None, permissions=())
    tables = (SYSTEM, CUSTOM, GATEWAY, FOREIGN)
    wrong = ("vtb-a", "vtb-nope", "vtb-f", "vtb-g")
    yield "wrong tables", checks(snapshot(BEFORE, tables=tables), tables=wrong)
    for code in ("RT102", "RT110", "RT113"):
        yield f"refused, {code}", checks(outcome=Refusal(code, "why", "do"), projection=None)
    yield "denied", checks(permissions=(*GIVEN, DENIED, SILENT))
    yield "not reported", checks(permissions=(*GIVEN, SILENT))
    yield "reverted", checks(after=snapshot(AFTER_GITOPS))
    gaps = (Gap(PART_TABLES, "Forbidden.RAM", "allow it"), Gap("entries/vtb-b", "Throttling"))
    yield "gaps", checks(snapshot(BEFORE, gaps=gaps))
    terway = Cluster(region="cn-hangzhou", vpc_id="vpc-1", cni="terway")
    for flag in ("--configure-cloud-routes=false", "--port=1"):
        yield flag, checks(after=snapshot(structs.replace(AFTER, args=(flag,))))
    overlay = structs.replace(AFTER, args=("--configure-cloud-routes=false",))
    yield "Terway", checks(snapshot(BEFORE, cluster=terway), snapshot(overlay, cluster=terway))
    one = snapshot(controller("v2.11.2", listing("vtb-b")))
    yield "one table", checks(tables=("vtb-b",), after=one)
    yield "skipped", checks(tables=("vtb-b",), after=one, skip=frozenset({"RT107", "RT108"}))
    silent = snapshot(BEFORE, gaps=(Gap(PART_VSWITCHES, "refused"),), v_switches=())
    yield "vSwitches not read", checks(silent)
    bare = structs.replace(SYSTEM, status="")
    yield "no status given", checks(snapshot(BEFORE, tables=(bare, CUSTOM)))
    yield (
        "not Available",
        checks(snapshot(BEFORE, tables=(SYSTEM, structs.replace(CUSTOM, status="Pending")))),
    )
    crowd = tuple(entry(f"10.9.{number}.0/24", "i-other") for number in range(198))
    many = tuple(entry(f"10.8.{number}.0/24", "i-other") for number in range(201))
    full = {"vtb-a": many, "vtb-b": crowd}
    yield "no room", checks(snapshot(BEFORE, entries=full), snapshot(AFTER, entries=full))
    doomed = {"vtb-a": (), "vtb-b": (entry("172.16.1.128/25", "i-9"),)}
    yield "deletions", checks(snapshot(BEFORE, entries=doomed), snapshot(AFTER, entries=doomed))
    pods = (ControllerPod(name="ccm-1", waiting="CrashLoopBackOff"),)
    yield "down", checks(snapshot(structs.replace(BEFORE, ready=0, pods=pods)))
    unread = controller("v1.9.3.105-gfd4e547-aliyun", "{ Global: {} }", desired=3, pods=pods)
    yield "down, and fixed", checks(snapshot(unread), tables=TABLES)


def lines(one: Check) -> Iterator[str]:
    may = "" if one.mandatory else ", may be skipped"
    yield f"{one.code} {one.title}: {one.verdict.value}{may}"
    yield from (f"  - {text}" for text in one.evidence)
    if one.hint:
        yield f"  hint: {one.hint}"


def test_what_preflight_says(request: pytest.FixtureRequest) -> None:
    text, usual = "", frozenset[Check]()
    for name, found in cases():
        told = [one for one in found if one not in usual]
        usual = usual or frozenset(found)
        text += f"== {name}\n"
        text += "".join(f"{line}\n" for one in told for line in lines(one))
    if request.config.getoption("--update-golden"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")
