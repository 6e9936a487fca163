"""DescribeInstances of ECS and GetProductQuota of the Quota Center, asked with the real SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.vpc import VpcSimulator
from tests.simulator.vpc_client import small_store

PRODUCTS = {"DescribeInstances": "2014-05-26", "GetProductQuota": "2020-05-10"}
ENTRIES = {"ProductCode": "vpc", "QuotaActionCode": "vpc_quota_route_entrys_num"}


@pytest.fixture
def vpc() -> Iterator[VpcSimulator]:
    store = small_store()
    store.add_instance("i-here", "vpc-1", "10.2.0.7")
    with VpcSimulator(store) as vpc:
        yield vpc


def ask(vpc: VpcSimulator, action: str, **parameters: str) -> Any:
    request = CommonRequest(
        domain=vpc.endpoint, version=PRODUCTS[action], action_name=action, product=""
    )
    request.set_method("POST")
    request.set_protocol_type("http")
    for name, value in parameters.items():
        request.add_query_param(name, value)
    client = AcsClient(SIMULATED_KEY.id, SIMULATED_KEY.secret, "cn-hangzhou", auto_retry=False)
    with closing(client.session):
        return json.loads(client.do_action_with_exception(request))


def refused(vpc: VpcSimulator, action: str, **parameters: str) -> tuple[str, int]:
    with pytest.raises(ServerException) as caught:
        ask(vpc, action, **parameters)
    return caught.value.get_error_code(), caught.value.get_http_status()


def instances(vpc: VpcSimulator, **parameters: str) -> list[Any]:
    found: list[Any] = ask(vpc, "DescribeInstances", **parameters)["Instances"]["Instance"]
    return found


def test_an_instance_tells_its_vpc_and_its_v_switch(vpc: VpcSimulator) -> None:
    (found,) = instances(vpc, InstanceIds='["i-here"]')

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
def test_instances_are_filtered_and_paged(
    vpc: VpcSimulator, parameters: dict[str, str], count: int
) -> None:
    assert len(instances(vpc, **parameters)) == count


@pytest.mark.parametrize("ids", ["i-1", "{}", "[1]", json.dumps(["i"] * 101)])
def test_ids_are_a_json_array_of_at_most_a_hundred(vpc: VpcSimulator, ids: str) -> None:
    answer = refused(vpc, "DescribeInstances", InstanceIds=ids)

    assert answer == ("InvalidInstanceIds.Malformed", 400)


def test_the_quota_is_the_smallest_of_the_tables_unless_it_is_set(vpc: VpcSimulator) -> None:
    quota = ask(vpc, "GetProductQuota", **ENTRIES)["Quota"]
    assert (quota["TotalQuota"], quota["Dimensions"]) == (5, {"regionId": "cn-hangzhou"})

    vpc.quotas.entries_per_table = 400
    region = {"Dimensions.1.Key": "regionId", "Dimensions.1.Value": "cn-beijing"}
    quota = ask(vpc, "GetProductQuota", **ENTRIES, **region)["Quota"]
    assert (quota["TotalQuota"], quota["Dimensions"]) == (400, {"regionId": "cn-beijing"})


def test_there_is_no_other_quota(vpc: VpcSimulator) -> None:
    other = {"ProductCode": "ecs", "QuotaActionCode": "q_security-groups"}

    assert refused(vpc, "GetProductQuota", **other) == ("QUOTA.NOT.EXIST", 404)


def test_ram_denies_each_product_in_its_own_words(vpc: VpcSimulator) -> None:
    vpc.policy = read_policy('{"Version": "1", "Statement": []}')

    assert refused(vpc, "DescribeInstances") == ("Forbidden.RAM", 403)
    assert refused(vpc, "GetProductQuota", **ENTRIES) == ("NoPermission", 403)
    vpc.ecs.hides_denied = True
    assert instances(vpc) == []
    assert refused(vpc, "DescribeInstances", DryRun="true") == ("Forbidden.RAM", 403)


def test_a_policy_allows_each_by_its_own_action(vpc: VpcSimulator) -> None:
    allowed = {
        "Effect": "Allow",
        "Action": ["ecs:DescribeInstances", "quotas:GetProductQuota"],
        "Resource": "*",
    }
    vpc.policy = read_policy(json.dumps({"Version": "1", "Statement": [allowed]}))

    assert instances(vpc, InstanceIds='["i-1"]')
    assert ask(vpc, "GetProductQuota", **ENTRIES)["Quota"]
    assert refused(vpc, "DescribeInstances", DryRun="true") == ("DryRunOperation", 400)
