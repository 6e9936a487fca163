"""Tables: the columns that the server prints for ``kubectl get``."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.kube_resources import Resource

Object = dict[str, Any]

_NONE = "<none>"
_ROLE_LABEL = "node-role.kubernetes.io/"


class Column(Struct, frozen=True):
    """One column. ``cell`` takes the object and the present time in seconds since the epoch;
    columns of ``priority`` 1 are for ``-o wide``.
    """

    name: str
    cell: Callable[[Object, float], Any]
    type: str = "string"
    priority: int = 0


def table(
    resource: Resource, values: Iterable[Object], now: float, include: str, headers: bool = True
) -> Object:
    """A Table without its list metadata. ``include`` is the ``includeObject`` parameter: ``None``,
    ``Metadata`` or ``Object``; ``headers`` is False for all but the first event of a watch.
    """
    columns = _COLUMNS.get(resource.name, _PLAIN)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": [_definition(column) for column in columns] if headers else [],
        "rows": [
            {
                "cells": [column.cell(value, now) for column in columns],
                "object": _included(value, include),
            }
            for value in values
        ],
    }


def _definition(column: Column) -> Object:
    return {
        "name": column.name,
        "type": column.type,
        "format": "name" if column.name == "Name" and column.priority == 0 else "",
        "description": "",
        "priority": column.priority,
    }


def _included(value: Object, include: str) -> Object | None:
    if include == "None":
        return None
    if include == "Object":
        return value
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": value["metadata"],
    }


def since(timestamp: str | None, now: float) -> str:
    """How long ago an RFC 3339 time was, as kubectl writes ages (``5m``, ``3h2m``, ``12d``)."""
    if not timestamp:
        return "<unknown>"
    then = datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()
    return _duration(int(now - then))


def _duration(seconds: int) -> str:
    """The API machinery's duration.HumanDuration: two units while the first one is small."""
    if seconds < 0:
        return "<invalid>" if seconds < -1 else "0s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    steps = (
        (seconds < 120, f"{seconds}s"),
        (minutes < 10, f"{minutes}m" + _rest(seconds % 60, "s")),
        (minutes < 180, f"{minutes}m"),
        (hours < 8, f"{hours}h" + _rest(minutes % 60, "m")),
        (hours < 48, f"{hours}h"),
        (days < 8, f"{days}d" + _rest(hours % 24, "h")),
        (days < 730, f"{days}d"),
        (days < 2920, f"{days // 365}y" + _rest(days % 365, "d")),
    )
    return next((text for fits, text in steps if fits), f"{days // 365}y")


def _rest(amount: int, unit: str) -> str:
    return f"{amount}{unit}" if amount else ""


def _at(value: Object, *path: str) -> Any:
    found: Any = value
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _field(*path: str, default: Any = "") -> Callable[[Object, float], Any]:
    def cell(value: Object, _: float) -> Any:
        found = _at(value, *path)
        return default if found is None or found == "" else found

    return cell


def _count(*path: str) -> Callable[[Object, float], Any]:
    return lambda value, _: len(_at(value, *path) or ())


def _age(value: Object, now: float) -> str:
    return since(value["metadata"].get("creationTimestamp"), now)


def _condition(value: Object, kind: str) -> str:
    found = [one for one in _at(value, "status", "conditions") or () if one["type"] == kind]
    return str(found[0]["status"]) if found else ""


