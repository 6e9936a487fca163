"""The writer of an add-on's configuration against the simulated ACK API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from kubectl_routes.apply.ack_api import AckApi
from kubectl_routes.apply.addon import AddonChange, modify, read_addon, wait_for_change
from kubectl_routes.apply.addon_config import tables_of, with_list
from kubectl_routes.collect.aliyun_client import AccessKey
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.model.errors import ChangedMeanwhile, CloudError, RoutesError, WaitTimeout
from kubectl_routes_simulator.addon_api import AddonApi
from kubectl_routes_simulator.addon_store import AddonStore
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.identity import AccessKey as SimulatedKey, read_policy
from tests.collect.timing import FastClock, silent

CLUSTER = "c0123456789abcdef0123456789abcdef"
CANARY = "c4nary/\"of' the+webhook"
CONFIG = {"ServiceMaxConcurrentReconciles": 5, "WebhookToken": CANARY, "EnableEndpointSlice": True}
KEY = AccessKey(SIMULATED_KEY.id, SIMULATED_KEY.secret)
WRITES = "/config?"

Opened = Callable[..., AckApi]


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def service(clock: FastClock) -> Iterator[AddonApi]:
    # The add-on's changes take the time that the writer waits.
    store = AddonStore(clock.monotonic, CONFIG)
    temporary = SimulatedKey("STS.Practice", "temporary-secret", "t0ken/practice+==")
    with AddonApi(store, CLUSTER, (SIMULATED_KEY, temporary)) as service:
        yield service


@pytest.fixture
def open_api(clock: FastClock) -> Iterator[Opened]:
    opened: list[AckApi] = []

    def open_one(endpoint: str, key: AccessKey = KEY, verify: str = "") -> AckApi:
        api = AckApi(key, "cn-hangzhou", Route(endpoint, None, verify), clock, 20.0)
        opened.append(api)
        return api

    yield open_one
    for api in opened:
        api.close()


@pytest.fixture
def api(service: AddonApi, open_api: Opened) -> AckApi:
    return open_api(service.url)


def enable(api: AckApi, *ids: str) -> AddonChange:
    addon = read_addon(api, CLUSTER)
    return modify(api, CLUSTER, addon, with_list(addon, ",".join(ids)))


def fault(kind: FaultKind, match: str = "", times: int | None = 1, **more: Any) -> Fault:
    return Fault(kind, match=match, times=times, **more)


def shows_nothing(error: RoutesError) -> bool:
    text = f"{error.message} {error.hint}"
    return "c4nary" not in text and SIMULATED_KEY.id not in text and "secret" not in text


def test_list_is_written_and_the_rest_kept(
    api: AckApi, service: AddonApi, clock: FastClock
) -> None:
    service.store.seconds = 12.0
    told: list[str] = []
    wait_for_change(api, enable(api, "vtb-1", "vtb-2"), 60.0, told.append)
    assert told == ["add-on: updating", "add-on: active"]
    assert 12.0 <= clock.elapsed < 17.0
    assert json.loads(service.store.config) == {**CONFIG, "RouteTableIDs": "vtb-1,vtb-2"}
    assert tables_of(read_addon(api, CLUSTER)) == "vtb-1,vtb-2"


def test_list_is_taken_back(api: AckApi, service: AddonApi) -> None:
    wait_for_change(api, enable(api, "vtb-1"), 60.0, silent)
    addon = read_addon(api, CLUSTER)
    wait_for_change(api, modify(api, CLUSTER, addon, with_list(addon, None)), 60.0, silent)
    assert json.loads(service.store.config) == CONFIG


def test_spelling_of_the_schema_is_used(api: AckApi) -> None:
    addon = read_addon(api, CLUSTER)
    assert (addon.property, addon.version, addon.state) == ("RouteTableIDs", "v2.11.2", "active")
    assert "c4nary" not in repr(addon)


def test_task_is_followed_when_one_is_told(api: AckApi, service: AddonApi) -> None:
    service.tells_task, service.store.seconds = True, 12.0
    told: list[str] = []
    change = enable(api, "vtb-1")
    wait_for_change(api, change, 60.0, told.append)
    task = f"task {change.task_id}"
    assert told == [f"{task}: running, UpdateConfig", "add-on: active"]
    assert "c4nary" not in repr(change)


def test_failing_task_tells_its_reason(api: AckApi, service: AddonApi) -> None:
    service.tells_task = True
    service.store.failure = f"no table vtb-1; {CANARY} is wrong"
    change = enable(api, "vtb-1")
    with pytest.raises(CloudError) as raised:
        wait_for_change(api, change, 60.0, silent)
    assert raised.value.message == (
        "the change of the add-on failed: 400: no table vtb-1; REDACTED is wrong"
    )


def test_change_that_fails_without_a_task(api: AckApi, service: AddonApi) -> None:
    service.store.failure = "pods do not get ready"
    change = enable(api, "vtb-1")
    with pytest.raises(CloudError, match="after the change the add-on is unhealthy"):
        wait_for_change(api, change, 60.0, silent)


def test_change_that_does_not_end(api: AckApi, service: AddonApi, clock: FastClock) -> None:
    service.store.seconds = 1000.0
    change = enable(api, "vtb-1")
    with pytest.raises(WaitTimeout, match="not over in time; last: add-on: updating"):
        wait_for_change(api, change, 60.0, silent)
    assert 55.0 <= clock.elapsed <= 60.0


def test_list_that_someone_took_away_never_arrives(api: AckApi, service: AddonApi) -> None:
    change = enable(api, "vtb-1")
    service.store.config = json.dumps(CONFIG)
    with pytest.raises(WaitTimeout, match="last: add-on: active, without the new list"):
        wait_for_change(api, change, 60.0, silent)


def test_waiting_outlasts_a_server_that_is_down_for_a_while(api: AckApi, service: AddonApi) -> None:
    told: list[str] = []
    change = enable(api, "vtb-1")
    service.faults.add(fault(FaultKind.RESET, times=4))
    wait_for_change(api, change, 60.0, told.append)
    assert [one.partition(":")[0] for one in told] == [
        "GetClusterAddonInstance failed",
        "add-on",
    ]


def test_waiting_for_a_busy_server_ends_in_time(
    api: AckApi, service: AddonApi, clock: FastClock
) -> None:
    change = enable(api, "vtb-1")
    service.calls_per_second = 0
    with pytest.raises(
        WaitTimeout, match=r"last: GetClusterAddonInstance failed: Throttling\.User"
    ):
        wait_for_change(api, change, 30.0, silent)
    # The last look has a second, however little is left.
    assert clock.elapsed <= 31.0


def test_waiting_ends_when_ram_denies_the_task(api: AckApi, service: AddonApi) -> None:
    service.tells_task = True
    change = enable(api, "vtb-1")
    service.policy = read_policy('{"Version": "1", "Statement": []}')
    with pytest.raises(CloudError, match="DescribeTaskInfo failed: StatusForbidden"):
        wait_for_change(api, change, 60.0, silent)


@pytest.mark.parametrize(
    ("change", "kind", "problem"),
    [
        ({"config": "{}"}, ChangedMeanwhile, "has just been changed"),
        ({"version": "v2.12.4"}, ChangedMeanwhile, "has just been updated from v2.11.2 to v2.12.4"),
        ({"state": "upgrading"}, CloudError, "is upgrading: another change is under way"),
    ],
)
def test_change_by_someone_else_is_not_overwritten(
    api: AckApi, service: AddonApi, change: dict[str, str], kind: type[RoutesError], problem: str
) -> None:
    addon = read_addon(api, CLUSTER)
    vars(service.store).update(change)
    before = service.store.config
    with pytest.raises(kind, match=problem) as raised:
        modify(api, CLUSTER, addon, with_list(addon, "vtb-1"))
    assert service.store.config == before
    assert "ModifyClusterAddon" not in service.actions_called()
    assert shows_nothing(raised.value)


@pytest.mark.parametrize("seconds", [0.0, 12.0])
def test_write_whose_answer_is_lost_is_not_repeated(
    api: AckApi, service: AddonApi, seconds: float
) -> None:
    service.store.seconds = seconds
    service.faults.add(fault(FaultKind.DROP_AFTER_COMMIT, WRITES))
    wait_for_change(api, enable(api, "vtb-1"), 60.0, silent)
    assert service.actions_called().count("ModifyClusterAddon") == 1


@pytest.mark.parametrize(
    "lost",
    [
        fault(FaultKind.RESET, WRITES, times=2),
        fault(FaultKind.GARBAGE, WRITES, body=b"<html>\xff log in</html>"),
        fault(FaultKind.GARBAGE, WRITES, body=b"<script>if (x) { y }"),
        fault(FaultKind.REFUSE, WRITES, status=503, body=b'{"code":"ServiceUnavailable"}'),
        fault(FaultKind.REFUSE, WRITES, status=502, body=b"Bad gateway"),
    ],
)
def test_write_that_did_not_arrive_is_repeated(api: AckApi, service: AddonApi, lost: Fault) -> None:
    service.faults.add(lost)
    wait_for_change(api, enable(api, "vtb-1"), 60.0, silent)
    assert json.loads(service.store.config)["RouteTableIDs"] == "vtb-1"


def test_write_that_never_arrives_is_given_up(api: AckApi, service: AddonApi) -> None:
    service.faults.add(fault(FaultKind.RESET, WRITES, times=None))
    with pytest.raises(CloudError, match="ModifyClusterAddon failed") as raised:
        enable(api, "vtb-1")
    assert service.actions_called().count("ModifyClusterAddon") == 4
    assert shows_nothing(raised.value)


def test_change_by_someone_else_while_an_answer_was_lost(api: AckApi, service: AddonApi) -> None:
    addon = read_addon(api, CLUSTER)
    service.faults.add(fault(FaultKind.RESET, WRITES, times=None))

    class Meddler(FastClock):
        def sleep(self, seconds: float) -> None:
            service.store.config = "{}"
            super().sleep(seconds)

    api.clock = Meddler()
    with pytest.raises(ChangedMeanwhile, match="has just been changed"):
        modify(api, CLUSTER, addon, with_list(addon, "vtb-1"))
    assert service.store.config == "{}"


def test_throttled_calls_are_repeated(api: AckApi, service: AddonApi, clock: FastClock) -> None:
    body = b'{"Code": "Throttling.User", "Message": "slower", "RequestId": "R-1"}'
    for match in ("GetClusterAddonInstance", ""):
        service.faults.add(fault(FaultKind.REFUSE, match, times=3, status=400, body=body))
    service.faults.add(fault(FaultKind.REFUSE, WRITES, times=2, status=429, body=body))
    wait_for_change(api, enable(api, "vtb-1"), 60.0, silent)
    assert service.actions_called().count("ModifyClusterAddon") == 3
    assert len(clock.slept) >= 5


def test_throttling_without_end_is_told(api: AckApi, service: AddonApi) -> None:
    service.calls_per_second = 0
    with pytest.raises(CloudError, match=r"Throttling\.User.*gave up within 20 s"):
        read_addon(api, CLUSTER)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"properties": {}}, "has no property routeTableIDs"),
        (
            {"properties": {"routeTableIDs": {}, "RouteTableIDs": {}}},
            "several properties routeTableIDs: RouteTableIDs, routeTableIDs",
        ),
        ([], "DescribeAddon failed: its answer does not hold a JSON object as config_schema"),
        (None, "DescribeAddon failed: its answer does not hold a JSON object as config_schema"),
    ],
)
def test_schema_that_shows_no_clear_place(
    api: AckApi, service: AddonApi, schema: object, problem: str
) -> None:
    service.store.schema = schema
    with pytest.raises(CloudError, match=problem):
        read_addon(api, CLUSTER)


def test_configuration_that_has_the_list_in_another_spelling(
    api: AckApi, service: AddonApi
) -> None:
    service.store.config = '{"routeTableIds": "vtb-1"}'
    with pytest.raises(CloudError, match="holds routeTableIds, but its schema says RouteTableIDs"):
        read_addon(api, CLUSTER)


@pytest.mark.parametrize("told", ["", None, {}, "{}"])
def test_configuration_that_is_not_told_is_empty(
    api: AckApi, service: AddonApi, told: object
) -> None:
    answered(service, {"name": "cloud-controller-manager", "version": "v2.11.2", "config": told})
    assert (read_addon(api, CLUSTER).text, read_addon(api, CLUSTER).state) == ("{}", "active")


def test_configuration_that_is_no_string_but_the_object_itself(
    api: AckApi, service: AddonApi
) -> None:
    answered(service, {"name": "cloud-controller-manager", "version": "v2.11.2", "config": CONFIG})
    assert json.loads(read_addon(api, CLUSTER).text) == CONFIG


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ({}, "cloud-controller-manager and its version"),
        ({"name": "coredns", "version": "v1"}, "cloud-controller-manager and its version"),
        ({"name": "cloud-controller-manager"}, "cloud-controller-manager and its version"),
        (
            {"name": "cloud-controller-manager", "version": "v2", "config": "[]"},
            "a JSON object as config",
        ),
        (
            {"name": "cloud-controller-manager", "version": "v2", "config": "c4nary: yaml"},
            "a JSON object as config",
        ),
        (
            {"name": "cloud-controller-manager", "version": "v2", "config": '{"a": NaN}'},
            "a JSON object as config",
        ),
        (
            {"name": "cloud-controller-manager", "version": "v2", "config": r'{"a": "\ud800"}'},
            "a JSON object as config",
        ),
    ],
)
def test_answer_of_another_shape_is_one_clear_error(
    api: AckApi, service: AddonApi, answer: object, wanted: str
) -> None:
    answered(service, answer)
    with pytest.raises(CloudError) as raised:
        read_addon(api, CLUSTER)
    assert raised.value.message == (
        f"GetClusterAddonInstance failed: its answer does not hold {wanted}"
    )
    assert shows_nothing(raised.value)


def answered(service: AddonApi, answer: object) -> None:
    """Let the add-on be described by this answer."""
    body = json.dumps(answer).encode()
    service.faults.add(fault(FaultKind.GARBAGE, "/addon_instances/", times=None, body=body))


@pytest.mark.parametrize(
    "broken",
    [
        fault(FaultKind.GARBAGE, times=None, body=b"<html>log in</html>"),
        fault(FaultKind.GARBAGE, times=None, body=b'{"name": "cloud-contr'),
        fault(FaultKind.GARBAGE, times=None, body=b'{"name": \xff}'),
        fault(FaultKind.GARBAGE, times=None, body=b'{"name": "\xff"}'),
        fault(FaultKind.HALF_BODY, times=None),
        fault(FaultKind.REFUSE, times=None, status=400, body=b"[]"),
        fault(FaultKind.REFUSE, times=None, status=500, body=b""),
    ],
)
def test_garbage_is_not_taken_for_an_answer(api: AckApi, service: AddonApi, broken: Fault) -> None:
    service.faults.add(broken)
    with pytest.raises(CloudError, match="GetClusterAddonInstance failed") as raised:
        read_addon(api, CLUSTER)
    assert shows_nothing(raised.value)


def test_refusal_that_repeats_the_configuration_is_cleaned(api: AckApi, service: AddonApi) -> None:
    addon = read_addon(api, CLUSTER)
    with pytest.raises(CloudError, match=r"AddonConfigInvalid: config\.Route") as raised:
        modify(api, CLUSTER, addon, with_list(addon, "table-1"))
    assert raised.value.code == "AddonConfigInvalid"
    assert raised.value.request_id in raised.value.message
    assert '"WebhookToken":"REDACTED"' in raised.value.message
    assert shows_nothing(raised.value)


def test_wrong_signature_says_what_to_do(service: AddonApi, open_api: Opened) -> None:
    api = open_api(service.url, AccessKey(SIMULATED_KEY.id, "s3cret-that-is-wrong"))
    with pytest.raises(CloudError, match="failed: SignatureDoesNotMatch") as raised:
        read_addon(api, CLUSTER)
    assert "the AccessKey is wrong" in raised.value.hint
    assert SIMULATED_KEY.id not in raised.value.message
    assert "s3cret" not in raised.value.message


def test_temporary_key_carries_its_token(service: AddonApi, open_api: Opened) -> None:
    token = "t0ken/practice+=="
    right = open_api(service.url, AccessKey("STS.Practice", "temporary-secret", token))
    wrong = open_api(service.url, AccessKey("STS.Practice", "temporary-secret", "t0ken-other"))
    assert read_addon(right, CLUSTER).version == "v2.11.2"
    with pytest.raises(CloudError, match="InvalidSecurityToken") as raised:
        read_addon(wrong, CLUSTER)
    assert "t0ken" not in f"{raised.value.message} {raised.value.hint}"


def test_foreign_key_of_the_environment_is_not_used(
    api: AckApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_ID", "LTAI5tForeign")
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_SECRET", "foreign")
    assert read_addon(api, CLUSTER).version == "v2.11.2"


def test_unknown_cluster_says_what_to_check(api: AckApi) -> None:
    with pytest.raises(CloudError, match="ErrorClusterNotFound") as raised:
        read_addon(api, CLUSTER.replace("f", "e"))
    assert raised.value.hint.startswith("check --cluster-id and --region")


def test_policy_is_exactly_enough(api: AckApi, service: AddonApi) -> None:
    document = json.loads(Path("deploy/ram-policy-enable-managed.json").read_text("utf-8"))
    service.tells_task = True

    def run(policy: object) -> str:
        service.policy = read_policy(json.dumps(policy))
        service.store.config = json.dumps(CONFIG)
        try:
            wait_for_change(api, enable(api, "vtb-1"), 60.0, silent)
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


# The SDK brings an old urllib3 along.
@pytest.mark.filterwarnings(r"ignore:ssl\.:DeprecationWarning")
def test_https_is_spoken_and_the_certificate_checked(
    open_api: Opened, clock: FastClock, tmp_path: Path
) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    issued = ca.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    store = AddonStore(clock.monotonic, CONFIG)
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    with AddonApi(store, CLUSTER, cert=cert, key=key) as service:
        endpoint = f"https://localhost:{service.server.port}"
        trusted = open_api(endpoint, verify=str(tmp_path / "ca.pem"))
        assert read_addon(trusted, CLUSTER).version == "v2.11.2"
        doubted = open_api(endpoint, verify=str(tmp_path / "other.pem"))
        with pytest.raises(CloudError, match="its certificate is not trusted") as raised:
            read_addon(doubted, CLUSTER)
    assert clock.slept == []
    assert shows_nothing(raised.value)


def test_debugging_the_sdk_shows_nothing(
    api: AckApi, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEBUG", "sdk")
    wait_for_change(api, enable(api, "vtb-1"), 60.0, silent)
    with pytest.raises(CloudError):
        read_addon(api, CLUSTER.replace("f", "e"))
    assert capfd.readouterr() == ("", "")
