"""Every check before anything is written: it fires, it does not fire, it may be skipped or not."""

from __future__ import annotations

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
from kubectl_routes.model.plan import Check, Permission, Plan, Refusal, Verdict
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

PASSED = Verdict.PASSED
FAILED = Verdict.FAILED


def checks(
    before: Snapshot | None = None, after: Snapshot | None = None, **wish: object
) -> tuple[Check, ...]:
    """The checks; without ``after`` the plan leaves a list of its tables."""
    before = before or snapshot(BEFORE)
    tables = wish.get("tables", TABLES)
    assert isinstance(tables, tuple)
    planned = controller("v2.11.2", listing(",".join(tables)))
    left = tuple(gap for gap in before.gaps if gap.part != PART_CLOUD_CONFIG)
    values: dict[str, object] = {
        "tables": TABLES,
        "outcome": PLAN,
        "projection": after or structs.replace(before, controller=planned, gaps=left),
        "permissions": GIVEN,
        **wish,
    }
    return preflight(before, PreflightInput(**values))  # type: ignore[arg-type]


def those(code: str, found: tuple[Check, ...]) -> list[tuple[Verdict, tuple[str, ...], bool]]:
    return [(one.verdict, one.evidence, one.mandatory) for one in found if one.code == code]


def test_a_healthy_cluster_passes_every_check() -> None:
    found = checks()
    where = f"DaemonSet kube-system/cloud-controller-manager, {BEFORE.image}"
    room = tuple(f"{table} holds 0 of 200 custom entries" for table in TABLES)
    assert [(one.code, one.verdict, one.evidence) for one in found] == [
        ("RT112", PASSED, (where,)),
        ("RT104", PASSED, ("2 of 2",)),
        ("RT105", PASSED, ("2 of 2",)),
        ("RT106", PASSED, ("2 of 2",)),
        ("RT110", PASSED, ()),
        ("RT904", PASSED, ("1 of 1 granted",)),
        ("RT112", PASSED, ()),
        ("RT107", PASSED, ()),
        ("RT108", PASSED, ()),
        ("RT402", PASSED, ()),
        ("RT401", PASSED, room),
        ("RT307", PASSED, ()),
        ("RT112", PASSED, ("3 of 3 pods are ready",)),
    ]
    assert exit_code(found) == 0


@pytest.mark.parametrize(
    ("kind", "code", "verdict", "evidence"),
    [
        (ControllerKind.ABSENT, "RT112", FAILED, "no cloud-controller-manager in any namespace"),
        (ControllerKind.UNKNOWN, "RT901", Verdict.UNKNOWN, "its workload could not be read"),
        (ControllerKind.MANAGED, "RT112", PASSED, "in the managed control plane"),
    ],
)
def test_ccm_must_be_found(
    kind: ControllerKind, code: str, verdict: Verdict, evidence: str
) -> None:
    before = snapshot(Controller(kind=kind))
    wish = PreflightInput(TABLES, None, None, ())
    first = preflight(before, wish)[0]
    assert (first.code, first.verdict, first.evidence) == (code, verdict, (evidence,))


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (PART_NODES, "RT901"),
        (PART_CLOUD_CONFIG, "RT901"),
        (PART_TABLES, "RT902"),
        (f"{PART_ENTRIES}vtb-b", "RT902"),
    ],
)
def test_what_could_not_be_read_is_unknown_and_stops(part: str, code: str) -> None:
    found = checks(snapshot(BEFORE, gaps=(Gap(part, "refused", "ask"),)), skip=frozenset(SKIPPABLE))
    unknown = Check(code, f"{part} could be read", Verdict.UNKNOWN, ("refused",), hint="ask")
    assert unknown in found
    assert exit_code(found) == 3
    assert not those("RT107", found)
    assert bool(those("RT104", found)) is (part != PART_TABLES)


def test_a_gap_that_the_plan_does_not_depend_on_does_not_stop() -> None:
    gaps = (Gap(f"{PART_ENTRIES}vtb-z", "refused"), Gap("pods", "refused"))
    assert exit_code(checks(snapshot(BEFORE, gaps=gaps))) == 0


GATEWAY = RouteTable(
    id="vtb-g", type="Custom", associate_type="Gateway", status="Available", vpc_id="vpc-1"
)
FOREIGN = RouteTable(id="vtb-f", type="System", status="Available", vpc_id="vpc-2")


