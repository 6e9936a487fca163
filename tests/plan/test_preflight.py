"""What preflight says: where all is well, and in each other case what is otherwise.

golden/preflight.txt shows each case with its exit code: title, verdict, evidence, hint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import structs

from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
    ControllerPod,
)
from kubectl_routes.model.plan import Check, Permission, Plan, Refusal
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_ENTRIES,
    PART_NODES,
    PART_TABLES,
    PART_VSWITCHES,
    Cluster,
    Gap,
    Snapshot,
)
from kubectl_routes.model.vpc import EntryQuota, RouteTable
from kubectl_routes.plan.preflight import (
    SKIPPABLE,
    PreflightInput,
    exit_code,
    preflight,
    preflight_back,
)
from kubectl_routes.plan.projection import project_list
from tests.analyze.cluster import CUSTOM, SPARE, SYSTEM, controller, entry, listing, snapshot
from tests.plan.world import compare

TABLES = ("vtb-a", "vtb-b")
BEFORE = controller("v2.11.2", listing("vtb-a"), observed_generation=1, desired=3, ready=3)
AFTER = controller("v2.11.2", listing("vtb-a,vtb-b"))
AFTER_GITOPS = structs.replace(
    AFTER,
    managers=("kube-controller-manager", "argocd-controller"),
    cloud_config=structs.replace(
        AFTER.cloud_config or CloudConfig(ConfigSourceKind.CONFIG_MAP),
        namespace="kube-system",
        name="cloud-config",
        managers=("kubectl-edit", "Helm"),
    ),
)
PLAN = Plan(TABLES, (), (), "vtb-a", "vtb-a,vtb-b", BEFORE.image)
GIVEN = (Permission("patch", "configmaps", allowed=True),)
DENIED = Permission("patch", "daemonsets", "apps", "kube-system", "ccm", allowed=False)
SILENT = Permission("list", "pods", namespace="kube-system", reason="no answer")
GATEWAY = RouteTable(
    id="vtb-g", type="Custom", associate_type="Gateway", status="Available", vpc_id="vpc-1"
)
FOREIGN = RouteTable(id="vtb-f", type="System", status="Available", vpc_id="vpc-2")
TERWAY = Cluster(region="cn-hangzhou", vpc_id="vpc-1", cni="terway")
PODS = (ControllerPod(name="ccm-1", waiting="CrashLoopBackOff"),)
CROWD = tuple(entry(f"10.9.{number}.0/24", "i-other") for number in range(198))
MANY = tuple(entry(f"10.8.{number}.0/24", "i-other") for number in range(201))
DOOMED = (entry("172.16.1.128/25", "i-9"),)

Case = tuple[Check, ...]


def checks(before: Snapshot | None = None, after: Snapshot | None = None, **given: Any) -> Case:
    """The checks; without ``after`` the plan leaves a list of its tables."""
    before = before or snapshot(BEFORE)
    planned = controller("v2.11.2", listing(",".join(given.get("tables", TABLES))))
    left = tuple(gap for gap in before.gaps if gap.part != PART_CLOUD_CONFIG)
    values = {
        "tables": TABLES,
        "outcome": PLAN,
        "projection": after or structs.replace(before, controller=planned, gaps=left),
        "permissions": GIVEN,
        **given,
    }
    return preflight(before, PreflightInput(**values))


def both(**changes: Any) -> Case:
    """The checks where something is so before the plan and after it."""
    return checks(snapshot(BEFORE, **changes), snapshot(AFTER, **changes))


def unplanned(before: Snapshot, **given: Any) -> Case:
    return checks(before, **{"outcome": None, "projection": None, "permissions": (), **given})


def cases() -> Iterator[tuple[str, Case]]:
    yield "all is well", checks()
    yield from of_reading()
    yield from of_tables()
    yield from of_ccm()
    yield "disable, nothing to ask", preflight_back(())
    yield "disable", preflight_back(GIVEN)
    yield "disable, CCM would not start", preflight_back((), "it exits")
    yield "disable, CCM does not run now either", preflight_back((), "it exits", runs=False)
    skipped = preflight_back((), "it exits", skip=frozenset({"RT112"}))
    yield "disable, CCM would not start, skipped", skipped


def of_reading() -> Iterator[tuple[str, Case]]:
    for kind in (ControllerKind.ABSENT, ControllerKind.UNKNOWN, ControllerKind.MANAGED):
        yield kind.value, unplanned(snapshot(Controller(kind=kind)))
    absent = snapshot(Controller(kind=ControllerKind.ABSENT))
    yield "Absent, skipped", unplanned(absent, skip=frozenset({"RT112"}))
    gaps = (Gap(PART_TABLES, "Forbidden.RAM", "allow it"), Gap("entries/vtb-b", "Throttling"))
    yield "gaps", checks(snapshot(BEFORE, gaps=gaps))
    for part in (PART_NODES, PART_CLOUD_CONFIG, PART_TABLES, f"{PART_ENTRIES}vtb-b"):
        unread = snapshot(BEFORE, gaps=(Gap(part, "refused", "ask"),))
        yield f"{part} not read, skipped", checks(unread, skip=frozenset(SKIPPABLE))
    others = (Gap(f"{PART_ENTRIES}vtb-z", "refused"), Gap("pods", "refused"))
    yield "gaps that do not matter", checks(snapshot(BEFORE, gaps=others))
    unread = snapshot(BEFORE, gaps=(Gap(PART_VSWITCHES, "refused"),), v_switches=())
    yield "vSwitches not read", checks(unread)
    yield "denied", checks(permissions=(*GIVEN, DENIED, SILENT))
    yield "not reported", checks(permissions=(*GIVEN, SILENT))
    yield "no permissions needed", checks(permissions=())


def of_tables() -> Iterator[tuple[str, Case]]:
    there = snapshot(BEFORE, tables=(SYSTEM, CUSTOM, GATEWAY, FOREIGN))
    yield "wrong tables", checks(there, tables=("vtb-a", "vtb-nope", "vtb-f", "vtb-g"))
    for table in ("vtb-nope", "vtb-f", "vtb-g"):
        skipped = checks(there, tables=(*TABLES, table), skip=frozenset(SKIPPABLE))
        yield f"wrong table {table}, skipped", skipped
    yield "only a table that does not exist", checks(tables=("vtb-nope",))
    yield "another that does not exist", checks(tables=("vtb-nope", "vtb-a"))
    listed = snapshot(controller("v2.11.2", listing("vtb-b")))
    yield "one table", checks(tables=("vtb-b",), after=listed)
    skip = frozenset({"RT107", "RT108"})
    yield "one table, skipped", checks(tables=("vtb-b",), after=listed, skip=skip)
    bare = structs.replace(SYSTEM, status="")
    yield "no status given", checks(snapshot(BEFORE, tables=(bare, CUSTOM)))
    pending, ending = (structs.replace(CUSTOM, status=one) for one in ("Pending", "Deleting"))
    yield "not Available", checks(snapshot(BEFORE, tables=(SYSTEM, pending)))
    unlisted = checks(snapshot(BEFORE, tables=(SYSTEM, ending)), tables=("vtb-a",))
    yield "a table that is not listed is being deleted", unlisted
    yield "no room", both(entries={"vtb-a": MANY, "vtb-b": CROWD})
    for quota in (400, 200):
        entries = {"vtb-a": (), "vtb-b": CROWD}
        yield f"a quota of {quota}", both(entries=entries, entry_quota=EntryQuota(quota))
    yield "deletions", both(entries={"vtb-a": (), "vtb-b": DOOMED})
    yield "deletions that happen today", both(entries={"vtb-a": DOOMED, "vtb-b": ()})
    managed = snapshot(
        Controller(kind=ControllerKind.MANAGED),
        cluster=Cluster(region="cn-hangzhou", vpc_id="vpc-1", cluster_cidr="172.16.0.0/16"),
        tables=(SYSTEM, CUSTOM, SPARE),
        entries={"vtb-a": DOOMED, "vtb-b": (), "vtb-c": ()},
    )
    after = project_list(managed, TABLES, "v2.11.2")
    yield "managed, with a plan", checks(managed, after, permissions=())


def of_ccm() -> Iterator[tuple[str, Case]]:
    for code in ("RT102", "RT110", "RT113"):
        yield f"refused, {code}", checks(outcome=Refusal(code, "why", "do"), projection=None)
    refusal = Refusal("RT110", "it cannot", "do this", (Refusal("RT113", "too old", "upgrade"),))
    yield "refused, and a wrong table", checks(outcome=refusal, tables=("vtb-nope",))
    v1 = structs.replace(BEFORE, command=("/ccm",), args=("--configure-cloud-routes=true",))
    yield "refused, and flags", checks(snapshot(v1), outcome=refusal, projection=None)
    old = snapshot(controller("v1.9.3.59-ge3bc999-aliyun", listing("vtb-a")))
    too_old = Refusal("RT113", "pinned by a digest", "upgrade it")
    yield (
        "too old, and a wrong table",
        checks(old, outcome=too_old, projection=None, tables=("vtb-nope",)),
    )
    yield "reverted", checks(after=snapshot(AFTER_GITOPS))
    two = snapshot(structs.replace(BEFORE, others=("Deployment infra/ccm",)))
    yield "another workload", checks(two)
    yield "another workload, skipped", checks(two, skip=frozenset({"RT120"}))
    for flag in ("--configure-cloud-routes=false", "--port=1"):
        yield flag, checks(after=snapshot(structs.replace(AFTER, args=(flag,))))
    overlay = structs.replace(AFTER, args=("--configure-cloud-routes=false",))
    yield "Terway", checks(snapshot(BEFORE, cluster=TERWAY), snapshot(overlay, cluster=TERWAY))
    faulty = snapshot(controller("v1.9.3.86-g4454991-aliyun", listing("vtb-a,vtb-b")))
    yield "raised to a release with a known fault", checks(after=faulty)
    down = snapshot(structs.replace(BEFORE, ready=0, pods=PODS))
    yield "down", checks(down)
    yield "down, skipped", checks(down, skip=frozenset({"RT112"}))
    unread = controller("v1.9.3.105-gfd4e547-aliyun", "{ Global: {} }", desired=3, pods=PODS)
    yield "down, and fixed", checks(snapshot(unread), tables=TABLES)


def lines(check: Check) -> Iterator[str]:
    may = "" if check.mandatory else ", may be skipped"
    yield f"{check.code} {check.title}: {check.verdict.value}{may}"
    yield from (f"  - {text}" for text in check.evidence)
    if check.hint:
        yield f"  hint: {check.hint}"


def shown(found: Case, usual: Case) -> str:
    """The exit code, what is not asked, and the lines that are otherwise than usual."""
    asked = {(check.code, check.title) for check in found}
    gone = [check.code for check in usual if (check.code, check.title) not in asked]
    told = [f"exit code {exit_code(found)}", *(gone and [f"not asked: {', '.join(gone)}"])]
    told += [line for check in found if check not in usual for line in lines(check)]
    return "".join(f"{line}\n" for line in told)


def test_what_preflight_says(request: pytest.FixtureRequest) -> None:
    usual, whole = checks(), ("all is well", "disable")
    found = ((name, shown(case, () if name.startswith(whole) else usual)) for name, case in cases())
    compare(request, "preflight", found)


def test_a_tool_that_would_put_ccm_back_is_warned_of_in_the_words_of_diagnose() -> None:
    after = snapshot(AFTER_GITOPS)
    (check,) = (one for one in checks(after=after) if one.code == "RT119")
    findings = diagnose(after, DiagnoseOptions()).findings
    assert [one.evidence for one in findings if one.code == "RT119"] == [check.evidence]


def test_a_preflight_input_is_not_shown_by_its_repr() -> None:
    given = PreflightInput(TABLES, PLAN, snapshot(controller("v2.11.2", '{"x": "c4N9rY"}')), GIVEN)
    assert repr(given) == "PreflightInput(('vtb-a', 'vtb-b'))"
