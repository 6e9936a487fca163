"""What CCM's pods are, and what Events and logs say of them and of routes: read with limits, and
never waited for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from kubectl_routes.collect import background
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.pods import read_pods
from kubectl_routes.collect.redact_text import scrub
from kubectl_routes.model.controller import Controller, ControllerPod, Event, LogLine, PodLog
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_EVENTS, PART_LOGS, Gap

# One page is enough to see what goes wrong; a cluster in trouble can hold very many.
MOST = 500

# CCM reports the failure of a whole pass on an object that does not exist: kind Event, this name.
ROUTE_CONTROLLER = "route-controller"

# A DaemonSet has few CCM pods; each costs a call, for its Events and for its log.
MOST_PODS = 5

# Enough for the last periodic reconcile of many tables, and little enough for a slow link.
LINES = 200
BYTES = 256 * 1024

_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)) ")


def read_signals(
    client: KubeClient, controller: Controller, workload: Document | None, *, logs: bool
) -> tuple[Controller, tuple[Gap, ...]]:
    """The controller with its pods: those of ``workload``, or those that it has without one; with
    their Events, and with ``logs`` the last lines of their logs.
    """
    gaps: tuple[Gap, ...] = ()
    if workload is not None:
        pods, gaps = read_pods(client, controller, workload)
        controller = replace(controller, pods=pods)
    reading = background.start(partial(_read_logs, client, controller)) if logs else None
    events, event_gaps = _read_controller_events(client, controller)
    found, log_gaps = reading.result() if reading is not None else (None, ())
    return replace(controller, events=events, logs=found), gaps + event_gaps + log_gaps


def read_route_events(client: KubeClient) -> tuple[tuple[Event, ...], tuple[Gap, ...]]:
    """What the route controller reports: of whole passes, and warnings of single nodes."""
    return _list(
        client,
        "default",
        (
            f"involvedObject.kind=Event,involvedObject.name={ROUTE_CONTROLLER}",
            f"involvedObject.kind=Node,type=Warning,source={ROUTE_CONTROLLER}",
        ),
    )


def _read_controller_events(
    client: KubeClient, controller: Controller
) -> tuple[tuple[Event, ...], tuple[Gap, ...]]:
    """What the kubelet and others report of CCM's workload and pods."""
    names = (controller.name, *(pod.name for pod in controller.pods[:MOST_PODS]))
    return _list(
        client, controller.namespace, tuple(f"involvedObject.name={name}" for name in names)
    )


def _list(
    client: KubeClient, namespace: str, selectors: tuple[str, ...]
) -> tuple[tuple[Event, ...], tuple[Gap, ...]]:
    events: list[Event] = []
    gaps: tuple[Gap, ...] = ()
    for selector in selectors:
        try:
            body = client.document(
                message("list Events in {namespace}", namespace=namespace),
                f"/api/v1/namespaces/{namespace}/events",
                {"fieldSelector": selector, "limit": str(MOST)},
            )
        except ClusterError as error:
            gap = Gap(PART_EVENTS, error.message, error.hint)
            return tuple(events), (gap,)
        events += [_event(item) for item in body.items("items")]
        if body.text("metadata", "continue"):
            gaps = (
                Gap(
                    PART_EVENTS,
                    message(
                        "there are more than {most} in {namespace}, the rest was not read",
                        most=MOST,
                        namespace=namespace,
                    ),
                ),
            )
    return tuple(sorted(events, key=lambda event: event.last_seen)), gaps


def _event(item: Document) -> Event:
    seen = (
        item.text("series", "lastObservedTime"),
        item.text("lastTimestamp"),
        item.text("eventTime"),
        item.text("metadata", "creationTimestamp"),
    )
    return Event(
        kind=item.text("involvedObject", "kind"),
        name=item.text("involvedObject", "name"),
        type=item.text("type"),
        reason=item.text("reason"),
        message=scrub(item.text("message")),
        count=item.number("series", "count") or item.number("count") or 1,
        last_seen=next((time for time in seen if time), ""),
        component=item.text("source", "component") or item.text("reportingComponent"),
    )


def _read_logs(
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
