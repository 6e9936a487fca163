"""RT114, and RT116 to RT118."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from kubectl_routes.checks.operation import ROUTE_ACTIONS
from kubectl_routes.model.controller import Controller, Event, VolumeMount
from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.nodes import ConditionStatus
from kubectl_routes.model.snapshot import Gap
from tests.analyze.cluster import CUSTOM, FLAGS, SIX, SYSTEM, entry, node
from tests.checks.asking import (
    A_MINUTE_AGO,
    POD,
    codes,
    event,
    found,
    log,
    managed,
    old,
    outcome,
    running,
    taken,
    told,
    with_cluster,
    with_entries,
    without,
)

STALE = "2026-11-22T00:00:00Z"
DENIED = (
    "Reconciling route error: SDK.ServerError\nErrorCode: Forbidden.RAM\n"
    "Message: User not authorized to operate on the specified resource."
)


def flags(cluster_cidr: str) -> tuple[str, ...]:
    return (
        *(word for word in FLAGS if "cluster-cidr" not in word),
        f"--cluster-cidr={cluster_cidr}",
    )


def test_a_range_that_does_not_hold_every_node() -> None:
    whole = taken(running(command=flags("172.16.0.0/22")))
    assert told(whole, "RT114") == [
        (
            "warning",
            "3 nodes have a podCIDR outside 172.16.0.0/22.",
            ["Node n4", "Node n5", "Node n6"],
        )
    ]
    assert found(whole, "RT114")[0].evidence[0] == (
        "node n4 has 172.16.4.0/24, outside 172.16.0.0/22"
    )


def test_two_ranges_stop_the_periodic_pass() -> None:
    ccm = running(command=flags("172.16.0.0/16,fd00::/48"))
    whole = taken(ccm, entries=without(3, "vtb-a"))
    (finding,) = found(whole, "RT114")
    assert finding.cause == (
        '--cluster-cidr is "172.16.0.0/16,fd00::/48", which is not one IPv4 network: the periodic'
        " reconcile of v2.14.0 fails."
    )
    assert (finding.severity.value, finding.explains) == ("error", ("RT301 × 1",))


def test_a_range_that_is_not_known_is_unknown() -> None:
    gaps = (Gap("cluster-cidr", "not known"),)
    whole = with_cluster(taken(managed(), gaps=gaps), cluster_cidr="")
    assert outcome(whole, "RT114") == (Outcome.UNKNOWN, ("cluster-cidr",))


def test_a_whole_event_pass_is_refused() -> None:
    said = "batch add routes failed, requeue all routes: Forbidden.RAM"
    ccm = running(events=(event(DENIED),), logs=(log(f"E1123 08:00:00 x] {said}"),))
    whole = taken(ccm, entries=without(3, "vtb-a"))
    (finding,) = found(whole, "RT116")
    assert finding.cause == ("CCM needs the following RAM permissions: vpc:CreateRouteEntries.")
    assert finding.explains == ("RT301 × 1",)
    policy = finding.commands[0].partition("--PolicyDocument ")[2].strip("'")
    # Everything that CCM calls, so that the next action is not refused after this one.
    assert json.loads(policy)["Statement"] == [
        {"Effect": "Allow", "Action": list(ROUTE_ACTIONS), "Resource": "*"}
    ]


def test_actions_that_no_message_names_are_not_named() -> None:
    whole = taken(running(events=(event(DENIED),)), entries=without(3, "vtb-a"))
    (finding,) = found(whole, "RT116")
    assert finding.cause == (
        "The VPC API denies route actions to CCM. The messages do not name the RAM permissions that"
        " are missing."
    )


def test_a_refusal_is_over_once_ccm_has_created_a_route_in_that_table() -> None:
    def refused(table: str, **changes: str) -> Event:
        return event(
            f"Error creating route entry in {table}: not authorized",
            kind="Node", name="n3", reason="CreateRouteFailed", **changes,
        )  # fmt: skip

    def created(table: str, **changes: str) -> Event:
        text = f"Created route for {table} with n1 -> 172.16.1.0/24 successfully"
        return event(text, kind="Node", name="n1", type="Normal", reason="CreatedRoute", **changes)

    before, after = "2026-11-23T07:58:00Z", "2026-11-23T07:59:00Z"
    lost = without(3, "vtb-a")
    for events, told_still in (
        ((refused("vtb-a", last_seen=before), created("vtb-a", last_seen=after)), False),
        ((refused("vtb-a", last_seen=after), created("vtb-a", last_seen=before)), True),
        ((refused("vtb-a", last_seen=before), created("vtb-b", last_seen=after)), True),
    ):
        whole = taken(running(events=events), entries=lost)
        assert bool(found(whole, "RT116")) == told_still


KEYS = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET")


def test_v2_does_not_read_an_access_key_from_its_environment() -> None:
    (finding,) = found(taken(running(env=KEYS)), "RT116")
    assert finding.severity.value == "warning"
    assert finding.cause == (
        "v2.14.0 does not read an AccessKey from its environment, and cloud-config has none: it"
        " calls the VPC API with the RAM role of its ECS instance, or with no credentials."
    )
    assert finding.evidence == (
        "daemonset/cloud-controller-manager sets ACCESS_KEY_ID ACCESS_KEY_SECRET",
    )
    assert finding.commands == (
        "kubectl -n kube-system edit configmap cloud-config",
        "kubectl -n kube-system rollout restart daemonset/cloud-controller-manager",
    )


@pytest.mark.parametrize(
    "ccm",
    [
        running("v1.9.3.380-gd6d0962-aliyun", env=KEYS),
        running(text='{"Global": {"routeTableIDs": "vtb-a,vtb-b", "accessKeyID": "x"}}', env=KEYS),
        running(env=KEYS, mounts=(VolumeMount("addon-token", "/var/addon"),)),
        running(env=("POD_NAME",)),
    ],
    ids=["v1 reads them", "a key in cloud-config", "ACK's token", "other variables"],
)
def test_the_environment_is_no_matter_where_there_are_other_credentials(ccm: Controller) -> None:
    assert found(taken(ccm), "RT116") == []


@pytest.mark.parametrize(
    ("line", "actions"),
    [
        (
            "table vtb-a get route entries error ,err describe route entry list error,"
            " err SDK.ServerError ErrorCode: Forbidden.RAM",
            "vpc:DescribeRouteEntryList",
        ),
        (
            "can not found route table by id[vpc-1], error: Forbidden.RAM",
            "vpc:DescribeRouteTableList",
        ),
        ("Could not delete conflict route x: NoPermission", "vpc:DeleteRouteEntry"),
        ("Backoff creating route: NoPermission", "vpc:CreateRouteEntry"),
        (
            "batch add routes failed: NoPermission, AuthAction: vpc:DeleteRouteEntries",
            "vpc:DeleteRouteEntries",
        ),
    ],
)
def test_the_action_that_is_missing_is_named(line: str, actions: str) -> None:
    whole = taken(running(logs=(log(line),)))
    assert told(whole, "RT116")[0][1] == f"CCM needs the following RAM permissions: {actions}."


@pytest.mark.parametrize(
    "said",
    [
        log("E1123 08:00:00 x] DescribeLoadBalancers: Forbidden.RAM"),
        log("E1123 08:00:00 x] Backoff creating route: Forbidden.RAM", time=STALE),
    ],
)
def test_what_is_old_or_about_something_else_is_no_evidence(said: object) -> None:
    assert codes(taken(running(logs=(said,)))) == {}


def test_a_message_of_several_lines_is_read_as_one() -> None:
    lines = (
        'E1123 08:00:00.000000       1 x.go:1] "batch add routes failed" err="SDK.ServerError',
        "ErrorCode: Forbidden.RAM",
        'Message: User not authorized to operate on the specified resource."',
        "I1123 08:00:01.000000       1 x.go:1] something else",
    )
    (finding,) = found(taken(running(logs=(log(*lines),))), "RT116")
    assert finding.evidence == (f"log of pod {POD}: {' '.join(lines[:3])}",)


def test_a_refusal_of_one_node_is_told_too() -> None:
    refusal = event(
        "Error creating route entry in vtb-a: User not authorized to operate",
        kind="Node",
        name="n3",
        reason="CreateRouteFailed",
    )
    whole = taken(running(events=(refusal,)), entries=without(3, "vtb-a"))
    (finding,) = found(whole, "RT116")
    assert finding.explains == ("RT301 × 1",)
    assert finding.nodes == ("n3",)


def test_without_events_it_is_unknown_whether_ccm_is_refused() -> None:
    whole = taken(gaps=(Gap("events", "forbidden"),))
    assert outcome(whole, "RT116") == (Outcome.UNKNOWN, ("events",))


def test_ccm_is_throttled() -> None:
    line = "E1123 08:00:00 x] Backoff creating route: ErrorCode: Throttling.User"
    whole = taken(running(logs=(log(line, line),)))
    assert [one[:2] for one in told(whole, "RT117")] == [
        ("warning", "CCM was throttled 2 times within the last two periods.")
    ]
    assert found(whole, "RT117")[0].evidence == (f"log of pod {POD}: {line}",)


def test_nobody_knows_of_throttling_without_the_log() -> None:
    assert outcome(taken(running(logs=None)), "RT117") == (Outcome.UNKNOWN, ("controller-logs",))
    gaps = (Gap("controller-logs", "forbidden"),)
    assert outcome(taken(running(logs=()), gaps=gaps), "RT117") == (
        Outcome.UNKNOWN,
        ("controller-logs",),
    )


def test_terway_with_routes_on() -> None:
    whole = with_cluster(taken(), cni="terway")
    assert [one[:2] for one in told(whole, "RT118")] == [
        ("warning", "The network plugin is Terway, and CCM still writes routes.")
    ]
    refused = event("Error creating route: InvalidCidrBlock", kind="Node", name="n1")
    again = with_cluster(taken(running(events=(refused,))), cni="terway")
    assert [one[0] for one in told(again, "RT118")] == ["error"]


def test_terway_with_routes_off_is_as_it_should_be() -> None:
    off = running(command=(*FLAGS, "--configure-cloud-routes=false"))
    assert codes(with_cluster(taken(off, entries={"vtb-a": (), "vtb-b": ()}), cni="terway")) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"nodes": old(*SIX[:5], node(6, pod_cidr="", pod_cidrs=(), provider_id=""))},
        {"tables": (SYSTEM, replace(CUSTOM, status="Deleting"))},
        {"entries": with_entries("vtb-a", entry("172.16.99.0/24", "i-gone"))},
    ],
)
def test_under_terway_nothing_else_about_routes_is_judged(changes: dict[str, object]) -> None:
    unlisted = '{"Global": {"clusterID": "c1"}}'
    off = running(text=unlisted, command=(*FLAGS, "--configure-cloud-routes=false"))
    whole = with_cluster(taken(off, **changes), cni="terway")
    assert codes(whole) == {}
    assert outcome(whole, "RT101") == (Outcome.SKIPPED, ())
    assert outcome(whole, "RT112") == (Outcome.PASSED, ())


def test_under_terway_nobody_clears_a_condition_of_before() -> None:
    off = running(command=(*FLAGS, "--configure-cloud-routes=false"))
    tainted = node(1, network_unavailable=ConditionStatus.TRUE)
    young = node(2, network_unavailable=ConditionStatus.TRUE, created=A_MINUTE_AGO)
    whole = taken(off, nodes=old(tainted, young, *SIX[2:]), entries={"vtb-a": (), "vtb-b": ()})
    whole = with_cluster(whole, cni="terway")
    (finding,) = found(whole, "RT118")
    assert finding.cause == (
        "Cloud routes are off, and 1 node keeps NetworkUnavailable=True, which CCM does not clear:"
        " only pods that tolerate the taint are scheduled there."
    )
    assert finding.commands == (
        "kubectl patch node n1 --subresource=status -p"
        ' \'{"status":{"conditions":[{"type":"NetworkUnavailable","status":"False",'
        '"reason":"RouteCreated","message":"set by hand"}]}}\'',
    )
    assert codes(whole) == {"error": ["RT118"]}
    assert codes(replace(whole, nodes=old(young, *SIX[2:]))) == {}


def test_no_command_edits_the_workload_of_a_ccm_out_of_sight() -> None:
    throttled = tuple(event(f"route error: Throttling.User {number}") for number in range(2))
    whole = taken(managed(events=throttled))
    assert found(whole, "RT117")[0].commands == ()
    assert found(replace(whole, controller=running(events=throttled)), "RT117")[0].commands == (
        "kubectl -n kube-system patch daemonset/cloud-controller-manager --type=json -p"
        ' \'[{"op":"add","path":"/spec/template/spec/containers/0/command/-",'
        '"value":"--route-reconciliation-period=600s"}]\'',
    )


def test_of_a_plugin_that_is_not_known_the_taint_is_told_beside_the_flag() -> None:
    off = running(command=(*FLAGS, "--configure-cloud-routes=false"))
    tainted = node(1, network_unavailable=ConditionStatus.TRUE)
    whole = taken(off, nodes=old(tainted, *SIX[1:]), entries={"vtb-a": (), "vtb-b": ()})
    (finding,) = found(whole, "RT118")
    assert finding.remedy.startswith("Which network plugin this is was not recognized.")
    assert finding.commands[0].startswith("kubectl patch node n1 --subresource=status")
    assert codes(whole)["error"] == ["RT118"]
