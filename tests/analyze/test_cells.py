"""One node in one table, asked like an operator would: what is there, and will CCM fix it?"""

from __future__ import annotations

import pytest
from msgspec import structs

from kubectl_routes.analyze.matrix import build
from kubectl_routes.model.controller import ControllerPod, Event
from kubectl_routes.model.matrix import Cell, EntryRef, Matrix, NextAction, State
from kubectl_routes.model.nodes import Node
from kubectl_routes.model.snapshot import Cluster
from kubectl_routes.model.vpc import EntryQuota, NextHop, RouteEntry, VSwitch
from tests.analyze.cluster import (
    CUSTOM,
    MANAGED,
    SIX,
    SYSTEM,
    V0,
    VSWITCHES,
    controller,
    entry,
    held,
    listing,
    node,
    outlook,
    routes,
    snapshot,
    with_cidr,
)

BOTH = listing("vtb-a,vtb-b")
RELEASES = (V0, "v2.1.0", "v2.4.0", "v2.9.1", "v2.11.2", "v2.14.0")
OK = "ok none"
REPLACED = "conflict replace periodic"
FLAPPING = "ok replace periodic"
CREATED = "missing create event"
NAT = "NatGateway ngw-1"
N9 = "172.16.9.0/24"
OWN = entry(N9, "i-9")
INNER = "172.16.9.128/25"
NEW = "v2.11.2"
PREFIXED = "alicloud://cn-hangzhou.i-9"
N = node(9)
EXCLUDED = node(9, labels={"service.alibabacloud.com/exclude-node": "true"})
NAMELESS = node(9, provider_id="i-9")
PREFIXED_NODE = node(9, provider_id=PREFIXED)
FAR = node(9, provider_id="cn-beijing.i-9")
HOST_BITS = with_cidr(9, "172.16.9.7/24")
# A vSwitch around all podCIDRs, inside which the VPC refuses a destination.
AROUND = (*VSWITCHES, VSwitch(id="vsw-9", cidr="172.16.0.0/20"))


def beside(
    *planted: RouteEntry, version: str = NEW, subject: Node = N, **changes: object
) -> Matrix:
    """The routes of six nodes in both tables, what is planted in vtb-a, and n9 as another node."""
    right = routes(*SIX)
    entries = {"vtb-a": (*right, *planted), "vtb-b": right}
    whole = snapshot(controller(version, BOTH), nodes=(*SIX, subject), entries=entries)
    return build(structs.replace(whole, **changes))


def detail(matrix: Matrix, name: str = "n9") -> str:
    return next(row for row in matrix.nodes if row.name == name).routes["vtb-a"].detail


@pytest.mark.parametrize(
    ("planted", "subject", "expected", "but"),
    [
        ((entry(N9, "i-2"),), N, REPLACED, {"v2.1.0": "conflict stuck RT302"}),
        # v2.1 deletes no such entry, and v0 none whose instance was released.
        (
            (entry(N9, "i-gone"),),
            N,
            REPLACED,
            dict.fromkeys((V0, "v2.1.0"), "conflict stuck RT302"),
        ),
        # Entries that CCM cannot see stay.
        ((entry(N9, NAT),), N, "conflict stuck RT305", {}),
        ((entry(N9),), N, "conflict stuck RT305", {}),
        ((entry(N9, "i-9", "i-2"),), N, "conflict stuck RT305", {}),
        ((entry(N9, "", next_hops=(NextHop("x", ""),)),), N, "conflict stuck RT305", {}),
        ((entry(N9, "i-2", type="CEN"),), N, "conflict stuck RT305", {}),
        # Outside the cluster's range.
        (
            (entry("192.168.77.0/24", "i-2"),),
            with_cidr(9, "192.168.77.0/24"),
            "conflict stuck RT302",
            {},
        ),
        ((OWN, entry(INNER, "i-2")), N, "shadowed replace periodic", {}),
        ((OWN, entry(INNER, NAT)), N, "shadowed stuck RT304", {}),
        # Host bits confuse v1 only.
        ((OWN,), HOST_BITS, OK, {V0: FLAPPING}),
        ((), NAMELESS, "missing stuck RT202", {}),
        # A providerID with a prefix: the entry is created, and from v2.4 on deleted every period.
        ((), PREFIXED_NODE, CREATED, {V0: "missing stuck RT203"}),
        ((OWN,), PREFIXED_NODE, FLAPPING, dict.fromkeys((V0, "v2.1.0"), OK)),
    ],
)
def test_by_release(
    planted: tuple[RouteEntry, ...], subject: Node, expected: str, but: dict[str, str]
) -> None:
    found = {
        version: outlook(beside(*planted, version=version, subject=subject), "n9", "vtb-a")
        for version in RELEASES
    }
    assert found == {**dict.fromkeys(RELEASES, expected), **but}


