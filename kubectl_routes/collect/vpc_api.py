"""Calls to the VPC API: product Vpc, version 2016-04-28, RPC style."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kubectl_routes.collect.access_key import AccessKey
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.rpc_api import RpcApi, service


class VpcApi(RpcApi):
    """The VPC API of one region."""

    def __init__(self, key: AccessKey, region: str, route: Route, deadline: Deadline) -> None:
        super().__init__(service("VPC", "vpc"), _request, key, region, route, deadline=deadline)


def _request(action: str, parameters: dict[str, str]) -> Any:
    module = import_module(f"aliyunsdkvpc.request.v20160428.{action}Request")
    request = getattr(module, f"{action}Request")()
    for name, value in parameters.items():
        request.add_query_param(name, value)
    return request
