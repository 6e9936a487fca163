"""The matrix, asked like an operator would: what is there, and will CCM fix it?"""

from __future__ import annotations

import pytest
from msgspec import structs

from kubectl_routes.analyze.matrix import build, examine
from kubectl_routes.catalog.translation import translated
from kubectl_routes.model.controller import Controller, ControllerKind, ControllerPod, Event
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.matrix import (
    Cell,
    ConfigState,
    ControllerSummary,
    EntryRef,
    Matrix,
    Mode,
    NextAction,
    State,
    TableColumn,
)
from kubectl_routes.model.message import Language
from kubectl_routes.model.snapshot import PART_NODES, PART_TABLES, Cluster, Gap
from kubectl_routes.model.vpc import EntryQuota, NextHop, RouteEntry, RouteTable, VSwitch
from tests.analyze.cluster import (
    CUSTOM,
    FLAGS,
    REPOSITORY,
    SIX,
    SPARE,
    SYSTEM,
    V0,
    VSWITCHES,
    config,
    controller,
    entry,
    listing,
    node,
    outlook,
    routes,
    snapshot,
    with_cidr,
)

BOTH = listing("vtb-a,vtb-b")
MANAGED = Controller(kind=ControllerKind.MANAGED)
RELEASES = (V0, "v2.1.0", "v2.4.0", "v2.9.1", "v2.11.2", "v2.14.0")
OK = ("ok", "none", None, "")
# Lists a table's entries, not the tables of a router.
V1_BY_ENTRY = "v1.9.3.276-gabcdef0-aliyun"


def matrix_with(*planted: RouteEntry, version: str = "v2.11.2", **changes: object) -> Matrix:
    """Both tables hold every route of the six nodes; vtb-a also what is planted there, in place of
    an entry of the same CIDR."""
    taken = {one.cidr for one in planted}
    right = routes(*SIX)
    system = (*(one for one in right if one.cidr not in taken), *planted)
    values: dict[str, object] = {"entries": {"vtb-a": system, "vtb-b": right}, **changes}
    return build(snapshot(controller(version, BOTH), **values))


def of_n1(
    *planted: RouteEntry, version: str, **changes: object
) -> tuple[str, str, str | None, str]:
    return outlook(matrix_with(*planted, version=version, **changes), "n1", "vtb-a")


def per_release(
    *planted: RouteEntry, **changes: object
) -> dict[str, tuple[str, str, str | None, str]]:
    return {version: of_n1(*planted, version=version, **changes) for version in RELEASES}


def test_healthy_cluster_is_ok_everywhere_and_nothing_happens() -> None:
    matrix = matrix_with()
    assert matrix.mode is Mode.MULTI_TABLE
    assert matrix.summary == {**dict.fromkeys(State, 0), State.OK: 12}
    assert {outlook(matrix, f"n{n}", t) for n in range(1, 7) for t in ("vtb-a", "vtb-b")} == {OK}
    assert matrix.nodes[0].routes["vtb-a"] == Cell(State.OK, "i-1", "rte-172.16.1.0/24")
    assert matrix.notices == ()
    assert matrix.cluster == Cluster(region="cn-hangzhou", vpc_id="vpc-1")
    assert matrix.controller == ControllerSummary(
        kind="DaemonSet",
        version="v2.11.2",
        image=f"{REPOSITORY}:v2.11.2",
        desired=0,
        ready=0,
        cloud_config=ConfigState.OK,
        period_seconds=300,
    )


def test_placement_tells_vswitch_and_table_of_every_node() -> None:
    matrix = matrix_with()
    rows = [(row.name, row.v_switch, row.table) for row in matrix.nodes[:2]]
    assert rows == [("n1", "vsw-1", "vtb-a"), ("n2", "vsw-2", "vtb-b")]
    tables = [(t.id, t.v_switches, t.nodes_behind, t.managed, t.auto) for t in matrix.tables]
    assert tables == [("vtb-a", ("vsw-1",), 3, True, True), ("vtb-b", ("vsw-2",), 3, True, True)]


def test_a_table_is_chosen_by_auto_if_it_is_the_system_table_or_a_node_is_behind_it() -> None:
    last = structs.replace(SYSTEM, id="vtb-z", v_switch_ids=())
    foreign = structs.replace(SYSTEM, id="vtb-x", vpc_id="vpc-2", v_switch_ids=())
    matrix = build(
        snapshot(
            controller("v2.4.0", listing("vtb-z,vtb-x")),
            nodes=(node(2),),
            tables=(CUSTOM, SPARE, last, foreign),
        )
    )
    assert [(table.id, table.auto, table.nodes_behind) for table in matrix.tables] == [
        ("vtb-z", True, 0), ("vtb-b", True, 1), ("vtb-c", False, 0), ("vtb-x", False, 0),
    ]  # fmt: skip


def test_vswitch_binding_is_taken_from_the_table_where_the_vswitch_does_not_say() -> None:
    silent = tuple(VSwitch(id=one.id, cidr=one.cidr) for one in VSWITCHES)
    stray = node(9, internal_ips=("192.168.0.1", "not an address"))
    matrix = matrix_with(v_switches=silent, nodes=(*SIX, stray))
    assert [(row.v_switch, row.table) for row in matrix.nodes][-2:] == [
        ("vsw-2", "vtb-b"), ("", ""),
    ]  # fmt: skip


def test_vswitches_that_a_table_does_not_name_are_told_with_it_all_the_same() -> None:
    silent = structs.replace(SYSTEM, v_switch_ids=())
    third = VSwitch(id="vsw-3", cidr="10.0.3.0/24", table_id="vtb-b")
    matrix = matrix_with(tables=(silent, CUSTOM), v_switches=(*VSWITCHES, third))
    assert [table.v_switches for table in matrix.tables] == [("vsw-1",), ("vsw-2", "vsw-3")]


def test_without_vswitches_nothing_is_said_about_nodes_behind() -> None:
    matrix = matrix_with(v_switches=())
    assert [table.nodes_behind for table in matrix.tables] == [None, None]


# -- an entry in the way --------------------------------------------------------------------------

REPLACED = ("conflict", "replace", "periodic", "")


def test_same_cidr_to_another_node_is_replaced_except_by_v2_1() -> None:
    expected = {**dict.fromkeys(RELEASES, REPLACED), "v2.1.0": ("conflict", "stuck", None, "RT302")}
    assert per_release(entry("172.16.1.0/24", "i-2")) == expected


