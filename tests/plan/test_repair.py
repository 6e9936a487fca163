"""What repair would change, and what it leaves to a person.

golden/repair.txt shows what is chosen in each snapshot, and the plan of each set of goals.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from msgspec import structs

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.checks.context import build_context
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind, Controller
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.nodes import ConditionStatus
from kubectl_routes.model.plan import Check, Manifests, Plan, Refusal, Verdict
from kubectl_routes.model.repair import Advice, EntryChange, NodeChange
from kubectl_routes.model.snapshot import Gap, Snapshot
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
    compare,
    config_map,
    container_of,
    daemon_set,
    read,
    running as ready,
    shown,
    wired,
)

Object = dict[str, Any]

ORPHAN = entry("172.16.90.0/24", "i-gone")
ORPHANED = taken(entries=with_entries("vtb-a", ORPHAN))
PEER = entry("172.16.88.0/22", "pcc-1", next_hops=(NextHop(id="pcc-1", type="VpcPeer"),))
TWO_HOPS = (NextHop("i-1", "Instance"), NextHop("i-2", "Instance"))
ENI = (NextHop(id="eni-1", type="NetworkInterface"),)
OFF = ("/ccm", "--cloud-provider=alicloud", "--configure-cloud-routes=false")
WORDS = ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"]
MARKED = old(node(1, network_unavailable=ConditionStatus.TRUE), *SIX[1:])

OFF_AND_REFUSED = taken(running("v1.9.3.105-gfd4e547-aliyun", "{ Global: {} }", command=OFF))


def blocked(**changes: Any) -> dict[str, tuple[RouteEntry, ...]]:
    """Another entry has the CIDR of node 3."""
    return with_entries("vtb-a", entry("172.16.3.0/24", "i-x", **changes), less=3)


def overlay(whole: Snapshot, backend: str) -> Snapshot:
    cluster = structs.replace(whole.cluster, cni="flannel", flannel_backend=backend)
    return structs.replace(whole, cluster=cluster)


def switched_off(**changes: Any) -> Snapshot:
    ccm = running(command=OFF, cloud_config=CloudConfig(ConfigSourceKind.NO_FLAG))
    return overlay(taken(ccm, **{"entries": {"vtb-a": (), "vtb-b": ()}, **changes}), "alloc")


def fought_about() -> Snapshot:
    """CCM has deleted an entry that is there again."""
    lines = ("Delete conflict route 172.16.3.0/24, i-x",) * 2
    return taken(running("v2.2.0", logs=(log(*lines),)), entries=blocked())


def unread(part: str) -> Snapshot:
    nodes = () if part == "nodes" else old(*SIX)
    entries = with_entries("vtb-a", ORPHAN)
    return taken(nodes=nodes, entries=entries, gaps=(Gap(part, "denied"),))


def orphan(**changes: str) -> Snapshot:
    return taken(entries=with_entries("vtb-a", structs.replace(ORPHAN, **changes)))


# The snapshot, and the codes that are named.
CHOICES: dict[str, tuple[Any, ...]] = {
    "a healthy cluster": (taken(),),
    "an orphan": (ORPHANED,),
    "an orphan, another code is named": (ORPHANED, "RT309"),
    "an entry of a former pod CIDR": (
        taken(entries=with_entries("vtb-a", entry("172.16.99.0/24", "i-3"))),
    ),
    "an orphan with a name": (orphan(name="vpn"),),
    "an orphan with a description": (orphan(description="to the office"),),
    "an orphan with a name, by its code": (orphan(name="vpn"), "RT306"),
    "orphans, another cluster has the range of one": (
        taken(entries=with_entries("vtb-a", ORPHAN, entry("172.16.70.0/24", "i-gone"), PEER)),
    ),
    "an entry that two clusters fight about": (fought_about(),),
    "an entry with several next hops, by its code": (
        taken(entries=blocked(next_hops=TWO_HOPS)), "RT305"
    ),
    **{f"{part} not read": (unread(part),) for part in ("nodes", "entries/vtb-b", "cluster-cidr")},
    "an entry of a person": (taken(entries=blocked(next_hops=ENI)),),
    "an entry of a person, by its code": (taken(entries=blocked(next_hops=ENI)), "RT305"),
    "a wrong hop that this release leaves": (taken(running("v2.2.0"), entries=blocked()),),
    "a wrong hop that this release replaces": (taken(running("v2.14.0"), entries=blocked()),),
    "a wrong hop without an id": (taken(running("v2.2.0"), entries=blocked(id="")),),
    "an orphan of a managed cluster": (
        taken(managed(), entries=with_entries("vtb-a", ORPHAN)),
    ),
    "no need for routes": (overlay(ORPHANED, "vxlan"),),
    "routes are off, and CCM refuses its cloud-config": (OFF_AND_REFUSED,),
    "no need for routes, and CCM refuses its cloud-config": (overlay(OFF_AND_REFUSED, "vxlan"),),
    "a node whose routes are there is marked": (taken(nodes=MARKED),),
    "a table is missing from the list": (
        taken(running(text=listing("vtb-a")), entries={"vtb-a": FULL["vtb-a"], "vtb-b": ()}),
    ),
    "routes are off, and a list is missing": (switched_off(), "RT111"),
    "routes are off, and the tables are not known": (
        switched_off(tables=(), entries={}, v_switches=()), "RT111"
    ),
}  # fmt: skip


def chosen(whole: Snapshot, *named: str) -> Goals:
    return choose(build_context(examine(whole)), frozenset(named))


def goal_lines(goals: Goals) -> str:
    """The goals that are set."""
    lines = [f"delete {change.code} {change.name}" for change in goals.entries]
    lines += [f"node {change.name}, taint: {change.taint}" for change in goals.nodes]
    if goals.list_code:
        lines.append(f"list for {goals.list_code}: {','.join(goals.tables)}")
    lines += [f"flag {flag.described}" for flag in goals.flags]
    lines += [f"found {code} {name}" for code, name in sorted(goals.found)]
    lines += [f"left {code}: {why}" for code, why in goals.left]
    lines += [f"doubt {why}" for why in goals.doubts]
    return "".join(f"{line}\n" for line in lines)


def off(**changes: Any) -> Object:
    return daemon_set(command=[*WORDS, "--configure-cloud-routes=false"], **changes)


LIST = {"tables": ("vtb-a", "vtb-b"), "list_code": "RT111"}
RIGHT = config_map(listing("vtb-a,vtb-b"))
OFF_WIRED = wired(command=[*WORDS, f"--cloud-config={PATH}", "--configure-cloud-routes=false"])
WITH_VARIABLE = off(env=[{"name": "CIDR", "value": "172.16.0.0/16"}])
container_of(WITH_VARIABLE)["command"][2] = "--cluster-cidr=$(CIDR)"
HOST_FILE = wired(
    volumes=[{"name": "cloud-config", "hostPath": {"path": "/etc/kubernetes/config"}}]
)

# The workload, its ConfigMap, and goals beside the flags that CCM needs.
PLANS: dict[str, tuple[Object, Object | None, dict[str, Any]]] = {
    "flags": (off(), None, {}),
    "flags and the list": (off(), None, LIST),
    "flags, the list is there": (OFF_WIRED, RIGHT, LIST),
    "a flag with a variable": (WITH_VARIABLE, None, LIST),
    "what enable refuses": (HOST_FILE, None, LIST),
    "a restart": (wired(), RIGHT, {"restart": "RT109"}),
    "nothing": (wired(), RIGHT, {}),
}


def planned(
    workload: Object, held: Object | None, more: dict[str, Any]
) -> tuple[Snapshot, Goals, Plan | Refusal]:
    manifests = Manifests(ready(workload), held)
    whole = taken(read(manifests))
    flags = build_context(examine(whole)).examined.ccm.needed_flags
    goals = Goals(flags=flags, **more)
    before = deepcopy(manifests.workload)
    made = controller_plan(whole, manifests, goals, rolling=True)
    assert manifests.workload == before
    return whole, goals, made


def cases() -> Iterator[tuple[str, str]]:
    for name, (whole, *named) in CHOICES.items():
        yield name, goal_lines(chosen(whole, *named))
    for name, case in PLANS.items():
        whole, goals, made = planned(*case)
        if isinstance(made, Plan):
            assert made.rolling
            made = structs.replace(made, steps=repair_plan(whole, goals, made).steps)
        yield f"plan: {name}", shown(made)


def test_what_is_chosen_and_planned(request: pytest.FixtureRequest) -> None:
    compare(request, "repair", cases())


def test_goals_of_the_controller_can_be_left_out() -> None:
    goals = chosen(*CHOICES["a table is missing from the list"])
    assert goals.of_controller
    assert without_controller(goals) == Goals()
    assert not Goals().of_controller


def test_entries_that_will_be_gone_are_gone_in_the_snapshot() -> None:
    assert without_entries(ORPHANED, chosen(ORPHANED).entries).entries == FULL


def test_an_entry_that_appears_later_stays() -> None:
    goals = chosen(ORPHANED)
    assert only_seen(goals, seen_entries(ORPHANED)) == goals
    later = only_seen(goals, seen_entries(taken()))
    assert (later.entries, later.found) == ((), frozenset())
    assert later.left == (("RT306", "vtb-a/172.16.90.0/24 stays: it has just been changed"),)


def refused_flags(whole: Snapshot, workload: Object) -> None:
    flags = build_context(examine(whole)).examined.ccm.needed_flags
    refused = controller_plan(whole, Manifests(workload, None), Goals(flags=flags))
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("the flags have to be set by hand: ")


def seen(workload: Object) -> Controller:
    return read(Manifests(workload, None))


def test_flags_whose_value_is_not_known_are_set_by_hand() -> None:
    workload = daemon_set(command=["/ccm", "--configure-cloud-routes=false"])
    whole = taken(seen(workload))
    cluster = structs.replace(whole.cluster, cluster_cidr="")
    refused_flags(structs.replace(whole, cluster=cluster), workload)


def test_a_workload_with_other_words_is_not_changed() -> None:
    other = off()
    container_of(other)["command"].insert(1, "--v=5")
    refused_flags(taken(seen(off())), other)


def test_a_plan_writes_where_something_changes() -> None:
    for name, writes in (("a restart", True), ("nothing", False)):
        whole, goals, made = planned(*PLANS[name])
        assert isinstance(made, Plan)
        assert repair_plan(whole, goals, made).writes is writes


def test_the_steps_name_code_object_before_and_after() -> None:
    goals = Goals(
        entries=(
            EntryChange("RT306", "vtb-a", ORPHAN),
            EntryChange("RT306", "vtb-b", ORPHAN, create=True),
        ),
        nodes=(NodeChange("n1"), NodeChange("n1", taint=True)),
        doubts=("why not",),
    )
    made = repair_plan(taken(), goals, None)
    assert made.notes == ("why not",)
    assert made.steps == (
        "RT306 RouteEntry vtb-a/172.16.90.0/24: next hop i-gone -> deleted",
        "RT306 RouteEntry vtb-b/172.16.90.0/24: not there -> next hop i-gone",
        "RT206 Node n1: NetworkUnavailable=True -> NetworkUnavailable=False",
        "RT206 Node n1: taint node.kubernetes.io/network-unavailable -> no such taint",
    )


def test_a_finding_without_a_goal_is_advice() -> None:
    entries = with_entries("vtb-a", entry("172.16.3.0/24", "x", next_hops=ENI), ORPHAN, less=3)
    whole = taken(entries=entries)
    findings = diagnose(whole, DiagnoseOptions()).findings
    stops = Check("RT401", "room for every node", Verdict.FAILED, ("vtb-a is full",), hint="ask")
    passed = Check("RT112", "CCM runs", Verdict.PASSED)
    told = advice(findings, chosen(whole), (stops, passed), frozenset())
    assert [(one.code, one.commands) for one in told] == [
        ("RT305", ("kubectl routes repair RT305",)),
        ("RT401", ()),
    ]
    failed = 'preflight check "room for every node" failed: vtb-a is full'
    assert told[1] == Advice("RT401", Severity.ERROR, failed, "ask")
    assert advice(findings, chosen(whole), (), frozenset({"RT401"})) == ()
    left = Goals(left=(("RT306", "it stays"),))
    assert advice((), left, (), frozenset()) == (Advice("RT306", Severity.WARNING, "it stays", ""),)


def test_of_a_record_only_what_is_missing_comes_back() -> None:
    there = EntryChange("RT306", "vtb-a", ORPHAN, create=True)
    missing = EntryChange("RT306", "vtb-b", ORPHAN, create=True)
    entries: dict[str, tuple[RouteEntry, ...]] = {"vtb-a": (ORPHAN,), "vtb-b": ()}
    assert restored((there, missing), entries) == ((missing,), ())
    assert restored((there, missing), {"vtb-a": (entry("172.16.90.0/24", "i-new"),)}) == (
        (),
        (
            "vtb-a/172.16.90.0/24 leads to i-new now, and led to i-gone",
            "route table vtb-b is not there, or could not be read",
        ),
    )
