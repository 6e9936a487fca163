"""DescribeInstances of ECS and GetProductQuota of the Quota Center, asked with the real SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.vpc import VpcSimulator
from tests.simulator.vpc_client import Sdk, small_store

ENTRIES = {"ProductCode": "vpc", "QuotaActionCode": "vpc_quota_route_entrys_num"}


@pytest.fixture
def vpc() -> Iterator[VpcSimulator]:
    store = small_store()
    store.add_instance("i-here", "vpc-1", "10.2.0.7")
    with VpcSimulator(store) as vpc:
        yield vpc


def instances(sdk: Sdk, **parameters: str) -> list[Any]:
    found: list[Any] = sdk("DescribeInstances", **parameters)["Instances"]["Instance"]
    return found


def test_an_instance_tells_its_vpc_and_its_v_switch(sdk: Sdk) -> None:
    (found,) = instances(sdk, InstanceIds='["i-here"]')

    assert found["VpcAttributes"] == {
        "VpcId": "vpc-1",
        "VSwitchId": "vsw-b",
        "NatIpAddress": "",
        "PrivateIpAddress": {"IpAddress": ["10.2.0.7"]},
    }
    assert found["ZoneId"] == "cn-hangzhou-i"


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"InstanceIds": "[]"}, 0),
        ({"InstanceIds": '["i-gone"]'}, 0),
        ({"InstanceIds": '["i-1", "i-far"]'}, 2),
        ({"VpcId": "vpc-2"}, 1),
        ({"PageSize": "100"}, 22),
        ({"PageSize": "20", "PageNumber": "2"}, 2),
        ({"RegionId": "cn-beijing"}, 0),
    ],
)
def test_instances_are_filtered_and_paged(sdk: Sdk, parameters: dict[str, str], count: int) -> None:
    assert len(instances(sdk, **parameters)) == count


@pytest.mark.parametrize("ids", ["i-1", "{}", "[1]", json.dumps(["i"] * 101)])
def test_ids_are_a_json_array_of_at_most_a_hundred(sdk: Sdk, ids: str) -> None:
    answer = sdk.refused("DescribeInstances", InstanceIds=ids)

    assert answer == ("InvalidInstanceIds.Malformed", 400)


def test_the_quota_is_that_of_the_smallest_table_unless_it_is_set(
    sdk: Sdk, vpc: VpcSimulator
) -> None:
    quota = sdk("GetProductQuota", **ENTRIES)["Quota"]
    assert (quota["TotalQuota"], quota["Dimensions"]) == (5, {"regionId": "cn-hangzhou"})

    vpc.quotas.entries_per_table = 400
    region = {"Dimensions.1.Key": "regionId", "Dimensions.1.Value": "cn-beijing"}
    quota = sdk("GetProductQuota", **ENTRIES, **region)["Quota"]
    assert (quota["TotalQuota"], quota["Dimensions"]) == (400, {"regionId": "cn-beijing"})


def test_there_is_no_other_quota(sdk: Sdk) -> None:
    other = {"ProductCode": "ecs", "QuotaActionCode": "q_security-groups"}

    assert sdk.refused("GetProductQuota", **other) == ("QUOTA.NOT.EXIST", 404)


def test_ram_denies_each_product_in_its_own_words(sdk: Sdk, vpc: VpcSimulator) -> None:
    vpc.policy = read_policy('{"Version": "1", "Statement": []}')

    assert sdk.refused("DescribeInstances") == ("Forbidden.RAM", 403)
    assert sdk.refused("GetProductQuota", **ENTRIES) == ("NoPermission", 403)
    vpc.ecs.hides_denied = True
    assert instances(sdk) == []
    assert sdk.refused("DescribeInstances", DryRun="true") == ("Forbidden.RAM", 403)


def test_a_policy_allows_each_by_its_own_action(sdk: Sdk, vpc: VpcSimulator) -> None:
    allowed = {
        "Effect": "Allow",
        "Action": ["ecs:DescribeInstances", "quotas:GetProductQuota"],
        "Resource": "*",
    }
    vpc.policy = read_policy(json.dumps({"Version": "1", "Statement": [allowed]}))

    assert instances(sdk, InstanceIds='["i-1"]')
    assert sdk("GetProductQuota", **ENTRIES)["Quota"]
    assert sdk.refused("DescribeInstances", DryRun="true") == ("DryRunOperation", 400)
