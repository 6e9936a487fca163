"""Which nodes CCM serves and which entries it leaves, by release."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.route_table import NextHop, TableRecord
from tests.simulator.ccm_stage import V0, Stage

V220, V316 = "v1.9.3.220-gabcdef0-aliyun", "v1.9.3.316-g8daafad-aliyun"
OLD_LABEL: Object = {"labels": {"service.beta.kubernetes.io/exclude-node": "false"}}
LABEL: Object = {"labels": {"service.alibabacloud.com/exclude-node": ""}}
DELETING: Object = {"deletionTimestamp": "2024-05-06T07:08:09Z"}
HYBRID: Object = {"spec": {"providerID": "ack-hybrid://cn-hangzhou.i-6"}}
PREFIXED: Object = {"spec": {"providerID": "alicloud://cn-hangzhou.i-6"}}
NO_ID: Object = {"spec": {"providerID": ""}}
ODD_ID: Object = {"spec": {"providerID": "odd"}}
NO_CIDR: Object = {"spec": {"podCIDR": "", "podCIDRs": []}}
DUAL: Object = {"spec": {"podCIDR": "fd00:6::/64", "podCIDRs": ["fd00:6::/64", "172.20.6.0/24"]}}
HOST_BITS: Object = {"spec": {"podCIDR": "172.20.6.1/24", "podCIDRs": ["172.20.6.1/24"]}}
LINGJUN: Object = {
    "labels": {"alibabacloud.com/lingjun-worker": "true"},
    "spec": {"providerID": "cn-hangzhou.i-6.e01"},
}


def staged(tag: str, nodes: int = 0, **change: Any) -> Stage:
    """CCM is to write to table a; with ``change`` node n6 is there too, and so changed."""
    stage = Stage(tag, "a", nodes=nodes)
    if change:
        stage.join(6, **dict(change))
    return stage


def occupied(tag: str, *hops: str, cidr: str = "172.20.0.0/24", policy: Any = None) -> Stage:
    """The podCIDR of the only node leads elsewhere."""
    stage = Stage(tag, "a", nodes=1, policy=policy)
    stage.vpc.add_instance("i-9", "vpc-1")
    stage.vpc.plant("a", cidr, *map(NextHop, hops or ("i-9",)))
    return stage


@pytest.mark.parametrize(
    ("change", "tag", "served"),
    [
        (OLD_LABEL, V0, True),
        (OLD_LABEL, "v1.9.3.193-g6cddde4-aliyun", False),
        (OLD_LABEL, "v2.14.0", False),
        (LABEL, V316, True),
        (LABEL, "v1.9.3.376-g0ab6fa7-aliyun", False),
        (LABEL, "v2.4.0", False),
        (DELETING, V0, True),
        (DELETING, "v2.3.0", True),
        (DELETING, "v2.4.0", False),
        (HYBRID, "v2.14.0", False),
        (NO_ID, V0, False),
        (NO_ID, "v2.14.0", False),
        (ODD_ID, V0, False),
        (ODD_ID, "v2.9.1", False),
        (ODD_ID, "v2.14.0", False),
        (NO_CIDR, V0, False),
        (NO_CIDR, "v2.9.1", False),
        (NO_CIDR, "v2.14.0", False),
        (DUAL, "v2.9.1", True),
        (HOST_BITS, "v2.14.0", True),
    ],
)
def test_a_node_is_served(change: Object, tag: str, served: bool) -> None:
    stage = staged(tag, **change).run()
    assert stage.routes("a") == ({"172.20.6.0/24": "i-6"} if served else {})


@pytest.mark.parametrize(("tag", "served"), [(V0, 1), (V220, 0), ("v2.4.0", 0), ("v2.14.0", 0)])
def test_a_node_whose_kubelet_is_silent(tag: str, served: int) -> None:
    stage = staged(tag, nodes=1)
    stage.ready_unknown(0)
    assert stage.run().counts() == served


def test_passes_differ_in_the_nodes_that_they_pass_over() -> None:
    leaving = staged("v2.3.0", **DELETING).run("e")
    after_events = leaving.counts()
    leaving.work("p")
    assert (after_events, leaving.counts()) == (0, 1)
    assert staged("v2.14.0", **LINGJUN).run("p").counts() == 0


@pytest.mark.parametrize(
    ("tag", "change", "passes", "says"),
    [
        ("v2.14.0", NO_ID, "e", "node's provider id is not exist, skip creating route"),
        ("v2.14.0", ODD_ID, "e", "invalid providerID, requeue"),
        ("v2.14.0", NO_CIDR, "e", "node parse podCIDR error, skip creating route"),
        ("v2.4.0", NO_ID, "ep", "node n6 provider id is not exist, skip creating route"),
        ("v2.4.0", NO_CIDR, "ep", "node n6 parse podCIDR  error, skip creating route"),
        (V0, NO_ID, "p", "Node n6 has no Provider ID, skip it"),
        (
            V0,
            ODD_ID,
            "p",
            "could not create route 172.20.6.0/24 for node n6: timed out waiting for the condition "
            "-> unable to split instanceid and region from providerID, "
            "error unexpected providerID=odd",
        ),
    ],
)
def test_what_is_said_of_a_node_that_can_not_be_served(
    tag: str, change: Object, passes: str, says: str
) -> None:
    assert staged(tag, **change).run(passes).logged(says)


LEFT = {"172.20.0.0/24": "i-0", "172.20.1.0/24": "i-1", "172.20.50.0/24": "i-9"}


@pytest.mark.parametrize(
    ("tag", "left"),
    [
        (V0, LEFT),
        ("v2.3.0", {**LEFT, "172.20.0.0/24": "i-9"}),
        ("v2.4.0", LEFT),
        ("v2.14.0", LEFT),
    ],
)
def test_conflicting_entries_go_and_orphans_stay(tag: str, left: dict[str, str]) -> None:
    stage = staged(tag, nodes=2)
    stage.vpc.add_instance("i-9", "vpc-1")
    for cidr in ("172.20.0.0/24", "172.20.1.128/25", "172.20.50.0/24", "10.1.0.0/24"):
        stage.vpc.plant("a", cidr, NextHop("i-9"))
    assert stage.run().routes("a") == {**left, "10.1.0.0/24": "i-9"}


def test_an_entry_that_ccm_can_not_see_keeps_its_place() -> None:
    for tag in (V0, "v2.4.0", "v2.14.0"):
        stage = staged(tag, nodes=1)
        stage.vpc.plant("a", "172.20.0.0/24", NextHop("ngw-1", "NatGateway"))
        assert stage.run().routes("a") == {"172.20.0.0/24": "ngw-1"}
    shared = occupied("v2.14.0", "i-0", "i-9").run()
    assert len(shared.vpc.table("a").entries()[0].next_hops.next_hop) == 2


def test_a_batch_takes_a_duplicate_for_a_success_until_the_periodic_pass() -> None:
    stage = occupied("v2.14.0").run("e")
    assert (stage.unavailable(), stage.routes("a")) == ({"n0": "False"}, {"172.20.0.0/24": "i-9"})
    stage.work("p")
    assert stage.routes("a") == {"172.20.0.0/24": "i-0"}
    assert stage.logged("route already exists, ignore create error")
    assert stage.logged("conflict route with node n0(172.20.0.0/24) found")
    assert stage.logged(
        "Delete conflict route cn-hangzhou.i-9-172.20.0.0/24, 172.20.0.0/24 from table a SUCCESS."
    )


def test_a_single_create_fails_fast_on_a_duplicate() -> None:
    stage = occupied("v2.9.1").run("e")
    assert stage.unavailable() == {"n0": "True"}
    assert stage.logged("Backoff creating route: same cidr with different providerID")


def test_v0_can_not_delete_the_route_of_a_released_instance() -> None:
    stage = occupied(V0, "i-released").run("p")
    assert stage.routes("a") == {"172.20.0.0/24": "i-released"}
    assert stage.logged("InstanceNotFound")
    assert stage.unavailable() == {"n0": "True"}


@pytest.mark.parametrize(
    ("tag", "flaps"), [(V316, False), ("v2.3.0", False), ("v2.4.0", True), ("v2.14.0", True)]
)
def test_a_provider_id_with_a_prefix_makes_the_route_flap(tag: str, flaps: bool) -> None:
    stage = staged(tag, **PREFIXED).run()
    (first,) = stage.vpc.table("a").entries()
    stage.work("p")
    (second,) = stage.vpc.table("a").entries()
    assert (first.route_entry_id != second.route_entry_id) == flaps


def test_v0_asks_for_the_instance_in_the_region_that_the_provider_id_names() -> None:
    stage = staged(V0, **PREFIXED)
    stage.join(7, spec={"providerID": "cn-beijing.i-7"})
    assert stage.run("p").routes("a") == {}
    assert stage.unavailable() == {"n6": "True", "n7": "False"}


@pytest.mark.parametrize(("tag", "stuck"), [(V0, "True"), (V316, "False")])
def test_the_condition_of_a_route_that_is_there_already(tag: str, stuck: str) -> None:
    assert occupied(tag, "i-0").run().unavailable() == {"n0": stuck}


@pytest.mark.parametrize(("tag", "marked"), [("v2.4.0", ""), ("v2.9.1", "True")])
def test_a_new_node_is_marked_before_its_route_exists(tag: str, marked: str) -> None:
    assert set(Stage(tag, None).run("e").unavailable().values()) == {marked}


def test_a_mark_carries_the_taint_and_takes_it_away() -> None:
    stage = Stage("v2.14.0", None, nodes=1).run("e")
    tainted = stage.store.get("Node", "", "n0")["spec"]["taints"]
    stage.configure('{"Global": {"routeTableIDs": "a"}}')
    stage.run("e")
    assert tainted == [{"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}]
    assert "taints" not in stage.store.get("Node", "", "n0")["spec"]


@pytest.mark.parametrize(("tag", "left"), [(V0, 6), (V220, 5), ("v2.4.0", 5), ("v2.14.0", 5)])
def test_routes_of_a_node_that_left(tag: str, left: int) -> None:
    stage = staged(tag, nodes=6).run()
    stage.leave(3)
    stage.work()
    assert stage.counts() == left


def test_v2_11_forgets_only_what_it_remembers() -> None:
    stage = staged("v2.14.0", nodes=6).run()
    stage.run("e")
    stage.leave(3)
    stage.work("e")
    assert stage.counts() == 6
    stage.leave(4)
    stage.join(3)
    stage.work("p")
    stage.leave(5)
    stage.work("e")
    assert "172.20.5.0/24" not in stage.routes("a")


@pytest.mark.parametrize(("tag", "healed"), [("v2.3.0", 1), ("v2.9.1", 0), ("v2.14.0", 1)])
def test_a_failed_node_is_tried_again_by_events(tag: str, healed: int) -> None:
    stage = staged(tag, labels={})
    stage.vpc.remove_instance("i-6")
    stage.run("e")
    stage.vpc.add_instance("i-6", "vpc-1")
    stage.work("e")
    assert stage.counts() == healed


def test_events_by_release() -> None:
    created = "Created route for a with n0 -> 172.20.0.0/24 successfully"
    assert staged("v2.9.1", nodes=1).run("e").messages("CreatedRoute") == [created]
    assert staged("v2.14.0", nodes=1).run("e").events() == set()
    late = staged(V316, nodes=1, **ODD_ID).run("p")
    assert late.messages("CreatedRoute") == [created]
    assert late.messages("CreateRouteFailed") == [
        "Error creating route: unable to split instanceid and region from providerID, "
        "error unexpected providerID=odd"
    ]


NO_DELETE = read_policy(
    """{"Version": "1", "Statement": [
    {"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"},
    {"Effect": "Allow", "Action": "vpc:CreateRouteEntr*", "Resource": "*"}]}"""
)


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        (V220, "could not delete route for deleted node n3: "),
        ("v2.4.0", "error delete route entry for delete node n3: SDK.ServerError"),
        ("v2.14.0", "batch delete routes failed, requeue all routes"),
    ],
)
def test_a_role_that_may_not_delete_leaves_the_routes_of_nodes_that_left(
    tag: str, says: str
) -> None:
    stage = Stage(tag, "a", policy=NO_DELETE).run()
    stage.leave(3)
    stage.work("ee")
    assert stage.counts() == 6
    assert stage.logged(says)


@pytest.mark.parametrize(
    ("tag", "says"), [(V0, "Could not delete route "), ("v2.14.0", "conflict")]
)
def test_a_role_that_may_not_delete_leaves_conflicts(tag: str, says: str) -> None:
    stage = occupied(tag, policy=NO_DELETE).run()
    assert stage.routes("a") == {"172.20.0.0/24": "i-9"}
    assert stage.logged(says)
    assert stage.logged("Forbidden.RAM")


@pytest.mark.parametrize("tag", ["v2.9.1", "v2.14.0"])
def test_a_node_that_left_while_the_list_was_unusable_is_forgotten_later(tag: str) -> None:
    stage = Stage(tag, None, tables="a", nodes=1).run("e")
    stage.vpc.add_table(TableRecord("b", "vpc-1", "vrt-1"))
    stage.leave(0)
    stage.work("e")
    blocked = len(stage.routes("a"))
    del stage.vpc.tables["b"]
    stage.work("e")
    assert (blocked, len(stage.routes("a"))) == (1, 0)
