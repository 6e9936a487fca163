"""Which tables CCM works on, by release: what was observed by running the real controllers."""

from __future__ import annotations

import pytest

from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.route_table import NextHop, TableRecord
from tests.simulator.ccm_stage import V0, Stage

TAGS = (V0, "v2.4.0", "v2.9.1", "v2.11.2", "v2.14.0")
# Routes after the event reconcile, and after one periodic reconcile; v1 only polls.
OBSERVED = {
    "a,b": ((0, 12), (12, 12), (12, 12), (12, 12), (12, 12)),
    "a, b": ((0, 12), (6, 6), (6, 6), (0, 6), (0, 6)),
    "  a,b  ": ((0, 12), (0, 0), (12, 12), (12, 12), (12, 12)),
    "a,b,": ((0, 12), (12, 12), (12, 12), (0, 12), (0, 12)),
    "a,nope": ((0, 6), (6, 6), (6, 6), (0, 6), (0, 6)),
    None: ((0, 0), (0, 0), (0, 0), (0, 0), (0, 0)),
    "": ((0, 0), (0, 0), (0, 0), (0, 0), (0, 0)),
}
GATE = TableRecord("gate", "vpc-1", "vrt-1", associate_type="Gateway")


@pytest.mark.parametrize(
    ("list_text", "tag", "expected"),
    [
        (list_text, tag, expected)
        for list_text, row in OBSERVED.items()
        for tag, expected in zip(TAGS, row, strict=True)
    ],
)
def test_routes_by_list_and_release(
    list_text: str | None, tag: str, expected: tuple[int, int]
) -> None:
    stage = Stage(tag, list_text).run("e")
    after_events = stage.counts()
    stage.work("p")
    assert (after_events, stage.counts()) == expected


@pytest.mark.parametrize("tag", TAGS)
def test_only_table_is_used_without_a_list(tag: str) -> None:
    stage = Stage(tag, None, tables="a").run()
    assert stage.routes("a") == {f"172.20.{number}.0/24": f"i-{number}" for number in range(6)}
    assert set(stage.unavailable().values()) == {"False"}


@pytest.mark.parametrize(
    ("list_text", "expected"),
    [
        (
            "a, b",
            "Reconciling route error: table  b get route entries error ,err describe route entry "
            "list error, err SDK.ServerError\nErrorCode: InvalidRouteTableId.NotFound",
        ),
        ("a,", "Reconciling route error: table  get route entries error"),
        (None, "Reconciling route error: multiple route tables found by vpc id[], length(tables)="),
    ],
)
def test_a_bad_list_is_told_by_an_event_about_the_route_controller(
    list_text: str | None, expected: str
) -> None:
    stage = Stage("v2.14.0", list_text).run("e")
    assert stage.events() == {("Event", "route-controller", "SyncRouteFailed")}
    assert expected in stage.messages("SyncRouteFailed")[0]
    assert set(stage.unavailable().values()) == {"True"}
    stage.work("e")
    assert [event["count"] for event in stage.store.list("Event")] == [2]


@pytest.mark.parametrize(
    ("tag", "list_text", "passes", "says"),
    [
        (V0, "nope,a", "p", "alicloud: cannot find route table, cloud returned zero items, [nope]"),
        (V0, "far,a", "p", "cloud returned zero items, [far]"),
        ("v1.9.3.59-ge3bc999-aliyun", "a,b", "p", "no route table found in vpc vpc-1, [[a b c]]"),
        (V0, "a, b", "", "using user customized route table ids ([a b])"),
        ("v2.14.0", "a, b", "", "using user customized route table ids [a, b]"),
        ("v2.4.0", "a,far", "e", "err: SDK.ServerError\nErrorCode: OperationFailed.InstanceDism"),
    ],
)
def test_what_the_log_says_of_a_list(tag: str, list_text: str, passes: str, says: str) -> None:
    stage = Stage(tag, list_text).run(passes)
    assert stage.logged(says)
    assert stage.routes("far") == {}
    assert stage.counts() == (6 if "e" in passes else 0)


def test_a_healthy_periodic_pass_logs_its_tables_and_a_vpc_id_is_named() -> None:
    assert Stage("v2.9.1").run("p").logged("sync route tables successfully, tables [a,b]")
    stage = Stage("v2.14.0", text='{"Global": {"vpcid": "vpc-1"}}').run("e")
    message = "multiple route tables found by vpc id[vpc-1], length(tables)=3"
    assert stage.messages("SyncRouteFailed") == [f"Reconciling route error: {message}"]


