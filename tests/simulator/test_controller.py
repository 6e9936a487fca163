"""What was observed by running the real controllers, row by row."""

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
    stage = Stage(tag, list_text)
    assert stage.ccm.start() == ""
    stage.ccm.event_pass()
    after_events = stage.counts()
    stage.ccm.periodic_pass()
    assert (after_events, stage.counts()) == expected


@pytest.mark.parametrize("tag", TAGS)
def test_only_table_is_used_without_a_list(tag: str) -> None:
    stage = Stage(tag, None, tables="a")
    stage.ccm.start()
    stage.ccm.event_pass()
    stage.ccm.periodic_pass()
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
        ("a,nope", "Reconciling route error: table nope get route entries error"),
        ("a,", "Reconciling route error: table  get route entries error"),
        (None, "Reconciling route error: multiple route tables found by vpc id[], length(tables)="),
    ],
)
def test_bad_list_is_told_by_an_event_about_the_route_controller(
    list_text: str | None, expected: str
) -> None:
    stage = Stage("v2.14.0", list_text)
    stage.ccm.start()
    stage.ccm.event_pass()
    assert stage.events() == {("Event", "route-controller", "SyncRouteFailed")}
    assert expected in stage.messages("SyncRouteFailed")[0]
    assert set(stage.unavailable().values()) == {"True"}


def test_configured_vpc_id_is_named_when_there_are_several_tables() -> None:
    stage = Stage("v2.14.0", text='{"Global": {"vpcid": "vpc-1"}}')
    stage.ccm.start()
    stage.ccm.event_pass()
    message = "multiple route tables found by vpc id[vpc-1], length(tables)=3"
    assert stage.messages("SyncRouteFailed") == [f"Reconciling route error: {message}"]


def test_gateway_table_alone_is_enough_to_block() -> None:
    stage = Stage("v2.14.0", None, tables="a")
    stage.vpc.add_table(TableRecord("gate", "vpc-1", "vrt-1", associate_type="Gateway"))
    stage.ccm.start()
    stage.ccm.event_pass()
    stage.ccm.periodic_pass()
    assert stage.counts() == 0


def test_v1_stops_at_the_first_bad_table() -> None:
    stage = Stage(V0, "nope,a")
    stage.ccm.start()
    stage.ccm.periodic_pass()
    assert stage.counts() == 0
    assert stage.logged(
        "Couldn't reconcile node routes: error listing routes: "
        "alicloud: cannot find route table, cloud returned zero items, [nope]"
    )


def test_v1_takes_the_table_of_another_vpc_for_none() -> None:
    stage = Stage(V0, "far,a")
    stage.ccm.start()
    stage.ccm.periodic_pass()
    assert stage.counts() == 0
    assert stage.logged("cloud returned zero items, [far]")


@pytest.mark.parametrize("tag", ["v2.4.0", "v2.14.0"])
def test_v2_lists_the_table_of_another_vpc_and_fails_to_create(tag: str) -> None:
    stage = Stage(tag, "a,far")
    stage.ccm.start()
    stage.ccm.event_pass()
    assert len(stage.routes("a")) == 6
    assert stage.routes("far") == {}
    assert ("Node", "n0", "CreateRouteFailed") in stage.events()


def test_release_before_the_feature_ignores_the_list() -> None:
    stage = Stage("v1.9.3.59-ge3bc999-aliyun", "a,b")
    stage.ccm.start()
    stage.ccm.periodic_pass()
    assert stage.counts() == 0
    assert stage.logged(
        "RouteTables: alicloud: multiple route table or no route table found in vpc vpc-1, "
        "[[a b c]]"
    )


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        (V0, "using user customized route table ids ([a b])"),
        ("v2.14.0", "using user customized route table ids [a, b]"),
    ],
)
def test_effective_list_is_logged_at_start(tag: str, says: str) -> None:
    stage = Stage(tag, "a, b")
    stage.ccm.start()
    assert stage.logged(says)


def test_healthy_periodic_pass_logs_its_tables() -> None:
    stage = Stage("v2.9.1")
    stage.ccm.start()
    stage.ccm.periodic_pass()
    assert stage.logged("sync route tables successfully, tables [a,b]")


