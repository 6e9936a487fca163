from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.ccm.api_denials import Period, event_pass_refused, refusals
from kubectl_routes.model.controller import Event
from tests.analyze.cluster import NOW

V2_QUOTA = (
    "Error creating route entry in vtb-a: RequestId: 7006BF4E, Message: Route entry quota exceeded"
    " in this route table"
)
V2_DENIED = (
    "Error creating route entry in vtb-b: RequestId: 7006BF4E, Message: User not authorized to"
    " operate on the specified resource, or this API doesn't support RAM."
)
V1_QUOTA = (
    "could not create route 172.16.1.0/24 for node n1: timed out waiting for the condition ->"
    " WaitCreate: ceate route for table vtb-b error, Aliyun API Error: Status Code: 400 Code:"
    " QuotaExceeded Message: Route entry quota exceeded in this route table"
)


def event(message: str = "", **changes: object) -> Event:
    last = "2026-11-23T07:58:00Z"
    usual = Event("Node", "n1", "Warning", "CreateRouteFailed", message, last_seen=last)
    return replace(usual, **changes)


def test_quota_and_permission_are_told_by_node_and_table() -> None:
    events = (
        event(V2_QUOTA),
        event(V1_QUOTA, reason="FailedToCreateRoute"),
        event("Error creating route: Forbidden.RAM", name="n2"),
        event(V2_DENIED.replace("vtb-b", "vtb-c"), name="n3"),
    )
    assert refusals(events, Period(NOW, 300)) == {
        ("", "vtb-a"): "RT401",
        ("", "vtb-b"): "RT401",
        ("n2", ""): "RT116",
        ("", "vtb-c"): "RT116",
    }


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("SDK.ServerError ErrorCode: OperationFailed.InvalidNexthop Message: not running", "RT301"),
        ("RequestId: 7006BF4E, Message: The nexthop instance is not in a running state", "RT301"),
        ("timed out waiting for the condition -> Status Code: 400 Code: InvalidCidrBlock", "RT301"),
        ("SDK.ServerError ErrorCode: TaskConflict Message: try again", ""),
        ("ErrorCode: Throttling.User Message: Request was denied due to user flow control", ""),
        ("RequestId: 7006BF4E, Message: The operation is too frequent", ""),
        ("ErrorCode: InvalidCIDRBlock.Duplicate", ""),
        ("dial tcp 100.100.100.200:80: i/o timeout", ""),
    ],
)
def test_another_refusal_is_one_of_its_node(message: str, code: str) -> None:
    found = refusals((event(f"Error creating route entry in vtb-a: {message}"),), Period(NOW, 300))
    assert found == ({("n1", "vtb-a"): code} if code else {})


def test_the_newest_refusal_counts() -> None:
    older = event("in vtb-a: ErrorCode: InvalidCidrBlock", last_seen="2026-11-23T07:57:00Z")
    newer = event("in vtb-a: ErrorCode: OperationDenied.X QuotaExceeded")
    for events in ((older, newer), (newer, older)):
        assert list(refusals(events, Period(NOW, 300)).values()) == ["RT301", "RT401"]


def test_what_the_pods_before_a_restart_reported_proves_nothing() -> None:
    before = Period(NOW, 300, restarted="2026-11-23T07:57:59Z")
    since = Period(NOW, 300, restarted="2026-11-23T07:58:01Z")
    assert refusals((event(V2_QUOTA),), before) == {("", "vtb-a"): "RT401"}
    assert refusals((event(V2_QUOTA),), since) == {}


def test_other_events_prove_nothing() -> None:
    events = (
        event(V2_QUOTA, kind="Pod"),
        event(V2_QUOTA, type="Normal"),
        event(V2_QUOTA, reason="AddNodeFailed"),
        event(V2_QUOTA, last_seen=""),
        event(V2_QUOTA, last_seen="2026-11-23T07:49:00Z"),
        event("Error creating route entry in vtb-a: Throttling.User"),
    )
    assert refusals(events, Period(NOW, 300)) == {}
    assert refusals((*events, event(V2_DENIED)), Period(NOW, 300)) == {("", "vtb-b"): "RT116"}


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, True),
        ({"message": "Reconciling route error: QuotaExceeded"}, False),
        ({"reason": "Other"}, False),
        ({"kind": "Node"}, False),
        ({"last_seen": "2026-11-23T06:00:00Z"}, False),
    ],
)
def test_pass_that_lacks_the_permission_for_batches(
    changes: dict[str, object], refused: bool
) -> None:
    said = event(
        "Reconciling route error: SDK.ServerError ErrorCode: Forbidden.RAM",
        kind="Event",
        name="route-controller",
        reason="SyncRouteFailed",
    )
    one = replace(said, **changes)
    assert event_pass_refused((one,), Period(NOW, 300)) is refused


@pytest.mark.parametrize(
    ("said_at", "period", "fresh"),
    [
        ("2026-11-23T07:50:00Z", 300, True),
        ("2026-11-23T07:49:59Z", 300, False),
        ("2026-11-23T07:58:00Z", 10, True),
        ("2026-11-23T07:57:59Z", 10, False),
    ],
)
def test_what_was_said_is_fresh_for_two_periods_and_two_minutes_at_least(
    said_at: str, period: int, fresh: bool
) -> None:
    assert Period(NOW, period).holds(said_at) is fresh
