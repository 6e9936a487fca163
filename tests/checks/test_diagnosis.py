"""From a Snapshot to a Diagnosis: order, narrowing, suppressions; what holds of every cluster."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from msgspec.structs import replace

from kubectl_routes.analyze.matrix import build
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.finding import CheckResult, Outcome, Severity, Suppression
from kubectl_routes.model.matrix import NextAction, State
from kubectl_routes.model.message import Language, message
from kubectl_routes.model.nodes import ConditionStatus
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.model.vpc import NextHop, RouteEntry, RouteTable
from tests.analyze.cluster import (
    CUSTOM,
    FLAGS,
    NOW,
    SIX,
    SYSTEM,
    V0,
    entry,
    listing,
    node,
    routes,
    with_cidr,
)
from tests.checks.asking import (
    FULL,
    codes,
    event,
    found,
    managed,
    old,
    pod,
    running,
    taken,
    with_cluster,
    with_entries,
    without,
)

TROUBLED = taken(
    running(text=listing("vtb-a,vtb-b,vtb-nope")),
    nodes=old(*SIX[:5], node(6, ready=ConditionStatus.UNKNOWN)),
    entries=with_entries("vtb-a", entry("172.16.99.0/24", "i-gone"), less=6),
)


def test_a_healthy_cluster_passes_every_check() -> None:
    diagnosis = diagnose(taken(), DiagnoseOptions())
    assert diagnosis.findings == ()
    assert {one.outcome for one in diagnosis.results} == {Outcome.PASSED}
    assert diagnosis.controller == "DaemonSet v2.14.0 1/1"
    assert diagnosis.cluster == taken().cluster
    assert diagnosis.language is Language.ENGLISH


def test_errors_come_first_then_warnings_then_asides() -> None:
    severities = [one.severity for one in diagnose(TROUBLED, DiagnoseOptions()).findings]
    assert severities == sorted(severities, key=list(Severity).index)
    assert codes(TROUBLED) == {"error": ["RT104"], "warning": ["RT205", "RT306"]}


def test_every_check_tells_how_it_ended() -> None:
    results = {one.code: one for one in diagnose(TROUBLED, DiagnoseOptions()).results}
    assert results["RT104"] == CheckResult(
        "RT104", "tables", "a listed route table does not exist", Outcome.FOUND
    )
    assert results["RT301"] == CheckResult("RT301", "entries", "routes are missing", Outcome.PASSED)


def test_what_was_not_read_and_what_is_to_be_shown_goes_with_the_findings() -> None:
    gaps = (Gap("cloud-config", "forbidden"),)
    diagnosis = diagnose(replace(TROUBLED, gaps=gaps), DiagnoseOptions(least=Severity.ERROR))
    assert (diagnosis.gaps, diagnosis.least) == (gaps, Severity.ERROR)
    assert [one.code for one in diagnosis.shown] == [
        one.code for one in diagnosis.findings if one.severity is Severity.ERROR
    ]


def test_checks_can_be_chosen_and_left_out() -> None:
    only = diagnose(TROUBLED, DiagnoseOptions(only=frozenset({"RT104"})))
    assert [one.code for one in only.findings] == ["RT104"]
    skipped = diagnose(TROUBLED, DiagnoseOptions(skip=frozenset({"RT104"})))
    assert [one.code for one in skipped.findings] == ["RT205", "RT306"]
    outcomes = {one.code: one.outcome for one in skipped.results}
    assert outcomes["RT104"] is Outcome.SKIPPED
    assert outcomes["RT306"] is Outcome.FOUND


def test_nodes_narrow_it_to_what_names_them_or_explains_their_routes() -> None:
    def named(*names: str) -> list[str]:
        options = DiagnoseOptions(nodes=frozenset(names))
        return [one.code for one in diagnose(TROUBLED, options).findings]

    assert diagnose(TROUBLED, DiagnoseOptions(nodes=frozenset({"n1"}))).narrowed
    assert not diagnose(TROUBLED, DiagnoseOptions()).narrowed
    assert named("n1") == ["RT104"]
    assert named("n6") == ["RT205"]
    gapped = replace(taken(), gaps=(Gap("cloud-config", "forbidden"),))
    assert [
        one.code for one in diagnose(gapped, DiagnoseOptions(nodes=frozenset({"n1"}))).findings
    ] == ["RT901"]


def test_a_suppression_covers_every_object_or_nothing() -> None:
    orphans = (entry("172.16.98.0/24", "i-gone"), entry("172.16.99.0/24", "i-gone"))
    whole = taken(entries=with_entries("vtb-a", *orphans))

    def left(pattern: str, **changes: str) -> list[str]:
        one = Suppression("RT306", "they are known", pattern, **changes)
        options = DiagnoseOptions(suppressions=(one,), today="2026-11-23")
        return [finding.code for finding in diagnose(whole, options).findings]

    assert left("RouteEntry/vtb-a/*") == []
    assert left("RouteEntry/vtb-a/172.16.98.0/24") == ["RT306"]
    assert left("*", expires="2026-11-23") == []
    assert left("*", expires="2026-11-22") == ["RT306"]
    other = Suppression("RT301", "another code")
    diagnosis = diagnose(whole, DiagnoseOptions(suppressions=(other,)))
    assert [one.code for one in diagnosis.findings] == ["RT306"]
    assert diagnosis.suppressed == ()


def test_what_was_suppressed_and_what_has_expired_is_told() -> None:
    valid = Suppression("RT205", "repaired tomorrow")
    expired = Suppression("RT306", "was due", expires="2026-01-01")
    options = DiagnoseOptions(suppressions=(valid, expired), today="2026-11-23")
    diagnosis = diagnose(TROUBLED, options)
    assert [(one.code, by) for one, by in diagnosis.suppressed] == [("RT205", valid)]
    assert diagnosis.expired == (expired,)


def test_a_finding_without_objects_is_suppressed_by_any_pattern_that_takes_nothing() -> None:
    one = Suppression("RT903", "we know")
    diagnosis = diagnose(taken(managed()), DiagnoseOptions(suppressions=(one,)))
    assert [finding.code for finding, _ in diagnosis.suppressed] == ["RT903"]
    assert diagnosis.controller == "Managed"
    narrow = Suppression("RT903", "we know", "?*")
    assert diagnose(taken(managed()), DiagnoseOptions(suppressions=(narrow,))).suppressed == ()


def test_both_languages_find_the_same() -> None:
    english = diagnose(TROUBLED, DiagnoseOptions()).findings
    chinese = diagnose(TROUBLED, DiagnoseOptions(language=Language.CHINESE)).findings
    same = ("code", "severity", "objects", "commands", "explains", "nodes")
    assert [[getattr(one, name) for name in same] for one in english] == [
        [getattr(one, name) for name in same] for one in chinese
    ]
    assert chinese[0].title == "列表中的路由表不存在"
    assert chinese[0].evidence[:2] == (
        "ConfigMap kube-system/cloud-config 中的 routeTableIDs 为“vtb-a,vtb-b,vtb-nope”",
        "vtb-nope：缺少 172.16.1.0/24 的路由条目（节点 n1）",
    )
    results = diagnose(TROUBLED, DiagnoseOptions(language=Language.CHINESE)).results
    assert chinese[0].title in {one.title for one in results}


GATEWAY = RouteTable("vtb-g", associate_type="Gateway", status="Available", vpc_id="vpc-1")
FOREIGN = RouteTable("vtb-f", type="Custom", status="Available", vpc_id="vpc-2")
UNTAGGED = (*FLAGS, "--allow-untagged-cloud")
LISTS = (
    "vtb-a,vtb-b", "vtb-a, vtb-b", " vtb-a,vtb-b ", "vtb-a,vtb-b,", "vtb-a,vtb-nope,vtb-b", "vtb-a",
    "vtb-b", "vtb-g,vtb-a", "vtb-a,vtb-f", "", " ",
)  # fmt: skip
VERSIONS = (
    V0, "v1.9.3.81-gca19cd4-aliyun", "v1.9.3.380-gd6d0962-aliyun", "v2.2.0", "v2.5.1", "v2.9.1",
    "v2.14.0",
)  # fmt: skip
HOPS = (
    NextHop("i-1", "Instance"),
    NextHop("eni-1", "NetworkInterface"),
    NextHop("i-3", "Instance", False),
)


@strategies.composite
def clusters(draw: strategies.DrawFn) -> Snapshot:
    """Clusters with a bit of everything that can be wrong."""
    kinds = strategies.sampled_from
    ccm = draw(kinds((_visible(draw), managed(), Controller(managed().kind.ABSENT))))
    odd = draw(
        kinds(
            (
                node(6),
                node(6, provider_id="alicloud://cn-hangzhou.i-6"),
                node(6, provider_id="i-6"),
                node(6, provider_id=""),
                node(6, ready=ConditionStatus.UNKNOWN),
                node(6, pod_cidr="10.0.1.0/25", pod_cidrs=("10.0.1.0/25",)),
                node(6, created="2026-11-23T07:59:00Z"),
                node(6, internal_ips=("10.99.0.1",)),
            )
        )
    )
    lost = {table: draw(strategies.sets(kinds(CIDRS))) for table in ("vtb-a", "vtb-b")}
    entries = {
        table: tuple(one for one in FULL[table] if one.cidr not in lost[table]) for table in lost
    }
    for table, cidr, hop, status in draw(
        strategies.lists(
            strategies.tuples(
                kinds(("vtb-a", "vtb-b")),
                kinds((*CIDRS, "172.16.3.0/25", "172.16.99.0/24")),
                kinds(HOPS),
                kinds(("Available", "Pending", "Deleting")),
            ),
            max_size=3,
        )
    ):
        kept = tuple(one for one in entries[table] if one.cidr != cidr)
        entries[table] = (*kept, _entry(table, cidr, hop, status))
    tables = (SYSTEM, draw(kinds((CUSTOM, replace(CUSTOM, status="Deleting")))), GATEWAY, FOREIGN)
    whole = taken(ccm, nodes=old(*SIX[:5], odd), tables=tables, entries=entries)
    return with_cluster(whole, cni=draw(kinds(("flannel", "terway", ""))))


CIDRS = tuple(f"172.16.{number}.0/24" for number in range(1, 7))


def _entry(table: str, cidr: str, hop: NextHop, status: str) -> RouteEntry:
    return RouteEntry(f"rte-{table}-{cidr}", cidr, "Custom", status, (hop,))


def _visible(draw: strategies.DrawFn) -> Controller:
    denied = event("Reconciling route error: Forbidden.RAM")
    quota = event(
        "Error creating route entry in vtb-a: quota exceeded",
        kind="Node", name="n3", reason="CreateRouteFailed",
    )  # fmt: skip
    return running(
        draw(strategies.sampled_from(VERSIONS)),
        listing(draw(strategies.sampled_from(LISTS))),
        command=draw(
            strategies.sampled_from(
                (UNTAGGED, (*UNTAGGED, "--configure-cloud-routes=false"), FLAGS[:2])
            )
        ),
        events=draw(strategies.sampled_from(((), (denied,), (quota,)))),
        **draw(
            strategies.sampled_from(
                ({}, {"pods": (pod(ready=False, waiting="CrashLoopBackOff"),), "ready": 0})
            )
        ),
    )


@settings(max_examples=2 * settings().max_examples, suppress_health_check=list(HealthCheck))
@given(whole=clusters())
def test_what_status_names_as_the_cause_diagnose_finds_and_explains(whole: Snapshot) -> None:
    stuck: dict[str, set[str]] = {}
    for row in build(whole).nodes:
        for cell in row.routes.values():
            if cell.next is NextAction.STUCK:
                stuck.setdefault(cell.because, set()).add(row.name)
    explained: dict[str, set[str]] = {}
    for one in diagnose(whole, DiagnoseOptions()).findings:
        explained.setdefault(one.code, set()).update(one.nodes)
    assert {code for code in stuck if code not in explained} == set()
    assert {code: nodes - explained[code] for code, nodes in stuck.items()} == {
        code: set() for code in stuck
    }


@settings(max_examples=2 * settings().max_examples, suppress_health_check=list(HealthCheck))
@given(whole=clusters())
def test_every_route_that_is_missing_where_it_is_needed_has_a_finding(whole: Snapshot) -> None:
    matrix = build(whole)
    managed_tables = {table.id for table in matrix.tables if table.managed}
    wrong = {
        row.name
        for row in matrix.nodes
        for table, cell in row.routes.items()
        if cell.state in (State.MISSING, State.CONFLICT, State.SHADOWED, State.PENDING)
        and (table in managed_tables or table == row.table)
    }
    explained = {name for one in diagnose(whole, DiagnoseOptions()).findings for name in one.nodes}
    assert wrong - explained == set()


@pytest.mark.parametrize("language", Language)
@settings(suppress_health_check=list(HealthCheck))
@given(whole=clusters())
def test_every_sentence_is_filled_in(language: Language, whole: Snapshot) -> None:
    for one in diagnose(whole, DiagnoseOptions(language=language)).findings:
        texts = (one.title, one.cause, one.remedy, *one.evidence, *one.commands)
        assert [text for text in texts if not text or re.search(r"<\w+>|\{\w+\}", text)] == []


@pytest.mark.parametrize(
    "part", ["nodes", "route-tables", "vswitches", "cloud-config", "controller"]
)
def test_a_part_that_could_not_be_read_leaves_no_check_that_needs_it_passed(part: str) -> None:
    diagnosis = diagnose(replace(taken(), gaps=(Gap(part, "forbidden"),)), DiagnoseOptions())
    unknown = {one.code for one in diagnosis.results if one.outcome is Outcome.UNKNOWN}
    assert unknown
    assert all(part in one.lacking for one in diagnosis.results if one.code in unknown)


def test_one_finding_explains_all_that_it_causes() -> None:
    whole = taken(running(text=listing("vtb-a")), entries={"vtb-a": FULL["vtb-a"], "vtb-b": ()})
    (finding,) = diagnose(whole, DiagnoseOptions()).findings
    assert (finding.code, finding.explains) == ("RT108", ("RT301 × 6",))
    assert without(3, "vtb-a")["vtb-b"] == FULL["vtb-b"]


def test_a_route_that_is_there_but_will_not_stay_is_no_symptom() -> None:
    wide = with_cidr(9, "172.16.0.0/22", internal_ips=("10.0.1.9",))
    (finding,) = diagnose(
        taken(nodes=old(*SIX, wide)), DiagnoseOptions(only=frozenset({"RT208"}))
    ).findings
    assert (finding.code, finding.explains) == ("RT208", ())
    assert finding.nodes == ("n1", "n2", "n3")


def test_who_asks_for_a_symptom_is_told_its_cause_too() -> None:
    blocked = taken(running(text="{}"), entries={"vtb-a": (), "vtb-b": ()})
    told = diagnose(blocked, DiagnoseOptions(only=frozenset({"RT301"}))).findings
    assert [(one.code, one.explains) for one in told] == [("RT101", ("RT301 × 12",))]


def test_the_evidence_is_about_the_nodes_that_were_asked_for() -> None:
    blocked = taken(running(text="{}"), entries={"vtb-a": (), "vtb-b": ()})
    (finding,) = diagnose(blocked, DiagnoseOptions(nodes=frozenset({"n5"}))).findings
    about = [one for one in finding.evidence if "(node" in one]
    assert about == [
        "vtb-a: no entry for 172.16.5.0/24 (node n5)",
        "vtb-b: no entry for 172.16.5.0/24 (node n5)",
    ]


def test_an_event_of_one_table_is_no_evidence_for_another() -> None:
    said = tuple(
        event(
            f"Error creating route entry in {table}: Route entry quota exceeded",
            kind="Node",
            name="n1",
            type="Warning",
            reason="CreateRouteFailed",
        )
        for table in ("vtb-a", "vtb-b")
    )
    whole = taken(running(events=said), entries={"vtb-a": (), "vtb-b": routes(*SIX)})
    (finding,) = diagnose(whole, DiagnoseOptions(only=frozenset({"RT401"}))).findings
    assert finding.explains == ("RT301 × 6",)
    assert not any("vtb-b" in one for one in finding.evidence)


def test_a_report_of_several_tables_is_over_once_a_route_was_created_since() -> None:
    several = event("multiple route tables found by vpc id[], length(tables)=2", kind="Event")
    created = event("Created route", kind="Node", reason="CreatedRoute", last_seen=NOW)
    bare = {"vtb-a": routes(*SIX[:5]), "vtb-b": ()}
    gone = replace(taken(managed(events=(several,))), entries=bare)
    assert "RT101" in {one.code for one in diagnose(gone, DiagnoseOptions()).findings}
    for over in (
        replace(taken(managed(events=(several, created))), entries=bare),
        taken(managed(events=(several,))),
    ):
        assert "RT101" not in {one.code for one in diagnose(over, DiagnoseOptions()).findings}


def test_names_of_tables_are_enumerated_as_the_language_does() -> None:
    ending = tuple(replace(SYSTEM, id=name, status="Deleting") for name in ("vtb-c", "vtb-d"))
    ccm = running(text=listing("vtb-a,vtb-b,vtb-c,vtb-d"))
    whole = taken(ccm, tables=(SYSTEM, CUSTOM, *ending))
    options = DiagnoseOptions(language=Language.CHINESE, only=frozenset({"RT402"}))
    (finding,) = diagnose(whole, options).findings
    assert finding.cause == "vtb-c、vtb-d 的状态为 Deleting：无法在其中创建路由。"


def test_the_reason_is_told_in_the_language_of_the_run() -> None:
    gap = Gap("nodes", message("{count} next hops", count=2), message("no podCIDR"))
    (finding,) = found(taken(gaps=(gap,)), "RT901", Language.CHINESE)
    assert finding.evidence == ("节点：2 个下一跳 没有 podCIDR",)