def test_same_cidr_to_a_released_instance_locks_up_v0() -> None:
    found = per_release(entry("172.16.1.0/24", "i-gone"))
    stuck = ("conflict", "stuck", None, "RT302")
    assert found == {**dict.fromkeys(RELEASES, REPLACED), V0: stuck, "v2.1.0": stuck}


@pytest.mark.parametrize(
    "occupant",
    [
        entry("172.16.1.0/24", "ngw-1", next_hops=(NextHop("ngw-1", "NatGateway"),)),
        entry("172.16.1.0/24", "", next_hops=()),
        entry(
            "172.16.1.0/24", "", next_hops=(NextHop("i-1", "Instance"), NextHop("i-2", "Instance"))
        ),
        entry("172.16.1.0/24", "", next_hops=(NextHop("x", ""),)),
        entry("172.16.1.0/24", "i-2", type="CEN"),
    ],
)
def test_entry_that_ccm_cannot_see_stays_for_ever(occupant: RouteEntry) -> None:
    assert set(per_release(occupant).values()) == {("conflict", "stuck", None, "RT305")}


def test_next_hop_of_every_kind_is_named() -> None:
    hops = [
        (), (NextHop("i-1", "instance"),), (NextHop("x", ""),), (NextHop("ngw-1", "NatGateway"),),
        (NextHop("i-1", "Instance"), NextHop("i-2", "Instance")),
    ]  # fmt: skip
    names = []
    for hop in hops:
        planted = entry("172.16.9.0/24", "", next_hops=hop)
        matrix = matrix_with(planted, nodes=(*SIX, node(9)))
        names.append(matrix.nodes[-1].routes["vtb-a"].next_hop)
    assert names == ["no next hop", "i-1", "unknown type x", "NatGateway ngw-1", "2 next hops"]


def test_conflict_outside_the_cluster_range_is_left_alone() -> None:
    far = with_cidr(1, "192.168.77.0/24")
    planted = entry("192.168.77.0/24", "i-2")
    found = per_release(planted, nodes=(far, *SIX[1:]))
    assert set(found.values()) == {("conflict", "stuck", None, "RT302")}


def test_more_specific_entry_shadows_and_is_removed_by_all() -> None:
    found = per_release(entry("172.16.1.128/25", "i-2"))
    assert set(found.values()) == {("shadowed", "replace", "periodic", "")}


def test_shadowing_entry_that_ccm_cannot_see_stays() -> None:
    planted = entry("172.16.1.128/25", "", next_hops=(NextHop("ngw-1", "NatGateway"),))
    assert set(per_release(planted).values()) == {("shadowed", "stuck", None, "RT304")}


def test_address_without_a_mask_is_no_network_to_ccm_and_stays() -> None:
    matrix = matrix_with(entry("172.16.1.7", "i-2"))
    assert outlook(matrix, "n1", "vtb-a") == ("shadowed", "stuck", None, "RT304")
    assert matrix.tables[0].will_delete == ()


def test_more_specific_entry_to_the_same_instance_does_no_harm_but_is_deleted() -> None:
    matrix = matrix_with(entry("172.16.1.128/25", "i-1"))
    assert outlook(matrix, "n1", "vtb-a") == OK
    assert matrix.tables[0].will_delete == (EntryRef("172.16.1.128/25", "i-1"),)


def test_many_shadows_are_told_shortly() -> None:
    planted = tuple(entry(f"172.16.1.{16 * n}/28", "i-2") for n in range(1, 6))
    detail = matrix_with(*planted).nodes[0].routes["vtb-a"].detail
    assert detail == (
        "by 172.16.1.16/28 to i-2, 172.16.1.32/28 to i-2, 172.16.1.48/28 to i-2 and 2 more;"
        " within 5m"
    )


def test_conflict_is_removed_without_success_where_the_vpc_refuses_the_new_entry() -> None:
    matrix = matrix_with(
        entry("172.16.1.0/24", "i-2"),
        v_switches=(*VSWITCHES, VSwitch(id="vsw-9", cidr="172.16.0.0/22")),
    )
    assert outlook(matrix, "n1", "vtb-a") == ("conflict", "stuck", None, "RT208")


def test_shadow_is_removed_with_success_though_the_vpc_would_refuse_the_entry_under_it() -> None:
    matrix = matrix_with(
        entry("172.16.1.128/25", "i-2"),
        v_switches=(*VSWITCHES, VSwitch(id="vsw-9", cidr="172.16.0.0/22")),
    )
    assert outlook(matrix, "n1", "vtb-a") == ("shadowed", "replace", "periodic", "")


# -- entries that exist but do not work yet -------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected", "detail"),
    [
        ({"status": "Pending"}, ("pending", "none", None, ""), "entry is Pending"),
        ({"status": ""}, ("pending", "none", None, ""), "entry is of unknown status"),
        (
            {"status": "Deleting"},
            ("pending", "create", "periodic", ""),
            "entry is Deleting; within 5m",
        ),
        (
            {"next_hops": (NextHop("i-1", "Instance", enabled=False),)},
            ("pending", "stuck", None, "RT308"),
            "next hop is disabled; CCM does not look at disabled next hops",
        ),
    ],
)
def test_right_entry_that_does_not_work_yet(
    changes: dict[str, object], expected: tuple[str, str, str | None, str], detail: str
) -> None:
    matrix = matrix_with(entry("172.16.1.0/24", "i-1", **changes))
    assert outlook(matrix, "n1", "vtb-a") == expected
    assert matrix.nodes[0].routes["vtb-a"].detail == detail


def test_next_hop_of_which_nothing_is_said_is_taken_for_enabled() -> None:
    silent = entry("172.16.1.0/24", "i-1", next_hops=(NextHop("i-1", "Instance"),))
    assert outlook(matrix_with(silent), "n1", "vtb-a") == OK


# -- odd nodes ------------------------------------------------------------------------------------