def says(*planted: RouteEntry, version: str = NEW, subject: Node = N) -> str:
    """The cell of n9 in words, and what it says."""
    matrix = beside(*planted, version=version, subject=subject)
    return f"{outlook(matrix, 'n9', 'vtb-a')}: {detail(matrix)}"


def test_an_entry_in_the_way_is_named() -> None:
    assert says(entry(N9, "i-2")) == "conflict replace periodic: to i-2; within 5m"
    assert says(entry(N9, "i-2"), version="v2.1.0") == (
        "conflict stuck RT302: to i-2; CCM does not delete the entry in the way"
    )
    assert says(entry(N9, NAT)) == (
        "conflict stuck RT305: to NatGateway ngw-1; CCM does not see the entry in the way"
    )
    # An address without a mask is no network to CCM.
    assert says(OWN, entry("172.16.9.7", "i-2")) == (
        "shadowed stuck RT304: by 172.16.9.7 to i-2; CCM does not delete the more specific entry"
    )


def test_an_entry_may_not_work_yet() -> None:
    assert says(entry(N9, "i-9", status="Pending")) == "pending none: entry is Pending"
    assert says(entry(N9, "i-9", status="")) == "pending none: entry is of unknown status"
    assert says(entry(N9, "i-9", status="Deleting")) == (
        "pending create periodic: entry is Deleting; within 5m"
    )
    off, silent = (NextHop("i-9", "Instance", enabled=enabled) for enabled in (False, None))
    assert says(entry(N9, next_hops=(off,))) == (
        "pending stuck RT308: next hop is disabled; CCM does not look at disabled next hops"
    )
    assert says(entry(N9, next_hops=(silent,))) == f"{OK}: "


def test_a_node_that_ccm_skips() -> None:
    assert says(subject=EXCLUDED) == "skipped none: excluded by label"
    assert says(OWN, subject=EXCLUDED) == "skipped none: excluded by label; entry to i-9"
    assert says(OWN, subject=with_cidr(9, "oops")) == "skipped none: no usable IPv4 podCIDR"


def test_a_node_that_gets_no_entry() -> None:
    assert says(subject=NAMELESS) == "missing stuck RT202: providerID names no instance"
    assert says(subject=PREFIXED_NODE, version=V0) == (
        "missing stuck RT203: this CCM does not understand alicloud://"
    )
    assert says(subject=FAR, version=V0) == (
        "missing stuck RT202: CCM looks for the instance in cn-beijing, where it is not"
    )
    assert says(subject=FAR) == f"{CREATED}: "


@pytest.mark.parametrize(
    ("cidr", "where"),
    [
        ("10.0.1.64/26", "vSwitch vsw-1 (10.0.1.0/24)"),
        ("10.0.1.0/24", "vSwitch vsw-1 (10.0.1.0/24)"),
        ("100.64.3.0/24", "100.64.0.0/10"),
    ],
)
def test_a_destination_that_the_vpc_refuses(cidr: str, where: str) -> None:
    refused = f"missing stuck RT208: the VPC refuses a destination inside {where}"
    assert says(subject=with_cidr(9, cidr)) == refused


def test_a_right_entry_that_ccm_does_not_take_for_the_nodes_own() -> None:
    foreign = "CCM does not match providerID cn-beijing.i-9 with its entry"
    again = "created again each period"
    assert says(OWN, subject=PREFIXED_NODE) == (
        f"{FLAPPING}: RT203: CCM does not match providerID {PREFIXED} with its entry; {again}"
    )
    assert says(OWN, subject=FAR) == f"{FLAPPING}: RT202: {foreign}; {again}"
    assert says(OWN, subject=FAR, version=V0) == (
        f"ok stuck RT202: {foreign}: deleted, and not written again"
    )
    assert says(OWN, subject=HOST_BITS, version=V0) == (
        f"{FLAPPING}: RT208: podCIDR 172.16.9.7/24 has host bits set; {again}"
    )


