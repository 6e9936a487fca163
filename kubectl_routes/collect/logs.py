"""The last lines that CCM's pods have written: evidence, read with limits and never waited for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.redact_text import scrub
from kubectl_routes.model.controller import Controller, ControllerPod, LogLine, PodLog
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_LOGS, Gap

# Enough for the last periodic reconcile of many tables, and little enough for a slow link.
LINES = 200
BYTES = 256 * 1024

# As many pods as their Events are read of.
MOST_PODS = 5

_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)) ")


def read_logs(
    client: KubeClient, controller: Controller
) -> tuple[tuple[PodLog, ...], tuple[Gap, ...]]:
    """The logs of CCM's pods, and of the run before where a container has ended; a gap for the
    first that is refused.

    A container that has not written anything yet (the server answers 400) has an empty log.
    """
    logs: list[PodLog] = []
    gaps: tuple[Gap, ...] = ()
    for pod, previous in _wanted(controller):
        try:
            text = _read(client, controller, pod, previous=previous)
        except ClusterError as error:
            if error.status in (400, 404):
                continue
            gaps = gaps or (Gap(PART_LOGS, error.message, error.hint),)
        else:
            logs.append(PodLog(pod.name, tuple(map(_line, scrub(text).splitlines())), previous))
    return tuple(logs), gaps


def _wanted(controller: Controller) -> Iterator[tuple[ControllerPod, bool]]:
    for pod in controller.pods[:MOST_PODS]:
        if pod.restarts and not pod.ready:
            yield pod, True
        yield pod, False


def _read(client: KubeClient, controller: Controller, pod: ControllerPod, *, previous: bool) -> str:
    query = {"tailLines": str(LINES), "limitBytes": str(BYTES), "timestamps": "true"}
    query |= {"container": controller.container} if controller.container else {}
    query |= {"previous": "true"} if previous else {}
    path = f"/api/v1/namespaces/{controller.namespace}/pods/{pod.name}/log"
    return client.text(message("read the log of {pod}", pod=pod.name), path, query, BYTES)


def _line(text: str) -> LogLine:
    stamp = _STAMP.match(text)
    return LogLine(text[stamp.end() :], stamp[1]) if stamp else LogLine(text)