def test_skipped_node_is_told_with_the_entry_that_exists_all_the_same() -> None:
    excluded = node(1, labels={"service.alibabacloud.com/exclude-node": "true"})
    broken = with_cidr(2, "oops")
    matrix = matrix_with(nodes=(excluded, broken))
    assert matrix.nodes[0].routes["vtb-a"].detail == "excluded by label; entry to i-1"
    assert matrix.nodes[0].skipped == "excluded by label"
    assert matrix.nodes[0].routes["vtb-a"].entry_id == "rte-172.16.1.0/24"
    assert matrix.nodes[1].pod_cidr == "oops"
    assert matrix.nodes[1].routes["vtb-a"].detail == "no usable IPv4 podCIDR"
    assert outlook(matrix, "n1", "vtb-a") == ("skipped", "none", None, "")


def test_skipped_node_without_an_entry() -> None:
    excluded = node(9, labels={"service.alibabacloud.com/exclude-node": "true"})
    assert matrix_with(nodes=(excluded,)).nodes[0].routes["vtb-a"].detail == "excluded by label"


def test_skipped_node_with_somebody_elses_entry() -> None:
    excluded = node(1, labels={"service.alibabacloud.com/exclude-node": "true"})
    matrix = matrix_with(entry("172.16.1.0/24", "i-2"), nodes=(excluded,))
    assert matrix.nodes[0].routes["vtb-a"].next_hop == "i-2"
    # CCM does not look at excluded nodes when it searches for conflicts.
    assert matrix.tables[0].will_delete == ()


def test_malformed_provider_id_never_gets_a_route() -> None:
    found = {n9(version, provider_id="i-9") for version in RELEASES}
    assert found == {("missing", "stuck", None, "RT202")}


def n9(version: str, *planted: RouteEntry, **changes: object) -> tuple[str, str, str | None, str]:
    nodes = (*SIX, node(9, **changes))
    return outlook(matrix_with(*planted, version=version, nodes=nodes), "n9", "vtb-a")


def test_prefixed_provider_id_gets_its_route_and_loses_it_every_period_from_v2_4_on() -> None:
    prefixed = "alicloud://cn-hangzhou.i-9"
    missing = {v: n9(v, provider_id=prefixed) for v in RELEASES}
    created = ("missing", "create", "event", "")
    assert missing == {**dict.fromkeys(RELEASES, created), V0: ("missing", "stuck", None, "RT203")}
    there = {v: n9(v, entry("172.16.9.0/24", "i-9"), provider_id=prefixed) for v in RELEASES}
    flapping = ("ok", "replace", "periodic", "")
    assert there == {**dict.fromkeys(RELEASES, flapping), V0: OK, "v2.1.0": OK}


def test_provider_id_of_another_region_flaps_too() -> None:
    foreign = "cn-beijing.i-9"
    assert n9("v2.11.2", entry("172.16.9.0/24", "i-9"), provider_id=foreign)[:2] == (
        "ok",
        "replace",
    )


def test_v1_looks_for_the_instance_in_the_region_that_the_provider_id_names() -> None:
    foreign = "cn-beijing.i-9"
    assert n9(V0, provider_id=foreign) == ("missing", "stuck", None, "RT202")
    there = entry("172.16.9.0/24", "i-9")
    assert n9(V0, there, provider_id=foreign) == ("ok", "stuck", None, "RT202")


def test_two_nodes_with_one_pod_cidr_take_it_from_each_other() -> None:
    twin = with_cidr(9, "172.16.1.0/24")
    matrix = matrix_with(nodes=(*SIX, twin))
    assert outlook(matrix, "n1", "vtb-a") == ("ok", "replace", "periodic", "")
    assert outlook(matrix, "n9", "vtb-a") == REPLACED
    assert matrix.nodes[0].routes["vtb-a"].detail == (
        "RT208: another node has the same podCIDR; created again each period"
    )


def test_pod_cidr_inside_another_nodes_is_deleted_and_written_in_turns() -> None:
    wide = with_cidr(9, "172.16.0.0/22")
    matrix = matrix_with(nodes=(*SIX, wide))
    assert outlook(matrix, "n1", "vtb-a") == ("ok", "stuck", None, "RT208")


def test_host_bits_in_the_pod_cidr_confuse_v1_only() -> None:
    odd = with_cidr(1, "172.16.1.7/24")
    assert matrix_with(nodes=(odd,)).nodes[0].pod_cidr == "172.16.1.0/24"
    found = per_release(nodes=(odd, *SIX[1:]))
    assert found == {**dict.fromkeys(RELEASES, OK), V0: ("ok", "replace", "periodic", "")}


# -- what the VPC refuses -------------------------------------------------------------------------


@pytest.mark.parametrize("cidr", ["10.0.1.64/26", "10.0.1.0/24", "100.64.3.0/24"])
def test_destination_that_the_vpc_refuses(cidr: str) -> None:
    planned = with_cidr(9, cidr)
    matrix = matrix_with(nodes=(planned,))
    assert outlook(matrix, "n9", "vtb-a") == ("missing", "stuck", None, "RT208")


def test_refusal_reported_by_ccm_explains_a_missing_entry() -> None:
    event = Event(
        kind="Node", name="n9", type="Warning", reason="CreateRouteFailed",
        message="Error creating route entry in vtb-a: Forbidden.RAM",
        last_seen="2026-11-23T07:59:00Z",
    )  # fmt: skip
    ccm = controller("v2.11.2", BOTH, events=(event,))
    matrix = build(snapshot(ccm, nodes=(node(9),)))
    assert outlook(matrix, "n9", "vtb-a") == ("missing", "stuck", None, "RT116")
    assert outlook(matrix, "n9", "vtb-b") == ("missing", "create", "event", "")


@pytest.mark.parametrize(("version", "when"), [("v2.11.2", "periodic"), ("v2.10.0", "event")])
def test_without_the_permission_for_batches_the_periodic_pass_is_left(
    version: str, when: str
) -> None:
    event = Event(
        kind="Event", name="route-controller", type="Warning", reason="SyncRouteFailed",
        message="Reconciling route error: Forbidden.RAM", last_seen="2026-11-23T07:59:00Z",
    )  # fmt: skip
    matrix = build(snapshot(controller(version, BOTH, events=(event,))))
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "create", when, "")


def filled(count: int) -> tuple[RouteEntry, ...]:
    return tuple(entry(f"192.168.{n}.0/24", "i-x") for n in range(count))


def test_full_table_takes_no_more() -> None:
    matrix = build(
        snapshot(controller("v2.11.2", BOTH), entries={"vtb-a": filled(200), "vtb-b": ()})
    )
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "stuck", None, "RT401")
    assert matrix.nodes[0].routes["vtb-a"].detail == "room for 0 of 6 at the quota of 200"
    assert (matrix.tables[0].custom, matrix.tables[0].quota) == (200, 200)