def test_next_hop_of_every_kind_is_named() -> None:
    two = (NextHop("i-1", "Instance"), NextHop("i-2", "Instance"))
    hops = [
        (),
        (NextHop("i-1", "instance"),),
        (NextHop("x", ""),),
        (NextHop("ngw-1", "NatGateway"),),
        two,
    ]
    cells = [
        beside(entry(N9, "", next_hops=hop)).nodes[-1].routes["vtb-a"].next_hop for hop in hops
    ]
    assert cells == ["no next hop", "i-1", "unknown type x", "NatGateway ngw-1", "2 next hops"]


def test_three_more_specific_entries_are_named_and_the_others_counted() -> None:
    inner = tuple(entry(f"172.16.9.{16 * n}/28", "i-2") for n in range(1, 6))
    first, second, third, *_ = (f"{one.cidr} to i-2" for one in inner)
    assert detail(beside(OWN, *inner[:1])) == f"by {first}; within 5m"
    assert detail(beside(OWN, *inner[:3])) == f"by {first}, {second}, {third}; within 5m"
    assert detail(beside(OWN, *inner)) == f"by {first}, {second}, {third} and 2 more; within 5m"


def test_what_is_in_the_way_is_removed_in_vain_where_the_vpc_refuses_the_entry() -> None:
    conflict = beside(entry(N9, "i-2"), v_switches=AROUND)
    assert outlook(conflict, "n9", "vtb-a") == "conflict stuck RT208"
    shadow = beside(OWN, entry(INNER, "i-2"), v_switches=AROUND)
    assert outlook(shadow, "n9", "vtb-a") == "shadowed replace periodic"


@pytest.mark.parametrize(
    ("planted", "subject", "deleted"),
    [
        ((OWN, entry(INNER, "i-9")), node(9), (INNER, "i-9")),
        ((OWN, entry(INNER, "i-9", id="")), node(9), (INNER, "i-9")),
        ((OWN, entry("172.16.9.7", "i-2")), node(9), None),
        # CCM does not look at excluded nodes when it searches for conflicts.
        ((entry(N9, "i-2"),), EXCLUDED, None),
    ],
)
def test_what_ccm_will_delete(
    planted: tuple[RouteEntry, ...], subject: Node, deleted: tuple[str, str] | None
) -> None:
    matrix = beside(*planted, subject=subject)
    assert matrix.tables[0].will_delete == ((EntryRef(*deleted),) if deleted else ())
    if deleted:
        assert outlook(matrix, "n9", "vtb-a") == OK


def test_a_skipped_node_is_shown_with_its_reason_and_the_entry_that_exists() -> None:
    row = beside(OWN, subject=EXCLUDED).nodes[-1]
    assert (row.skipped, row.routes["vtb-a"].entry_id) == ("excluded by label", f"rte-{N9}")
    taken = beside(entry(N9, "i-2"), subject=EXCLUDED).nodes[-1]
    assert taken.routes["vtb-a"].next_hop == "i-2"
    assert beside(subject=with_cidr(9, "oops")).nodes[-1].pod_cidr == "oops"
    assert beside(subject=HOST_BITS).nodes[-1].pod_cidr == N9


def test_two_nodes_with_one_pod_cidr_take_it_from_each_other() -> None:
    twin = with_cidr(9, "172.16.1.0/24")
    matrix = beside(subject=twin)
    assert [outlook(matrix, name, "vtb-a") for name in ("n1", "n9")] == [FLAPPING, REPLACED]
    assert detail(matrix, "n1") == (
        "RT208: another node has the same podCIDR; created again each period"
    )
    # It is a conflict for one of them even if its entry stays.
    theirs = (entry("172.16.1.0/24", "i-9"), *routes(*SIX[1:]))
    matrix = held(*theirs, nodes=(*SIX, twin), controller=MANAGED, cluster=Cluster(vpc_id="vpc-1"))
    states = {row.name: row.routes["vtb-a"].state for row in matrix.nodes}
    assert (states["n1"], states["n9"]) == (State.CONFLICT, State.OK)


