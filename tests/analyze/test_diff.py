"""What differs between two snapshots, and what cannot be compared."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.analyze.diff import compare
from kubectl_routes.analyze.judged import Judged
from kubectl_routes.analyze.matrix import examine
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
    ControllerPod,
)
from kubectl_routes.model.diff import Change, DiffPart, DiffResult, RouteDiff
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_CONTROLLER,
    PART_EVENTS,
    PART_NODES,
    PART_PODS,
    PART_TABLES,
    PART_VSWITCHES,
    Cluster,
    Gap,
    Snapshot,
)
from kubectl_routes.model.vpc import EntryQuota, NextHop, RouteEntry
from tests.analyze.cluster import (
    CUSTOM,
    FLAGS,
    SIX,
    SPARE,
    SYSTEM,
    config,
    controller,
    entry,
    listing,
    node,
    routes,
    snapshot,
)

RELEASE = "v2.11.2"
BOTH = listing("vtb-a,vtb-b")
QUOTA = EntryQuota(total=200)


def ccm(text: str | None = BOTH, **changes: object) -> Controller:
    pod = ControllerPod("ccm-1", "n1", "Running", ready=True, started="2026-11-20T08:00:00Z")
    values = {
        "logs": (),
        "pods": (pod,),
        "desired": 1,
        "ready": 1,
        "updated": 1,
        "available": 1,
        **changes,
    }
    return controller(RELEASE, text, **values)


def taken(**changes: object) -> Snapshot:
    """A healthy cluster of which all was read."""
    entries = {"vtb-a": routes(*SIX), "vtb-b": routes(*SIX)}
    values = {"entries": entries, "entry_quota": QUOTA, **changes}
    return snapshot(values.pop("controller", ccm()), **values)  # type: ignore[arg-type]


def judged(one: Snapshot) -> Judged:
    examined = examine(one)
    return Judged(examined, diagnose_examined(examined, DiagnoseOptions()))


def diff(old: Snapshot, new: Snapshot) -> RouteDiff:
    return compare(judged(old), judged(new), ("old.json", ""))


def complete(found: RouteDiff) -> bool:
    """Whether all that the result depends on was read."""
    return not any(one.needed for one in found.not_compared)


def told(found: RouteDiff, part: DiffPart) -> list[tuple[str, ...]]:
    """The changes of a part without it: change, name, field, before, after."""
    some = [one for one in found.changes if one.part is part]
    return [(one.change.value, one.name, one.field, one.before, one.after) for one in some]


def gapped(one: Snapshot, *parts: str) -> Snapshot:
    return replace(one, gaps=tuple(Gap(part, "refused") for part in parts))


OLD = taken()


def test_a_snapshot_is_the_same_as_itself() -> None:
    found = diff(OLD, OLD)
    assert (found.result, found.changes, found.mismatches) == (DiffResult.SAME, (), ())
    assert complete(found)
    assert set(found.summary.values()) == {0}
    assert (found.old.source, found.new.source) == ("old.json", "")
    assert found.old.verdict is not None


def test_an_entry_that_is_gone_is_a_route_an_entry_and_a_finding() -> None:
    entries = {**OLD.entries, "vtb-a": routes(*SIX[1:])}
    found = diff(OLD, taken(entries=entries))
    assert found.result is DiffResult.DIFFERENT
    assert told(found, DiffPart.ROUTES) == [("changed", "n1", "vtb-a", "ok", "missing")]
    gone = ("removed", "172.16.1.0/24", "vtb-a", "i-1 (Custom, Available)", "")
    assert told(found, DiffPart.ENTRIES) == [gone]
    assert ("added", "n1", "RT301", "", "warning") in told(found, DiffPart.FINDINGS)
    back = diff(taken(entries=entries), OLD)
    assert ("removed", "n1", "RT301", "warning", "") in told(back, DiffPart.FINDINGS)
    assert found.summary[DiffPart.ROUTES] == 1


def test_entries_are_the_same_whatever_their_ids() -> None:
    again = tuple(replace(one, id="rte-again") for one in routes(*SIX))
    assert diff(OLD, taken(entries={**OLD.entries, "vtb-a": again})).changes == ()


def test_what_entries_say_is_compared() -> None:
    elsewhere = entry("172.16.1.0/24", "", next_hops=(NextHop(type="IPv6", enabled=False),))
    none = RouteEntry("rte", "10.0.0.0/8", type="System")
    entries = {"vtb-a": (elsewhere, none, *routes(*SIX[1:])), "vtb-b": OLD.entries["vtb-b"]}
    assert told(diff(OLD, taken(entries=entries)), DiffPart.ENTRIES) == [
        ("added", "10.0.0.0/8", "vtb-a", "", "no next hop (System)"),
        (
            "changed",
            "172.16.1.0/24",
            "vtb-a",
            "i-1 (Custom, Available)",
            "IPv6 disabled (Custom, Available)",
        ),
    ]


def test_nodes_join_leave_and_change() -> None:
    moved = node(2, provider_id="cn-hangzhou.i-20", internal_ips=("10.0.1.20",))
    nodes = (moved, *SIX[2:], node(7), node(8, provider_id=""))
    found = diff(OLD, taken(nodes=nodes))
    assert told(found, DiffPart.NODES) == [
        ("removed", "n1", "", "172.16.1.0/24", ""),
        ("added", "n7", "", "", "172.16.7.0/24"),
        ("added", "n8", "", "", "172.16.8.0/24"),
        ("changed", "n2", "instanceId", "i-2", "i-20"),
        ("changed", "n2", "table", "vtb-b", "vtb-a"),
        ("changed", "n2", "vSwitch", "vsw-2", "vsw-1"),
    ]
    # What is new is shown with its state; what is gone is only named.
    cells = told(found, DiffPart.ROUTES)
    assert ("added", "n7", "vtb-a", "", "missing") in cells
    assert [one for one in cells if one[1] == "n1"] == []


def test_tables_come_go_and_change() -> None:
    other = replace(SYSTEM, name="main", v_switch_ids=("vsw-9", "vsw-1"))
    new = taken(
        tables=(other, CUSTOM, SPARE),
        entries={**OLD.entries, "vtb-c": ()},
        entry_quota=EntryQuota(total=400),
        controller=ccm(listing("vtb-a")),
    )
    found = diff(OLD, new)
    assert told(found, DiffPart.TABLES) == [
        ("added", "vtb-c", "", "", ""),
        ("changed", "vtb-b", "managed", "yes", "no"),
        ("changed", "vtb-a", "name", "system", "main"),
        ("changed", "vtb-a", "quota", "200", "400"),
        ("changed", "vtb-b", "quota", "200", "400"),
        ("changed", "vtb-a", "vSwitches", "vsw-1", "vsw-1, vsw-9"),
    ]
    assert ("added", "n1", "vtb-c", "", "missing") in told(found, DiffPart.ROUTES)
    assert told(diff(new, OLD), DiffPart.TABLES)[0] == ("removed", "vtb-c", "", "", "")


def test_ccm_is_compared_by_release_list_flags_and_pods() -> None:
    crashing = ControllerPod("ccm-1", "n1", "Running", waiting="CrashLoopBackOff", restarts=3)
    new = replace(
        ccm(
            listing("vtb-a"),
            pods=(crashing, ControllerPod("ccm-2", "n2", "Running")),
            command=(*FLAGS[:-1], "--route-reconciliation-period=10m", FLAGS[-1]),
            ready=0,
            others=("Deployment other/ccm",),
        ),
        image="registry/other:v2.12.0",
    )
    found = told(diff(OLD, taken(controller=new)), DiffPart.CONTROLLER)
    for expected in (
        ("changed", "", "version", "v2.11.2", "v2.12.0"),
        ("changed", "", "routeTableIDs", "vtb-a,vtb-b", "vtb-a"),
        ("changed", "", "--route-reconciliation-period", "", "10m"),
        ("changed", "", "ready", "1/1", "0/1"),
        ("changed", "", "others", "", "Deployment other/ccm"),
        ("added", "ccm-2", "", "", "n2"),
        ("changed", "ccm-1", "ready", "yes", "no"),
        ("changed", "ccm-1", "waiting", "", "CrashLoopBackOff"),
        ("changed", "ccm-1", "restarts", "0", "3"),
    ):
        assert expected in found
    assert "--cloud-config" not in {field for _, _, field, *_ in found}


def test_another_setting_of_cloud_config_is_named_by_its_version() -> None:
    text = BOTH.replace('"c1"', '"c2"')
    new = ccm(cloud_config=config(text, resource_version="9"))
    assert told(diff(OLD, taken(controller=new)), DiffPart.CONTROLLER) == [
        ("changed", "", "cloudConfig.resourceVersion", "", "9")
    ]
    bare = CloudConfig(ConfigSourceKind.NO_FLAG)
    nameless = replace(ccm(command=FLAGS[:-1]), cloud_config=bare, image="registry/ccm:latest")
    fields = {one[2] for one in told(diff(OLD, taken(controller=nameless)), DiffPart.CONTROLLER)}
    assert {"cloudConfig", "image", "routeTableIDs"} <= fields
    assert "version" not in fields


def test_of_a_ccm_that_is_not_visible_only_that_is_compared() -> None:
    found = diff(OLD, taken(controller=Controller(ControllerKind.MANAGED)))
    kind = ("changed", "", "kind", "DaemonSet", "Managed")
    assert told(found, DiffPart.CONTROLLER)[0] == kind
    assert told(found, DiffPart.TABLES) == []
    assert complete(found)
    unread = taken(controller=Controller(ControllerKind.UNKNOWN))
    assert told(diff(OLD, unread), DiffPart.CONTROLLER) == []
    assert [one.side.value for one in found.not_compared if one.part == "check/RT103"] == ["new"]


def test_flags_that_are_not_known_are_not_compared() -> None:
    new = ccm(command=(*FLAGS, "--other=$(OTHER)"), unexpanded=("OTHER",))
    found = diff(OLD, taken(controller=new))
    assert told(found, DiffPart.CONTROLLER) == []
    flags = [one for one in found.not_compared if one.part == "controller-flags"]
    assert [(one.side.value, one.reason, one.needed) for one in flags] == [("new", "other", False)]
    open_word = ccm(command=(*FLAGS, "$(OTHER)"), unexpanded=("OTHER",))
    assert told(diff(OLD, taken(controller=open_word)), DiffPart.CONTROLLER) == []


def test_the_cluster_is_compared_and_its_identity_too() -> None:
    a = Cluster(server="https://a", vpc_id="vpc-1", region="cn-hangzhou", server_version="v1.30.4")
    b = replace(a, server="https://b", server_version="v1.31.0", cluster_cidr="172.16.0.0/16")
    found = diff(taken(cluster=a), taken(cluster=b))
    expected = [("changed", "", "serverVersion", "v1.30.4", "v1.31.0")]
    assert told(found, DiffPart.CLUSTER) == expected
    assert found.mismatches == ("server",)
    # One cluster may be asked at two addresses.
    a, b = replace(a, cluster_id="c1"), replace(b, cluster_id="c1", vpc_id="vpc-2")
    assert diff(taken(cluster=a), taken(cluster=b)).mismatches == ("vpcId",)
    other = replace(a, cluster_id="c2")
    assert diff(taken(cluster=a), taken(cluster=other)).mismatches == ("clusterId",)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("parts", "unread", "left"),
    [
        ((PART_NODES,), {"nodes": ()}, {"entries", "tables"}),
        (
            (PART_TABLES, PART_VSWITCHES),
            {"tables": (), "v_switches": (), "entries": {}},
            {"nodes", "routes"},
        ),
        ((PART_VSWITCHES,), {"v_switches": ()}, {"entries", "nodes", "routes", "tables"}),
        (("entries/vtb-a",), {"entries": {"vtb-b": ()}}, {"entries", "nodes", "routes", "tables"}),
        (
            (PART_CONTROLLER,),
            {"controller": Controller(ControllerKind.UNKNOWN)},
            {"entries", "nodes", "routes", "tables"},
        ),
        (
            (PART_CLOUD_CONFIG, PART_PODS),
            {"controller": ccm(None)},
            {"entries", "nodes", "routes", "tables"},
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else "",
)
def test_what_was_not_read_is_neither_the_same_nor_different(
    parts: tuple[str, ...], unread: dict[str, object], left: set[str], swapped: bool
) -> None:
    """Against a cluster in which all is different, no change is of what was not read."""
    changed = taken(
        nodes=(node(9), *SIX[1:]),
        tables=(replace(SYSTEM, name="x"), CUSTOM, SPARE),
        entries={"vtb-a": (), "vtb-b": routes(*SIX[1:]), "vtb-c": ()},
    )
    blind = gapped(taken(**unread), *parts)
    found = diff(*((changed, blind) if swapped else (blind, changed)))
    assert not complete(found)
    sides = {one.part: one.side.value for one in found.not_compared if one.needed}
    assert sides == dict.fromkeys(parts, "new" if swapped else "old")
    some = {one.part.value for one in found.changes} - {"findings"}
    assert some <= left
    if parts == ("entries/vtb-a",):
        others = [one for one in found.changes if one.part is DiffPart.ENTRIES]
        others += [one for one in found.changes if one.name != "n9"]
        assert "vtb-a" not in {one.field for one in others}


def test_a_skipped_node_is_not_known_to_be_so_without_the_controller() -> None:
    excluded = node(1, labels={"service.alibabacloud.com/exclude-node": "true"})
    new = taken(nodes=(excluded, *SIX[1:]))
    changed = ("changed", "n1", "vtb-a", "ok", "skipped")
    assert changed in told(diff(OLD, new), DiffPart.ROUTES)
    found = diff(OLD, gapped(new, PART_CONTROLLER))
    assert told(found, DiffPart.ROUTES) == told(found, DiffPart.NODES) == []


def test_without_a_difference_a_gap_leaves_the_result_unknown() -> None:
    blind = gapped(OLD, PART_EVENTS, "entries/vtb-a")
    found = diff(blind, blind)
    assert found.result is DiffResult.UNKNOWN
    sides = {one.part: (one.side.value, one.needed) for one in found.not_compared}
    assert sides["entries/vtb-a"] == ("both", True)
    assert sides["events"] == ("both", False)


def test_an_assumed_quota_is_not_compared() -> None:
    found = diff(OLD, taken(entry_quota=EntryQuota(reason="denied")))
    assert found.changes == ()
    assert [(one.part, one.reason) for one in found.not_compared] == [("quota", "denied")]
    neither = diff(taken(entry_quota=None), taken(entry_quota=None))
    assert [(one.part, one.side.value) for one in neither.not_compared] == [("quota", "both")]


def test_a_finding_that_got_worse_is_one_change() -> None:
    few = {**OLD.entries, "vtb-a": routes(*SIX[1:])}
    old = judged(taken(entries=few))
    lighter = [replace(one, severity=type(one.severity)("info")) for one in old.diagnosis.findings]
    was = Judged(old.examined, replace(old.diagnosis, findings=tuple(lighter)))
    found = compare(was, old, ("", ""))
    assert ("changed", "n1", "RT301", "info", "warning") in told(found, DiffPart.FINDINGS)
    assert {one.part for one in found.changes} == {DiffPart.FINDINGS}


def test_a_finding_without_an_object_is_of_the_cluster() -> None:
    old = judged(OLD)
    findings = tuple(
        replace(one, objects=())
        for one in judged(taken(entries={"vtb-a": (), "vtb-b": ()})).diagnosis.findings
    )
    new = Judged(old.examined, replace(old.diagnosis, findings=findings))
    kinds = {(one.kind, one.name) for one in compare(old, new, ("", "")).changes}
    assert kinds == {("Cluster", "")}


def test_changes_stand_in_the_order_of_the_parts_and_of_names() -> None:
    nodes = tuple(node(number) for number in range(1, 12))
    changes: list[Change] = [*diff(OLD, taken(nodes=nodes)).changes]
    names = [one.name for one in changes if one.part is DiffPart.NODES]
    assert names == ["n7", "n8", "n9", "n10", "n11"]