def test_a_full_table_that_ccm_reported_before_its_quota_was_raised_takes_more() -> None:
    event = Event(
        kind="Node", name="n1", type="Warning", reason="CreateRouteFailed",
        message="Error creating route entry in vtb-a: ErrorCode: QuotaExceeded",
        last_seen="2026-11-23T07:59:00Z",
    )  # fmt: skip
    ccm = controller("v2.11.2", BOTH, events=(event,))
    full = {"vtb-a": filled(200), "vtb-b": ()}
    assert outlook(build(snapshot(ccm, entries=full)), "n1", "vtb-a")[3] == "RT401"
    raised = build(snapshot(ccm, entries=full, entry_quota=EntryQuota(total=400)))
    assert outlook(raised, "n1", "vtb-a")[1] == "create"


def test_only_what_is_written_needs_room() -> None:
    held = (
        *filled(197),
        entry("172.16.2.0/24", "i-2"),
        entry("172.16.2.128/25", "i-1"),
        entry("172.16.3.0/24", "ngw-1", next_hops=(NextHop("ngw-1", "NatGateway"),)),
    )
    matrix = build(snapshot(controller("v2.11.2", BOTH), entries={"vtb-a": held, "vtb-b": ()}))
    assert [outlook(matrix, f"n{n}", "vtb-a") for n in range(1, 5)] == [
        ("missing", "create", "event", ""),
        ("shadowed", "replace", "periodic", ""),
        ("conflict", "stuck", None, "RT305"),
        ("missing", "stuck", None, "RT401"),
    ]
    assert matrix.nodes[3].routes["vtb-a"] == Cell(
        State.MISSING,
        detail="room for 1 of 4 at the quota of 200",
        next=NextAction.STUCK,
        because="RT401",
    )


def test_table_with_room_for_some_takes_as_many() -> None:
    matrix = build(
        snapshot(controller("v2.11.2", BOTH), entries={"vtb-a": filled(198), "vtb-b": ()})
    )
    assert [row.routes["vtb-a"].next.value for row in matrix.nodes] == ["create"] * 2 + [
        "stuck"
    ] * 4


def test_more_than_the_default_quota_proves_that_it_was_raised() -> None:
    matrix = build(
        snapshot(controller("v2.11.2", BOTH), entries={"vtb-a": filled(201), "vtb-b": ()})
    )
    assert (matrix.tables[0].custom, matrix.tables[0].quota) == (201, None)
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "create", "event", "")


def test_table_that_is_not_available_takes_nothing() -> None:
    deleting = RouteTable(id="vtb-a", type="System", status="Deleting", vpc_id="vpc-1")
    matrix = build(snapshot(controller("v2.11.2", BOTH), tables=(deleting, CUSTOM)))
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "stuck", None, "RT402")
    assert outlook(matrix, "n1", "vtb-b") == ("missing", "create", "event", "")


def test_table_that_will_be_available_soon_takes_entries() -> None:
    pending = RouteTable(id="vtb-a", type="System", status="Pending", vpc_id="vpc-1")
    matrix = build(snapshot(controller("v2.11.2", BOTH), tables=(pending, CUSTOM)))
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "create", "event", "")


def test_what_ccm_deletes_makes_room_in_a_full_table() -> None:
    full = (entry("172.16.1.0/24", "i-2"), *filled(199))
    matrix = build(snapshot(controller("v2.11.2", BOTH), entries={"vtb-a": full, "vtb-b": ()}))
    assert outlook(matrix, "n1", "vtb-a") == REPLACED
    assert outlook(matrix, "n2", "vtb-a") == ("missing", "stuck", None, "RT401")


# -- what else is in a table ----------------------------------------------------------------------


def test_orphans_foreign_entries_and_what_does_not_count() -> None:
    planted = (
        entry("172.16.200.0/24", "i-gone"),
        entry("172.16.201.0/24", "i-2"),
        entry("192.168.0.0/16", "i-gone"),
        entry("172.16.202.0/24", "", next_hops=(NextHop("ngw-1", "NatGateway"),)),
        entry("fd00::/64", "i-gone"),
        entry("0.0.0.0/0", "ngw-1", next_hops=(NextHop("ngw-1", "NatGateway"),)),
        entry("10.0.1.0/24", "", type="System", next_hops=(NextHop("", "local"),)),
        entry("172.16.1.128/25", "i-gone"),
    )
    table = matrix_with(*planted).tables[0]
    assert table.orphans == (EntryRef("172.16.200.0/24", "i-gone"),)
    assert table.will_delete == (EntryRef("172.16.1.128/25", "i-gone"),)
    assert (table.custom, table.foreign) == (13, 5)


def test_without_the_cluster_range_no_orphan_is_told() -> None:
    ccm = controller("v2.11.2", BOTH, command=("--cluster-cidr=nonsense", "--cloud-config=/c"))
    matrix = build(
        snapshot(ccm, entries={"vtb-a": (entry("172.16.200.0/24", "i-x"),), "vtb-b": ()})
    )
    assert (matrix.tables[0].orphans, matrix.tables[0].foreign) == (None, None)


def test_cluster_range_that_is_a_list_stops_the_periodic_pass_only() -> None:
    flags = ("--cluster-cidr=172.16.0.0/16,fd00::/48", "--cloud-config=/c")
    ccm = controller("v2.11.2", BOTH, command=flags)
    planted = (entry("172.16.1.0/24", "i-2"), entry("172.16.200.0/24", "i-x"))
    matrix = build(snapshot(ccm, entries={"vtb-a": planted, "vtb-b": ()}))
    assert outlook(matrix, "n1", "vtb-a") == ("conflict", "stuck", None, "RT302")
    assert outlook(matrix, "n2", "vtb-a") == ("missing", "create", "event", "")
    assert matrix.tables[0].orphans == (EntryRef("172.16.200.0/24", "i-x"),)
    deleting = entry("172.16.1.0/24", "i-1", status="Deleting")
    matrix = build(snapshot(ccm, entries={"vtb-a": (deleting,), "vtb-b": ()}))
    assert outlook(matrix, "n1", "vtb-a") == ("pending", "stuck", None, "RT114")
    assert matrix.nodes[0].routes["vtb-a"].detail == (
        "entry is Deleting; --cluster-cidr is not one IPv4 network: no periodic reconcile"
    )