def test_pod_cidr_inside_another_nodes_is_deleted_and_written_in_turns() -> None:
    matrix = beside(subject=with_cidr(9, "172.16.0.0/22"))
    assert outlook(matrix, "n1", "vtb-a") == "ok stuck RT208"
    assert detail(matrix, "n1") == "inside another node's podCIDR: deleted and written in turns"


# -- what CCM has reported ------------------------------------------------------------------------


def reported(
    message: str, name: str = "n9", kind: str = "Node", reason: str = "CreateRouteFailed"
) -> dict[str, object]:
    """CCM with an Event of a minute ago."""
    last = "2026-11-23T07:59:00Z"
    return {"events": (Event(kind, name, "Warning", reason, message, last_seen=last),)}


@pytest.mark.parametrize(
    ("place", "elsewhere"), [(" in vtb-a", CREATED), ("", "missing stuck RT116")]
)
def test_a_refusal_that_ccm_reported_counts_for_its_table_or_for_all(
    place: str, elsewhere: str
) -> None:
    ccm = reported(f"Error creating route entry{place}: Forbidden.RAM")
    matrix = held(nodes=(node(9),), ccm=ccm)
    assert outlook(matrix, "n9", "vtb-a") == "missing stuck RT116"
    assert outlook(matrix, "n9", "vtb-b") == elsewhere
    assert detail(matrix) == "the VPC API rejected the request from CCM"


@pytest.mark.parametrize(("version", "when"), [("v2.11.2", "periodic"), ("v2.10.0", "event")])
def test_without_the_permission_for_batches_the_periodic_pass_is_left(
    version: str, when: str
) -> None:
    said = "Reconciling route error: Forbidden.RAM"
    ccm = reported(said, "route-controller", "Event", "SyncRouteFailed")
    matrix = held(version=version, ccm=ccm)
    assert outlook(matrix, "n1", "vtb-a") == f"missing create {when}"


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
    matrix = held(nodes=(node(1, created=node_created),), ccm={"pods": pods})
    assert outlook(matrix, "n1", "vtb-a") == f"missing create {when}"


# -- the quota, and the state of the table --------------------------------------------------------


def filled(count: int) -> tuple[RouteEntry, ...]:
    return tuple(entry(f"192.168.{n}.0/24", "i-x") for n in range(count))


def test_full_table_takes_no_more() -> None:
    matrix = held(*filled(200))
    assert outlook(matrix, "n1", "vtb-a") == "missing stuck RT401"
    assert (matrix.tables[0].custom, matrix.tables[0].quota) == (200, 200)
    # What CCM deletes makes room.
    matrix = held(entry("172.16.1.0/24", "i-2"), *filled(199))
    assert [outlook(matrix, name, "vtb-a") for name in ("n1", "n2")] == [
        REPLACED,
        "missing stuck RT401",
    ]
    # More than the default shows that it was raised.
    matrix = held(*filled(201))
    assert (matrix.tables[0].custom, matrix.tables[0].quota) == (201, None)
    assert outlook(matrix, "n1", "vtb-a") == CREATED


def test_a_full_table_that_ccm_reported_before_its_quota_was_raised_takes_more() -> None:
    ccm = reported("Error creating route entry in vtb-a: ErrorCode: QuotaExceeded", "n1")
    assert outlook(held(*filled(200), ccm=ccm), "n1", "vtb-a") == "missing stuck RT401"
    raised = held(*filled(200), ccm=ccm, entry_quota=EntryQuota(total=400))
    assert outlook(raised, "n1", "vtb-a") == CREATED


def test_only_what_is_written_needs_room() -> None:
    matrix = held(
        *filled(197),
        entry("172.16.2.0/24", "i-2"),
        entry("172.16.2.128/25", "i-1"),
        entry("172.16.3.0/24", NAT),
    )
    assert [outlook(matrix, f"n{n}", "vtb-a") for n in range(1, 5)] == [
        CREATED,
        "shadowed replace periodic",
        "conflict stuck RT305",
        "missing stuck RT401",
    ]
    assert matrix.nodes[3].routes["vtb-a"] == Cell(
        State.MISSING,
        detail="room for 1 of 4 at the quota of 200",
        next=NextAction.STUCK,
        because="RT401",
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [("Deleting", "missing stuck RT402"), ("Pending", CREATED), ("", CREATED)],
)
def test_a_table_that_is_or_will_be_available_takes_entries(status: str, expected: str) -> None:
    matrix = held(tables=(structs.replace(SYSTEM, status=status), CUSTOM))
    assert outlook(matrix, "n1", "vtb-a") == expected
    assert outlook(matrix, "n1", "vtb-b") == CREATED