@pytest.mark.parametrize(
    ("table", "code"), [("vtb-nope", "RT104"), ("vtb-f", "RT105"), ("vtb-g", "RT106")]
)
def test_a_table_that_cannot_be_listed_is_a_wrong_argument(table: str, code: str) -> None:
    before = snapshot(BEFORE, tables=(SYSTEM, CUSTOM, GATEWAY, FOREIGN))
    found = checks(before, tables=(*TABLES, table), skip=frozenset(SKIPPABLE))
    stopping = [one for one in found if one.stops]
    assert [(one.code, one.evidence, one.mandatory) for one in stopping] == [(code, (table,), True)]
    assert stopping[0].hint == "the tables of vpc-1 are: vtb-a, vtb-b, vtb-g"
    assert exit_code(found) == 2
    # What does not go by the tables is judged nevertheless.
    assert [one.code for one in found][-2:] == ["RT112", "RT112"]


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("RT102", "cloud-config can be edited"),
        ("RT110", "cloud-config can be mounted"),
        ("RT113", "the CCM version can work with a list"),
    ],
)
def test_a_refused_plan_stops(code: str, title: str) -> None:
    found = checks(outcome=Refusal(code, "why", "what to do"), projection=None, permissions=())
    assert Check(code, title, FAILED, ("why",), hint="what to do") in found
    assert exit_code(found) == 3
    mixed = checks(outcome=Refusal(code, "why", ""), tables=("vtb-nope",))
    assert exit_code(mixed) == 3


def test_permissions_that_are_denied_or_not_told_stop() -> None:
    denied = Permission("patch", "daemonsets", "apps", "kube-system", "ccm", allowed=False)
    silent = Permission("list", "pods", namespace="kube-system", reason="no answer")
    found = those("RT904", checks(permissions=(*GIVEN, denied, silent)))
    assert found == [(FAILED, ("cannot patch daemonsets.apps ccm in kube-system",), True)]
    found = those("RT904", checks(permissions=(*GIVEN, silent)))
    assert found == [(Verdict.UNKNOWN, ("list pods in kube-system: no answer",), True)]
    assert not those("RT904", checks(permissions=()))


def test_before_disable_only_the_permissions_count() -> None:
    assert preflight_back(()) == ()
    assert [one.code for one in preflight_back(GIVEN)] == ["RT904"]


def test_a_tool_that_would_put_ccm_back_is_warned_of() -> None:
    """Whichever of the objects it writes, and in the words of diagnose."""
    after = snapshot(AFTER_GITOPS)
    found = checks(after=after)
    evidence = tuple(
        f"metadata.managedFields of {place} names {manager}"
        for place, manager in (
            ("DaemonSet kube-system/cloud-controller-manager", "argocd-controller"),
            ("ConfigMap kube-system/cloud-config", "Helm"),
        )
    )
    assert those("RT119", found) == [(Verdict.WARNED, evidence, False)]
    assert exit_code(found) == 0
    (finding,) = (one for one in diagnose(after, DiagnoseOptions()).findings if one.code == "RT119")
    assert finding.evidence == evidence
    assert not those("RT119", checks())


def test_another_workload_that_runs_ccm_stops_and_may_be_skipped() -> None:
    two = snapshot(structs.replace(BEFORE, others=("Deployment infra/ccm",)))
    found = checks(two)
    assert those("RT120", found) == [(FAILED, ("Deployment infra/ccm runs CCM, too",), False)]
    assert exit_code(found) == 3
    assert exit_code(checks(two, skip=frozenset({"RT120"}))) == 0


@pytest.mark.parametrize(
    ("after", "code", "hint"),
    [
        (
            snapshot(structs.replace(AFTER, args=("--configure-cloud-routes=false",))),
            "RT111",
            "change these flags at once: --configure-cloud-routes=true (kubectl routes diagnose"
            " prints the command); then run enable again",
        ),
        (
            snapshot(structs.replace(AFTER, args=("--port=1",))),
            "RT112",
            "change these flags at once: remove --port (kubectl routes diagnose prints the"
            " command); then run enable again",
        ),
    ],
)
def test_a_ccm_that_would_write_no_route_stops(after: Snapshot, code: str, hint: str) -> None:
    found = [one for one in checks(after=after) if one.stops]
    assert [(one.code, one.mandatory, one.hint) for one in found] == [(code, True, hint)]


