"""The matrix: header, tables, the list of route tables, and what of it is known."""

from __future__ import annotations

import pytest
from msgspec import structs

from kubectl_routes.analyze.matrix import build
from kubectl_routes.catalog.translation import translated
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.matrix import (
    Cell,
    ConfigState,
    ControllerSummary,
    Matrix,
    Mode,
    State,
    TableColumn,
)
from kubectl_routes.model.message import Language
from kubectl_routes.model.snapshot import PART_TABLES, Cluster, Gap
from kubectl_routes.model.vpc import RouteTable, VSwitch
from tests.analyze.cluster import (
    CUSTOM,
    FLAGS,
    MANAGED,
    REPOSITORY,
    SIX,
    SPARE,
    SYSTEM,
    V0,
    VSWITCHES,
    config,
    controller,
    held,
    listing,
    node,
    outlook,
    routes,
    snapshot,
)

OK = "ok none"
CREATED = "missing create event"
LATE = "missing create periodic"
# Lists a table's entries, not the tables of a router.
V1_BY_ENTRY = "v1.9.3.276-gabcdef0-aliyun"
GATEWAY = RouteTable(
    id="vtb-g", type="Custom", associate_type="Gateway", status="Available", vpc_id="vpc-1"
)
FOREIGN = RouteTable(id="vtb-x", type="Custom", status="Available", vpc_id="vpc-2")
FULL = {"vtb-a": routes(*SIX), "vtb-b": routes(*SIX)}
NO_TABLES = Gap(PART_TABLES, "Forbidden.RAM")


def listed(ids: str, *tables: RouteTable, version: str = "v2.11.2") -> Matrix:
    """A CCM with this list in a VPC with the two tables and these, which are all empty."""
    shown = (SYSTEM, CUSTOM, *tables)
    entries = {table.id: () for table in shown}
    return held(ids=ids, version=version, tables=shown, entries=entries)


def about(matrix: Matrix, *fields: str) -> list[tuple[object, ...]]:
    """The tables, each by its id and these fields."""
    return [(one.id, *(getattr(one, field) for field in fields)) for one in matrix.tables]


def test_healthy_cluster_is_ok_everywhere_and_nothing_happens() -> None:
    matrix = held(entries=FULL)
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


# -- vSwitches and tables -------------------------------------------------------------------------


def test_every_node_is_placed_by_its_address() -> None:
    matrix = held(nodes=(*SIX[:2], node(9, internal_ips=("192.168.0.1", "not an address"))))
    placed = [("n1", "vsw-1", "vtb-a"), ("n2", "vsw-2", "vtb-b"), ("n9", "", "")]
    assert [(row.name, row.v_switch, row.table) for row in matrix.nodes] == placed
    assert about(matrix, "v_switches", "nodes_behind", "managed", "auto") == [
        ("vtb-a", ("vsw-1",), 1, True, True),
        ("vtb-b", ("vsw-2",), 1, True, True),
    ]
    # Where the vSwitch does not name its table, the table names it, and the other way around.
    silent = tuple(VSwitch(id=one.id, cidr=one.cidr) for one in VSWITCHES)
    assert [row.table for row in held(v_switches=silent).nodes[:2]] == ["vtb-a", "vtb-b"]
    third = VSwitch(id="vsw-3", cidr="10.0.3.0/24", table_id="vtb-b")
    tables = (structs.replace(SYSTEM, v_switch_ids=()), CUSTOM)
    matrix = held(tables=tables, v_switches=(*VSWITCHES, third))
    assert about(matrix, "v_switches") == [("vtb-a", ("vsw-1",)), ("vtb-b", ("vsw-2", "vsw-3"))]


def test_a_table_is_chosen_by_auto_if_it_is_the_system_table_or_a_node_is_behind_it() -> None:
    last = structs.replace(SYSTEM, id="vtb-z", v_switch_ids=())
    foreign = structs.replace(SYSTEM, id="vtb-x", vpc_id="vpc-2", v_switch_ids=())
    matrix = held(ids="vtb-z,vtb-x", nodes=(node(2),), tables=(CUSTOM, SPARE, last, foreign))
    assert about(matrix, "auto", "nodes_behind") == [
        ("vtb-z", True, 0), ("vtb-b", True, 1), ("vtb-c", False, 0), ("vtb-x", False, 0),
    ]  # fmt: skip


