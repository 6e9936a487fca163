"""The simulated ACK API on loopback, as far as the configuration of an add-on goes: product CS,
version 2015-12-15, in ROA style, as the SDK speaks to it.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.addon_store import AddonStore
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY, CloudServer, json_reply
from kubectl_routes_simulator.identity import AccessKey, SignatureVerifier, roa_claim
from kubectl_routes_simulator.server import Reply, Request
from kubectl_routes_simulator.vpc_call import refusal, status_of

Answer = dict[str, Any]

_VERSION = "2015-12-15"
_CLUSTER, _ADDON = r"/clusters/(?P<cluster>[^/]+)", r"(?P<addon>[^/]+)"
_ROUTES = (
    ("GET", rf"{_CLUSTER}/addon_instances/{_ADDON}", "GetClusterAddonInstance"),
    ("GET", rf"/addons/{_ADDON}", "DescribeAddon"),
    ("POST", rf"{_CLUSTER}/components/{_ADDON}/config", "ModifyClusterAddon"),
    ("GET", r"/tasks/(?P<task>[^/]+)", "DescribeTaskInfo"),
)
# RAM checks these on the cluster, the others on everything.
_ON_THE_CLUSTER = ("GetClusterAddonInstance", "ModifyClusterAddon")

# Codes of ACK itself that do not come with HTTP 400. Their bodies have names in lower case; the
# gateway in front, which checks identities, has "Code" and "Message".
_STATUSES = {
    "AddonNotFound": 404,
    "AddonStateConflict": 409,
    "AddonVersionNotFound": 404,
    "ErrorClusterNotFound": 404,
    "ErrorTaskNotFound": 404,
    "StatusForbidden": 403,
}
_OF_ACK = (*_STATUSES, "AddonConfigInvalid", "ErrorJsonDecode", "InvalidParameter")


class AddonApi(CloudServer):
    """Serves the add-on in ``store`` as one of ``cluster_id``. Tests may set ``tells_task``:
    whether a change answers with its task's id. ``wall_clock`` gives seconds since the epoch.
    """

    def __init__(
        self,
        store: AddonStore,
        cluster_id: str,
        keys: Iterable[AccessKey] = (SIMULATED_KEY,),
        *,
        wall_clock: Callable[[], float] = time.time,
        cert: str = "",
        key: str = "",
    ) -> None:
        super().__init__(self._handle, cert, key)
        self.store = store
        self.cluster_id = cluster_id
        self.tells_task = False
        self._gatekeeper = SignatureVerifier(keys)
        self._wall_clock = wall_clock

    def actions_called(self) -> tuple[str, ...]:
        """The action of every call so far, in the order of the answers."""
        return tuple(_matched(one.method, one.path)[0] for one in self.server.requests)

    def _handle(self, request: Request) -> Reply:
        request_id = str(uuid.uuid4()).upper()
        try:
            return json_reply(200, self._answer(request))
        except CloudError as error:
            if error.code in _OF_ACK:
                body = {"code": error.code, "message": error.message, "requestId": request_id}
                return json_reply(_STATUSES.get(error.code, 400), body)
            body = {"RequestId": request_id, "Code": error.code, "Message": error.message}
            return json_reply(status_of(error.code), body)

    def _answer(self, request: Request) -> Answer:
        action, names = _matched(request.method, request.path)
        if not action:
            raise refusal("InvalidApi.NotFound", "Specified api is not found.")
        if request.headers.get("x-acs-version") != _VERSION:
            raise refusal("InvalidVersion", "Specified parameter Version is not valid.")
        now = self._wall_clock()
        self._gatekeeper.admit(roa_claim(request), now)
        self.check_rate(now)
        on = f"acs:cs:cn-hangzhou:1234567890123456:cluster/{self.cluster_id}"
        resource = on if action in _ON_THE_CLUSTER else "*"
        if self.policy is not None and not self.policy.allows(f"cs:{action}", resource):
            raise refusal("StatusForbidden", f"STSToken has no permission for cs:{action}")
        asked = names.get("cluster") or request.first("cluster_id", self.cluster_id)
        if asked != self.cluster_id:
            raise refusal("ErrorClusterNotFound", f"cluster {asked} not found")
        if names.get("addon", self.store.name) != self.store.name:
            raise refusal("AddonNotFound", f"addon {names['addon']} not found")
        self.store.settle()
        if action == "GetClusterAddonInstance":
            return self.store.instance()
        if action == "DescribeAddon":
            return self.store.described(request.first("version"))
        if action == "DescribeTaskInfo":
            return self.store.task(names["task"])
        task_id = self.store.modify(_body(request).get("config"))
        return {"task_id": task_id} if self.tells_task else {}


def _matched(method: str, path: str) -> tuple[str, dict[str, str]]:
    """The action that a method and a path mean, empty when none, and the names in the path."""
    for verb, pattern, action in _ROUTES:
        found = re.fullmatch(pattern, path)
        if found and verb == method:
            return action, found.groupdict()
    return "", {}


def _body(request: Request) -> dict[str, Any]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise refusal("InvalidParameter", "the body must be JSON")
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any])
    except UNREADABLE:
        raise refusal("ErrorJsonDecode", "the body is not a JSON object") from None