def test_wider_entry_over_a_node_is_no_orphan() -> None:
    ccm = controller("v2.11.2", BOTH)
    wide = (entry("172.16.0.0/20", "i-gone"), entry("172.16.64.0/20", "i-gone"))
    matrix = build(snapshot(ccm, entries={"vtb-a": wide, "vtb-b": ()}))
    assert matrix.tables[0].orphans == (EntryRef("172.16.64.0/20", "i-gone"),)


def test_range_of_the_cluster_tells_orphans_where_ccm_cannot_be_asked() -> None:
    cluster = Cluster(vpc_id="vpc-1", cluster_cidr="172.16.0.0/16")
    held = {"vtb-a": (*routes(*SIX), entry("172.16.99.0/24", "i-gone")), "vtb-b": ()}
    matrix = build(snapshot(MANAGED, cluster=cluster, entries=held))
    assert matrix.tables[0].orphans == (EntryRef("172.16.99.0/24", "i-gone"),)


# -- the list -------------------------------------------------------------------------------------


def test_unset_list_blocks_a_vpc_with_several_tables() -> None:
    matrix = build(snapshot(controller("v2.11.2", listing(""))))
    assert matrix.mode is Mode.BLOCKED
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "stuck", None, "RT101")
    assert [table.managed for table in matrix.tables] == [False, False]
    assert matrix.summary == dict.fromkeys(State, 0)
    assert matrix.notices == (
        "RT101: no route is written: the VPC has 2 route tables and routeTableIDs is not set.",
    )


def test_unset_list_serves_the_only_table() -> None:
    matrix = build(snapshot(controller("v2.11.2", listing("")), tables=(SYSTEM,)))
    assert matrix.mode is Mode.SINGLE_TABLE
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "create", "event", "")
    assert [(table.id, table.managed) for table in matrix.tables] == [("vtb-a", True)]


def test_vpc_without_any_table_is_blocked() -> None:
    matrix = build(snapshot(controller("v2.11.2", listing("")), tables=(), entries={}))
    assert matrix.notices == (
        "RT101: no route is written: the VPC has no route table and routeTableIDs is not set.",
    )


def test_ccm_that_writes_nothing_deletes_nothing_either() -> None:
    flapping = node(2, provider_id="alicloud://cn-hangzhou.i-2")
    held = {"vtb-a": (entry("172.16.1.0/24", "i-2"), *routes(*SIX[1:])), "vtb-b": ()}
    matrix = build(
        snapshot(
            controller("v2.11.2", listing("")), nodes=(node(1), flapping, *SIX[2:]), entries=held
        )
    )
    assert outlook(matrix, "n1", "vtb-a") == ("conflict", "stuck", None, "RT101")
    assert outlook(matrix, "n2", "vtb-a") == OK
    assert matrix.tables[0].will_delete == ()


def test_list_of_blanks_is_no_list() -> None:
    ccm = controller("v2.4.0", listing(" "))
    matrix = build(snapshot(ccm))
    assert matrix.mode is Mode.BLOCKED
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "stuck", None, "RT103")
    assert matrix.notices == (
        "RT103: no route is written: routeTableIDs holds no id, only spaces.",
    )
    assert [one.managed for one in build(snapshot(ccm, tables=(SYSTEM,))).tables] == [False]


def test_blank_after_comma_stops_the_event_pass_for_every_table_on_v2_11() -> None:
    matrix = build(snapshot(controller("v2.11.2", listing("vtb-a, vtb-b"))))
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "create", "periodic", "")
    assert outlook(matrix, "n1", "vtb-b") == ("missing", "stuck", None, "RT103")
    assert matrix.nodes[0].routes["vtb-b"].detail == "the list says ' vtb-b', space included"
    assert [(table.id, table.managed) for table in matrix.tables] == [
        ("vtb-a", True), ("vtb-b", False),
    ]  # fmt: skip
    assert matrix.notices == (
        "RT103: routeTableIDs: ' vtb-b' is not a table ID: not every CCM removes"
        " spaces and empty items.",
        "This CCM lists every table before it writes a new node's routes: one that cannot be"
        " listed delays all of them to the periodic reconcile (5m).",
    )


def test_unlisted_tables_are_told_by_who_is_behind_them() -> None:
    tables = (SYSTEM, CUSTOM, SPARE)
    read = {table.id: () for table in tables}
    only_system = build(
        snapshot(controller("v2.4.0", listing("vtb-a")), tables=tables, entries=read)
    )
    assert only_system.mode is Mode.SINGLE_TABLE
    assert outlook(only_system, "n1", "vtb-b") == ("missing", "stuck", None, "RT108")
    assert outlook(only_system, "n1", "vtb-c") == ("missing", "none", None, "")
    only_custom = build(
        snapshot(controller("v2.4.0", listing("vtb-b")), tables=tables, entries=read)
    )
    assert outlook(only_custom, "n1", "vtb-a") == ("missing", "stuck", None, "RT107")


def test_nonexistent_table_is_shown_as_a_column_of_its_own() -> None:
    matrix = build(snapshot(controller("v2.4.0", listing("vtb-a,vtb-nope"))))
    assert outlook(matrix, "n1", "vtb-nope") == ("missing", "stuck", None, "RT104")
    # Nothing is claimed of what it holds.
    assert matrix.tables[-1] == TableColumn(
        id="vtb-nope",
        exists=False,
        managed=True,
        v_switches=(),
        nodes_behind=0,
        custom=None,
        quota=None,
        counts={**dict.fromkeys(State, 0), State.MISSING: 6},
        orphans=(),
        will_delete=(),
        foreign=None,
    )


@pytest.mark.parametrize("version", [V0, V1_BY_ENTRY, "v2.11.2"])
def test_table_of_another_vpc_is_listed_in_vain(version: str) -> None:
    foreign = RouteTable(id="vtb-x", type="Custom", status="Available", vpc_id="vpc-2")
    tables = (SYSTEM, CUSTOM, foreign)
    read = {table.id: () for table in tables}
    ccm = controller(version, listing("vtb-a,vtb-x,vtb-b"))
    matrix = build(snapshot(ccm, tables=tables, entries=read))
    assert outlook(matrix, "n1", "vtb-x") == ("missing", "stuck", None, "RT105")
    behind = {
        V0: ("missing", "stuck", None, "RT105"),
        V1_BY_ENTRY: ("missing", "create", "periodic", ""),
        "v2.11.2": ("missing", "create", "event", ""),
    }
    assert outlook(matrix, "n1", "vtb-b") == behind[version]
    shown = matrix.tables[-1]
    assert (shown.id, shown.type, shown.status, shown.auto) == (
        "vtb-x", "Custom", "Available", False,
    )  # fmt: skip


