from __future__ import annotations

import certifi
import pytest

from kubectl_routes.apply.ack_api import ack_route, checked_cluster_id
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.model.errors import UsageError


def test_regions_own_endpoint_goes_through_the_proxy() -> None:
    env = {"HTTPS_PROXY": "http://proxy:1"}
    expected = Route("https://cs.cn-hangzhou.aliyuncs.com", "http://proxy:1", certifi.where())
    assert ack_route("cn-hangzhou", env) == expected


def test_the_environment_names_another_endpoint() -> None:
    env = {"CS_ENDPOINT": "cs-anony-vpc.cn-hangzhou.aliyuncs.com"}
    inside = "https://cs-anony-vpc.cn-hangzhou.aliyuncs.com"
    assert ack_route("cn-hangzhou", env).url == inside


def test_keys_are_sent_to_nobody_in_the_clear() -> None:
    with pytest.raises(UsageError, match=r"the ACK endpoint cs\.example\.com must be reached over"):
        ack_route("cn-hangzhou", {"CS_ENDPOINT": "http://cs.example.com"})


@pytest.mark.parametrize("region", ["", "evil.example.com/", "cn-hangzhou.evil"])
def test_region_that_would_name_another_host(region: str) -> None:
    with pytest.raises(UsageError, match="is not a region"):
        ack_route(region, {})


@pytest.mark.parametrize(
    "text",
    ["c0123456789abcdef0123456789abcdef", "c82e6987e2961451182edacd74faf0000"],
)
def test_id_of_a_cluster(text: str) -> None:
    assert checked_cluster_id(text) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the cluster does not tell its id"),
        ("my-cluster", "'my-cluster' is not the id of an ACK cluster"),
        ("c0123456789abcdef0123456789abcde/../x", "is not the id of an ACK cluster"),
        ("C0123456789ABCDEF0123456789ABCDEF", "is not the id of an ACK cluster"),
    ],
)
def test_what_is_no_id_of_a_cluster(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        checked_cluster_id(text)
