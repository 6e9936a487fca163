"""Single writes to the Kubernetes API: with a precondition, dry first, and never twice."""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec

from kubectl_routes.collect.deadline import Deadline, backoff
from kubectl_routes.collect.kube import KubeClient, OutgoingRequest
from kubectl_routes.collect.manifests import path_of, read_object
from kubectl_routes.collect.transport import CHECK_SERVER
from kubectl_routes.model.errors import ChangedMeanwhile, ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change
from kubectl_routes.model.undo import CONFIG_HASH, FENCE, HISTORY, UNDO

Object = dict[str, Any]

FIELD_MANAGER = "kubectl-routes"
JSON_PATCH = "application/json-patch+json"
# What every write names of the object that it was planned for.
_IDENTITY = ("uid", "resourceVersion")
# How often a write is tried whose answer got lost while the object stayed as it was.
ATTEMPTS = 4


class Altered(ClusterError):
    """The write was done, and not as it was sent: ``stored`` lacks what leads back, or what makes
    CCM's pods new. An admission policy does this.
    """

    def __init__(self, reason: str, stored: Object) -> None:
        super().__init__(
            reason,
            message(
                "an admission policy changes what is written: let it keep the"
                " annotations kubectl-routes/undo, kubectl-routes/history and"
                " kubectl-routes/config-hash, and the data of the ConfigMap"
            ),
        )
        self.stored = stored


class Writer:
    """Writes one change after the other.

    Every write names the resourceVersion that it was planned for, so that it fails where another
    client has written since.
    """

    def __init__(self, client: KubeClient, deadline: Deadline) -> None:
        self.client = client
        self._deadline = deadline

    def dry_run(self, change: Change) -> None:
        """Let the server say whether it would take the write.

        Raises ChangedMeanwhile when the object is no longer what the change was planned for,
        ClusterError for everything else.
        """
        try:
            self._send(change, dry=True)
        except Altered:
            raise
        except ClusterError as error:
            if error.status not in (404, 409, 422) or is_untouched(change, self._now(change)):
                raise
            raise _changed(change) from None

    def write(self, change: Change) -> Object | None:
        """Do it; the object as it is now stored, None where it was deleted.

        An answer that got lost is made up for by looking: what is there shows whether the write
        was done. Raises ChangedMeanwhile when the object is neither as planned for nor as written,
        ClusterError for everything else.
        """
        for attempt in count(1):
            try:
                return self._send(change, dry=False)
            except Altered:
                raise
            except ClusterError as error:
                if error.refused and error.status not in (404, 409, 422):
                    raise
                now = self._now(change)
                if is_done(change, now):
                    return now
                if not is_untouched(change, now):
                    raise _changed(change) from None
                # The object is as it was: the server has refused, or has not heard.
                if (
                    attempt >= ATTEMPTS
                    or error.refused
                    or not self._deadline.sleep(backoff(attempt))
                ):
                    raise
        raise AssertionError

    def _now(self, change: Change) -> Object | None:
        return read_object(self.client, change.kind, change.namespace, change.name)

    def _send(self, change: Change, *, dry: bool) -> Object | None:
        """The object that the server answers, None where it was deleted. What answers in its place
        may have written nothing: that counts as an answer that was lost.
        """
        what, sending = _what(change), _request(change, dry=dry)
        path = path_of(change.kind, change.namespace, change.name if change.before else "")
        answer = send(self.client, what, sending, path, dry=dry)
        if sending.method == "DELETE" and answer.get("status") == "Success":
            return None
        metadata = answer.get("metadata")
        named = isinstance(metadata, dict) and metadata.get("name") == change.name
        if not named or answer.get("kind") != change.kind:
            raise ClusterError(
                message(
                    "cannot {what}: {server} answered with something else than that {kind}",
                    what=what,
                    server=self.client.connection.server,
                    kind=change.kind,
                ),
                CHECK_SERVER,
                status=200,
            )
        if change.after is None:
            return None
        lost = _lost(change.after, answer)
        if lost:
            raise Altered(
                message("cannot {what}: the API server does not keep {lost}", what=what, lost=lost),
                answer,
            )
        return answer