def test_a_missing_system_table_stops_and_may_be_skipped() -> None:
    found = checks(tables=("vtb-b",), after=snapshot(controller("v2.11.2", listing("vtb-b"))))
    assert those("RT107", found) == [(FAILED, ("vtb-a",), False)]
    assert those("RT108", found) == [
        (FAILED, ("vtb-a (system) is used by vSwitches vsw-1 with 3 nodes",), False)
    ]
    assert exit_code(found) == 3
    skipped = checks(tables=("vtb-b",), skip=frozenset(("RT107", "RT108")))
    assert those("RT107", skipped) == [(Verdict.SKIPPED, ("vtb-a",), False)]
    assert exit_code(skipped) == 0


def test_vswitches_that_could_not_be_read_leave_unknown_who_is_behind_a_table() -> None:
    gaps = (Gap(PART_VSWITCHES, "refused"),)
    found = checks(snapshot(BEFORE, gaps=gaps, v_switches=()))
    evidence = ("refused",)
    assert those("RT108", found) == [(Verdict.UNKNOWN, evidence, False)]
    assert exit_code(found) == 3


def test_a_table_that_is_not_available_yet_stops() -> None:
    pending = structs.replace(CUSTOM, status="Pending")
    found = checks(snapshot(BEFORE, tables=(SYSTEM, pending)))
    assert those("RT402", found) == [(FAILED, ("vtb-b has status Pending",), False)]


def test_a_table_without_room_stops() -> None:
    crowd = tuple(entry(f"10.9.{number}.0/24", "i-other") for number in range(198))
    full = {"vtb-a": (), "vtb-b": crowd}
    found = checks(snapshot(BEFORE, entries=full), after=snapshot(AFTER, entries=full))
    evidence = (
        "vtb-a holds 0 of 200 custom entries",
        "vtb-b holds 198 of 200 custom entries",
        "4 more routes exceed the route entry quota of vtb-b.",
    )
    assert those("RT401", found) == [(FAILED, evidence, False)]


def test_the_quota_of_the_account_decides_where_it_was_read() -> None:
    crowd = tuple(entry(f"10.9.{number}.0/24", "i-other") for number in range(198))
    full = {"vtb-a": (), "vtb-b": crowd}
    for quota, verdict in ((400, PASSED), (200, FAILED)):
        values = {"entries": full, "entry_quota": EntryQuota(quota)}
        found = checks(snapshot(BEFORE, **values), after=snapshot(AFTER, **values))
        (check,) = [one for one in found if one.code == "RT401"]
        assert check.verdict is verdict
        assert "--skip-preflight" not in check.hint


def test_entries_that_ccm_comes_to_delete_stop() -> None:
    doomed = {"vtb-a": (), "vtb-b": (entry("172.16.1.128/25", "i-9"),)}
    found = checks(snapshot(BEFORE, entries=doomed), after=snapshot(AFTER, entries=doomed))
    assert those("RT307", found) == [
        (FAILED, ("vtb-b: the next hop of 172.16.1.128/25 is i-9",), False)
    ]
    today = {"vtb-a": doomed["vtb-b"], "vtb-b": ()}
    found = checks(snapshot(BEFORE, entries=today), after=snapshot(AFTER, entries=today))
    assert those("RT307", found) == [(PASSED, (), False)]


def test_a_ccm_that_does_not_run_now_stops_and_may_be_skipped() -> None:
    pods = (ControllerPod(name="ccm-1", waiting="CrashLoopBackOff"),)
    down = snapshot(structs.replace(BEFORE, ready=0, pods=pods))
    found = checks(down)
    evidence = ("CCM is not running: pod ccm-1 is in CrashLoopBackOff",)
    assert those("RT112", found)[-1] == (FAILED, evidence, False)
    assert exit_code(found) == 3
    assert exit_code(checks(down, skip=frozenset(("RT112",)))) == 0


def test_a_mandatory_check_is_not_skipped() -> None:
    found = checks(snapshot(Controller(kind=ControllerKind.ABSENT)), skip=frozenset(("RT112",)))
    assert found[0].verdict is FAILED


