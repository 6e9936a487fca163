"""Nodes that are passed over, entries that are deleted or left, and what nodes get to know."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.identity import Policy, read_policy
from kubectl_routes_simulator.route_table import NextHop, TableRecord
from tests.simulator.ccm_stage import V0, Stage

OLD_LABEL = {"labels": {"service.beta.kubernetes.io/exclude-node": "false"}}
LABEL = {"labels": {"service.alibabacloud.com/exclude-node": ""}}
DELETING = {"deletionTimestamp": "2024-05-06T07:08:09Z"}
HYBRID = {"spec": {"providerID": "ack-hybrid://cn-hangzhou.i-6"}}
NO_ID = {"spec": {"providerID": ""}}
ODD_ID = {"spec": {"providerID": "odd"}}
NO_CIDR = {"spec": {"podCIDR": "", "podCIDRs": []}}
DUAL = {"spec": {"podCIDR": "fd00:6::/64", "podCIDRs": ["fd00:6::/64", "172.20.6.0/24"]}}
HOST_BITS = {"spec": {"podCIDR": "172.20.6.1/24", "podCIDRs": ["172.20.6.1/24"]}}
LINGJUN = {
    "labels": {"alibabacloud.com/lingjun-worker": "true"},
    "spec": {"providerID": "cn-hangzhou.i-6.e01"},
}


def played(tag: str, list_text: str = "a", nodes: int = 0) -> Stage:
    """Nothing has happened yet but the start."""
    stage = Stage(tag, list_text, nodes=nodes)
    assert stage.ccm.start() == ""
    return stage


def both_passes(stage: Stage) -> None:
    stage.ccm.event_pass()
    stage.ccm.periodic_pass()


@pytest.mark.parametrize(
    ("change", "tag", "served"),
    [
        ({}, V0, True),
        ({}, "v2.14.0", True),
        (OLD_LABEL, V0, True),
        (OLD_LABEL, "v1.9.3.193-g6cddde4-aliyun", False),
        (OLD_LABEL, "v2.14.0", False),
        (LABEL, "v1.9.3.316-g8daafad-aliyun", True),
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
def test_node_is_served(change: dict[str, Any], tag: str, served: bool) -> None:
    stage = played(tag)
    stage.join(6, **dict(change))
    both_passes(stage)
    assert stage.routes("a") == ({"172.20.6.0/24": "i-6"} if served else {})


@pytest.mark.parametrize(
    ("tag", "served"),
    [(V0, True), ("v1.9.3.220-gabcdef0-aliyun", False), ("v2.4.0", False), ("v2.14.0", False)],
)
def test_node_whose_kubelet_is_silent(tag: str, served: bool) -> None:
    stage = played(tag, nodes=1)
    stage.ready_unknown(0)
    both_passes(stage)
    assert (stage.counts() == 1) == served


def test_early_v2_passes_over_a_leaving_node_only_in_the_event_pass() -> None:
    stage = played("v2.3.0")
    stage.join(6, **DELETING)
    stage.ccm.event_pass()
    after_events = stage.counts()
    stage.ccm.periodic_pass()
    assert (after_events, stage.counts()) == (0, 1)


def test_periodic_pass_lists_ecs_nodes_only() -> None:
    stage = played("v2.14.0")
    stage.join(6, **dict(LINGJUN))
    stage.ccm.periodic_pass()
    assert stage.counts() == 0


def test_what_is_said_of_nodes_that_can_not_be_served() -> None:
    stage = played("v2.14.0")
    stage.join(6, **dict(NO_ID))
    stage.join(7, **dict(ODD_ID))
    stage.join(8, **dict(NO_CIDR))
    stage.ccm.event_pass()
    assert stage.logged("node's provider id is not exist, skip creating route")
    assert stage.logged("invalid providerID, requeue")
    assert stage.logged("node parse podCIDR error, skip creating route")
    assert stage.unavailable() == {"n6": "True", "n7": "True", "n8": "True"}


def test_v0_says_what_it_can_not_split() -> None:
    stage = played(V0)
    stage.join(6, **dict(NO_ID))
    stage.join(7, **dict(ODD_ID))
    stage.ccm.periodic_pass()
    assert stage.logged("Node n6 has no Provider ID, skip it")
    assert stage.messages("FailedToCreateRoute") == [
        "could not create route 172.20.7.0/24 for node n7: timed out waiting for the condition "
        "-> unable to split instanceid and region from providerID, "
        "error unexpected providerID=odd"
    ]


@pytest.mark.parametrize(
    ("tag", "left"),
    [
        (V0, {"172.20.0.0/24": "i-0", "172.20.1.0/24": "i-1", "172.20.50.0/24": "i-9"}),
        (
            "v2.3.0",
            {"172.20.0.0/24": "i-9", "172.20.1.0/24": "i-1", "172.20.50.0/24": "i-9"},
        ),
        (
            "v2.4.0",
            {"172.20.0.0/24": "i-0", "172.20.1.0/24": "i-1", "172.20.50.0/24": "i-9"},
        ),
        (
            "v2.14.0",
            {"172.20.0.0/24": "i-0", "172.20.1.0/24": "i-1", "172.20.50.0/24": "i-9"},
        ),
    ],
)
def test_conflicting_entries_go_and_orphans_stay(tag: str, left: dict[str, str]) -> None:
    stage = played(tag, nodes=2)
    stage.vpc.add_instance("i-9", "vpc-1")
    for cidr in ("172.20.0.0/24", "172.20.1.128/25", "172.20.50.0/24", "10.1.0.0/24"):
        stage.vpc.plant("a", cidr, NextHop("i-9"))
    both_passes(stage)
    assert stage.routes("a") == {**left, "10.1.0.0/24": "i-9"}


@pytest.mark.parametrize("tag", [V0, "v2.4.0", "v2.14.0"])
def test_entry_that_ccm_can_not_see_keeps_its_place(tag: str) -> None:
    stage = played(tag, nodes=1)
    stage.vpc.plant("a", "172.20.0.0/24", NextHop("ngw-1", "NatGateway"))
    both_passes(stage)
    assert stage.routes("a") == {"172.20.0.0/24": "ngw-1"}


def test_route_with_several_next_hops_is_invisible_to_v2() -> None:
    stage = played("v2.14.0", nodes=1)
    stage.vpc.plant("a", "172.20.0.0/24", NextHop("i-0"), NextHop("i-9"))
    both_passes(stage)
    assert len(stage.vpc.table("a").entries()[0].next_hops.next_hop) == 2


def test_batch_takes_a_duplicate_for_a_success_until_the_periodic_pass() -> None:
    stage = played("v2.14.0", nodes=1)
    stage.vpc.add_instance("i-9", "vpc-1")
    stage.vpc.plant("a", "172.20.0.0/24", NextHop("i-9"))
    stage.ccm.event_pass()
    told, during = stage.unavailable(), stage.routes("a")
    stage.ccm.periodic_pass()
    assert (told, during) == ({"n0": "False"}, {"172.20.0.0/24": "i-9"})
    assert stage.routes("a") == {"172.20.0.0/24": "i-0"}
    assert stage.logged("route already exists, ignore create error")
    assert stage.logged("conflict route with node n0(172.20.0.0/24) found")
    assert stage.logged(
        "Delete conflict route cn-hangzhou.i-9-172.20.0.0/24, 172.20.0.0/24 from table a SUCCESS."
    )


def test_single_create_fails_fast_on_a_duplicate() -> None:
    stage = played("v2.9.1", nodes=1)
    stage.vpc.add_instance("i-9", "vpc-1")
    stage.vpc.plant("a", "172.20.0.0/24", NextHop("i-9"))
    stage.ccm.event_pass()
    assert stage.unavailable() == {"n0": "True"}
    assert stage.logged("Backoff creating route: same cidr with different providerID")


def test_v0_can_not_delete_the_route_of_a_released_instance() -> None:
    stage = played(V0, nodes=1)
    stage.vpc.plant("a", "172.20.0.0/24", NextHop("i-released"))
    stage.ccm.periodic_pass()
    assert stage.routes("a") == {"172.20.0.0/24": "i-released"}
    assert stage.logged("InstanceNotFound")
    assert stage.unavailable() == {"n0": "True"}


@pytest.mark.parametrize(
    ("tag", "flaps"),
    [
        ("v1.9.3.316-g8daafad-aliyun", False),
        ("v2.3.0", False),
        ("v2.4.0", True),
        ("v2.14.0", True),
    ],
)
def test_provider_id_with_a_prefix_makes_the_route_flap(tag: str, flaps: bool) -> None:
    stage = played(tag)
    stage.join(6, spec={"providerID": "alicloud://cn-hangzhou.i-6"})
    both_passes(stage)
    first = stage.vpc.table("a").at_cidr("172.20.6.0/24")
    stage.ccm.periodic_pass()
    second = stage.vpc.table("a").at_cidr("172.20.6.0/24")
    assert first is not None
    assert second is not None
    assert (first.route_entry_id != second.route_entry_id) == flaps


def test_v0_asks_for_the_instance_in_the_region_that_the_provider_id_names() -> None:
    stage = played(V0, nodes=0)
    stage.join(6, spec={"providerID": "alicloud://cn-hangzhou.i-6"})
    stage.join(7, spec={"providerID": "cn-beijing.i-7"})
    stage.ccm.periodic_pass()
    assert stage.routes("a") == {}
    assert stage.unavailable() == {"n6": "True", "n7": "False"}


@pytest.mark.parametrize(("tag", "stuck"), [(V0, "True"), ("v1.9.3.316-g8daafad-aliyun", "False")])
def test_condition_of_a_route_that_is_there_already(tag: str, stuck: str) -> None:
    stage = played(tag, nodes=1)
    stage.vpc.plant("a", "172.20.0.0/24", NextHop("i-0"))
    both_passes(stage)
    assert stage.unavailable() == {"n0": stuck}


@pytest.mark.parametrize(("tag", "marked"), [("v2.4.0", ""), ("v2.9.1", "True")])
def test_new_node_is_marked_before_its_route_exists(tag: str, marked: str) -> None:
    stage = Stage(tag, None)
    stage.ccm.start()
    stage.ccm.event_pass()
    assert set(stage.unavailable().values()) == {marked}


def test_mark_carries_the_taint_and_takes_it_away() -> None:
    stage = Stage("v2.14.0", None, nodes=1)
    stage.ccm.start()
    stage.ccm.event_pass()
    tainted = stage.store.get("Node", "", "n0")["spec"]["taints"]
    stage.configure('{"Global": {"routeTableIDs": "a"}}')
    stage.ccm.start()
    stage.ccm.event_pass()
    assert tainted == [{"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}]
    assert "taints" not in stage.store.get("Node", "", "n0")["spec"]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (V0, 6),
        ("v1.9.3.220-gabcdef0-aliyun", 5),
        ("v2.4.0", 5),
        ("v2.14.0", 5),
    ],
)
def test_routes_of_a_node_that_left(tag: str, expected: int) -> None:
    stage = played(tag, nodes=6)
    both_passes(stage)
    stage.leave(3)
    both_passes(stage)
    assert stage.counts() == expected


def test_node_that_left_while_ccm_was_down_leaves_an_orphan() -> None:
    stage = played("v2.14.0", nodes=6)
    both_passes(stage)
    stage.leave(3)
    stage.ccm.start()
    both_passes(stage)
    assert stage.routes("a")["172.20.3.0/24"] == "i-3"


def test_v2_11_forgets_only_what_it_remembers() -> None:
    stage = played("v2.14.0", nodes=6)
    both_passes(stage)
    stage.ccm.start()
    stage.ccm.event_pass()
    stage.leave(3)
    stage.ccm.event_pass()
    before_first_period = stage.counts()
    stage.leave(4)
    stage.join(3)
    stage.ccm.periodic_pass()
    stage.leave(5)
    stage.ccm.event_pass()
    assert before_first_period == 6
    assert "172.20.5.0/24" not in stage.routes("a")


@pytest.mark.parametrize(
    ("tag", "healed"), [("v2.3.0", True), ("v2.9.1", False), ("v2.14.0", True)]
)
def test_failed_node_is_tried_again_by_events(tag: str, healed: bool) -> None:
    stage = played(tag)
    stage.join(6)
    stage.vpc.remove_instance("i-6")
    stage.ccm.event_pass()
    stage.vpc.add_instance("i-6", "vpc-1")
    stage.ccm.event_pass()
    assert (stage.counts() == 1) == healed


def test_single_creates_emit_events_and_batches_do_not() -> None:
    single, batch = played("v2.9.1", nodes=1), played("v2.14.0", nodes=1)
    single.ccm.event_pass()
    batch.ccm.event_pass()
    assert single.messages("CreatedRoute") == [
        "Created route for a with n0 -> 172.20.0.0/24 successfully"
    ]
    assert batch.events() == set()


def test_repeated_event_is_counted() -> None:
    stage = Stage("v2.14.0", None)
    stage.ccm.start()
    stage.ccm.event_pass()
    stage.ccm.event_pass()
    assert [one["count"] for one in stage.store.list("Event")] == [2]


def describe_only() -> Policy:
    return read_policy(
        """{"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"},
        {"Effect": "Allow", "Action": "vpc:CreateRouteEntr*", "Resource": "*"}]}"""
    )


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        ("v1.9.3.220-gabcdef0-aliyun", "could not delete route for deleted node n3: "),
        ("v2.4.0", "error delete route entry for delete node n3: SDK.ServerError"),
        ("v2.14.0", "batch delete routes failed, requeue all routes"),
    ],
)
def test_role_that_may_not_delete_leaves_the_routes_of_nodes_that_left(tag: str, says: str) -> None:
    stage = Stage(tag, "a", policy=describe_only())
    stage.ccm.start()
    both_passes(stage)
    stage.leave(3)
    stage.ccm.event_pass()
    stage.ccm.event_pass()
    assert stage.counts() == 6
    assert stage.logged(says)


@pytest.mark.parametrize(
    ("tag", "says"), [(V0, "Could not delete route "), ("v2.14.0", "conflict")]
)
def test_role_that_may_not_delete_leaves_conflicts(tag: str, says: str) -> None:
    stage = Stage(tag, "a", nodes=1, policy=describe_only())
    stage.vpc.add_instance("i-9", "vpc-1")
    stage.vpc.plant("a", "172.20.0.0/24", NextHop("i-9"))
    stage.ccm.start()
    both_passes(stage)
    assert stage.routes("a") == {"172.20.0.0/24": "i-9"}
    assert stage.logged(says)
    assert stage.logged("Forbidden.RAM")


@pytest.mark.parametrize("tag", ["v2.9.1", "v2.14.0"])
def test_node_that_left_while_the_list_was_unusable_is_forgotten_later(tag: str) -> None:
    stage = Stage(tag, None, tables="a", nodes=1)
    stage.ccm.start()
    stage.ccm.event_pass()
    stage.vpc.add_table(TableRecord("b", "vpc-1", "vrt-1"))
    stage.leave(0)
    stage.ccm.event_pass()
    blocked = len(stage.routes("a"))
    del stage.vpc.tables["b"]
    stage.ccm.event_pass()
    assert (blocked, len(stage.routes("a"))) == (1, 0)


def test_bad_table_is_swallowed_by_the_event_pass_of_early_v2() -> None:
    stage = Stage("v2.4.0", "nope", nodes=1)
    stage.ccm.start()
    stage.ccm.event_pass()
    assert stage.counts() == 0
    assert stage.unavailable() == {"n0": "False"}
    assert stage.messages("DescriberRouteFailed")[0].startswith(
        "Describe Route Failed for nope reason: table nope get route entries error"
    )


def test_early_v2_says_what_it_passes_over() -> None:
    stage = played("v2.4.0")
    stage.join(6, **dict(NO_ID))
    stage.join(7, **dict(NO_CIDR))
    both_passes(stage)
    assert stage.logged("node n6 provider id is not exist, skip creating route")
    assert stage.logged("node n7 parse podCIDR  error, skip creating route")
    assert stage.unavailable() == {"n6": "", "n7": "True"}


def test_gateway_table_in_the_list_can_not_be_read() -> None:
    stage = Stage("v2.9.1", "a,gate", nodes=1)
    stage.vpc.add_table(TableRecord("gate", "vpc-1", "vrt-1", associate_type="Gateway"))
    stage.ccm.start()
    stage.ccm.periodic_pass()
    assert stage.messages("SyncRouteFailed") == [
        "Error reconciling route, reconcile table [gate] failed"
    ]
    assert stage.logged("OperationDenied.UseGatewayRouteEntryQueryInterface")


def test_late_v1_emits_events_by_their_new_names() -> None:
    stage = played("v1.9.3.316-g8daafad-aliyun", nodes=1)
    stage.join(7, **dict(ODD_ID))
    stage.ccm.periodic_pass()
    assert stage.messages("CreatedRoute") == [
        "Created route for a with n0 -> 172.20.0.0/24 successfully"
    ]
    assert stage.messages("CreateRouteFailed") == [
        "Error creating route: unable to split instanceid and region from providerID, "
        "error unexpected providerID=odd"
    ]