def test_table_counts_as_the_vpcs_own_unless_it_names_another() -> None:
    foreign = structs.replace(FOREIGN, type="System")
    for own in (SYSTEM, structs.replace(SYSTEM, vpc_id="")):
        matrix = held(ids="", tables=(own, foreign))
        assert (matrix.mode, about(matrix)) == (Mode.SINGLE_TABLE, [("vtb-a",)])
    matrix = held(ids="", cluster=Cluster(region="cn-hangzhou"), tables=(SYSTEM, foreign))
    assert (matrix.mode, about(matrix)) == (Mode.UNKNOWN, [("vtb-a",), ("vtb-x",)])


# -- the list -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "ids", "tables", "code", "reason"),
    [
        ("v2.11.2", "", 2, "RT101", "the VPC has 2 route tables and routeTableIDs is not set"),
        ("v2.11.2", "", 0, "RT101", "the VPC has no route table and routeTableIDs is not set"),
        ("v2.4.0", " ", 2, "RT103", "routeTableIDs holds no id, only spaces"),
        (
            "v1.9.3.81-gabcdef0-aliyun",
            "vtb-a,vtb-b",
            2,
            "RT113",
            "the VPC has 2 route tables and this CCM does not know routeTableIDs",
        ),
    ],
)
def test_without_a_list_several_tables_are_blocked(
    version: str, ids: str, tables: int, code: str, reason: str
) -> None:
    matrix = held(version=version, ids=ids, tables=(SYSTEM, CUSTOM)[:tables])
    assert matrix.mode is Mode.BLOCKED
    assert matrix.notices == (f"{code}: no route is written: {reason}.",)
    assert [table.managed for table in matrix.tables] == [False] * tables
    assert matrix.summary == dict.fromkeys(State, 0)
    assert [
        (outlook(matrix, "n1", table), cell.detail)
        for table, cell in matrix.nodes[0].routes.items()
    ] == [(f"missing stuck {code}", reason)] * tables


def test_one_table_needs_no_list() -> None:
    matrix = held(ids="", tables=(SYSTEM,))
    assert matrix.mode is Mode.SINGLE_TABLE
    assert outlook(matrix, "n1", "vtb-a") == CREATED
    assert about(matrix, "managed") == [("vtb-a", True)]
    assert about(held(ids=" ", version="v2.4.0", tables=(SYSTEM,)), "managed") == [("vtb-a", False)]


def test_flags_that_switch_routes_off_are_told_of_every_cell() -> None:
    off = ("--cluster-cidr=172.16.0.0/16", "--cloud-config=/c", "--controllers=node")
    matrix = held(ccm={"command": off})
    assert outlook(matrix, "n1", "vtb-a") == "missing stuck RT111"
    assert matrix.nodes[0].routes["vtb-a"].detail == "cloud routes are switched off by CCM's flags"


def test_space_after_comma_stops_the_event_pass_for_every_table_on_v2_11() -> None:
    matrix = listed("vtb-a, vtb-b")
    assert outlook(matrix, "n1", "vtb-a") == LATE
    assert outlook(matrix, "n1", "vtb-b") == "missing stuck RT103"
    assert matrix.nodes[0].routes["vtb-b"].detail == "the list says ' vtb-b', space included"
    assert about(matrix, "managed") == [("vtb-a", True), ("vtb-b", False)]
    assert matrix.notices == (
        "RT103: routeTableIDs: ' vtb-b' is not a table ID: not every CCM removes"
        " spaces and empty items.",
        "This CCM lists every table before it writes a new node's routes: one that cannot be"
        " listed delays all of them to the periodic reconcile (5m).",
    )
    # A space of any kind makes no table of its own.
    matrix = listed("vtb-a,\u00a0vtb-b", version="v2.4.0")
    assert about(matrix) == [("vtb-a",), ("vtb-b",)]
    assert outlook(matrix, "n1", "vtb-b") == "missing stuck RT103"


