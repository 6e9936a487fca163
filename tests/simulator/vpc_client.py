"""The real SDK against the simulated cloud."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.identity import AccessKey
from kubectl_routes_simulator.route_table import TableRecord, VpcRecord, VSwitchRecord
from kubectl_routes_simulator.vpc import VpcSimulator
from kubectl_routes_simulator.vpc_store import VpcStore


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def small_store(clock: Clock | None = None, **settings: Any) -> VpcStore:
    """VPC vpc-1 with a System, a custom and a gateway table, two vSwitches and instances."""
    store = VpcStore(clock or Clock(), **settings)
    store.add_vpc(VpcRecord("vpc-1", "10.0.0.0/8", "vrt-1", secondary_cidrs=("172.31.0.0/16",)))
    store.add_vpc(VpcRecord("vpc-2", "10.0.0.0/8", "vrt-2"))
    store.add_table(TableRecord("vtb-sys", "vpc-1", "vrt-1", "", "System"))
    store.add_table(TableRecord("vtb-two", "vpc-1", "vrt-1", "workers", quota=5))
    store.add_table(TableRecord("vtb-gate", "vpc-1", "vrt-1", associate_type="Gateway"))
    store.add_table(TableRecord("vtb-far", "vpc-2", "vrt-2", "", "System"))
    store.add_v_switch(VSwitchRecord("vsw-a", "vpc-1", "10.1.0.0/24", "cn-hangzhou-h", "vtb-sys"))
    store.add_v_switch(VSwitchRecord("vsw-b", "vpc-1", "10.2.0.0/24", "cn-hangzhou-i", "vtb-two"))
    for number in range(20):
        store.add_instance(f"i-{number}", "vpc-1")
    store.add_instance("i-far", "vpc-2")
    return store


# The versions of what is not in the VPC API.
_VERSIONS = {"DescribeInstances": "2014-05-26", "GetProductQuota": "2020-05-10"}


def sdk_client(key: AccessKey) -> AcsClient:
    """A client of the SDK, with a temporary credential for a key that has a token."""
    credential = StsTokenCredential(key.id, key.secret, key.token) if key.token else None
    pair = () if credential else (key.id, key.secret)
    return AcsClient(*pair, region_id="cn-hangzhou", credential=credential, auto_retry=False)


class Sdk:
    """Calls by name: ``sdk("DescribeVpcs", VpcId="vpc-1")`` gives the decoded answer."""

    def __init__(self, vpc: VpcSimulator, key: AccessKey = SIMULATED_KEY) -> None:
        self._client = sdk_client(key)
        self._endpoint = vpc.endpoint

    def __call__(self, action: str, **parameters: Any) -> Any:
        version = _VERSIONS.get(action, "2016-04-28")
        request = CommonRequest(self._endpoint, version, action, product="")
        request.set_protocol_type("http")
        for name, value in parameters.items():
            request.add_query_param(name, value)
        with closing(self._client.session):
            return json.loads(self._client.do_action_with_exception(request))

    def refused(self, action: str, **parameters: Any) -> tuple[str, int]:
        """Code and HTTP status of a call that the API must refuse."""
        with pytest.raises(ServerException) as caught:
            self(action, **parameters)
        return caught.value.get_error_code(), caught.value.get_http_status()
