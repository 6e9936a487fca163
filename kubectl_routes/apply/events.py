"""Events on CCM's workload: what was done, by whom, from what to what."""

from __future__ import annotations

from typing import Any

import msgspec

from kubectl_routes.apply.writer import FIELD_MANAGER, send
from kubectl_routes.collect.kube import KubeClient, OutgoingRequest
from kubectl_routes.model.undo import HistoryEntry

REASONS = {
    "enabled": "RoutesEnabled",
    "disabled": "RoutesDisabled",
    "repaired": "RoutesRepaired",
    "restored": "RouteEntriesRestored",
    "rolled back": "RoutesRolledBack",
}
# The API server takes no longer message.
_LONGEST = 1024


def record(client: KubeClient, workload: dict[str, Any], entry: HistoryEntry) -> None:
    """Write the Event. Raises ClusterError."""
    metadata = workload["metadata"]
    namespace, name = metadata["namespace"], metadata["name"]
    moment = entry.time[:19] + "Z"
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{name}.", "namespace": namespace},
        "involvedObject": {
            "apiVersion": workload.get("apiVersion", "apps/v1"),
            "kind": workload["kind"],
            "namespace": namespace,
            "name": name,
            "uid": metadata.get("uid", ""),
        },
        "type": "Warning" if entry.action == "rolled back" else "Normal",
        "reason": REASONS[entry.action],
        "message": message(entry)[:_LONGEST],
        "source": {"component": FIELD_MANAGER},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }
    sending = OutgoingRequest("POST", msgspec.json.encode(event))
    send(client, "write an Event", sending, f"/api/v1/namespaces/{namespace}/events")


def message(entry: HistoryEntry) -> str:
    """One sentence for people."""
    text = f"multi-table routes {entry.action} by {entry.by}"
    if entry.action in ("enabled", "disabled") or entry.was != entry.now:
        text += f": routeTableIDs {_list(entry.was)} -> {_list(entry.now)}"
    return text + (f"; image {entry.image}" if entry.image else "")


def _list(tables: str | None) -> str:
    return "unset" if tables is None else f'"{tables}"'