def test_a_gateway_table_blocks_without_a_list_and_can_not_be_read_in_one() -> None:
    blocked, listed = Stage("v2.14.0", None, tables="a"), Stage("v2.9.1", "a,gate", nodes=1)
    for stage in (blocked, listed):
        stage.vpc.add_table(GATE)
    assert blocked.run().counts() == 0
    assert listed.run("p").messages("SyncRouteFailed") == [
        "Error reconciling route, reconcile table [gate] failed"
    ]
    assert listed.logged("OperationDenied.UseGatewayRouteEntryQueryInterface")


def test_a_config_changed_after_the_start_is_not_seen() -> None:
    stage = Stage("v2.14.0", None).run("")
    stage.configure('{"Global": {"routeTableIDs": "a,b"}}')
    stage.work("p")
    before = stage.counts()
    assert (before, stage.run("e").counts()) == (0, 12)


def test_a_bad_table_is_retried_by_events_once_it_exists() -> None:
    stage = Stage("v2.14.0", "a,b", tables="a").run("e")
    stage.vpc.add_table(TableRecord("b", "vpc-1", "vrt-1"))
    stage.work("e")
    assert (len(stage.routes("a")), len(stage.routes("b"))) == (6, 6)


def test_a_bad_table_is_swallowed_by_the_event_pass_of_early_v2() -> None:
    stage = Stage("v2.4.0", "nope", nodes=1).run("e")
    assert (stage.counts(), stage.unavailable()) == (0, {"n0": "False"})
    assert stage.messages("DescriberRouteFailed")[0].startswith(
        "Describe Route Failed for nope reason: table nope get route entries error"
    )


@pytest.mark.parametrize("flag", ["--configure-cloud-routes=false", "--controllers=node,service"])
def test_routes_switched_off_leave_everything_alone(flag: str) -> None:
    stage = Stage("v2.14.0", flags=(flag,)).run()
    assert (stage.counts(), set(stage.unavailable().values())) == (0, {""})
    assert stage.logged("Will not configure cloud provider routes")


def test_a_role_without_the_batch_actions_blocks_events_but_not_the_periodic_pass() -> None:
    policy = read_policy(
        """{"Version": "1", "Statement": [{"Effect": "Allow", "Resource": "*", "Action":
        ["vpc:Describe*", "vpc:CreateRouteEntry", "vpc:DeleteRouteEntry"]}]}"""
    )
    stage = Stage("v2.14.0", policy=policy).run("e")
    after_events = stage.counts()
    stage.work("p")
    assert (after_events, stage.counts()) == (0, 12)
    assert stage.logged("batch add routes failed, requeue all routes")
    assert "ErrorCode: Forbidden.RAM" in stage.messages("SyncRouteFailed")[0]


def test_a_role_that_may_not_list_tables() -> None:
    policy = read_policy('{"Version": "1", "Statement": []}')
    stage = Stage("v2.9.1", None, policy=policy).run()
    assert stage.logged("can not found route table by id[], error: SDK.ServerError")
    assert ("Node", "n0", "SyncRouteFailed") in stage.events()


def fill(stage: Stage, count: int) -> None:
    """Entries of others in table b."""
    for number in range(count):
        stage.vpc.plant("b", f"10.9.{number}.0/24", NextHop("i-0"))


def test_v0_says_of_a_full_table_in_the_words_of_the_time() -> None:
    stage = Stage(V0)
    fill(stage, 197)
    stage.run("p")
    assert (len(stage.routes("a")), len(stage.routes("b"))) == (6, 200)
    message = stage.messages("FailedToCreateRoute")[0]
    assert message.startswith(
        "could not create route 172.20.3.0/24 for node n3: timed out waiting for the condition "
        "-> WaitCreate: ceate route for table b error, Aliyun API Error: RequestId: "
    )
    assert message.endswith(
        "Status Code: 400 Code: QuotaExceeded "
        "Message: Route entry quota exceeded in this route table"
    )
    # The last table processed wins.
    assert list(stage.unavailable().values()) == ["False"] * 3 + ["True"] * 3


@pytest.mark.parametrize(("tag", "unavailable"), [("v2.4.0", "True"), ("v2.14.0", "False")])
def test_a_full_table_marks_the_node_only_where_entries_are_made_one_by_one(
    tag: str, unavailable: str
) -> None:
    stage = Stage(tag)
    fill(stage, 200)
    stage.run("e")
    assert set(stage.unavailable().values()) == {unavailable}
    assert ("Node", "n0", "CreateRouteFailed") in stage.events()
    assert len(stage.routes("a")) == 6