def _node_status(value: Object, _: float) -> str:
    ready = _condition(value, "Ready")
    words = [{"True": "Ready", "": "Unknown"}.get(ready, "NotReady")]
    if _at(value, "spec", "unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _node_roles(value: Object, _: float) -> str:
    labels = value["metadata"].get("labels") or {}
    roles = {key[len(_ROLE_LABEL) :] for key in labels if key.startswith(_ROLE_LABEL)}
    roles.discard("")
    return ",".join(sorted(roles)) or _NONE


def _node_address(kind: str) -> Callable[[Object, float], str]:
    def cell(value: Object, _: float) -> str:
        addresses = _at(value, "status", "addresses") or ()
        return next((str(one["address"]) for one in addresses if one["type"] == kind), _NONE)

    return cell


def _pod_ready(value: Object, _: float) -> str:
    statuses = _at(value, "status", "containerStatuses") or ()
    ready = sum(1 for one in statuses if one.get("ready"))
    return f"{ready}/{len(_at(value, 'spec', 'containers') or ())}"


def _pod_status(value: Object, _: float) -> str:
    if value["metadata"].get("deletionTimestamp"):
        return "Terminating"
    reason = str(_at(value, "status", "reason") or _at(value, "status", "phase") or "")
    for one in _at(value, "status", "containerStatuses") or ():
        waiting, ended = _at(one, "state", "waiting"), _at(one, "state", "terminated")
        if waiting and waiting.get("reason"):
            reason = str(waiting["reason"])
        elif ended:
            reason = str(ended.get("reason") or f"ExitCode:{ended.get('exitCode', 0)}")
    return reason


def _pod_restarts(value: Object, now: float) -> str:
    statuses = _at(value, "status", "containerStatuses") or ()
    total = sum(int(one.get("restartCount", 0)) for one in statuses)
    ends = [_at(one, "lastState", "terminated", "finishedAt") for one in statuses]
    last = max((str(end) for end in ends if end), default="")
    return f"{total} ({since(last, now)} ago)" if total and last else str(total)


def _containers(key: str) -> Callable[[Object, float], str]:
    def cell(value: Object, _: float) -> str:
        containers = _at(value, "spec", "template", "spec", "containers") or ()
        return ",".join(str(one.get(key, "")) for one in containers)

    return cell


def _selector(*path: str) -> Callable[[Object, float], str]:
    def cell(value: Object, _: float) -> str:
        pairs = _at(value, *path) or {}
        return ",".join(f"{key}={pairs[key]}" for key in sorted(pairs)) or _NONE

    return cell


def _deployment_ready(value: Object, _: float) -> str:
    status = value.get("status") or {}
    return f"{status.get('readyReplicas', 0)}/{_at(value, 'spec', 'replicas') or 0}"


def _event_seen(key: str) -> Callable[[Object, float], str]:
    return lambda value, now: since(value.get(key) or value.get("eventTime"), now)


def _event_object(value: Object, _: float) -> str:
    meant = value["involvedObject"]
    return f"{str(meant.get('kind', '')).lower()}/{meant.get('name', '')}"


def _event_source(value: Object, _: float) -> str:
    source = value.get("source") or {}
    parts = [str(source[key]) for key in ("component", "host") if source.get(key)]
    return ", ".join(parts) or str(value.get("reportingComponent", ""))


def _ports(value: Object, _: float) -> str:
    ports = _at(value, "spec", "ports") or ()
    return ",".join(f"{one['port']}/{one.get('protocol', 'TCP')}" for one in ports) or _NONE


def _data_count(value: Object, _: float) -> int:
    return len(value.get("data") or ()) + len(value.get("binaryData") or ())


_NAME = Column("Name", _field("metadata", "name"))
_AGE = Column("Age", _age)
_PLAIN = (_NAME, _AGE)
_WORKLOAD_WIDE = (
    Column("Containers", _containers("name"), priority=1),
    Column("Images", _containers("image"), priority=1),
    Column("Selector", _selector("spec", "selector", "matchLabels"), priority=1),
)


def _number(name: str, *path: str) -> Column:
    return Column(name, _field(*path, default=0), "integer")


def _node_info(name: str, key: str) -> Column:
    return Column(name, _field("status", "nodeInfo", key, default="<unknown>"), priority=1)


_COLUMNS: dict[str, tuple[Column, ...]] = {
    "nodes": (
        _NAME,
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        _AGE,
        Column("Version", _field("status", "nodeInfo", "kubeletVersion")),
        Column("Internal-IP", _node_address("InternalIP"), priority=1),
        Column("External-IP", _node_address("ExternalIP"), priority=1),
        _node_info("OS-Image", "osImage"),
        _node_info("Kernel-Version", "kernelVersion"),
        _node_info("Container-Runtime", "containerRuntimeVersion"),
    ),
    "pods": (
        _NAME,
        Column("Ready", _pod_ready),
        Column("Status", _pod_status),
        Column("Restarts", _pod_restarts),
        _AGE,
        Column("IP", _field("status", "podIP", default=_NONE), priority=1),
        Column("Node", _field("spec", "nodeName", default=_NONE), priority=1),
        Column("Nominated Node", _field("status", "nominatedNodeName", default=_NONE), priority=1),
        Column("Readiness Gates", lambda _value, _now: _NONE, priority=1),
    ),
    "daemonsets": (
        _NAME,
        _number("Desired", "status", "desiredNumberScheduled"),
        _number("Current", "status", "currentNumberScheduled"),
        _number("Ready", "status", "numberReady"),
        _number("Up-to-date", "status", "updatedNumberScheduled"),
        _number("Available", "status", "numberAvailable"),
        Column("Node Selector", _selector("spec", "template", "spec", "nodeSelector")),
        _AGE,
        *_WORKLOAD_WIDE,
    ),
    "deployments": (
        _NAME,
        Column("Ready", _deployment_ready),
        _number("Up-to-date", "status", "updatedReplicas"),
        _number("Available", "status", "availableReplicas"),
        _AGE,
        *_WORKLOAD_WIDE,
    ),
    "configmaps": (_NAME, Column("Data", _data_count, "integer"), _AGE),
    "secrets": (
        _NAME,
        Column("Type", _field("type")),
        Column("Data", _data_count, "integer"),
        _AGE,
    ),
    "events": (
        Column("Last Seen", _event_seen("lastTimestamp")),
        Column("Type", _field("type")),
        Column("Reason", _field("reason")),
        Column("Object", _event_object),
        Column("Subobject", _field("involvedObject", "fieldPath"), priority=1),
        Column("Source", _event_source, priority=1),
        Column("Message", _field("message")),
        Column("First Seen", _event_seen("firstTimestamp"), priority=1),
        Column("Count", _field("count", default=1), "integer", priority=1),
        Column("Name", _field("metadata", "name"), priority=1),
    ),
    "namespaces": (_NAME, Column("Status", _field("status", "phase")), _AGE),
    "serviceaccounts": (_NAME, Column("Secrets", _count("secrets"), "integer"), _AGE),
    "services": (
        _NAME,
        Column("Type", _field("spec", "type")),
        Column("Cluster-IP", _field("spec", "clusterIP", default=_NONE)),
        Column("External-IP", lambda _value, _now: _NONE),
        Column("Port(s)", _ports),
        _AGE,
        Column("Selector", _selector("spec", "selector"), priority=1),
    ),
    "leases": (_NAME, Column("Holder", _field("spec", "holderIdentity")), _AGE),
}
