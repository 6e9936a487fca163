"""Events that say something about routes or about CCM's own pods."""

from __future__ import annotations

from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.redact_text import scrub
from kubectl_routes.model.controller import Controller, Event
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_EVENTS, Gap

# One page is enough to see what goes wrong; a cluster in trouble can hold very many.
MOST = 500

# CCM reports the failure of a whole pass on an object that does not exist: kind Event, this name.
ROUTE_CONTROLLER = "route-controller"

# A DaemonSet has few CCM pods; each costs a call.
MOST_PODS = 5


def read_route_events(client: KubeClient) -> tuple[tuple[Event, ...], tuple[Gap, ...]]:
    """What the route controller reports: of whole passes, and warnings of single nodes."""
    return _read(
        client,
        "default",
        (
            f"involvedObject.kind=Event,involvedObject.name={ROUTE_CONTROLLER}",
            f"involvedObject.kind=Node,type=Warning,source={ROUTE_CONTROLLER}",
        ),
    )


def read_controller_events(
    client: KubeClient, controller: Controller
) -> tuple[tuple[Event, ...], tuple[Gap, ...]]:
    """What the kubelet and others report of CCM's workload and pods."""
    names = (controller.name, *(pod.name for pod in controller.pods[:MOST_PODS]))
    return _read(
        client, controller.namespace, tuple(f"involvedObject.name={name}" for name in names)
    )


def _read(
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