@pytest.mark.parametrize(
    ("version", "ids", "table", "expected"),
    [
        ("v2.4.0", "vtb-a", "vtb-b", "missing stuck RT108"),
        ("v2.4.0", "vtb-a", "vtb-c", "missing none"),
        ("v2.4.0", "vtb-b", "vtb-a", "missing stuck RT107"),
        ("v2.4.0", "vtb-a,vtb-b", "vtb-g", "missing none"),
        ("v2.4.0", "vtb-a,vtb-b,vtb-g", "vtb-g", "missing stuck RT106"),
        # What is behind a table that CCM cannot work with.
        *((version, "vtb-a,vtb-x,vtb-b", "vtb-x", "missing stuck RT105")
          for version in (V0, V1_BY_ENTRY, "v2.11.2")),
        (V0, "vtb-a,vtb-x,vtb-b", "vtb-b", "missing stuck RT105"),
        (V1_BY_ENTRY, "vtb-a,vtb-x,vtb-b", "vtb-b", LATE),
        ("v2.11.2", "vtb-a,vtb-x,vtb-b", "vtb-b", CREATED),
        (V0, "vtb-a,vtb-g,vtb-b", "vtb-b", "missing stuck RT106"),
        (V1_BY_ENTRY, "vtb-a,vtb-g,vtb-b", "vtb-b", "missing stuck RT106"),
        ("v2.4.0", "vtb-a,vtb-g,vtb-b", "vtb-b", CREATED),
        ("v2.11.2", "vtb-a,vtb-g,vtb-b", "vtb-b", LATE),
        (V0, "vtb-a,,vtb-b", "vtb-a", LATE),
        (V0, "vtb-a,,vtb-b", "vtb-b", "missing stuck RT103"),
        (V0, "vtb-a,vtb-nope,,vtb-b", "vtb-b", "missing stuck RT104"),
    ],
)  # fmt: skip
def test_what_the_list_means_for_a_table(version: str, ids: str, table: str, expected: str) -> None:
    matrix = listed(ids, SPARE, GATEWAY, FOREIGN, version=version)
    assert outlook(matrix, "n1", table) == expected
    if "nope" in ids:
        where = "behind 'vtb-nope' in the list, where this CCM stops"
        assert matrix.nodes[0].routes[table].detail == where


def test_nonexistent_table_is_shown_as_a_column_of_its_own() -> None:
    matrix = held(ids="vtb-a,vtb-nope", version="v2.4.0")
    assert outlook(matrix, "n1", "vtb-nope") == "missing stuck RT104"
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


def test_gateway_and_foreign_tables_are_shown_as_what_they_are() -> None:
    spare = held(tables=(SYSTEM, CUSTOM, structs.replace(GATEWAY, associate_type="gateway")))
    assert "vtb-g" not in spare.nodes[0].routes
    assert about(spare, "auto", "associate_type")[2] == ("vtb-g", False, "gateway")
    foreign = listed("vtb-x", FOREIGN)
    assert about(foreign, "type", "status", "auto")[-1] == ("vtb-x", "Custom", "Available", False)


def test_every_reason_why_a_table_gets_no_route_is_told() -> None:
    tables = (structs.replace(SPARE, status="Deleting"), GATEWAY, FOREIGN)
    first = listed("vtb-c,vtb-g,vtb-x,vtb-nope", *tables, version="v2.4.0").nodes[0]
    assert {name: cell.detail for name, cell in first.routes.items()} == {
        "vtb-a": "the table is the system route table, and is missing from routeTableIDs",
        "vtb-b": "the table is used by nodes, but missing from routeTableIDs",
        "vtb-c": "the table is not Available",
        "vtb-g": "the table is a gateway route table, which takes no routes to nodes",
        "vtb-x": "the table belongs to a different VPC",
        "vtb-nope": "the table does not exist in this region and account",
    }


