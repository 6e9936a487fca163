"""Bad news from the VPC's side: what one who runs the command sees of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest

from kubectl_routes.collect.transport import CHECK_ENDPOINT
from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from tests.cli.asking import Answer, ask, incomplete, status

JSON = {"Content-Type": "application/json"}
ACTIONS = (
    "DescribeVpcAttribute",
    "DescribeRouteTableList",
    "DescribeVSwitches",
    "DescribeRouteEntryList",
)
KEY_HINT = (
    "the AccessKey is wrong: check which credentials are in use, and create a new one if needed"
)
LATER = "the API rate limit is reached: retry later or increase --request-timeout"


def parts_of(cluster: SimulatedCluster, action: str) -> list[str]:
    """What cannot be read while that call fails."""
    return {
        "DescribeVpcAttribute": ["vpc"],
        "DescribeRouteTableList": ["route-tables"],
        "DescribeVSwitches": ["vswitches"],
        "DescribeRouteEntryList": [f"entries/{table}" for table in cluster.infra.table_ids],
    }[action]


def states_without(action: str, cluster: SimulatedCluster) -> dict[str, set[str]]:
    """Only tables and entries say something of a route; the others say where a node is."""
    entries = action in ("DescribeRouteTableList", "DescribeRouteEntryList")
    return {table: {"unknown" if entries else "ok"} for table in cluster.infra.table_ids}


def assert_nodes_and_ccm_are_shown(answer: Answer) -> None:
    document = answer.document
    assert len(document["nodes"]) == 9
    assert (document["controller"]["kind"], document["controller"]["ready"]) == ("DaemonSet", 3)
    assert document["mode"] == "multi-table"


NO_KEY = (
    "no credentials for the VPC API: "
    "environment: ALIBABA_CLOUD_ACCESS_KEY_ID is not set; "
    "RRSA: not set up; "
    "CLI profile: ~/.aliyun/config.json does not exist; "
    "credentials file: ~/.alibabacloud/credentials does not exist; "
    "ECS RAM role: disabled by ALIBABA_CLOUD_ECS_METADATA_DISABLED; "
    "credentials URI: ALIBABA_CLOUD_CREDENTIALS_URI is not set"
)


def test_no_credentials(cluster: SimulatedCluster) -> None:
    nothing = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""}
    answer = status(cluster, **nothing)
    assert (answer.code, answer.told) == (
        3,
        incomplete("credentials", "vpc", "route-tables", "vswitches"),
    )
    assert answer.gaps == [
        (
            "credentials",
            NO_KEY,
            "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run "
            "'aliyun configure'; kubectl routes permissions --ram --for read prints the policy",
        ),
        ("vpc", "not asked without credentials", ""),
        ("route-tables", "not asked without credentials", ""),
        ("vswitches", "not asked without credentials", ""),
    ]
    # CCM's list names the tables nevertheless.
    assert answer.states == {table: {"unknown"} for table in cluster.infra.table_ids}
    assert_nodes_and_ccm_are_shown(answer)
    assert cluster.vpc.actions_called() == ()


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tCanaryOfNobody", "InvalidAccessKeyId.NotFound"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "canary-secret-of-no-one", "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_access_key(
    cluster: SimulatedCluster, variable: str, value: str, code: str
) -> None:
    answer = status(cluster, **{variable: value})
    assert (answer.code, answer.told) == (3, incomplete("route-tables", "vpc", "vswitches"))
    assert answer.gaps == [
        (part, f"{action} failed: {code} (RequestId …)", KEY_HINT)
        for part, action in (
            ("route-tables", "DescribeRouteTableList"),
            ("vpc", "DescribeVpcAttribute"),
            ("vswitches", "DescribeVSwitches"),
        )
    ]
    assert answer.states == {table: {"unknown"} for table in cluster.infra.table_ids}
    assert_nodes_and_ccm_are_shown(answer)
    assert value not in answer.stdout + answer.stderr


def of(kind: FaultKind, body: bytes = b"") -> Callable[[str], Fault]:
    """What goes wrong with every call of an action."""
    return lambda action: Fault(
        kind, vpc_faults.of_action(action), times=None, body=body, headers=JSON
    )


class Failure(NamedTuple):
    """A fault of each call of an action; reason and hint of the gap, where ``{}`` is the action."""

    fault: Callable[[str], Fault]
    reason: str
    hint: str
    words: tuple[str, ...] = ()


ODD = "the VPC API sent unexpected JSON"
FAILURES = {
    "denied": Failure(
        vpc_faults.forbidden,
        "Forbidden.RAM: User not authorized to operate on the specified resource. (RequestId …)",
        "grant the RAM permission vpc:{}: kubectl routes permissions --ram --for read prints the"
        " policy",
    ),
    "throttled": Failure(
        lambda action: vpc_faults.throttled(action, times=None),
        "Throttling.User: Request was denied due to user flow control. (RequestId …); gave up"
        " within 3 s",
        LATER,
        ("--request-timeout", "3s"),
    ),
    "broken": Failure(
        of(FaultKind.HALF_BODY),
        "URL cannot be used: the connection broke",
        "check --region, --vpc-endpoint, the proxy and the network",
    ),
    "empty": Failure(of(FaultKind.GARBAGE, b"{}"), ODD, CHECK_ENDPOINT),
    "odd": Failure(of(FaultKind.GARBAGE, b'{"RequestId": "R"}'), ODD, CHECK_ENDPOINT),
}


def test_an_endpoint_whose_name_cannot_be(cluster: SimulatedCluster) -> None:
    answer = status(cluster, "--vpc-endpoint", "a b")
    assert (answer.code, answer.told) == (3, incomplete("route-tables", "vpc", "vswitches"))
    said = "DescribeRouteTableList failed: https://a b cannot be used: its name is unknown"
    assert ("route-tables", said) in [gap[:2] for gap in answer.gaps]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("failure", FAILURES)
def test_a_call_that_always_fails_leaves_the_rest(
    cluster: SimulatedCluster, failure: str, action: str
) -> None:
    fault, reason, hint, words = FAILURES[failure]
    cluster.vpc.faults.add(fault(action))
    parts = parts_of(cluster, action)
    began = time.monotonic()
    answer = status(cluster, *words)
    assert time.monotonic() - began < 20
    assert (answer.code, answer.told) == (3, incomplete(*parts))
    said = f"{action} failed: {reason.replace('URL', cluster.vpc.url)}"
    assert answer.gaps == [(part, said, hint.format(action)) for part in parts]
    assert answer.states == states_without(action, cluster)
    assert_nodes_and_ccm_are_shown(answer)


@pytest.mark.parametrize("action", ACTIONS)
def test_tables_says_what_one_call_leaves_unknown(cluster: SimulatedCluster, action: str) -> None:
    cluster.vpc.faults.add(vpc_faults.forbidden(action))
    answer = ask(cluster, "tables", "-o", "json")
    assert (answer.code, answer.gap_parts) == (3, parts_of(cluster, action))
    behind = [table["nodesBehind"] for table in answer.document["tables"]]
    assert behind == ([None, None] if action == "DescribeVSwitches" else [6, 3])


@pytest.mark.parametrize(
    "fault",
    [
        *(vpc_faults.throttled(action, times=2) for action in ("", *ACTIONS)),
        *(Fault(FaultKind.HALF_BODY, vpc_faults.of_action(action)) for action in ACTIONS),
    ],
)
def test_a_call_that_fails_for_a_while_only_takes_longer(
    cluster: SimulatedCluster, fault: Fault
) -> None:
    cluster.vpc.faults.add(fault)
    answer = status(cluster)
    assert (answer.code, answer.told, answer.gaps) == (0, [], [])
    assert answer.states == {table: {"ok"} for table in cluster.infra.table_ids}


def test_a_table_that_is_deleted_between_two_calls(cluster: SimulatedCluster) -> None:
    gone, other = cluster.infra.table_ids[1], cluster.infra.table_ids[0]
    message = "The specified RouteTableId does not exist."
    fault = vpc_faults.refused("InvalidRouteTableId.NotFound", message)
    match = f"RouteTableId={gone}"
    cluster.vpc.faults.add(msgspec.structs.replace(fault, match=match))
    answer = status(cluster)
    assert (answer.code, answer.told) == (3, incomplete(f"entries/{gone}"))
    assert answer.gaps == [
        (
            f"entries/{gone}",
            f"DescribeRouteEntryList failed: InvalidRouteTableId.NotFound: {message} (RequestId …)",
            "the table is gone, or belongs to another region or account",
        )
    ]
    assert answer.states == {gone: {"unknown"}, other: {"ok"}}
    assert_nodes_and_ccm_are_shown(answer)


def test_a_second_page_of_entries_that_always_breaks_off_hides_the_first() -> None:
    with SimulatedCluster("large", 110, 2) as cluster:
        cluster.vpc.faults.add(Fault(FaultKind.HALF_BODY, match="NextToken=", times=None))
        answer = status(cluster)
        tables = cluster.infra.table_ids
    assert (answer.code, answer.gap_parts) == (3, [f"entries/{table}" for table in tables])
    assert answer.states == {table: {"unknown"} for table in tables}


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b"<html></html>",
        b'{"Code": "SignatureDoesNotMatch", "Message": "no."}',
        b'{"Code": "SignatureDoesNotMatch", "Message": 5}',
        b'{"Code": 5, "Message": {}}',
    ],
)
def test_a_refusal_of_any_shape_is_a_gap(cluster: SimulatedCluster, body: bytes) -> None:
    match = vpc_faults.of_action("DescribeVSwitches")
    fault = Fault(FaultKind.REFUSE, match, times=None, status=400, body=body, headers=JSON)
    cluster.vpc.faults.add(fault)
    answer = status(cluster, "--request-timeout", "5s")
    assert (answer.code, answer.told) == (3, incomplete("vswitches"))
    assert answer.states == states_without("DescribeVSwitches", cluster)


def test_json_nested_without_end_costs_that_table_alone(cluster: SimulatedCluster) -> None:
    odd, other = cluster.infra.table_ids
    body = b'{"RouteEntrys": {"RouteEntry": [' + b"[" * 100_000 + b"}"
    match = f"RouteTableId={odd}"
    cluster.vpc.faults.add(Fault(FaultKind.GARBAGE, match, times=None, body=body, headers=JSON))
    answer = status(cluster)
    assert (answer.code, answer.gap_parts) == (3, [f"entries/{odd}"])
    assert answer.states == {odd: {"unknown"}, other: {"ok"}}
