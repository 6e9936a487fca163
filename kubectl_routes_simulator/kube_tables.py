"""Tables: the columns that the server prints for ``kubectl get``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
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
    columns = _columns().get(resource.name) or _columns()[""]
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


def _path(path: str, default: Any) -> Callable[[Object, float], Any]:
    steps = path.split(".")

    def cell(value: Object, _: float) -> Any:
        found = _at(value, *steps)
        return default if found is None or found == "" else found

    return cell


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


def _address(value: Object, kind: str) -> str:
    addresses = _at(value, "status", "addresses") or ()
    return next((str(one["address"]) for one in addresses if one["type"] == kind), _NONE)


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


def _containers(value: Object, key: str) -> str:
    containers = _at(value, "spec", "template", "spec", "containers") or ()
    return ",".join(str(one.get(key, "")) for one in containers)


def _pairs(value: Object, *path: str) -> str:
    pairs = _at(value, *path) or {}
    return ",".join(f"{key}={pairs[key]}" for key in sorted(pairs)) or _NONE


def _deployment_ready(value: Object, _: float) -> str:
    status = value.get("status") or {}
    return f"{status.get('readyReplicas', 0)}/{_at(value, 'spec', 'replicas') or 0}"


def _seen(value: Object, key: str, now: float) -> str:
    return since(value.get(key) or value.get("eventTime"), now)


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


_CELLS: dict[str, Callable[[Object, float], Any]] = {
    "age": _age,
    "container_names": lambda value, _: _containers(value, "name"),
    "data_count": _data_count,
    "deployment_ready": _deployment_ready,
    "event_object": _event_object,
    "event_source": _event_source,
    "external_ip": lambda value, _: _address(value, "ExternalIP"),
    "first_seen": lambda value, now: _seen(value, "firstTimestamp", now),
    "images": lambda value, _: _containers(value, "image"),
    "internal_ip": lambda value, _: _address(value, "InternalIP"),
    "last_seen": lambda value, now: _seen(value, "lastTimestamp", now),
    "node_roles": _node_roles,
    "node_selector": lambda value, _: _pairs(value, "spec", "template", "spec", "nodeSelector"),
    "node_status": _node_status,
    "pod_ready": _pod_ready,
    "pod_restarts": _pod_restarts,
    "pod_status": _pod_status,
    "ports": _ports,
    "secret_count": lambda value, _: len(value.get("secrets") or ()),
    "selector": lambda value, _: _pairs(value, "spec", "selector", "matchLabels"),
    "service_selector": lambda value, _: _pairs(value, "spec", "selector"),
}


@cache
def _columns() -> dict[str, tuple[Column, ...]]:
    """Read when they are wanted: a client of this tool asks for no table."""
    text = Path(__file__).with_name("data").joinpath("columns.yaml").read_bytes()
    listed: dict[str, dict[str, str]] = msgspec.yaml.decode(text)
    return {
        resource: tuple(_column(name, source) for name, source in columns.items())
        for resource, columns in listed.items()
    }


def _column(name: str, source: str) -> Column:
    path, _, type_ = source.partition("#")
    path, bar, default = path.partition("|")
    function = _CELLS[path.strip("<>")] if path.startswith("<") else None
    absent: Any = default if bar else ""
    if type_ == "integer":
        absent = int(default or 0)
    return Column(
        name=name.removeprefix("+"),
        cell=function or _path(path, absent),
        type=type_ or "string",
        priority=int(name.startswith("+")),
    )