def test_table_counts_as_the_vpcs_own_unless_it_names_another() -> None:
    foreign = RouteTable(id="vtb-x", type="System", status="Available", vpc_id="vpc-2")
    silent = structs.replace(SYSTEM, vpc_id="")
    for own in (SYSTEM, silent):
        matrix = build(snapshot(controller("v2.4.0", listing("")), tables=(own, foreign)))
        assert matrix.mode is Mode.SINGLE_TABLE
        assert [table.id for table in matrix.tables] == ["vtb-a"]
    unknown = Cluster(region="cn-hangzhou")
    matrix = build(
        snapshot(controller("v2.4.0", listing("")), cluster=unknown, tables=(SYSTEM, foreign))
    )
    assert matrix.mode is Mode.UNKNOWN
    assert [table.id for table in matrix.tables] == ["vtb-a", "vtb-x"]


def test_first_bad_id_is_what_stops_v1() -> None:
    matrix = build(snapshot(controller(V0, listing("vtb-a,vtb-nope,,vtb-b"))))
    assert outlook(matrix, "n1", "vtb-b") == ("missing", "stuck", None, "RT104")
    assert matrix.nodes[0].routes["vtb-b"].detail == (
        "behind 'vtb-nope' in the list, where this CCM stops"
    )


def test_one_table_named_twice_is_one_table() -> None:
    assert build(snapshot(controller("v2.4.0", listing("vtb-a,vtb-a")))).mode is Mode.SINGLE_TABLE


def test_empty_item_holds_up_the_tables_behind_it_in_v1() -> None:
    matrix = build(snapshot(controller(V0, listing("vtb-a,,vtb-b"))))
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "create", "periodic", "")
    assert outlook(matrix, "n1", "vtb-b") == ("missing", "stuck", None, "RT103")


def test_gateway_table_takes_no_node_routes() -> None:
    gateway = RouteTable(
        id="vtb-g", type="Custom", associate_type="Gateway", status="Available", vpc_id="vpc-1"
    )
    tables = (SYSTEM, CUSTOM, gateway)
    listed = build(snapshot(controller("v2.4.0", listing("vtb-a,vtb-b,vtb-g")), tables=tables))
    assert outlook(listed, "n1", "vtb-g") == ("missing", "stuck", None, "RT106")
    spare = build(snapshot(controller("v2.4.0", BOTH), tables=tables))
    assert "vtb-g" not in spare.nodes[0].routes
    held = {"vtb-a": (), "vtb-b": (), "vtb-g": ()}
    read = build(snapshot(controller("v2.4.0", BOTH), tables=tables, entries=held))
    assert outlook(read, "n1", "vtb-g") == ("missing", "none", None, "")
    assert [table.auto for table in spare.tables] == [True, True, False]
    assert spare.tables[2].associate_type == "Gateway"


@pytest.mark.parametrize(
    ("version", "behind"),
    [
        (V0, ("missing", "stuck", None, "RT106")),
        (V1_BY_ENTRY, ("missing", "stuck", None, "RT106")),
        ("v2.4.0", ("missing", "create", "event", "")),
        ("v2.11.2", ("missing", "create", "periodic", "")),
    ],
)
def test_what_is_behind_a_gateway_table_in_the_list(
    version: str, behind: tuple[str, str, str | None, str]
) -> None:
    gateway = RouteTable(
        id="vtb-g", type="Custom", associate_type="Gateway", status="Available", vpc_id="vpc-1"
    )
    ccm = controller(version, listing("vtb-a,vtb-g,vtb-b"))
    matrix = build(snapshot(ccm, tables=(SYSTEM, CUSTOM, gateway)))
    assert outlook(matrix, "n1", "vtb-b") == behind


def test_every_reason_why_a_table_gets_no_route_is_told() -> None:
    gateway = RouteTable(
        id="vtb-g", type="Custom", associate_type="Gateway", status="Available", vpc_id="vpc-1"
    )
    foreign = RouteTable(id="vtb-x", type="Custom", status="Available", vpc_id="vpc-2")
    deleting = structs.replace(SPARE, status="Deleting")
    tables = (SYSTEM, CUSTOM, deleting, gateway, foreign)
    ccm = controller("v2.4.0", listing("vtb-c,vtb-g,vtb-x,vtb-nope"))
    held = {table.id: () for table in tables}
    first = build(snapshot(ccm, tables=tables, entries=held)).nodes[0]
    assert {name: cell.detail for name, cell in first.routes.items()} == {
        "vtb-a": "the table is the system route table, and is missing from routeTableIDs",
        "vtb-b": "the table is used by nodes, but missing from routeTableIDs",
        "vtb-c": "the table is not Available",
        "vtb-g": "the table is a gateway route table, which takes no routes to nodes",
        "vtb-x": "the table belongs to a different VPC",
        "vtb-nope": "the table does not exist in this region and account",
    }


def test_blank_of_any_kind_makes_no_table_of_its_own() -> None:
    matrix = build(snapshot(controller("v2.4.0", listing("vtb-a,\u00a0vtb-b"))))
    assert [table.id for table in matrix.tables] == ["vtb-a", "vtb-b"]
    assert outlook(matrix, "n1", "vtb-b") == ("missing", "stuck", None, "RT103")


def test_table_named_twice_is_harmless() -> None:
    matrix = build(snapshot(controller("v2.4.0", listing("vtb-a,vtb-b,vtb-a"))))
    assert matrix.notices == ("routeTableIDs names vtb-a twice, which is harmless.",)


