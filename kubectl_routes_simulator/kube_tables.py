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
    """One column: the ``path`` of a field, the text for an ``absent`` one, and the ``form`` in
    which it is shown; or ``<function>``. Columns of ``priority`` 1 are for ``-o wide``.
    """

    name: str
    path: str
    absent: str
    form: str
    priority: int

    @property
    def definition(self) -> Object:
        """What the server says of the column."""
        return {
            "name": self.name,
            "type": "integer" if self.form in ("integer", "count") else "string",
            "format": "name" if self.name == "Name" and self.priority == 0 else "",
            "description": "",
            "priority": self.priority,
        }

    def cell(self, value: Object, now: float) -> Any:
        """The cell of an object; ``now`` is in seconds since the epoch."""
        if self.path.startswith("<"):
            return _CELLS[self.path.strip("<>")](value, now)
        found = _at(value, self.path)
        if self.form == "age":
            return since(found, now)
        if self.form == "count":
            return len(found or ())
        if self.form == "pairs":
            return ",".join(f"{key}={text}" for key, text in sorted((found or {}).items())) or _NONE
        absent: Any = int(self.absent or 0) if self.form == "integer" else self.absent
        return absent if found is None or found == "" else found


def table(
    resource: Resource, values: Iterable[Object], now: float, include: str, headers: bool = True
) -> Object:
    """A Table without its list metadata. ``include`` is the ``includeObject`` parameter: ``None``,
    ``Metadata`` or ``Object``; ``headers`` is False for all but the first event of a watch.
    """
    columns = _columns().get(resource.name) or _columns()[""]
    rows = [
        {
            "cells": [column.cell(value, now) for column in columns],
            "object": _included(value, include),
        }
        for value in values
    ]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": [column.definition for column in columns] if headers else [],
        "rows": rows,
    }


def _included(value: Object, include: str) -> Object | None:
    head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    partial = {**head, "metadata": value["metadata"]}
    return {"None": None, "Object": value}.get(include, partial)


def since(timestamp: str | None, now: float) -> str:
    """How long ago an RFC 3339 time was, as kubectl writes longer ages (``5m``, ``12d``)."""
    if not timestamp:
        return "<unknown>"
    then = datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()
    seconds = int(now - then)
    for size, most, unit in ((86400, 48 * 3600, "d"), (3600, 3 * 3600, "h"), (60, 120, "m")):
        if seconds >= most:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"


def _at(value: Any, path: str) -> Any:
    """What a path leads to, None for nothing."""
    step, _, rest = path.partition(".")
    name, in_list, type_ = step.rstrip("]").partition("[")
    found = value.get(name) if isinstance(value, dict) else None
    if in_list and not type_:
        return ",".join(str(_at(item, rest) or "") for item in found or ())
    if in_list:
        found = next((item for item in found or () if item["type"] == type_), None)
    return _at(found, rest) if rest else found


def _node_status(value: Object, _: float) -> str:
    ready = _at(value, "status.conditions[Ready].status") or ""
    word = {"True": "Ready", "": "Unknown"}.get(ready, "NotReady")
    return word + (",SchedulingDisabled" if _at(value, "spec.unschedulable") else "")


def _node_roles(value: Object, _: float) -> str:
    labels = value["metadata"].get("labels") or {}
    roles = {key[len(_ROLE_LABEL) :] for key in labels if key.startswith(_ROLE_LABEL)}
    return ",".join(sorted(roles - {""})) or _NONE


def _pod_ready(value: Object, _: float) -> str:
    statuses = _at(value, "status.containerStatuses") or ()
    ready = sum(1 for status in statuses if status.get("ready"))
    return f"{ready}/{len(_at(value, 'spec.containers') or ())}"


def _pod_status(value: Object, _: float) -> str:
    if value["metadata"].get("deletionTimestamp"):
        return "Terminating"
    reason = str(_at(value, "status.phase") or "")
    for status in _at(value, "status.containerStatuses") or ():
        waiting, ended = _at(status, "state.waiting"), _at(status, "state.terminated")
        if waiting and waiting.get("reason"):
            reason = str(waiting["reason"])
        elif ended:
            reason = str(ended.get("reason") or f"ExitCode:{ended.get('exitCode', 0)}")
    return reason


def _pod_restarts(value: Object, now: float) -> str:
    statuses = _at(value, "status.containerStatuses") or ()
    total = sum(int(status.get("restartCount", 0)) for status in statuses)
    ends = [_at(status, "lastState.terminated.finishedAt") for status in statuses]
    last = max((str(end) for end in ends if end), default="")
    return f"{total} ({since(last, now)} ago)" if total and last else str(total)


def _deployment_ready(value: Object, _: float) -> str:
    return f"{_at(value, 'status.readyReplicas') or 0}/{_at(value, 'spec.replicas') or 0}"


def _event_object(value: Object, _: float) -> str:
    return f"{_at(value, 'involvedObject.kind')}".lower() + f"/{_at(value, 'involvedObject.name')}"


_CELLS: dict[str, Callable[[Object, float], Any]] = {
    "deployment_ready": _deployment_ready,
    "event_object": _event_object,
    "node_roles": _node_roles,
    "node_status": _node_status,
    "pod_ready": _pod_ready,
    "pod_restarts": _pod_restarts,
    "pod_status": _pod_status,
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
    path, _, form = source.partition("#")
    path, _, absent = path.partition("|")
    return Column(name.removeprefix("+"), path, absent, form, int(name.startswith("+")))
