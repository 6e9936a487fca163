"""Calls to the VPC API: product Vpc, version 2016-04-28, RPC style."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from kubectl_routes.collect.access_key import AccessKey
from kubectl_routes.collect.aliyun_client import AliyunClient
from kubectl_routes.collect.aliyun_client import Service
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.vpc_errors import hint_for
from kubectl_routes.collect.vpc_errors import is_passing

_SERVICE = Service("the VPC API", "--region, --vpc-endpoint", is_passing, hint_for)


class VpcApi:
    """The API of one region with one key; safe to share between threads. ``close`` ends its
    connections.
    """

    def __init__(self, key: AccessKey, region: str, route: Route, deadline: Deadline) -> None:
        self.region = region
        self._client = AliyunClient(_SERVICE, key, region, route)
        self._deadline = deadline

    def call(self, action: str, parameters: dict[str, str]) -> bytes:
        """The JSON that ``action`` answers.

        Retries throttling, conflicts, server errors and broken connections within the deadline.
        Every answer is progress.
        Raises CloudError with the code and the request id of the last answer.
        """
        build = partial(_request, action, parameters)
        body = self._client.call(action, build, self._deadline)
        self._deadline.progress()
        return body

    def close(self) -> None:
        """End all connections."""
        self._client.close()


def _request(action: str, parameters: dict[str, str], key: AccessKey) -> Any:
    module = import_module(f"aliyunsdkvpc.request.v20160428.{action}Request")
    request = getattr(module, f"{action}Request")()
    for name, value in parameters.items():
        request.add_query_param(name, value)
    if key.token:
        request.add_query_param("SecurityToken", key.token)
    return request
