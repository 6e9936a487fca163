"""The real SDK against the simulated ACK API."""

from __future__ import annotations

import json
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from kubectl_routes_simulator.addon_api import AddonApi
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.identity import AccessKey

CLUSTER = "c0123456789abcdef0123456789abcdef"
ADDON = "cloud-controller-manager"
INSTANCE = f"/clusters/{CLUSTER}/addon_instances/{ADDON}"
CONFIG = f"/clusters/{CLUSTER}/components/{ADDON}/config"


class AckSdk:
    """Calls by path: ``sdk("/tasks/T-1")`` gives the decoded answer; a ``body`` makes it a POST."""

    def __init__(self, api: AddonApi, key: AccessKey = SIMULATED_KEY) -> None:
        credential = StsTokenCredential(key.id, key.secret, key.token) if key.token else None
        pair = () if credential else (key.id, key.secret)
        self._client = AcsClient(
            *pair, region_id="cn-hangzhou", credential=credential, auto_retry=False
        )
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
        try:
            answer = self(path, body, **more)
        except ServerException as error:
            code = str(error.get_error_code())
            if code == "SDK.UnknownServerError":
                words = error.get_error_msg().removeprefix("ServerResponseBody: ")
                code = json.loads(words)["code"]
            return code, error.get_http_status()
        raise AssertionError(f"{path} was answered: {answer}")