def test_every_fault_of_the_list_is_noticed() -> None:
    ids = "vtb-a,,vtb-nope,vtb-x,vtb-g,vtb-a,"
    assert listed(ids, GATEWAY, FOREIGN, version="v2.4.0").notices == (
        "RT103: routeTableIDs: '' is not a table ID: not every CCM removes spaces and empty items.",
        "RT104: routeTableIDs: 'vtb-nope' does not exist in this region and account.",
        "RT105: routeTableIDs: 'vtb-x' belongs to a different VPC.",
        "RT106: routeTableIDs: 'vtb-g' is a gateway route table, which takes no routes to nodes.",
        "routeTableIDs names vtb-a twice, which is harmless.",
    )
    # Only what cannot be listed delays the others.
    assert len(listed("vtb-a,vtb-x", FOREIGN).notices) == 1
    assert held(ids="vtb-a,vtb-a").mode is Mode.SINGLE_TABLE
    # Without the list of tables no id is called wrong.
    unread = held(ids="vtb-a,vtb-nope, vtb-b", tables=(), gaps=(NO_TABLES,), version="v2.4.0")
    assert [one[:5] for one in unread.notices] == ["RT103"]


# -- --tables -------------------------------------------------------------------------------------


def test_tables_given_decide_what_is_managed_not_what_ccm_does() -> None:
    matrix = build(snapshot(controller("v2.4.0", listing(""))), ("vtb-b",))
    assert about(matrix, "managed") == [("vtb-a", False), ("vtb-b", True)]
    assert outlook(matrix, "n1", "vtb-b") == "missing stuck RT101"
    assert (matrix.summary or {})[State.MISSING] == 6


def test_unknown_table_given_is_a_usage_error_that_names_the_right_ones() -> None:
    with pytest.raises(UsageError) as caught:
        build(snapshot(controller("v2.4.0", listing(""))), ("vtb-z", "vtb-a", "vtb-y"))
    assert caught.value.message == "--tables: vtb-z, vtb-y is no route table of vpc-1"
    assert caught.value.hint == "The tables of the VPC are: vtb-a, vtb-b."


# -- gaps -----------------------------------------------------------------------------------------


def test_entries_that_were_not_read_are_unknown_never_missing() -> None:
    matrix = held(entries={"vtb-a": routes(*SIX)})
    assert outlook(matrix, "n1", "vtb-b") == "unknown none"
    assert matrix.nodes[0].routes["vtb-b"].detail == "entries not read"
    assert outlook(matrix, "n1", "vtb-a") == OK
    assert matrix.tables[1].custom is None


def test_without_the_list_of_tables_the_listed_ones_are_shown_and_taken_as_they_are() -> None:
    ccm = controller("v2.4.0", listing("vtb-a,vtb-b"))
    unread = snapshot(ccm, tables=(), gaps=(NO_TABLES,))
    assert outlook(build(unread), "n1", "vtb-a") == CREATED
    assert build(unread).gaps == (NO_TABLES,)
    # Their vSwitches show these two, and nothing the third.
    assert about(build(unread, ("vtb-z",)), "exists", "managed") == [
        ("vtb-a", True, False),
        ("vtb-b", True, False),
        ("vtb-z", None, True),
    ]
    bare = build(structs.replace(unread, v_switches=()))
    assert about(bare, "exists") == [("vtb-a", None), ("vtb-b", None)]
    assert held(ids="", tables=(), gaps=(NO_TABLES,), entries={}).mode is Mode.UNKNOWN


@pytest.mark.parametrize(("problem", "why"), [("", ""), ("403 Forbidden", " (403 Forbidden)")])
def test_config_that_could_not_be_read_is_told_with_the_reason_if_there_is_one(
    problem: str, why: str
) -> None:
    ccm = {"cloud_config": config(None, problem=problem)}
    matrix = held(ccm=ccm, tables=(SYSTEM,), entries={"vtb-a": routes(*SIX)})
    told = f"cloud-config could not be read{why}: what CCM will do is not known."
    assert (matrix.mode, matrix.notices) == (Mode.UNKNOWN, (told,))
    # The only table counts.
    assert (matrix.summary or {})[State.OK] == 6


# -- managed clusters, unknown releases, Terway ---------------------------------------------------


