"""The configuration of an add-on, read and written through the simulated ACK API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubectl_routes.apply.ack_api import AckApi
from kubectl_routes.apply.addon import modify, read_addon, wait_for_change
from kubectl_routes.apply.addon_config import Addon
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.signing import AccessKey
from kubectl_routes.model.errors import ChangedMeanwhile, CloudError, RoutesError, WaitTimeout
from kubectl_routes_simulator.addon_api import AddonApi
from kubectl_routes_simulator.addon_store import AddonStore
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.identity import AccessKey as SimulatedKey, read_policy
from tests.collect.timing import FastClock

CLUSTER = "c0123456789abcdef0123456789abcdef"
CANARY = "c4nary/\"of' the+webhook"
CONFIG = {"ServiceMaxConcurrentReconciles": 5, "WebhookToken": CANARY, "EnableEndpointSlice": True}
KEY = AccessKey(SIMULATED_KEY.id, SIMULATED_KEY.secret)
TEMPORARY = SimulatedKey("STS.Practice", "temporary-secret", "t0ken/practice+==")
WRITES = "/config?"
CCM, RELEASE = "cloud-controller-manager", "v2.11.2"
DENIED = read_policy('{"Version": "1", "Statement": []}')


class Service(AddonApi):
    """The simulated service with the clients that a test opens. Its changes take the time that the
    clients wait.
    """

    def __init__(self) -> None:
        self.clock = FastClock()
        store = AddonStore(self.clock.monotonic, CONFIG)
        super().__init__(store, CLUSTER, (SIMULATED_KEY, TEMPORARY))
        self.opened: list[AckApi] = []

    def client(self, key: AccessKey = KEY, cluster: str = CLUSTER) -> AckApi:
        route = Route(self.url, None, "")
        self.opened.append(AckApi(cluster, key, "cn-hangzhou", route, self.clock, seconds=20.0))
        return self.opened[-1]

    def enable(self, tables: str = "vtb-1") -> tuple[Addon, str]:
        before = read_addon(self.client())
        after = before.with_list(tables)
        return after, modify(self.opened[-1], before, after)

    def wait(self, change: tuple[Addon, str], until: float = 60.0) -> list[str]:
        """The states until the change is there."""
        told: list[str] = []
        wait_for_change(self.opened[-1], *change, until, told.append)
        return told

    def breaks(self, kind: FaultKind, match: str = "", times: int | None = 1, status: int = 200,
               body: bytes = b"") -> None:  # fmt: skip
        self.faults.add(Fault(kind, match=match, times=times, status=status, body=body))

    def answers(self, answer: object) -> None:
        """Let the add-on be described by this answer."""
        body = json.dumps(answer).encode()
        self.breaks(FaultKind.GARBAGE, "/addon_instances/", None, body=body)

    def writes(self) -> int:
        return self.actions_called().count("ModifyClusterAddon")


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service
        for api in service.opened:
            api.close()


def shows_nothing(error: RoutesError) -> bool:
    text = f"{error.message} {error.hint}"
    return not any(one in text for one in ("c4nary", SIMULATED_KEY.id, "secret", "t0ken"))


def test_list_is_written_and_removed_and_the_rest_kept(service: Service) -> None:
    service.store.seconds = 12.0
    assert service.wait(service.enable("vtb-1,vtb-2")) == ["add-on: updating", "add-on: active"]
    assert 12.0 <= service.clock.elapsed < 17.0
    assert json.loads(service.store.config) == {**CONFIG, "RouteTableIDs": "vtb-1,vtb-2"}
    addon = read_addon(service.client())
    assert (addon.tables, addon.where, addon.version, addon.state) == (
        "vtb-1,vtb-2",
        "RouteTableIDs",
        RELEASE,
        "active",
    )
    assert "c4nary" not in repr(addon)
    back = addon.with_list(None)
    service.wait((back, modify(service.client(), addon, back)), 120.0)
    assert json.loads(service.store.config) == CONFIG


def test_task_is_followed_when_one_is_told(service: Service) -> None:
    service.tells_task, service.store.seconds = True, 12.0
    change = service.enable()
    assert service.wait(change) == [f"task {change[1]}: running, UpdateConfig", "add-on: active"]


@pytest.mark.parametrize(
    ("tells_task", "failure", "said"),
    [
        (
            True,
            f"no table vtb-1; {CANARY} is wrong",
            "the change of the add-on failed: 400: no table vtb-1; REDACTED is wrong",
        ),
        (False, "pods do not get ready", "after the change the add-on is unhealthy"),
    ],
)
def test_change_that_fails(service: Service, tells_task: bool, failure: str, said: str) -> None:
    service.tells_task, service.store.failure = tells_task, failure
    change = service.enable()
    with pytest.raises(CloudError) as raised:
        service.wait(change)
    assert raised.value.message == said


def is_left_alone(_: Service) -> None:
    """Nothing else happens."""


def loses_the_list(service: Service) -> None:
    service.store.config = json.dumps(CONFIG)


def is_busy(service: Service) -> None:
    service.calls_per_second = 0


@pytest.mark.parametrize(
    ("seconds", "then", "last"),
    [
        (1000.0, is_left_alone, "add-on: updating"),
        (0.0, loses_the_list, "add-on: active, without the new list"),
        (0.0, is_busy, r"GetClusterAddonInstance failed: Throttling\.User"),
    ],
)
def test_waiting_ends_in_time(
    service: Service, seconds: float, then: Callable[[Service], None], last: str
) -> None:
    service.store.seconds = seconds
    change = service.enable()
    then(service)
    with pytest.raises(WaitTimeout, match=f"not over in time; last: {last}"):
        service.wait(change, 30.0)
    # The last look has a second, however little is left.
    assert 25.0 <= service.clock.elapsed <= 31.0


def test_waiting_outlasts_a_server_that_is_down_for_a_while(service: Service) -> None:
    change = service.enable()
    service.breaks(FaultKind.RESET, times=4)
    told = service.wait(change)
    assert [one.partition(":")[0] for one in told] == ["GetClusterAddonInstance failed", "add-on"]


def test_waiting_ends_when_ram_denies_the_task(service: Service) -> None:
    service.tells_task = True
    change = service.enable()
    service.policy = DENIED
    with pytest.raises(CloudError, match="DescribeTaskInfo failed: StatusForbidden"):
        service.wait(change)


@pytest.mark.parametrize(
    ("change", "kind", "problem"),
    [
        ({"config": "{}"}, ChangedMeanwhile, "has just been changed"),
        ({"version": "v2.12.4"}, ChangedMeanwhile, "has just been updated from v2.11.2 to v2.12.4"),
        ({"state": "upgrading"}, CloudError, "is upgrading: another change is under way"),
    ],
)
def test_change_by_another_client_is_not_overwritten(
    service: Service, change: dict[str, str], kind: type[RoutesError], problem: str
) -> None:
    addon = read_addon(service.client())
    vars(service.store).update(change)
    before = service.store.config
    with pytest.raises(kind, match=problem) as raised:
        modify(service.client(), addon, addon.with_list("vtb-1"))
    assert (service.store.config, service.writes()) == (before, 0)
    assert shows_nothing(raised.value)


def test_change_by_another_client_while_an_answer_was_lost(service: Service) -> None:
    class Meddler(FastClock):
        def sleep(self, seconds: float) -> None:
            service.store.config = "{}"
            super().sleep(seconds)

    service.clock = Meddler()
    service.breaks(FaultKind.RESET, WRITES, None)
    with pytest.raises(ChangedMeanwhile, match="has just been changed"):
        service.enable()
    assert service.store.config == "{}"


@pytest.mark.parametrize("seconds", [0.0, 12.0])
def test_write_whose_answer_is_lost_is_not_repeated(service: Service, seconds: float) -> None:
    service.store.seconds = seconds
    service.breaks(FaultKind.DROP_AFTER_COMMIT, WRITES)
    service.wait(service.enable())
    assert service.writes() == 1


THROTTLED = b'{"Code": "Throttling.User", "Message": "slower", "RequestId": "R-1"}'


@pytest.mark.parametrize(
    ("kind", "times", "status", "body"),
    [
        (FaultKind.RESET, 2, 200, b""),
        (FaultKind.GARBAGE, 1, 200, b"<html>\xff log in</html>"),
        (FaultKind.GARBAGE, 1, 200, b"<script>if (x) { y }"),
        (FaultKind.REFUSE, 1, 503, b'{"code":"ServiceUnavailable"}'),
        (FaultKind.REFUSE, 1, 502, b"Bad gateway"),
        (FaultKind.REFUSE, 2, 429, THROTTLED),
    ],
)
def test_write_that_did_not_arrive_is_repeated(
    service: Service, kind: FaultKind, times: int, status: int, body: bytes
) -> None:
    service.breaks(kind, WRITES, times, status, body)
    service.wait(service.enable())
    assert json.loads(service.store.config)["RouteTableIDs"] == "vtb-1"
    assert service.writes() == times + 1


def test_write_that_never_arrives_is_given_up(service: Service) -> None:
    service.breaks(FaultKind.RESET, WRITES, None)
    with pytest.raises(CloudError, match="ModifyClusterAddon failed") as raised:
        service.enable()
    assert service.writes() == 4
    assert shows_nothing(raised.value)


def test_throttled_calls_are_repeated_until_the_time_is_up(service: Service) -> None:
    service.breaks(FaultKind.REFUSE, "GetClusterAddonInstance", 3, 400, THROTTLED)
    assert read_addon(service.client()).version == RELEASE
    service.calls_per_second = 0
    with pytest.raises(CloudError, match=r"Throttling\.User.*gave up within 20 s"):
        read_addon(service.client())


NO_SCHEMA = "DescribeAddon failed: its answer does not hold a JSON object as config_schema"


@pytest.mark.parametrize(
    ("schema", "config", "problem"),
    [
        ({"properties": {}}, "{}", "has no property routeTableIDs"),
        (
            {"properties": {"routeTableIDs": {}, "RouteTableIDs": {}}},
            "{}",
            "several properties routeTableIDs: RouteTableIDs, routeTableIDs",
        ),
        ([], "{}", NO_SCHEMA),
        (None, "{}", NO_SCHEMA),
        (
            {"properties": {"RouteTableIDs": {}}},
            '{"routeTableIds": "vtb-1"}',
            "holds routeTableIds, but its schema says RouteTableIDs",
        ),
    ],
)
def test_no_clear_place_for_the_list(
    service: Service, schema: object, config: str, problem: str
) -> None:
    service.store.schema, service.store.config = schema, config
    with pytest.raises(CloudError, match=problem):
        read_addon(service.client())


@pytest.mark.parametrize(
    ("told", "config"), [("", {}), (None, {}), ({}, {}), ("{}", {}), (CONFIG, CONFIG)]
)
def test_configuration_that_is_not_told_is_empty_and_may_be_no_string(
    service: Service, told: object, config: object
) -> None:
    service.answers({"name": CCM, "version": RELEASE, "config": told})
    addon = read_addon(service.client())
    assert (json.loads(addon.text), addon.state) == (config, "active")


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ({}, f"{CCM} and its version"),
        ({"name": "coredns", "version": "v1"}, f"{CCM} and its version"),
        ({"name": CCM}, f"{CCM} and its version"),
        ({"name": CCM, "version": "v2", "config": "[]"}, "a JSON object as config"),
        ({"name": CCM, "version": "v2", "config": "c4nary: yaml"}, "a JSON object as config"),
        ({"name": CCM, "version": "v2", "config": '{"a": NaN}'}, "a JSON object as config"),
        ({"name": CCM, "version": "v2", "config": r'{"a": "\ud800"}'}, "a JSON object as config"),
    ],
)
def test_answer_of_another_shape_is_one_clear_error(
    service: Service, answer: object, wanted: str
) -> None:
    service.answers(answer)
    with pytest.raises(CloudError) as raised:
        read_addon(service.client())
    assert raised.value.message == (
        f"GetClusterAddonInstance failed: its answer does not hold {wanted}"
    )
    assert shows_nothing(raised.value)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        (FaultKind.GARBAGE, 200, b"<html>log in</html>"),
        (FaultKind.GARBAGE, 200, b'{"name": "cloud-contr'),
        (FaultKind.GARBAGE, 200, b'{"name": "\xff"}'),
        (FaultKind.HALF_BODY, 200, b""),
        (FaultKind.REFUSE, 400, b"[]"),
        (FaultKind.REFUSE, 500, b""),
    ],
)
def test_garbage_is_not_taken_for_an_answer(
    service: Service, kind: FaultKind, status: int, body: bytes
) -> None:
    service.breaks(kind, "", None, status, body)
    with pytest.raises(CloudError, match="GetClusterAddonInstance failed") as raised:
        read_addon(service.client())
    assert shows_nothing(raised.value)


def test_refusal_that_repeats_the_configuration_is_cleaned(service: Service) -> None:
    with pytest.raises(CloudError, match=r"AddonConfigInvalid: config\.Route") as raised:
        service.enable("table-1")
    assert raised.value.code == "AddonConfigInvalid"
    assert raised.value.request_id in raised.value.message
    assert '"WebhookToken":"REDACTED"' in raised.value.message
    assert shows_nothing(raised.value)


@pytest.mark.parametrize(
    ("key", "cluster", "problem", "hint"),
    [
        (
            AccessKey(SIMULATED_KEY.id, "s3cret-that-is-wrong"),
            CLUSTER,
            "SignatureDoesNotMatch",
            "the AccessKey is wrong",
        ),
        (AccessKey(TEMPORARY.id, TEMPORARY.secret, "t0ken-other"), CLUSTER, "SecurityToken", ""),
        (KEY, CLUSTER.replace("f", "e"), "ErrorClusterNotFound", "check --cluster-id and --region"),
    ],
)
def test_refusal_says_what_to_check(
    service: Service, key: AccessKey, cluster: str, problem: str, hint: str
) -> None:
    with pytest.raises(CloudError, match=problem) as raised:
        read_addon(service.client(key, cluster))
    assert hint in raised.value.hint
    assert shows_nothing(raised.value)


def test_temporary_key_carries_its_token(service: Service) -> None:
    key = AccessKey(TEMPORARY.id, TEMPORARY.secret, "t0ken/practice+==")
    assert read_addon(service.client(key)).version == RELEASE


def test_policy_is_exactly_enough(service: Service) -> None:
    document = json.loads(Path("deploy/ram-policy-enable-managed.json").read_text("utf-8"))
    service.tells_task = True

    def run(policy: object) -> str:
        service.policy = read_policy(json.dumps(policy))
        service.store.config = json.dumps(CONFIG)
        try:
            service.wait(service.enable())
        except CloudError as error:
            return f"{error.code}: {error.hint}"
        return ""

    assert run(document) == ""
    for at, statement in enumerate(document["Statement"]):
        for action in statement["Action"]:
            fewer = json.loads(json.dumps(document))
            fewer["Statement"][at]["Action"].remove(action)
            assert run(fewer) == (
                f"StatusForbidden: grant the RAM permission {action}: "
                "kubectl routes permissions --ram --for enable prints the policy"
            )