def send(
    client: KubeClient, what: str, sending: OutgoingRequest, path: str, *, dry: bool = False
) -> Object:
    """The answer to a write in our name; ``dry``: the server only says whether it would do it.
    Raises ClusterError.
    """
    query = {} if sending.method == "DELETE" else {"fieldManager": FIELD_MANAGER}
    if dry:
        what, query["dryRun"] = message("{what} (dry run)", what=what), "All"
    return client.send(what, sending, path, query)


def _request(change: Change, *, dry: bool) -> OutgoingRequest:
    """The write with its precondition; only a dry run may be sent twice."""
    before, after = change.before, change.after
    if before is None:
        return OutgoingRequest("POST", msgspec.json.encode(after), repeatable=dry)
    if after is None:
        kept = {name: before["metadata"][name] for name in _IDENTITY}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": kept}
        return OutgoingRequest("DELETE", msgspec.json.encode(options), repeatable=dry)
    patch = msgspec.json.encode(json_patch(before, after))
    return OutgoingRequest("PATCH", patch, JSON_PATCH, repeatable=dry)


def json_patch(before: Object, after: Object) -> list[Object]:
    """The JSON Patch from one object to the other, behind tests that it is still that object."""
    import jsonpatch  # noqa: PLC0415 - only writing needs it

    tests = [
        {"op": "test", "path": f"/metadata/{name}", "value": before["metadata"][name]}
        for name in _IDENTITY
        if name in before["metadata"]
    ]
    return [*tests, *jsonpatch.make_patch(before, after).patch]


def is_done(change: Change, now: Object | None) -> bool:
    """Whether an object is what the change makes of it.

    A workload carries a line of its history with every write, and no two lines are alike.
    """
    if change.after is None or now is None:
        return change.after is None and now is None
    mine, there = _annotations(change.after), _annotations(now)
    noted = all(mine.get(name) == there.get(name) for name in (UNDO, HISTORY, FENCE))
    return noted and (change.kind != "ConfigMap" or _data(change.after) == _data(now))


def _lost(wanted: Object, stored: Object) -> str:
    """What of a write the server did not keep, of all that cannot be done without; empty: nothing.

    An undo record leads back, the hash in the pod template makes CCM's pods new.
    """
    for owner, there in ((wanted, stored), (_template(wanted), _template(stored))):
        mine, kept = _annotations(owner), _annotations(there)
        for name in (UNDO, CONFIG_HASH):
            if name in mine and kept.get(name) != mine[name]:
                return message("the annotation {name}", name=name)
    if stored["kind"] == "ConfigMap" and _data(wanted) != _data(stored):
        return message("the data as it was written")
    return ""


def is_untouched(change: Change, now: Object | None) -> bool:
    """Whether an object is still the one that the change was planned for."""
    if change.before is None or now is None:
        return change.before is None and now is None
    return all(change.before["metadata"].get(one) == now["metadata"].get(one) for one in _IDENTITY)


def _template(value: Object) -> Object:
    template: Object = (value.get("spec") or {}).get("template") or {}
    return template


def _annotations(value: Object) -> dict[str, str]:
    return (value.get("metadata") or {}).get("annotations") or {}


def _data(config_map: Object) -> Object:
    return config_map.get("data") or {}


def _what(change: Change) -> str:
    """The write as it completes "cannot …"."""
    if change.before is None:
        return message("create {object}", object=str(change))
    if change.after is None:
        return message("delete {object}", object=str(change))
    return message("change {object}", object=str(change))


def _changed(change: Change) -> ChangedMeanwhile:
    return ChangedMeanwhile(
        message("{object} was changed by another client during the operation", object=str(change)),
        message("nothing of that was overwritten; look at it and run the command again"),
        status=409,
    )
