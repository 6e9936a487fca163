"""The simulated ACK API, asked with the real SDK."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.request import CommonRequest

from kubectl_routes_simulator.addon_api import AddonApi
from kubectl_routes_simulator.addon_store import AddonStore
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.identity import read_policy, roa_claim, signature
from kubectl_routes_simulator.server import Request
from tests.simulator.vpc_client import Clock, sdk_client

CLUSTER = "c0123456789abcdef0123456789abcdef"
ADDON = "cloud-controller-manager"
INSTANCE = f"/clusters/{CLUSTER}/addon_instances/{ADDON}"
CONFIG = f"/clusters/{CLUSTER}/components/{ADDON}/config"


class AckSdk:
    """Calls by path: ``sdk("/tasks/T-1")`` gives the decoded answer; a ``body`` makes it a POST."""

    def __init__(self, api: AddonApi) -> None:
        self._client = sdk_client(SIMULATED_KEY)
        self._endpoint = f"127.0.0.1:{api.server.port}"

    def __call__(
        self, path: str, body: object = None, api_version: str = "2015-12-15", **query: str
    ) -> Any:
        request = CommonRequest(product="CS", version=api_version, uri_pattern=path)
        for name, value in query.items():
            request.add_query_param(name, value)
        if body is not None:
            request.set_method("POST")
            request.set_content(json.dumps(body))
            request.set_content_type("application/json")
        request.set_endpoint(self._endpoint)
        try:
            return json.loads(self._client.do_action_with_exception(request))
        finally:
            self._client.session.close()

    def refused(self, path: str, body: object = None, **more: str) -> tuple[str, int]:
        """Code and HTTP status of a call that the API must refuse."""
        with pytest.raises(ServerException) as caught:
            self(path, body, **more)
        code = str(caught.value.get_error_code())
        if code == "SDK.UnknownServerError":
            words = caught.value.get_error_msg().removeprefix("ServerResponseBody: ")
            code = json.loads(words)["code"]
        return code, caught.value.get_http_status()


@pytest.fixture
def api(clock: Clock) -> Iterator[AddonApi]:
    store = AddonStore(clock, {"EnableEndpointSlice": True})
    with AddonApi(store, CLUSTER) as api:
        yield api


@pytest.fixture
def sdk(api: AddonApi) -> AckSdk:
    return AckSdk(api)


def test_the_installed_add_on_and_its_schema(sdk: AckSdk, api: AddonApi) -> None:
    seen = sdk(INSTANCE)
    described = sdk(f"/addons/{ADDON}", cluster_id=CLUSTER, version=seen["version"])
    assert seen == {
        "name": ADDON,
        "version": "v2.11.2",
        "state": "active",
        "config": '{"EnableEndpointSlice": true}',
        "logging": {"capable": False},
    }
    assert "RouteTableIDs" in json.loads(described["config_schema"])["properties"]
    assert sdk.refused("/clusters") == ("InvalidApi.NotFound", 404)
    assert api.actions_called() == ("GetClusterAddonInstance", "DescribeAddon", "")


def test_a_change_takes_its_time_and_is_told_when_it_is_done(
    sdk: AckSdk, api: AddonApi, clock: Clock
) -> None:
    told: list[dict[str, Any]] = []
    api.store.on_change, api.store.seconds, api.tells_task = told.append, 30.0, True
    task = "/tasks/" + sdk(CONFIG, {"config": '{"RouteTableIDs": "vtb-1"}'})["task_id"]
    assert (sdk(INSTANCE)["state"], sdk(task)["state"], told) == ("updating", "running", [])
    assert sdk.refused(CONFIG, {"config": "{}"}) == ("AddonStateConflict", 409)
    clock.now += 30
    assert (sdk(INSTANCE)["state"], sdk(task)["state"]) == ("active", "success")
    assert told == [{"RouteTableIDs": "vtb-1"}]


def test_a_change_that_fails_leaves_the_old_configuration(sdk: AckSdk, api: AddonApi) -> None:
    assert sdk(CONFIG, {"config": '{"EnableEndpointSlice": true}'}) == {}
    api.store.failure, api.tells_task = "pods do not get ready", True
    task = sdk("/tasks/" + sdk(CONFIG, {"config": "{}"})["task_id"])
    seen = sdk(INSTANCE)
    assert (task["state"], task["error"]["message"]) == ("fail", "pods do not get ready")
    assert (seen["state"], seen["config"]) == ("unhealthy", '{"EnableEndpointSlice": true}')


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"config": "{"}, "ErrorJsonDecode"),
        ({"config": {"RouteTableIDs": "vtb-1"}}, "InvalidParameter"),
        ({"config": '{"routeTableIDs": "vtb-1"}'}, "AddonConfigInvalid"),
        ({"config": '{"RouteTableIDs": ["vtb-1"]}'}, "AddonConfigInvalid"),
        ({"config": '{"RouteTableIDs": "vtb-1,"}'}, "AddonConfigInvalid"),
        ({"config": '{"EnableEndpointSlice": 1}'}, "AddonConfigInvalid"),
        ({"config": '{"ServiceMaxConcurrentReconciles": true}'}, "AddonConfigInvalid"),
        ({"config": "[]"}, "AddonConfigInvalid"),
        ([1], "ErrorJsonDecode"),
    ],
)
def test_a_configuration_that_is_none_is_refused(sdk: AckSdk, body: object, code: str) -> None:
    assert sdk.refused(CONFIG, body) == (code, 400)
    assert sdk(INSTANCE)["state"] == "active"


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        (INSTANCE, {"api_version": "2018-01-01"}, ("InvalidVersion", 400)),
        (INSTANCE.replace(CLUSTER, "c1"), {}, ("ErrorClusterNotFound", 404)),
        (INSTANCE.replace(ADDON, "coredns"), {}, ("AddonNotFound", 404)),
        (f"/addons/{ADDON}", {"cluster_id": "c1"}, ("ErrorClusterNotFound", 404)),
        (f"/addons/{ADDON}", {"version": "v9"}, ("AddonVersionNotFound", 404)),
        ("/tasks/T-1", {}, ("ErrorTaskNotFound", 404)),
    ],
)
def test_what_does_not_exist_is_refused(
    sdk: AckSdk, path: str, query: dict[str, str], expected: tuple[str, int]
) -> None:
    assert sdk.refused(path, **query) == expected


def raw(api: AddonApi, secret: str = SIMULATED_KEY.secret, **change: str) -> tuple[str, int]:
    """Code and status of a call signed by hand; a changed header that is empty is left out."""
    body = b'{"config": "{}"}'
    headers = {
        "accept": "application/json",
        "content-type": "application/json",
        "date": "Thu, 01 Jan 1970 00:16:40 GMT",
        "x-acs-version": "2015-12-15",
        "x-acs-signature-method": "HMAC-SHA1",
        "authorization": f"acs {SIMULATED_KEY.id}:-",
        **{name.replace("_", "-"): value for name, value in change.items()},
    }
    headers = {name: value for name, value in headers.items() if value}
    if headers["authorization"].endswith(":-"):
        request = Request("POST", CONFIG, {"RegionId": ["cn-hangzhou"]}, headers, body, ("", 0))
        signed = signature(roa_claim(request).text, secret)
        headers["authorization"] = f"acs {SIMULATED_KEY.id}:{signed}"
    connection = http.client.HTTPConnection("127.0.0.1", api.server.port)
    try:
        connection.request("POST", f"{CONFIG}?RegionId=cn-hangzhou", body, headers)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        return found.get("Code") or found.get("code") or "", answer.status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"secret": "other"}, "SignatureDoesNotMatch"),
        ({"authorization": "acs"}, "IncompleteSignature"),
        ({"authorization": "Basic YTpi"}, "IncompleteSignature"),
        ({"content_type": "text/plain"}, "InvalidParameter"),
        ({"date": ""}, "InvalidTimeStamp.Format"),
    ],
)
def test_identity_is_checked(clock: Clock, change: dict[str, str], code: str) -> None:
    with AddonApi(AddonStore(clock), CLUSTER, wall_clock=clock) as api:
        assert raw(api, **change) == (code, 400 if code else 200)


def test_a_ram_policy_decides_action_by_action_and_a_rate_limits_them(
    sdk: AckSdk, api: AddonApi
) -> None:
    api.policy = read_policy(
        f"""{{"Version": "1", "Statement": [{{"Effect": "Allow",
            "Action": ["cs:GetClusterAddonInstance", "cs:DescribeAddon"],
            "Resource": "acs:cs:*:*:cluster/{CLUSTER}"}}]}}"""
    )
    assert sdk(INSTANCE)["name"] == ADDON
    assert sdk.refused(CONFIG, {"config": "{}"}) == ("StatusForbidden", 403)
    # This one RAM does not check on a cluster.
    assert sdk.refused(f"/addons/{ADDON}") == ("StatusForbidden", 403)
    api.calls_per_second = 0
    assert sdk.refused(INSTANCE) == ("Throttling.User", 400)