# -- what else is in a table ----------------------------------------------------------------------


def test_orphans_foreign_entries_and_what_does_not_count() -> None:
    table = beside(
        entry("172.16.200.0/24", "i-gone"),
        entry("172.16.201.0/24", "i-2"),
        entry("192.168.0.0/16", "i-gone"),
        entry("172.16.202.0/24", NAT),
        entry("fd00::/64", "i-gone"),
        entry("0.0.0.0/0", NAT),
        entry("10.0.1.0/24", "", type="System", next_hops=(NextHop("", "local"),)),
        entry("172.16.1.128/25", "i-gone"),
    ).tables[0]
    assert table.orphans == (EntryRef("172.16.200.0/24", "i-gone"),)
    assert table.will_delete == (EntryRef("172.16.1.128/25", "i-gone"),)
    assert (table.custom, table.foreign) == (13, 5)
    # A wider entry over a node is none.
    wide = held(entry("172.16.0.0/20", "i-gone"), entry("172.16.64.0/20", "i-gone"))
    assert wide.tables[0].orphans == (EntryRef("172.16.64.0/20", "i-gone"),)


def test_the_range_of_the_cluster_that_distinguishes_orphans() -> None:
    left = entry("172.16.99.0/24", "i-gone")
    unknown = held(left, ccm={"command": ("--cluster-cidr=nonsense", "--cloud-config=/c")})
    assert (unknown.tables[0].orphans, unknown.tables[0].foreign) == (None, None)
    cluster = Cluster(vpc_id="vpc-1", cluster_cidr="172.16.0.0/16")
    managed = held(*routes(*SIX), left, controller=MANAGED, cluster=cluster)
    assert managed.tables[0].orphans == (EntryRef("172.16.99.0/24", "i-gone"),)


@pytest.mark.parametrize("cluster_cidr", ["172.16.0.0/16,fd00::/48", "172.16.0.0"])
def test_cluster_range_that_is_not_one_network_stops_the_periodic_pass_only(
    cluster_cidr: str,
) -> None:
    ccm = {"command": (f"--cluster-cidr={cluster_cidr}", "--cloud-config=/c")}
    planted = (entry("172.16.1.0/24", "i-2"), entry("172.16.200.0/24", "i-x"))
    matrix = held(*planted, ccm=ccm)
    assert outlook(matrix, "n1", "vtb-a") == "conflict stuck RT302"
    assert outlook(matrix, "n2", "vtb-a") == CREATED
    if "/" in cluster_cidr:
        assert matrix.tables[0].orphans == (EntryRef("172.16.200.0/24", "i-x"),)
    matrix = held(entry("172.16.1.0/24", "i-1", status="Deleting"), ccm=ccm)
    assert outlook(matrix, "n1", "vtb-a") == "pending stuck RT114"
    assert detail(matrix, "n1") == (
        "entry is Deleting; --cluster-cidr is not one IPv4 network: no periodic reconcile"
    )


def test_ccm_that_writes_nothing_deletes_nothing_either() -> None:
    flapping = node(2, provider_id="alicloud://cn-hangzhou.i-2")
    matrix = held(
        entry("172.16.1.0/24", "i-2"),
        *routes(*SIX[1:]),
        ids="",
        nodes=(node(1), flapping, *SIX[2:]),
    )
    assert outlook(matrix, "n1", "vtb-a") == "conflict stuck RT101"
    assert outlook(matrix, "n2", "vtb-a") == OK
    assert matrix.tables[0].will_delete == ()


def test_entries_without_ids_are_told_apart() -> None:
    nameless = (structs.replace(one, id="") for one in routes(*SIX))
    matrix = held(*nameless, entry("172.16.1.128/25", "i-1", id=""))
    assert {outlook(matrix, f"n{n}", "vtb-a") for n in range(1, 7)} == {OK}
    assert matrix.tables[0].will_delete == (EntryRef("172.16.1.128/25", "i-1"),)