def test_every_fault_of_the_list_is_noticed() -> None:
    gateway = RouteTable(id="vtb-g", type="Custom", associate_type="Gateway", vpc_id="vpc-1")
    foreign = RouteTable(id="vtb-x", type="Custom", vpc_id="vpc-2")
    ccm = controller("v2.4.0", listing("vtb-a,,vtb-nope,vtb-x,vtb-g,vtb-a,"))
    assert build(snapshot(ccm, tables=(SYSTEM, CUSTOM, gateway, foreign))).notices == (
        "RT103: routeTableIDs: '' is not a table ID: not every CCM removes spaces and empty items.",
        "RT104: routeTableIDs: 'vtb-nope' does not exist in this region and account.",
        "RT105: routeTableIDs: 'vtb-x' belongs to a different VPC.",
        "RT106: routeTableIDs: 'vtb-g' is a gateway route table, which takes no routes to nodes.",
        "routeTableIDs names vtb-a twice, which is harmless.",
    )


def test_only_what_cannot_be_listed_delays_the_others() -> None:
    foreign = RouteTable(id="vtb-x", type="Custom", status="Available", vpc_id="vpc-2")
    ccm = controller("v2.11.2", listing("vtb-a,vtb-x"))
    matrix = build(snapshot(ccm, tables=(SYSTEM, foreign)))
    assert matrix.notices == ("RT105: routeTableIDs: 'vtb-x' belongs to a different VPC.",)


def test_without_the_list_of_tables_no_id_is_called_wrong() -> None:
    gap = Gap(PART_TABLES, "Forbidden.RAM")
    ccm = controller("v2.4.0", listing("vtb-a,vtb-nope, vtb-b"))
    matrix = build(snapshot(ccm, tables=(), gaps=(gap,)))
    assert [one[:5] for one in matrix.notices] == ["RT103"]


# -- --tables -------------------------------------------------------------------------------------


def test_tables_given_decide_what_is_managed_not_what_ccm_does() -> None:
    matrix = build(snapshot(controller("v2.4.0", listing(""))), ("vtb-b",))
    assert [(table.id, table.managed) for table in matrix.tables] == [
        ("vtb-a", False), ("vtb-b", True),
    ]  # fmt: skip
    assert outlook(matrix, "n1", "vtb-b") == ("missing", "stuck", None, "RT101")
    assert (matrix.summary or {})[State.MISSING] == 6


def test_unknown_table_given_is_a_usage_error_that_names_the_right_ones() -> None:
    with pytest.raises(UsageError) as caught:
        build(snapshot(controller("v2.4.0", BOTH)), ("vtb-z", "vtb-a", "vtb-y"))
    assert caught.value.message == "--tables: vtb-z, vtb-y is no route table of vpc-1"
    assert caught.value.hint == "The tables of the VPC are: vtb-a, vtb-b."


# -- gaps -----------------------------------------------------------------------------------------


def test_entries_that_were_not_read_are_unknown_never_missing() -> None:
    matrix = build(snapshot(controller("v2.4.0", BOTH), entries={"vtb-a": routes(*SIX)}))
    assert outlook(matrix, "n1", "vtb-b") == ("unknown", "none", None, "")
    assert outlook(matrix, "n1", "vtb-a") == OK
    assert matrix.tables[1].custom is None


def test_without_the_list_of_tables_the_listed_ones_are_shown_and_taken_as_they_are() -> None:
    gap = Gap(PART_TABLES, "Forbidden.RAM")
    unread = snapshot(
        controller("v2.4.0", BOTH), tables=(), gaps=(gap,), entries={"vtb-a": (), "vtb-b": ()}
    )
    assert outlook(build(unread), "n1", "vtb-a") == ("missing", "create", "event", "")
    assert build(unread, ("vtb-z",)).tables[-1].managed
    assert build(unread).gaps == (gap,)
    # Their vSwitches show these two.
    assert [table.exists for table in build(unread).tables] == [True, True]
    assert build(unread, ("vtb-z",)).tables[-1].exists is None
    assert [table.exists for table in build(structs.replace(unread, v_switches=())).tables] == [
        None,
        None,
    ]
    unset = snapshot(controller("v2.4.0", listing("")), tables=(), gaps=(gap,), entries={})
    assert build(unset).mode is Mode.UNKNOWN


def test_without_the_nodes_nothing_is_an_orphan_and_nobody_knows_who_is_behind_a_table() -> None:
    gap = Gap(PART_NODES, "503")
    unread = build(snapshot(controller("v2.11.2", BOTH), nodes=(), gaps=(gap,)))
    assert [(one.nodes_behind, one.foreign, one.orphans) for one in unread.tables] == [
        (None, None, None),
        (None, None, None),
    ]
    assert (unread.summary, unread.tables[0].counts) == (None, None)


# -- managed clusters, unknown releases, time -----------------------------------------------------


def test_managed_cluster_is_checked_from_outside() -> None:
    tables = (SYSTEM, CUSTOM, SPARE)
    right = routes(*SIX)
    read = {"vtb-a": right[1:], "vtb-b": right, "vtb-c": ()}
    matrix = build(snapshot(MANAGED, tables=tables, entries=read))
    assert matrix.mode is Mode.MULTI_TABLE
    assert [table.managed for table in matrix.tables] == [True, True, False]
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "none", None, "RT903")
    assert outlook(matrix, "n1", "vtb-c") == ("missing", "none", None, "RT903")
    assert matrix.nodes[0].routes["vtb-a"].detail == "CCM is not visible"
    assert matrix.notices == (
        "RT903: CCM runs in the managed control plane, where it cannot be seen. Tables that hold a"
        " route of this cluster count as managed; what CCM will do is not known.",
    )


def test_one_table_in_use_of_a_managed_cluster_with_two_may_be_a_list_or_none() -> None:
    matrix = build(snapshot(MANAGED, entries={"vtb-a": routes(*SIX), "vtb-b": ()}))
    assert matrix.mode is Mode.UNKNOWN
    assert [table.managed for table in matrix.tables] == [True, False]


def test_managed_cluster_with_a_table_that_was_not_read() -> None:
    matrix = build(snapshot(MANAGED, entries={"vtb-a": routes(*SIX)}))
    assert matrix.mode is Mode.UNKNOWN
    assert outlook(matrix, "n1", "vtb-b") == ("unknown", "none", None, "")


def test_managed_cluster_without_any_route_tells_nothing() -> None:
    matrix = build(snapshot(MANAGED))
    assert matrix.mode is Mode.UNKNOWN
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "none", None, "RT903")


def test_managed_cluster_with_one_table() -> None:
    cluster = Cluster(vpc_id="vpc-1", cluster_cidr="172.16.0.0/16")
    matrix = build(snapshot(MANAGED, cluster=cluster, tables=(SYSTEM,)))
    assert matrix.mode is Mode.SINGLE_TABLE
    assert matrix.controller.period_seconds is None


