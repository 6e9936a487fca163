"""Waiting until CCM's pods are new and at work, and helping where nothing else would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes.apply.session import Session, looks
from kubectl_routes.apply.writer import send
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient, OutgoingRequest
from kubectl_routes.collect.manifests import read_object
from kubectl_routes.collect.pods import selector_of
from kubectl_routes.collect.redact_text import scrub
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.errors import ClusterError, RoutesError, WaitTimeout
from kubectl_routes.model.message import joined, message
from kubectl_routes.plan.rollout_status import RolloutStatus, judge, waiting_for

Object = dict[str, Any]

# Seconds between two looks: soon at first, for what is quick, then less often.
FIRST_INTERVAL = 0.1
INTERVAL = 1.0
# A rolling update that has not moved for this long (seconds) is helped along by deleting a pod, as
# the manual procedure says; an OnDelete workload never moves without that.
STALLED = 30.0
# Of a crashed container's log, as much as fits into a message.
_LOG_LINES = 3
_LOG_BYTES = 64 * 1024


class RolloutFailed(RoutesError):
    """CCM's new pods do not become ready."""


class Rollout(Struct, frozen=True):
    """Waits for CCM's workload until ``until``, in seconds of ``clock.monotonic``. ``show`` gets a
    line whenever it has come further, ``tell`` one of what is done to help it.
    """

    session: Session
    controller: Controller
    until: float
    tell: Callable[[str], None]
    show: Callable[[str], None]

    def wait(self) -> None:
        """Return when every pod is new and ready.

        Raises RolloutFailed as soon as that is out of reach, WaitTimeout at the end.
        """
        clock = self.session.clock
        moved, shown, reached = clock.monotonic(), "", ""
        for _ in looks(clock, self.until, FIRST_INTERVAL, INTERVAL):
            look = self._look()
            if look is None:
                continue
            stage, line = look
            if stage.done:
                return
            if stage.trouble is not None:
                raise RolloutFailed(
                    message(
                        "CCM does not start: {trouble}{said}",
                        trouble=stage.trouble.text,
                        said=self._last_words(stage.trouble.pod),
                    )
                )
            if line != shown:
                self.show(line)
                shown = line
            if stage.line != reached or self._help(stage, moved):
                moved, reached = clock.monotonic(), stage.line
        raise WaitTimeout(
            message(
                "CCM's new pods were not ready in time: {shown}",
                shown=shown or message("not seen"),
            )
        )

    def _look(self) -> tuple[RolloutStatus, str] | None:
        """The stage and a line about it; None when the server did not answer this time."""
        client, ccm = self.session.client(), self.controller
        try:
            workload = read_object(client, ccm.kind.value, ccm.namespace, ccm.name)
            if workload is None:
                raise RolloutFailed(
                    message(
                        "{kind} {namespace}/{name} is gone",
                        kind=ccm.kind.value,
                        namespace=ccm.namespace,
                        name=ccm.name,
                    )
                )
            pods = pods_of(client, workload)
        except ClusterError as error:
            if error.status in (401, 403):
                raise
            self.tell(
                message(
                    "cannot read how far the rollout is, trying again: {reason}",
                    reason=error.message,
                )
            )
            return None
        stage = judge(workload, pods)
        return stage, joined("; ", (stage.line, waiting_for(pods)))

    def _help(self, stage: RolloutStatus, moved: float) -> bool:
        """Delete one pod of the old template, where the workload's controller would not."""
        if not stage.removable:
            return False
        if stage.strategy != "OnDelete" and self.session.clock.monotonic() - moved < STALLED:
            return False
        pod, uid = stage.outdated[0]
        self.tell(message("deleting pod {pod}, which runs an outdated pod template", pod=pod))
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        path = f"/api/v1/namespaces/{self.controller.namespace}/pods/{pod}"
        sending = OutgoingRequest("DELETE", msgspec.json.encode(options))
        try:
            send(self.session.client(), message("delete pod {pod}", pod=pod), sending, path)
        except ClusterError as error:
            self.tell(error.message)  # whatever became of it, the next look shows it
        return True

    def _last_words(self, pod: str) -> str:
        """The end of the crashed container's log, or nothing where it cannot be read."""
        ccm, what = self.controller, message("read the log of {pod}", pod=pod)
        path = f"/api/v1/namespaces/{ccm.namespace}/pods/{pod}/log"
        query = {"container": ccm.container, "tailLines": str(_LOG_LINES), "previous": "true"}
        try:
            text = self.session.client().text(what, path, query, _LOG_BYTES)
        except ClusterError:
            return ""
        lines = [line.strip()[:256] for line in scrub(text).splitlines() if line.strip()]
        return message("; its log ends: {lines}", lines=" | ".join(lines)) if lines else ""


def pods_of(client: KubeClient, workload: Object) -> list[Object]:
    """The pods of a DaemonSet or Deployment, by its selector. Raises ClusterError."""
    query = {"labelSelector": selector_of(Document(workload["spec"].get("selector")))}
    metadata = workload["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods"
    return client.read_list(
        message("list the pods of {name}", name=metadata["name"]), path, _items, query
    )


def _items(body: bytes) -> list[Object]:
    items = msgspec.json.decode(body).get("items") or []
    return [one for one in items if isinstance(one, dict) and isinstance(one.get("metadata"), dict)]