def test_config_changed_after_the_start_is_not_seen() -> None:
    stage = Stage("v2.14.0", None)
    stage.ccm.start()
    stage.configure('{"Global": {"routeTableIDs": "a,b"}}')
    stage.ccm.periodic_pass()
    before = stage.counts()
    stage.ccm.start()
    stage.ccm.event_pass()
    assert (before, stage.counts()) == (0, 12)


def test_bad_table_is_retried_by_events_once_it_exists() -> None:
    stage = Stage("v2.14.0", "a,b", tables="a")
    stage.ccm.start()
    stage.ccm.event_pass()
    stage.vpc.add_table(TableRecord("b", "vpc-1", "vrt-1"))
    stage.ccm.event_pass()
    assert (len(stage.routes("a")), len(stage.routes("b"))) == (6, 6)


@pytest.mark.parametrize("flag", ["--configure-cloud-routes=false", "--controllers=node,service"])
def test_routes_switched_off_leave_everything_alone(flag: str) -> None:
    stage = Stage("v2.14.0", flags=(flag,))
    stage.ccm.start()
    stage.ccm.event_pass()
    stage.ccm.periodic_pass()
    assert (stage.counts(), set(stage.unavailable().values())) == (0, {""})
    assert stage.logged("Will not configure cloud provider routes")


def test_no_workload_means_no_controller() -> None:
    stage = Stage()
    stage.store.delete("DaemonSet", "kube-system", "cloud-controller-manager")
    assert stage.ccm.start() == ""
    stage.ccm.event_pass()
    stage.ccm.periodic_pass()
    assert (stage.ccm.running, stage.counts()) == (False, 0)


def test_role_without_the_batch_actions_blocks_events_but_not_the_periodic_pass() -> None:
    policy = read_policy(
        """{"Version": "1", "Statement": [{"Effect": "Allow", "Resource": "*", "Action":
        ["vpc:Describe*", "vpc:CreateRouteEntry", "vpc:DeleteRouteEntry"]}]}"""
    )
    stage = Stage("v2.14.0", policy=policy)
    stage.ccm.start()
    stage.ccm.event_pass()
    after_events = stage.counts()
    stage.ccm.periodic_pass()
    assert (after_events, stage.counts()) == (0, 12)
    assert stage.logged("batch add routes failed, requeue all routes")
    assert "ErrorCode: Forbidden.RAM" in stage.messages("SyncRouteFailed")[0]


def test_role_that_may_not_list_tables() -> None:
    policy = read_policy('{"Version": "1", "Statement": []}')
    stage = Stage("v2.9.1", None, policy=policy)
    stage.ccm.start()
    stage.ccm.event_pass()
    stage.ccm.periodic_pass()
    assert stage.logged("can not found route table by id[], error: SDK.ServerError")
    assert ("Node", "n0", "SyncRouteFailed") in stage.events()


def test_full_table_v0_says_so_in_the_words_of_the_time() -> None:
    stage = Stage(V0)
    fill(stage, "b", 197)
    stage.ccm.start()
    stage.ccm.periodic_pass()
    assert (len(stage.routes("a")), len(stage.routes("b"))) == (6, 200)
    assert stage.messages("FailedToCreateRoute")[0].startswith(
        "could not create route 172.20.3.0/24 for node n3: timed out waiting for the condition "
        "-> WaitCreate: ceate route for table b error, Aliyun API Error: RequestId: "
    )
    assert stage.messages("FailedToCreateRoute")[0].endswith(
        "Status Code: 400 Code: QuotaExceeded "
        "Message: Route entry quota exceeded in this route table"
    )
    # The last table processed wins.
    assert list(stage.unavailable().values()) == ["False"] * 3 + ["True"] * 3


@pytest.mark.parametrize(("tag", "unavailable"), [("v2.4.0", "True"), ("v2.14.0", "False")])
def test_full_table_marks_the_node_only_where_entries_are_made_one_by_one(
    tag: str, unavailable: str
) -> None:
    stage = Stage(tag)
    fill(stage, "b", 200)
    stage.ccm.start()
    stage.ccm.event_pass()
    assert set(stage.unavailable().values()) == {unavailable}
    assert ("Node", "n0", "CreateRouteFailed") in stage.events()
    assert len(stage.routes("a")) == 6


def fill(stage: Stage, table: str, count: int) -> None:
    for number in range(count):
        stage.vpc.plant(table, f"10.9.{number}.0/24", NextHop("i-0"))