def test_a_managed_cluster_is_judged_from_outside_with_the_tables_as_managed() -> None:
    managed = Controller(kind=ControllerKind.MANAGED)
    entries = {"vtb-a": (entry("172.16.1.128/25", "i-9"),), "vtb-b": ()}
    before = snapshot(
        managed,
        cluster=Cluster(region="cn-hangzhou", vpc_id="vpc-1", cluster_cidr="172.16.0.0/16"),
        tables=(SYSTEM, CUSTOM, SPARE),
        entries={**entries, "vtb-c": ()},
    )
    after = project_list(before, TABLES, "v2.11.2")
    found = checks(before, after, permissions=())
    assert [one.code for one in found] == [
        "RT112", "RT104", "RT105", "RT106", "RT112", "RT107", "RT108", "RT402", "RT401", "RT307"
    ]  # fmt: skip
    assert those("RT307", found) == [
        (FAILED, ("vtb-a: the next hop of 172.16.1.128/25 is i-9",), False)
    ]
    unplanned = checks(before, outcome=None, projection=None, permissions=())
    assert [one.code for one in unplanned] == [
        "RT112", "RT104", "RT105", "RT106", "RT107", "RT108", "RT402"
    ]  # fmt: skip


def test_a_preflight_input_is_not_shown_by_its_repr() -> None:
    wish = PreflightInput(TABLES, PLAN, snapshot(controller("v2.11.2", '{"x": "c4N9rY"}')), GIVEN)
    assert repr(wish) == "PreflightInput(('vtb-a', 'vtb-b'))"


def test_disable_stops_where_ccm_would_not_start_unless_it_is_meant() -> None:
    assert preflight_back(()) == ()
    (check,) = preflight_back((), "it exits")
    assert (check.code, check.verdict, check.evidence) == ("RT112", Verdict.FAILED, ("it exits",))
    (check,) = preflight_back((), "it exits", runs=False)
    assert check.verdict is Verdict.WARNED
    (check,) = preflight_back((), "it exits", skip=frozenset({"RT112"}))
    assert check.verdict is Verdict.SKIPPED


def test_nothing_is_said_of_the_vpc_of_a_table_that_does_not_exist() -> None:
    found = checks(snapshot(BEFORE), tables=("vtb-nope",))
    assert those("RT105", found) == []
    found = checks(snapshot(BEFORE), tables=("vtb-nope", "vtb-a"))
    assert those("RT105", found) == [(PASSED, ("1 of 2",), True)]


def test_without_a_plan_the_flags_are_judged_all_the_same() -> None:
    v1 = structs.replace(BEFORE, command=("/ccm",), args=("--configure-cloud-routes=true",))
    refusal = Refusal("RT110", "it cannot", "do this", (Refusal("RT113", "too old", "upgrade it"),))
    found = checks(snapshot(v1), outcome=refusal, projection=None)
    stopping = [(one.code, one.evidence) for one in found if one.stops]
    assert ("RT110", ("it cannot",)) in stopping
    assert ("RT113", ("too old",)) in stopping
    assert [code for code, _ in stopping].count("RT112") == 1


def test_a_table_that_is_being_deleted_is_not_recommended() -> None:
    ending = structs.replace(CUSTOM, status="Deleting")
    found = checks(snapshot(BEFORE, tables=(SYSTEM, ending)), tables=("vtb-a",))
    (check,) = (one for one in found if one.code == "RT108")
    assert check.evidence == (
        "vtb-b (custom) is used by vSwitches vsw-2 with 3 nodes",
        "vtb-b has status Deleting",
    )
    assert "another route table" in check.hint
    assert "--tables" not in check.hint


def test_what_only_the_plan_brings_is_warned_of() -> None:
    """A release that is raised to one with a known fault."""
    faulty = snapshot(controller("v1.9.3.86-g4454991-aliyun", listing("vtb-a,vtb-b")))
    found = checks(after=faulty)
    assert [(one.verdict, one.mandatory) for one in found if one.code == "RT113"] == [
        (Verdict.WARNED, False)
    ]
    assert exit_code(found) == 0


def test_the_list_is_judged_where_ccm_is_too_old_for_one() -> None:
    old = snapshot(controller("v1.9.3.59-ge3bc999-aliyun", listing("vtb-a")))
    refusal = Refusal("RT113", "pinned by a digest", "upgrade it")
    found = checks(old, outcome=refusal, projection=None, tables=("vtb-nope",))
    assert those("RT104", found) == [(FAILED, ("vtb-nope",), True)]
