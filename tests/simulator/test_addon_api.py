from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_routes_simulator.addon_api import AddonApi
from kubectl_routes_simulator.addon_store import AddonStore
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.identity import (
    AccessKey,
    read_policy,
    roa_signature as signature,
    roa_string_to_sign as string_to_sign,
)
from kubectl_routes_simulator.server import Request
from tests.simulator.addon_client import ADDON, CLUSTER, CONFIG, INSTANCE, AckSdk
from tests.simulator.vpc_client import Clock

TEMPORARY = AccessKey("STS.Practice", "temporary-secret", token="practice-token", expires=2e9)
DISABLED = AccessKey("LTAI5tDisabled", "disabled-secret", active=False)


@pytest.fixture
def api(clock: Clock) -> Iterator[AddonApi]:
    store = AddonStore(clock, {"EnableEndpointSlice": True})
    with AddonApi(store, CLUSTER, (SIMULATED_KEY, TEMPORARY, DISABLED)) as api:
        yield api


@pytest.fixture
def sdk(api: AddonApi) -> AckSdk:
    return AckSdk(api)


def test_installed_add_on_and_its_schema(sdk: AckSdk) -> None:
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


def test_change_takes_its_time_and_is_told_when_it_is_done(
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


def test_change_that_fails_leaves_the_old_configuration(
    sdk: AckSdk, api: AddonApi, clock: Clock
) -> None:
    api.store.failure, api.tells_task = "pods do not get ready", True
    task = sdk("/tasks/" + sdk(CONFIG, {"config": "{}"})["task_id"])
    seen = sdk(INSTANCE)
    assert (task["state"], task["error"]["message"]) == ("fail", "pods do not get ready")
    assert (seen["state"], seen["config"]) == ("unhealthy", '{"EnableEndpointSlice": true}')


def test_change_answers_as_its_page_says(sdk: AckSdk) -> None:
    assert sdk(CONFIG, {"config": "{}"}) == {}


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ("{", "ErrorJsonDecode"),
        ({"RouteTableIDs": "vtb-1"}, "InvalidParameter"),
        ('{"routeTableIDs": "vtb-1"}', "AddonConfigInvalid"),
        ('{"RouteTableIDs": ["vtb-1"]}', "AddonConfigInvalid"),
        ('{"RouteTableIDs": "vtb-1,"}', "AddonConfigInvalid"),
        ('{"EnableEndpointSlice": 1}', "AddonConfigInvalid"),
        ('{"ServiceMaxConcurrentReconciles": true}', "AddonConfigInvalid"),
        ("[]", "AddonConfigInvalid"),
    ],
)
def test_configuration_that_is_none_is_refused(sdk: AckSdk, config: object, code: str) -> None:
    assert sdk.refused(CONFIG, {"config": config}) == (code, 400)
    assert sdk(INSTANCE)["state"] == "active"


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/clusters", {}, ("InvalidApi.NotFound", 404)),
        (INSTANCE, {"api_version": "2018-01-01"}, ("InvalidVersion", 400)),
        (INSTANCE.replace(CLUSTER, "c1"), {}, ("ErrorClusterNotFound", 404)),
        (INSTANCE.replace(ADDON, "coredns"), {}, ("AddonNotFound", 404)),
        (f"/addons/{ADDON}", {"cluster_id": "c1"}, ("ErrorClusterNotFound", 404)),
        ("/tasks/T-1", {}, ("ErrorTaskNotFound", 404)),
    ],
)
def test_what_does_not_exist_is_refused(
    sdk: AckSdk, path: str, query: dict[str, str], expected: tuple[str, int]
) -> None:
    assert sdk.refused(path, **query) == expected


def test_version_of_the_add_on_must_exist(api: AddonApi) -> None:
    with pytest.raises(Exception, match="has no v9"):
        api.store.described("v9")


def raw(api: AddonApi, secret: str = SIMULATED_KEY.secret, **change: str) -> tuple[str, int]:
    """Code and status of a call signed by hand; a changed header that is empty is left out."""
    body = b'{"config": "{}"}'
    headers = {
        "accept": "application/json",
        "content-type": "application/json",
        "content-md5": "e+adRapS36qHb/Y3q29sdw==",
        "date": "Thu, 01 Jan 1970 00:16:40 GMT",
        "x-acs-version": "2015-12-15",
        "x-acs-signature-method": "HMAC-SHA1",
        **{name.replace("_", "-"): value for name, value in change.items()},
    }
    headers = {name: value for name, value in headers.items() if value}
    request = Request("POST", CONFIG, {"RegionId": ["cn-hangzhou"]}, headers, body, ("", 0))
    signed = {"authorization": f"acs {SIMULATED_KEY.id}:{signature(request, secret)}", **headers}
    connection = http.client.HTTPConnection("127.0.0.1", api.server.port)
    try:
        connection.request("POST", f"{CONFIG}?RegionId=cn-hangzhou", body, signed)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        return found.get("Code") or found.get("code") or "", answer.status
    finally:
        connection.close()


