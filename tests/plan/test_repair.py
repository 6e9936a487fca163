"""What repair would change, and what it leaves to a person."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from msgspec import structs

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.checks.context import CheckContext, build_context
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.nodes import ConditionStatus
from kubectl_routes.model.plan import Check, Manifests, Plan, Refusal, Verdict
from kubectl_routes.model.repair import Advice, EntryChange
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.model.undo import CONFIG_HASH
from kubectl_routes.model.vpc import NextHop, RouteEntry
from kubectl_routes.plan.repair import advice, controller_plan, repair_plan, restored
from kubectl_routes.plan.repair_goals import (
    Goals,
    choose,
    only_seen,
    seen_entries,
    without_controller,
    without_entries,
)
from tests.analyze.cluster import SIX, entry, listing, node
from tests.checks.asking import FULL, log, managed, old, running, taken, with_entries
from tests.plan.world import (
    PATH,
    config_map,
    container_of,
    daemon_set,
    read,
    running as ready,
    wired,
)

ORPHAN = entry("172.16.90.0/24", "i-gone")
ALL: frozenset[str] = frozenset()


def context(whole: Snapshot) -> CheckContext:
    return build_context(examine(whole))


def chosen(whole: Snapshot, *named: str) -> Goals:
    return choose(context(whole), frozenset(named))


def names(goals: Goals) -> list[tuple[str, str]]:
    return [(change.code, change.name) for change in goals.entries]


def test_nothing_is_to_be_repaired_in_a_healthy_cluster() -> None:
    assert chosen(taken()) == Goals()
    assert not Goals().of_controller


def test_an_orphan_is_deleted() -> None:
    goals = chosen(taken(entries=with_entries("vtb-a", ORPHAN)))
    assert names(goals) == [("RT306", "vtb-a/172.16.90.0/24")]
    assert goals.found == {("RT306", "vtb-a/172.16.90.0/24")}


def test_codes_that_are_not_named_are_left_alone() -> None:
    assert chosen(taken(entries=with_entries("vtb-a", ORPHAN)), "RT309") == Goals()


def test_an_entry_of_a_former_pod_cidr_is_deleted_and_each_only_once() -> None:
    goals = chosen(taken(entries=with_entries("vtb-a", entry("172.16.99.0/24", "i-3"))))
    assert names(goals) == [("RT309", "vtb-a/172.16.99.0/24")]


@pytest.mark.parametrize("changes", [{"name": "vpn"}, {"description": "to the office"}])
def test_what_has_a_name_was_not_made_by_ccm(changes: dict[str, str]) -> None:
    named = structs.replace(ORPHAN, **changes)
    whole = taken(entries=with_entries("vtb-a", named))
    goals = chosen(whole)
    assert goals.entries == ()
    assert goals.found == frozenset()
    assert goals.left == (
        (
            "RT306",
            "vtb-a/172.16.90.0/24 stays: its name or description shows that CCM did not create it;"
            " name RT306 to delete it",
        ),
    )
    by_name = chosen(whole, "RT306")
    assert repair_plan(whole, by_name, None).notes == (
        "vtb-a/172.16.90.0/24: its name or description shows that CCM did not create it",
    )
    assert names(chosen(whole, "RT306")) == [("RT306", "vtb-a/172.16.90.0/24")]


def test_what_lies_in_the_range_of_another_cluster_stays() -> None:
    peer = entry("172.16.88.0/22", "pcc-1", next_hops=(NextHop(id="pcc-1", type="VpcPeer"),))
    whole = taken(entries=with_entries("vtb-a", ORPHAN, entry("172.16.70.0/24", "i-gone"), peer))
    goals = chosen(whole)
    assert names(goals) == [("RT306", "vtb-a/172.16.70.0/24")]
    ((code, why),) = goals.left
    assert (code, "another client writes entries there (RT403)" in why) == ("RT306", True)


def test_an_entry_that_two_clusters_fight_about_stays() -> None:
    lines = [
        f"Delete conflict route {cidr}, {hop}"
        for cidr, hop in (("172.16.3.0/24", "i-x"), ("172.16.3.0/24", "i-x"))
    ]
    wrong = with_entries("vtb-a", entry("172.16.3.0/24", "i-x"), less=3)
    whole = taken(running("v2.2.0", logs=(log(*lines),)), entries=wrong)
    assert {change.code for change in chosen(whole).entries} <= {"RT302"}


def test_several_next_hops_cannot_be_brought_back() -> None:
    hops = (NextHop("i-1", "Instance"), NextHop("i-2", "Instance"))
    taken_by = with_entries("vtb-a", entry("172.16.3.0/24", "x", next_hops=hops), less=3)
    goals = chosen(taken(entries=taken_by), "RT305")
    assert goals.entries == ()
    assert goals.left[0][1].endswith("it has 2 next hops, which cannot be undone")


@pytest.mark.parametrize("part", ["nodes", "entries/vtb-b", "cluster-cidr"])
def test_what_was_not_read_is_no_ground_for_a_write(part: str) -> None:
    left = () if part == "nodes" else old(*SIX)
    whole = taken(nodes=left, entries=with_entries("vtb-a", ORPHAN), gaps=(Gap(part, "denied"),))
    assert chosen(whole).entries == ()


def test_what_a_person_may_have_made_is_deleted_only_by_name() -> None:
    eni = (NextHop(id="eni-1", type="NetworkInterface"),)
    whole = taken(entries=with_entries("vtb-a", entry("172.16.3.0/24", "x", next_hops=eni), less=3))
    assert chosen(whole).entries == ()
    assert names(chosen(whole, "RT305")) == [("RT305", "vtb-a/172.16.3.0/24")]


def test_a_wrong_hop_is_deleted_where_this_release_leaves_it() -> None:
    wrong = with_entries("vtb-a", entry("172.16.3.0/24", "i-x"), less=3)
    assert names(chosen(taken(running("v2.2.0"), entries=wrong))) == [
        ("RT302", "vtb-a/172.16.3.0/24")
    ]
    assert chosen(taken(running("v2.14.0"), entries=wrong)) == Goals()


def test_an_entry_without_an_id_is_left_to_a_person() -> None:
    wrong = with_entries("vtb-a", entry("172.16.3.0/24", "i-x", id=""), less=3)
    assert chosen(taken(running("v2.2.0"), entries=wrong)) == Goals()


def test_a_managed_cluster_gets_its_orphans_removed() -> None:
    goals = chosen(taken(managed(), entries=with_entries("vtb-a", ORPHAN)))
    assert names(goals) == [("RT306", "vtb-a/172.16.90.0/24")]


def test_without_a_need_for_routes_nothing_is_repaired() -> None:
    whole = taken(entries=with_entries("vtb-a", ORPHAN))
    cluster = structs.replace(whole.cluster, cni="flannel", flannel_backend="vxlan")
    assert chosen(structs.replace(whole, cluster=cluster)).entries == ()


def test_marks_of_nodes_whose_routes_are_there_are_removed() -> None:
    marked = old(node(1, network_unavailable=ConditionStatus.TRUE), *SIX[1:])
    (change,) = chosen(taken(nodes=marked)).nodes
    assert (change.name, change.taint) == ("n1", False)


def test_a_list_is_set_for_the_first_finding_about_it() -> None:
    goals = chosen(
        taken(running(text=listing("vtb-a")), entries={"vtb-a": FULL["vtb-a"], "vtb-b": ()})
    )
    assert (goals.list_code, goals.tables) == ("RT108", ("vtb-a", "vtb-b"))
    assert goals.of_controller
    assert without_controller(goals) == Goals()


def test_routes_that_are_off_need_flags_and_where_it_lacks_a_list_too() -> None:
    words = ("/ccm", "--cloud-provider=alicloud", "--configure-cloud-routes=false")
    nothing = CloudConfig(ConfigSourceKind.NO_FLAG)
    switched_off = running(command=words, cloud_config=nothing)
    whole = taken(switched_off, entries={"vtb-a": (), "vtb-b": ()})
    cluster = structs.replace(whole.cluster, cni="flannel", flannel_backend="alloc")
    goals = chosen(structs.replace(whole, cluster=cluster), "RT111")
    assert "configure-cloud-routes" in [flag.name for flag in goals.flags]
    assert (goals.list_code, goals.tables) == ("RT111", ("vtb-a", "vtb-b"))


def test_where_tables_are_not_known_no_list_is_set() -> None:
    nothing = CloudConfig(ConfigSourceKind.NO_FLAG)
    words = ("/ccm", "--cloud-provider=alicloud", "--configure-cloud-routes=false")
    switched_off = running(command=words, cloud_config=nothing)
    whole = taken(switched_off, tables=(), entries={}, v_switches=())
    cluster = structs.replace(whole.cluster, cni="flannel", flannel_backend="alloc")
    assert chosen(structs.replace(whole, cluster=cluster)).tables == ()


def test_entries_that_will_be_gone_are_gone_in_the_snapshot() -> None:
    whole = taken(entries=with_entries("vtb-a", ORPHAN))
    assert without_entries(whole, chosen(whole).entries).entries == FULL


def test_an_entry_that_appears_later_stays() -> None:
    whole = taken(entries=with_entries("vtb-a", ORPHAN))
    goals = chosen(whole)
    assert only_seen(goals, seen_entries(whole)) == goals
    later = only_seen(goals, seen_entries(taken()))
    assert (later.entries, later.found) == ((), frozenset())
    assert later.left == (("RT306", "vtb-a/172.16.90.0/24 stays: it has just been changed"),)


def world(
    workload: dict[str, Any], held: dict[str, Any] | None = None
) -> tuple[Snapshot, Manifests]:
    manifests = Manifests(ready(workload), held)
    return taken(read(manifests)), manifests


def planned(made: Plan | Refusal) -> Plan:
    assert isinstance(made, Plan), made
    return made


def words_of(made: Plan) -> list[str]:
    assert made.workload is not None
    assert made.workload.after is not None
    words: list[str] = container_of(made.workload.after)["command"]
    return words


def off(**changes: Any) -> dict[str, Any]:
    words = ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"]
    return daemon_set(command=[*words, "--configure-cloud-routes=false"], **changes)


def goals_of(whole: Snapshot) -> Goals:
    flags = context(whole).examined.ccm.needed_flags
    return Goals(flags=flags)


def test_flags_are_changed_and_the_pods_replaced() -> None:
    whole, manifests = world(off())
    before = deepcopy(manifests.workload)
    made = planned(controller_plan(whole, manifests, goals_of(whole)))
    assert "--configure-cloud-routes=true" in words_of(made)
    assert manifests.workload == before
    assert made.workload is not None
    assert made.workload.before == before
    assert CONFIG_HASH in str(made.workload.after)


def test_flags_and_the_list_are_one_change_of_the_workload() -> None:
    whole, manifests = world(off())
    goals = structs.replace(goals_of(whole), tables=("vtb-a", "vtb-b"), list_code="RT111")
    made = planned(controller_plan(whole, manifests, goals))
    assert [change.kind for change in made.changes] == ["ConfigMap", "DaemonSet"]
    assert {"--configure-cloud-routes=true", f"--cloud-config={PATH}"} <= set(words_of(made))
    assert made.workload is not None
    assert made.workload.before == manifests.workload
    steps = repair_plan(whole, goals, made).steps
    assert steps[0].startswith(
        "RT111 DaemonSet kube-system/cloud-controller-manager: --configure-cloud-routes=false ->"
    )


def test_where_the_list_is_there_the_flags_alone_change_the_workload() -> None:
    words = ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"]
    workload = wired(command=[*words, f"--cloud-config={PATH}", "--configure-cloud-routes=false"])
    whole, manifests = world(workload, config_map(listing("vtb-a,vtb-b")))
    goals = structs.replace(goals_of(whole), tables=("vtb-a", "vtb-b"), list_code="RT111")
    made = planned(controller_plan(whole, manifests, goals))
    assert [change.kind for change in made.changes] == ["DaemonSet"]
    assert "--configure-cloud-routes=true" in words_of(made)


def test_a_variable_stays_expanded_where_a_flag_is_changed() -> None:
    workload = off(env=[{"name": "CIDR", "value": "172.16.0.0/16"}])
    command = container_of(workload)["command"]
    command[2] = "--cluster-cidr=$(CIDR)"
    whole, manifests = world(workload)
    goals = structs.replace(goals_of(whole), tables=("vtb-a",), list_code="RT111")
    made = planned(controller_plan(whole, manifests, goals))
    assert "--cluster-cidr=$(CIDR)" in words_of(made)


def test_flags_that_cannot_be_told_are_set_by_hand() -> None:
    workload = off()
    container_of(workload)["command"] = ["/ccm", "--configure-cloud-routes=false"]
    whole, manifests = world(workload)
    cluster = structs.replace(whole.cluster, cluster_cidr="")
    whole = structs.replace(whole, cluster=cluster)
    refused = controller_plan(whole, manifests, goals_of(whole))
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("the flags have to be set by hand: ")


def test_a_workload_with_other_words_is_not_changed() -> None:
    whole, manifests = world(off())
    other = deepcopy(manifests.workload)
    container_of(other)["command"].insert(1, "--v=5")
    refused = controller_plan(whole, Manifests(other, None), goals_of(whole))
    assert isinstance(refused, Refusal)


def test_what_enable_refuses_is_refused() -> None:
    workload = wired()
    workload["spec"]["template"]["spec"]["volumes"] = [
        {"name": "cloud-config", "hostPath": {"path": "/etc/kubernetes/config"}}
    ]
    whole, manifests = world(workload)
    goals = Goals(tables=("vtb-a",), list_code="RT110")
    assert isinstance(controller_plan(whole, manifests, goals), Refusal)


def test_a_restart_gives_the_pods_another_template() -> None:
    whole, manifests = world(wired(), config_map(listing("vtb-a,vtb-b")))
    goals = Goals(restart="RT109")
    made = planned(controller_plan(whole, manifests, goals))
    assert made.workload is not None
    shown = repair_plan(whole, goals, made)
    assert shown.steps == ("RT109 DaemonSet kube-system/cloud-controller-manager: rolling restart",)
    assert shown.writes


def test_a_rollout_under_way_needs_no_change() -> None:
    whole, manifests = world(wired(), config_map(listing("vtb-a,vtb-b")))
    made = planned(controller_plan(whole, manifests, Goals(), rolling=True))
    assert (made.changes, made.rolling) == ((), True)
    assert not repair_plan(whole, Goals(), made).writes


def test_the_steps_name_code_object_before_and_after() -> None:
    marked = old(node(1, network_unavailable=ConditionStatus.TRUE), *SIX[1:])
    whole = taken(nodes=marked, entries=with_entries("vtb-a", ORPHAN))
    goals = chosen(whole)
    tainted = tuple(structs.replace(one, taint=True) for one in goals.nodes)
    created = EntryChange("RT306", "vtb-b", ORPHAN, create=True)
    goals = structs.replace(goals, nodes=goals.nodes + tainted, entries=(*goals.entries, created))
    assert repair_plan(whole, goals, None).steps == (
        "RT306 RouteEntry vtb-a/172.16.90.0/24: next hop i-gone -> deleted",
        "RT306 RouteEntry vtb-b/172.16.90.0/24: not there -> next hop i-gone",
        "RT206 Node n1: NetworkUnavailable=True -> NetworkUnavailable=False",
        "RT206 Node n1: taint node.kubernetes.io/network-unavailable -> no such taint",
    )


def test_a_finding_without_a_goal_is_advice() -> None:
    eni = (NextHop(id="eni-1", type="NetworkInterface"),)
    blocked = with_entries("vtb-a", entry("172.16.3.0/24", "x", next_hops=eni), ORPHAN, less=3)
    whole = taken(entries=blocked)
    findings = diagnose(whole, DiagnoseOptions()).findings
    stops = Check("RT401", "room for every node", Verdict.FAILED, ("vtb-a is full",), hint="ask")
    passed = Check("RT112", "CCM runs", Verdict.PASSED)
    told = advice(findings, chosen(whole), (stops, passed), ALL)
    assert [(one.code, one.commands) for one in told] == [
        ("RT305", ("kubectl routes repair RT305",)),
        ("RT401", ()),
    ]
    assert told[1] == Advice(
        "RT401",
        Severity.ERROR,
        'preflight check "room for every node" failed: vtb-a is full',
        "ask",
    )
    assert advice(findings, chosen(whole), (), frozenset({"RT401"})) == ()
    left = Goals(left=(("RT306", "it stays"),))
    assert advice((), left, (), ALL) == (Advice("RT306", Severity.WARNING, "it stays", ""),)


def test_of_a_record_only_what_is_missing_comes_back() -> None:
    there = EntryChange("RT306", "vtb-a", ORPHAN, create=True)
    missing = EntryChange("RT306", "vtb-b", ORPHAN, create=True)
    entries: dict[str, tuple[RouteEntry, ...]] = {"vtb-a": (ORPHAN,), "vtb-b": ()}
    assert restored((there, missing), entries) == ((missing,), ())
    other: dict[str, tuple[RouteEntry, ...]] = {"vtb-a": (entry("172.16.90.0/24", "i-new"),)}
    assert restored((there, missing), other) == (
        (),
        (
            "vtb-a/172.16.90.0/24 leads to i-new now, and led to i-gone",
            "route table vtb-b is not there, or could not be read",
        ),
    )