def test_config_that_could_not_be_read_is_told_with_the_reason_if_there_is_one() -> None:
    told = "cloud-config could not be read{}: what CCM will do is not known."
    for problem, why in (("", ""), ("403 Forbidden", " (403 Forbidden)")):
        ccm = controller("v2.4.0", None, cloud_config=config(None, problem=problem))
        assert build(snapshot(ccm)).notices == (told.format(why),)


def test_unreadable_config_with_one_table_counts_that_table() -> None:
    ccm = controller("v2.4.0", None)
    matrix = build(snapshot(ccm, tables=(SYSTEM,), entries={"vtb-a": routes(*SIX)}))
    assert (matrix.mode, (matrix.summary or {})[State.OK]) == (Mode.UNKNOWN, 6)


def test_image_that_names_no_release_is_told() -> None:
    ccm = controller("latest", BOTH)
    matrix = build(snapshot(ccm))
    assert matrix.controller.version == ""
    assert matrix.notices == (
        f"The image {ccm.image} names no CCM version; the behavior of the newest is assumed.",
    )


TERWAY = Cluster(region="cn-hangzhou", vpc_id="vpc-1", cni="terway")


def test_terway_needs_no_routes_and_gets_none() -> None:
    ccm = controller("v2.11.2", BOTH, command=(*FLAGS, "--configure-cloud-routes=false"))
    excluded = node(2, labels={"service.alibabacloud.com/exclude-node": ""})
    for one in (ccm, MANAGED):
        matrix = build(snapshot(one, cluster=TERWAY, nodes=(node(1), excluded)))
        assert matrix.mode is Mode.OFF
        assert outlook(matrix, "n1", "vtb-a") == ("skipped", "none", None, "")
        assert [row.skipped for row in matrix.nodes] == [
            "Terway needs no cloud routes", "excluded by label",
        ]  # fmt: skip
        assert matrix.notices[0] == "RT118: no route is written: Terway needs no cloud routes."


def test_terway_with_cloud_routes_switched_on_is_told() -> None:
    matrix = build(snapshot(controller("v2.11.2", BOTH), cluster=TERWAY))
    assert matrix.notices == (
        "RT118: Terway needs no cloud routes, but this CCM still writes them.",
    )
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "create", "event", "")


def test_nodes_outside_every_vswitch_are_told() -> None:
    stray, another = node(8, internal_ips=("192.168.0.8",)), node(9, internal_ips=())
    hybrid = node(7, provider_id="ack-hybrid://n7", internal_ips=("192.168.0.7",))
    one = build(snapshot(controller("v2.11.2", BOTH), nodes=(*SIX, stray, hybrid)))
    assert one.notices == (
        "RT209: 1 node has its address in no vSwitch of the VPC (n8): which table decides is not"
        " known.",
    )
    two = build(snapshot(controller("v2.11.2", BOTH), nodes=(*SIX, stray, another)))
    assert two.notices[0].startswith(
        "RT209: 2 nodes have their address in no vSwitch of the VPC (n8, …)"
    )


def test_entries_without_ids_are_told_apart() -> None:
    nameless = tuple(structs.replace(one, id="") for one in routes(*SIX))
    inner = entry("172.16.1.128/25", "i-1", id="")
    matrix = build(
        snapshot(controller("v2.11.2", BOTH), entries={"vtb-a": (*nameless, inner), "vtb-b": ()})
    )
    assert {outlook(matrix, f"n{n}", "vtb-a") for n in range(1, 7)} == {OK}
    assert matrix.tables[0].will_delete == (EntryRef("172.16.1.128/25", "i-1"),)


def test_gateway_is_a_gateway_in_any_case_of_letters() -> None:
    gateway = RouteTable(id="vtb-g", type="Custom", associate_type="gateway", vpc_id="vpc-1")
    matrix = build(snapshot(controller("v2.4.0", BOTH), tables=(SYSTEM, CUSTOM, gateway)))
    assert "vtb-g" not in matrix.nodes[0].routes


@pytest.mark.parametrize(
    ("pod_started", "node_created", "when"),
    [
        ("2026-11-23T07:00:00Z", "2026-11-23T07:30:00Z", "periodic"),
        ("2026-11-23T07:58:00Z", "2026-11-23T07:58:00Z", "periodic"),
        ("2026-11-23T07:58:01Z", "2026-11-23T07:30:00Z", "event"),
        ("2026-11-23T07:00:00Z", "2026-11-23T07:58:01Z", "event"),
        ("2026-11-23T07:00:00Z", "2026-11-23T07:59:30Z", "event"),
        ("2026-11-23T07:59:30Z", "2026-11-23T07:30:00Z", "event"),
        ("2026-11-23T07:00:00Z", "", "event"),
        ("", "2026-11-23T07:30:00Z", "periodic"),
    ],
)
def test_node_whose_event_pass_is_over_waits_for_the_periodic_one(
    pod_started: str, node_created: str, when: str
) -> None:
    pods = (ControllerPod(name="ccm", ready=True, started=pod_started),)
    ccm = controller("v2.11.2", BOTH, pods=pods)
    matrix = build(snapshot(ccm, nodes=(node(1, created=node_created),)))
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "create", when, "")


def test_a_pod_cidr_of_two_nodes_is_in_conflict_for_one_even_if_nobody_deletes_its_entry() -> None:
    twin = with_cidr(9, "172.16.1.0/24")
    theirs = entry("172.16.1.0/24", "i-9")
    cluster = Cluster(vpc_id="vpc-1")
    matrix = matrix_with(theirs, nodes=(*SIX, twin), controller=MANAGED, cluster=cluster)
    states = {row.name: row.routes["vtb-a"].state for row in matrix.nodes}
    assert (states["n1"], states["n9"]) == (State.CONFLICT, State.OK)


def test_notices_are_in_the_language_that_was_asked_for() -> None:
    whole = snapshot(controller("v2.11.2", listing("vtb-a,vtb-nope")), cluster=TERWAY)
    found = translated(examine(whole).matrix.notices, Language.CHINESE)
    assert found[0] == "RT104：routeTableIDs：'vtb-nope' 在该地域和账号中不存在。"
    assert found[-1] == "RT118：Terway 不需要云路由，但 CCM 仍在创建。"
