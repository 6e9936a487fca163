"""The ACK API: product CS, version 2015-12-15, ROA style.

Everything that is assumed about it stands in this module. It comes from the public pages below and
was never tried against the real service; docs/managed-clusters.md says how to check it by hand.

GetClusterAddonInstance: version, state and configuration, a JSON string
    https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/developer-reference/api-cs-2015-12-15-getclusteraddoninstance
DescribeAddon: ``config_schema`` of a version, a JSON string. DescribeClusterAddonMetadata, which
gave it before, is deprecated.
    https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/developer-reference/api-cs-2015-12-15-describeaddon
ModifyClusterAddon: takes the whole configuration; by its page it answers ``{}``
    https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/developer-reference/api-cs-2015-12-15-modifyclusteraddon
DescribeTaskInfo: for the case that a change answers with a ``task_id``, as other changes do
    https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/developer-reference/api-cs-2015-12-15-describetaskinfo
Endpoints
    https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/developer-reference/api-cs-2015-12-15-endpoint

ACK's own script for csi-provisioner: that a change is over when the state is no longer "updating"
    https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/attach-cloud-disks-in-parallel

Like that script, and like Terraform's alicloud provider (alicloud/service_alicloud_cs.go, also for
the codes of refusals), the configuration is written as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from kubectl_routes.apply.addon_config import Addon
from kubectl_routes.collect.aliyun_client import AliyunClient, Service, decoded
from kubectl_routes.collect.aliyun_errors import IDENTITY_HINTS, first_hint
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.deadline import DEFAULT_SECONDS, Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.endpoint import Route, endpoint_url, route_to
from kubectl_routes.collect.profile import is_region
from kubectl_routes.collect.redact_text import harmless
from kubectl_routes.collect.signing import AccessKey, SignedRequest, signed_roa
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import CloudError, UsageError
from kubectl_routes.model.message import message

# The add-on's name, and the property of its configuration: the console shows the latter as
# "routeTableIDs", as in cloud-config; other letter cases are taken too.
NAME = "cloud-controller-manager"
LIST = "routeTableIDs"

_VERSION = "2015-12-15"

# While an add-on is in one of these states it is being changed, by whomever. "initial" is from the
# page of DescribeClusterAddonInstance, the older form of the call.
BUSY = frozenset({"initial", "updating", "upgrading", "deleting"})
# A state that is not given is taken for this one.
ACTIVE = "active"

# Final states of a task; any other means that it still runs.
SUCCESS = "success"
FAILURES = frozenset({"fail", "failed"})

# Every example of a cluster's id is "c" and 32 hexadecimal digits, the last four of them masked.
_CLUSTER_ID = re.compile(r"c[0-9a-z]{28,40}")
_TASK_ID = re.compile(r"[0-9A-Za-z._-]{1,128}")

_ACCOUNT = message("check --cluster-id and --region, and the account of the AccessKey")
_HINTS = (
    *IDENTITY_HINTS,
    ("Throttling", message("the API rate limit is reached: retry later")),
    ("ErrorClusterNotFound", _ACCOUNT),
    (
        "AddonNotFound",
        message("the cluster has no add-on {name}: check that it is a managed cluster", name=NAME),
    ),
)


class Task(Struct, frozen=True):
    """How far a task is; ``reason`` is why it failed, as far as the API says."""

    state: str
    stage: str = ""
    reason: str = ""


class AckApi:
    """The ACK API with one key, for CCM of one cluster. ``close`` ends its connections.

    ``seconds`` is the time for a call with all its attempts; ``within`` makes it shorter for
    one. Whatever is passed as ``secrets`` shows in no message. Every method raises CloudError: its
    kind NoResponseError when there was no answer that can be trusted.
    """

    def __init__(
        self,
        cluster_id: str,
        key: AccessKey,
        region: str,
        route: Route,
        clock: Clock,
        *,
        seconds: float | None = None,
    ) -> None:
        service = Service("--region, CS_ENDPOINT", is_passing, _hint_for)
        self.clock = clock
        self._cluster_id = cluster_id
        self._region = region
        self._client = AliyunClient(service, key, route)
        self._seconds = seconds or DEFAULT_SECONDS

    def instance(self, secrets: tuple[str, ...] = (), within: float | None = None) -> Addon:
        """CCM as it is now. A configuration that is not given is an empty one."""
        action = "GetClusterAddonInstance"
        path = f"/clusters/{self._cluster_id}/addon_instances/{NAME}"
        answer = self._call(action, path, secrets=secrets, within=within)
        if answer.text("name") != NAME or not answer.text("version"):
            raise _odd(action, message("{name} and its version", name=NAME))
        config = _json_object(action, "config", answer)
        return Addon(answer.text("version"), answer.text("state") or ACTIVE, config)

    def schema(self, version: str) -> object:
        """The JSON schema of the configuration of that version."""
        query = {"cluster_id": self._cluster_id, "version": version}
        answer = self._call("DescribeAddon", f"/addons/{NAME}", query)
        return json.loads(_json_object("DescribeAddon", "config_schema", answer))

    def configure(self, config: str, secrets: tuple[str, ...]) -> str:
        """Write the configuration; returns the id of a task, or empty when none is given."""
        action = "ModifyClusterAddon"
        path = f"/clusters/{self._cluster_id}/components/{NAME}/config"
        body = msgspec.json.encode({"config": config})
        answer = self._call(action, path, body=body, secrets=secrets)
        task_id = answer.text("task_id")
        return task_id if _TASK_ID.fullmatch(task_id) else ""

    def task(self, task_id: str, secrets: tuple[str, ...], within: float) -> Task:
        """How far that task is."""
        path = f"/tasks/{task_id}"
        answer = self._call("DescribeTaskInfo", path, secrets=secrets, within=within)
        return Task(
            answer.text("state").lower(),
            harmless(answer.text("current_stage"), secrets),
            harmless(_reason(answer), secrets),
        )

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def _call(
        self,
        action: str,
        path: str,
        query: dict[str, str] | None = None,
        body: bytes = b"",
        *,
        secrets: tuple[str, ...] = (),
        within: float | None = None,
    ) -> Document:
        deadline = Deadline(self.clock, min(self._seconds, within or self._seconds))

        def sign(key: AccessKey) -> SignedRequest:
            return signed_roa(
                key, self._region, _VERSION, action, path=path, query=query or {}, body=body
            )

        answer = self._client.call(action, sign, deadline, repeatable=not body, secrets=secrets)
        return decoded(action, answer)


def ack_route(region: str, env: Mapping[str, str]) -> Route:
    """The way to the ACK API of that region: CS_ENDPOINT, else the public one.

    From inside the VPC without a way to the Internet, cs-anony-vpc.<region>.aliyuncs.com can be
    given; older pages have cs-vpc.<region>.aliyuncs.com. Raises UsageError.
    """
    if not is_region(region):
        raise UsageError(
            message("{region} is not a region", region=repr(region)),
            message("give the cluster's region with --region"),
        )
    endpoint = endpoint_url(env.get("CS_ENDPOINT", ""), "ACK")
    endpoint = endpoint or f"https://cs.{region}.aliyuncs.com"
    return route_to(endpoint, env)


def checked_cluster_id(text: str) -> str:
    """The id of an ACK cluster. Raises UsageError when it has not the form of one: it becomes a
    part of the path of signed calls.
    """
    if not _CLUSTER_ID.fullmatch(text):
        known = message("{text} is not the id of an ACK cluster", text=repr(text))
        raise UsageError(
            known if text else message("the cluster does not tell its id"),
            message("give --cluster-id as the console shows it: c and 32 letters and digits"),
        )
    return text


def is_passing(code: str, status: int = 0) -> bool:
    """Whether the same call may succeed in a moment."""
    named = code.startswith(("Throttling", "ServiceUnavailable"))
    return named or status in (408, 429) or status >= 500


def _hint_for(code: str, status: int, action: str) -> str:
    named = first_hint(_HINTS, code)
    if named or status != 403:
        return named or (_ACCOUNT if status == 404 else "")
    return message(
        "grant the RAM permission {action}: kubectl routes permissions --ram --for enable prints"
        " the policy",
        action=f"cs:{action}",
    )


def _json_object(action: str, name: str, answer: Document) -> str:
    """The text of a JSON object that an answer carries as a string, or as itself."""
    value = answer.under(name).value
    text = value.strip() if isinstance(value, str) else json.dumps(value or {})
    try:
        msgspec.json.decode(text or "{}", type=dict[str, msgspec.Raw])
        # Half a surrogate pair is JSON, but could not be written back.
        json.dumps(json.loads(text or "{}"), ensure_ascii=False).encode()
    except (ValueError, *UNREADABLE):
        raise _odd(action, message("a JSON object as {name}", name=name)) from None
    return text or "{}"


def _reason(task: Document) -> str:
    """What a failed task says: its error, else its stages and events that have a message."""
    error = ": ".join(filter(None, (task.text("error", "code"), task.text("error", "message"))))
    told = [each.text("message") for name in ("stages", "events") for each in task.items(name)]
    return error or "; ".join(filter(None, told))


def _odd(action: str, wanted: str) -> CloudError:
    return CloudError(
        message("{action} failed: its answer does not hold {wanted}", action=action, wanted=wanted),
        message(
            "the API differs from its documentation: set the list in the console, as"
            " docs/managed-clusters.md shows"
        ),
    )