def test_managed_cluster_is_checked_from_outside() -> None:
    read = {"vtb-a": routes(*SIX[1:]), "vtb-b": routes(*SIX), "vtb-c": ()}
    matrix = held(controller=MANAGED, tables=(SYSTEM, CUSTOM, SPARE), entries=read)
    assert (matrix.mode, matrix.controller.period_seconds) == (Mode.MULTI_TABLE, None)
    assert about(matrix, "managed") == [("vtb-a", True), ("vtb-b", True), ("vtb-c", False)]
    assert outlook(matrix, "n1", "vtb-a") == "missing none RT903"
    assert outlook(matrix, "n1", "vtb-c") == "missing none RT903"
    assert matrix.nodes[0].routes["vtb-a"].detail == "CCM is not visible"
    assert matrix.notices == (
        "RT903: CCM runs in the managed control plane, where it cannot be seen. Tables that hold a"
        " route of this cluster count as managed; what CCM will do is not known.",
    )


def test_how_many_tables_an_invisible_ccm_manages_may_not_be_known() -> None:
    # One of two in use may be a list of one, or no list.
    some = held(*routes(*SIX), controller=MANAGED)
    assert (some.mode, about(some, "managed")) == (
        Mode.UNKNOWN,
        [("vtb-a", True), ("vtb-b", False)],
    )
    part = held(controller=MANAGED, entries={"vtb-a": routes(*SIX)})
    assert (part.mode, outlook(part, "n1", "vtb-b")) == (Mode.UNKNOWN, "unknown none")
    none = held(controller=MANAGED)
    assert (none.mode, outlook(none, "n1", "vtb-a")) == (Mode.UNKNOWN, "missing none RT903")
    assert held(controller=MANAGED, tables=(SYSTEM,)).mode is Mode.SINGLE_TABLE


def test_image_that_names_no_release_is_told() -> None:
    matrix = held(version="latest")
    assert matrix.controller.version == ""
    assert matrix.notices == (
        f"The image {REPOSITORY}:latest names no CCM version; the behavior of the newest is"
        " assumed.",
    )


TERWAY = Cluster(region="cn-hangzhou", vpc_id="vpc-1", cni="terway")


def test_terway_needs_no_routes_and_gets_none() -> None:
    both = listing("vtb-a,vtb-b")
    off = controller("v2.11.2", both, command=(*FLAGS, "--configure-cloud-routes=false"))
    excluded = node(2, labels={"service.alibabacloud.com/exclude-node": ""})
    for one in (off, MANAGED):
        matrix = held(controller=one, cluster=TERWAY, nodes=(node(1), excluded))
        assert matrix.mode is Mode.OFF
        assert outlook(matrix, "n1", "vtb-a") == "skipped none"
        assert [row.skipped for row in matrix.nodes] == [
            "Terway needs no cloud routes", "excluded by label",
        ]  # fmt: skip
        assert matrix.notices[0] == "RT118: no route is written: Terway needs no cloud routes."
    on = held(cluster=TERWAY)
    assert on.notices == ("RT118: Terway needs no cloud routes, but this CCM still writes them.",)
    assert outlook(on, "n1", "vtb-a") == CREATED


def test_nodes_outside_every_vswitch_are_told() -> None:
    stray, another = node(8, internal_ips=("192.168.0.8",)), node(9, internal_ips=())
    hybrid = node(7, provider_id="ack-hybrid://n7", internal_ips=("192.168.0.7",))
    assert held(nodes=(*SIX, stray, hybrid)).notices == (
        "RT209: 1 node has its address in no vSwitch of the VPC (n8): which table decides is not"
        " known.",
    )
    assert (
        held(nodes=(*SIX, stray, another))
        .notices[0]
        .startswith("RT209: 2 nodes have their address in no vSwitch of the VPC (n8, …)")
    )


def test_notices_are_in_the_language_that_was_asked_for() -> None:
    found = translated(held(ids="vtb-a,vtb-nope", cluster=TERWAY).notices, Language.CHINESE)
    assert found[0] == "RT104：routeTableIDs：'vtb-nope' 在该地域和账号中不存在。"
    assert found[-1] == "RT118：Terway 不需要云路由，但 CCM 仍在创建。"