def test_string_to_sign_is_the_one_of_the_documentation() -> None:
    headers = {
        "accept": "application/json",
        "content-type": "application/json",
        "date": "Thu, 01 Jan 1970 00:16:40 GMT",
        "x-acs-version": "2015-12-15",
        "x-acs-action": "A",
        "host": "h",
    }
    request = Request("GET", "/a/b", {"z": ["1"], "a": [""]}, headers, b"", ("", 0))
    assert string_to_sign(request) == (
        "GET\napplication/json\n\napplication/json\nThu, 01 Jan 1970 00:16:40 GMT\n"
        "x-acs-action:A\nx-acs-version:2015-12-15\n/a/b?a&z=1"
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("", 200)),
        ({"secret": "other"}, ("SignatureDoesNotMatch", 400)),
        ({"authorization": "acs"}, ("IncompleteSignature", 400)),
        ({"authorization": "Basic YTpi"}, ("IncompleteSignature", 400)),
        ({"content_md5": "AAAA"}, ("InvalidParameter.ContentMD5", 400)),
        ({"content_type": "text/plain"}, ("InvalidParameter", 400)),
        ({"date": ""}, ("InvalidTimeStamp.Format", 400)),
        ({"date": "Thu, 01 Jan 1970 01:16:40 GMT"}, ("InvalidTimeStamp.Expired", 400)),
        ({"x_acs_signature_method": ""}, ("InvalidParameter.SignatureMethod", 400)),
        (
            {"x_acs_security_token": "odd"},
            ("InvalidSecurityToken.MismatchWithAccessKey", 400),
        ),
    ],
)
def test_identity_is_checked(
    clock: Clock, change: dict[str, str], expected: tuple[str, int]
) -> None:
    with AddonApi(AddonStore(clock), CLUSTER, wall_clock=clock) as api:
        assert raw(api, **change) == expected


def test_keys_are_told_apart(api: AddonApi) -> None:
    unknown = AckSdk(api, AccessKey("LTAI5tNobody", "any"))
    odd = AckSdk(api, AccessKey(TEMPORARY.id, TEMPORARY.secret, "other-token"))
    wrong = AckSdk(api, AccessKey(SIMULATED_KEY.id, "not-the-secret"))
    assert AckSdk(api, TEMPORARY)(INSTANCE)["name"] == ADDON
    assert unknown.refused(INSTANCE) == ("InvalidAccessKeyId.NotFound", 404)
    assert AckSdk(api, DISABLED).refused(INSTANCE) == ("InvalidAccessKeyId.Inactive", 403)
    assert odd.refused(INSTANCE) == ("InvalidSecurityToken.Malformed", 400)
    assert wrong.refused(INSTANCE) == ("SignatureDoesNotMatch", 400)


def test_ram_policy_decides_action_by_action(sdk: AckSdk, api: AddonApi) -> None:
    api.policy = read_policy(
        f"""{{"Version": "1", "Statement": [{{"Effect": "Allow",
            "Action": ["cs:GetClusterAddonInstance", "cs:DescribeAddon"],
            "Resource": "acs:cs:*:*:cluster/{CLUSTER}"}}]}}"""
    )
    assert sdk(INSTANCE)["name"] == ADDON
    assert sdk.refused(CONFIG, {"config": "{}"}) == ("StatusForbidden", 403)
    # This one RAM does not check on a cluster.
    assert sdk.refused(f"/addons/{ADDON}") == ("StatusForbidden", 403)


def test_calls_above_the_rate_are_throttled(sdk: AckSdk, api: AddonApi) -> None:
    api.calls_per_second = 1
    assert sdk(INSTANCE)["name"] == ADDON
    assert sdk.refused(INSTANCE) == ("Throttling.User", 400)


def test_actions_called_are_kept(sdk: AckSdk, api: AddonApi) -> None:
    sdk(INSTANCE)
    sdk.refused("/clusters")
    assert api.actions_called() == ("GetClusterAddonInstance", "")


def test_body_that_is_no_object_is_refused(sdk: AckSdk) -> None:
    assert sdk.refused(CONFIG, [1]) == ("ErrorJsonDecode", 400)
