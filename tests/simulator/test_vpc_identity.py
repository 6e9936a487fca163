from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.identity import AccessKey, read_policy, rpc_claim, signature
from kubectl_routes_simulator.vpc import VpcSimulator
from kubectl_routes_simulator.vpc_faults import (
    forbidden,
)
from tests.simulator.vpc_client import Sdk, small_store

TEMPORARY = AccessKey("STS.Practice", "temporary-secret", token="practice-token", expires=2e9)
OUTDATED = AccessKey("STS.Outdated", "temporary-secret", token="practice-token", expires=1.0)
DISABLED = AccessKey("LTAI5tDisabled", "disabled-secret", active=False)


@pytest.fixture
def vpc() -> Iterator[VpcSimulator]:
    keys = (SIMULATED_KEY, TEMPORARY, OUTDATED, DISABLED)
    with VpcSimulator(small_store(), keys) as vpc:
        yield vpc


def raw(vpc: VpcSimulator, method: str = "POST", body: bool = False, **change: str) -> Any:
    """Status and body of a call signed by hand; a changed parameter that is empty is left out."""
    parameters = {
        "Action": "DescribeVpcs",
        "Version": "2016-04-28",
        "Format": "JSON",
        "RegionId": "cn-hangzhou",
        "AccessKeyId": SIMULATED_KEY.id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": str(time.perf_counter_ns()),
        "Timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **change,
    }
    kept = {name: value for name, value in parameters.items() if value}
    required = {name: kept.get(name, "-") for name in ("SignatureNonce", "SignatureMethod")}
    text = rpc_claim(method, {**kept, **required, "Signature": "-"}).text
    signed = {"Signature": signature(text, f"{SIMULATED_KEY.secret}&"), **kept}
    connection = http.client.HTTPConnection("127.0.0.1", vpc.server.port)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        if body:
            connection.request(method, "/", urlencode(signed), form)
        else:
            connection.request(method, f"/?{urlencode(signed)}")
        answer = connection.getresponse()
        return answer.status, msgspec.json.decode(answer.read())
    finally:
        connection.close()


def code(answer: Any) -> tuple[str, int]:
    status, body = answer
    return body["Code"], status


@pytest.mark.parametrize(("method", "body"), [("POST", False), ("GET", False), ("POST", True)])
def test_parameters_come_in_the_query_or_in_a_form(
    vpc: VpcSimulator, method: str, body: bool
) -> None:
    status, answer = raw(vpc, method, body)
    assert (status, answer["TotalCount"]) == (200, 2)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Action": ""}, ("MissingParameter", 400)),
        ({"Action": "DescribeMoon"}, ("InvalidApi.NotFound", 404)),
        ({"Version": ""}, ("MissingParameter", 400)),
        ({"Version": "2014-05-27"}, ("InvalidVersion", 400)),
        ({"Format": "XML"}, ("UnsupportedFormat", 400)),
        ({"SignatureNonce": ""}, ("IncompleteSignature", 400)),
        ({"SignatureMethod": "HMAC-MD5"}, ("InvalidParameter.SignatureMethod", 400)),
        ({"Timestamp": "yesterday"}, ("InvalidTimeStamp.Format", 400)),
        ({"Timestamp": "2020-01-01T00:00:00Z"}, ("InvalidTimeStamp.Expired", 400)),
        ({"RegionId": ""}, ("MissingParameter", 400)),
        ({"SecurityToken": "odd"}, ("InvalidSecurityToken.MismatchWithAccessKey", 400)),
    ],
)
def test_call_with_wrong_common_parameters_is_refused(
    vpc: VpcSimulator, change: dict[str, str], expected: tuple[str, int]
) -> None:
    assert code(raw(vpc, "POST", False, **change)) == expected


def test_error_body_has_the_shape_of_the_api(vpc: VpcSimulator) -> None:
    status, body = raw(vpc, Action="DescribeMoon")
    assert len(body.pop("RequestId")) == 36
    assert (status, body) == (
        404,
        {
            "HostId": "vpc.aliyuncs.com",
            "Code": "InvalidApi.NotFound",
            "Message": "Specified api is not found.",
            "Recommend": "https://api.aliyun.com/troubleshoot?q=InvalidApi.NotFound",
        },
    )


def test_a_nonce_is_good_for_one_call(vpc: VpcSimulator) -> None:
    first = raw(vpc, SignatureNonce="once")[0]
    assert (first, code(raw(vpc, SignatureNonce="once"))) == (200, ("SignatureNonceUsed", 400))


def test_keys_are_told_apart(vpc: VpcSimulator) -> None:
    unknown, disabled = Sdk(vpc, AccessKey("LTAI5tNobody", "any")), Sdk(vpc, DISABLED)
    assert unknown.refused("DescribeVpcs") == ("InvalidAccessKeyId.NotFound", 404)
    assert disabled.refused("DescribeVpcs") == ("InvalidAccessKeyId.Inactive", 403)
    wrong = Sdk(vpc, AccessKey(SIMULATED_KEY.id, "not-the-secret"))
    assert wrong.refused("DescribeVpcs") == ("SignatureDoesNotMatch", 400)


@pytest.mark.parametrize(
    ("key", "token", "code"),
    [
        (TEMPORARY, "", "MissingSecurityToken"),
        (TEMPORARY, "other-token", "InvalidSecurityToken.Malformed"),
        (OUTDATED, "practice-token", "InvalidSecurityToken.Expired"),
    ],
)
def test_a_temporary_key_needs_its_own_fresh_token(
    vpc: VpcSimulator, key: AccessKey, token: str, code: str
) -> None:
    assert Sdk(vpc, TEMPORARY)("DescribeVpcs")["TotalCount"] == 2
    given = AccessKey(key.id, key.secret, token)
    assert Sdk(vpc, given).refused("DescribeVpcs")[0] == code


def test_ram_policy_decides_action_by_action(sdk: Sdk, vpc: VpcSimulator) -> None:
    vpc.policy = read_policy(
        """{"Version": "1", "Statement": [
            {"Effect": "Allow", "Action": ["vpc:Describe*"], "Resource": "*"},
            {"Effect": "Deny", "Action": "vpc:DescribeVSwitches", "Resource": ["*"]}]}"""
    )
    assert sdk("DescribeVpcs")["TotalCount"] == 2
    assert sdk.refused("DescribeVSwitches") == ("Forbidden.RAM", 403)
    assert sdk.refused("DeleteRouteEntry", RouteEntryId="rte-1") == ("Forbidden.RAM", 403)


def test_document_that_is_no_policy_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        read_policy('{"Version": "1", "Statement": [{"Effect": "Perhaps"}]}')


def test_calls_above_the_rate_are_throttled(sdk: Sdk, vpc: VpcSimulator) -> None:
    vpc.calls_per_second = 3
    answers = [sdk("DescribeVpcs")["TotalCount"] for _ in range(3)]
    assert (answers, sdk.refused("DescribeVpcs")) == ([2, 2, 2], ("Throttling.User", 400))


def test_a_fault_strikes_its_action_only(sdk: Sdk, vpc: VpcSimulator) -> None:
    vpc.faults.add(forbidden("DescribeVpc"))
    vpc.latency_seconds = 0.1
    started = time.monotonic()
    assert sdk("DescribeVpcs")["TotalCount"] == 2
    assert time.monotonic() - started >= 0.1
    assert vpc.actions_called() == ("DescribeVpcs",)
    vpc.faults.add(forbidden("DescribeVpcs"))
    assert sdk.refused("DescribeVpcs") == ("Forbidden.RAM", 403)
