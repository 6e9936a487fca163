"""Calls to an RPC-style API of Alibaba Cloud, one class for each product that is asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kubectl_routes.collect.access_key import AccessKey
from kubectl_routes.collect.aliyun_client import AliyunClient, Service
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.vpc_errors import hint_for, is_passing
from kubectl_routes.model.message import message

Build = Callable[[str, dict[str, str]], Any]


class RpcApi:
    """The API of one region with one key; safe to share between threads. ``close`` ends its
    connections. ``build`` makes the SDK request of an action and its parameters.
    """

    def __init__(
        self,
        service: Service,
        build: Build,
        key: AccessKey,
        region: str,
        route: Route,
        *,
        deadline: Deadline,
    ) -> None:
        self.region = region
        self._build = build
        self._client = AliyunClient(service, key, region, route)
        self._deadline = deadline

    def call(self, action: str, parameters: dict[str, str]) -> bytes:
        """The JSON that ``action`` answers.

        Retries throttling, conflicts, server errors and broken connections until the deadline.
        Every answer is progress.
        Raises CloudError with the code and the request id of the last answer.
        """

        def request(key: AccessKey) -> Any:
            built = self._build(action, parameters)
            if key.token:
                built.add_query_param("SecurityToken", key.token)
            return built

        body = self._client.call(action, request, self._deadline)
        self._deadline.extend()
        return body

    def close(self) -> None:
        """End all connections."""
        self._client.close()


class EcsApi(RpcApi):
    """Product Ecs, version 2014-05-26."""

    def __init__(self, key: AccessKey, region: str, route: Route, deadline: Deadline) -> None:
        build = partial(_common_request, "Ecs", "2014-05-26")
        super().__init__(service("ECS", "ecs"), build, key, region, route, deadline=deadline)


class QuotasApi(RpcApi):
    """Product quotas (the Quota Center), version 2020-05-10."""

    def __init__(self, key: AccessKey, region: str, route: Route, deadline: Deadline) -> None:
        build = partial(_common_request, "quotas", "2020-05-10")
        super().__init__(service("QUOTAS", "quotas"), build, key, region, route, deadline=deadline)


def service(name: str, prefix: str) -> Service:
    """What differs from API to API; ``prefix`` is that of its RAM actions."""
    option = "--vpc-endpoint" if name == "VPC" else f"{name}_ENDPOINT"
    hint = partial(hint_for, prefix=prefix)
    return Service(message("the {name} API", name=name), f"--region, {option}", is_passing, hint)


def _common_request(product: str, version: str, action: str, parameters: dict[str, str]) -> Any:
    from aliyunsdkcore.request import CommonRequest  # noqa: PLC0415

    request = CommonRequest(product=product, version=version, action_name=action)
    request.set_method("POST")
    for name, value in parameters.items():
        request.add_query_param(name, value)
    return request
