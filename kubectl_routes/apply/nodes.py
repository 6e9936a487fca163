"""Single writes to nodes: the mark that a node has no routes is removed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from kubectl_routes.apply.session import Session
from kubectl_routes.apply.writer import JSON_PATCH, send
from kubectl_routes.collect.kube import OutgoingRequest
from kubectl_routes.model.errors import ChangedMeanwhile, ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.repair import NodeChange

_CONDITION = "NetworkUnavailable"
_TAINT = "node.kubernetes.io/network-unavailable"
_STRATEGIC = "application/strategic-merge-patch+json"


def clear_mark(session: Session, change: NodeChange, *, dry: bool = False) -> None:
    """Remove the condition or the taint, unless that has been done already; ``dry`` lets the
    server only say whether it would. Raises ClusterError.
    """
    client, path = session.client(), f"/api/v1/nodes/{change.name}"
    node = client.document(message("read node {name}", name=change.name), path).value
    what, kind = message("change node {name}", name=change.name), JSON_PATCH
    patch: object = _without_taint(node)
    if not change.taint:
        patch, kind, path = _routed(node, session.clock.now()), _STRATEGIC, f"{path}/status"
    if not patch:
        return
    sending = OutgoingRequest("PATCH", msgspec.json.encode(patch), kind, repeatable=True)
    try:
        send(client, what, sending, path, dry=dry)
    except ClusterError as error:
        if error.status not in (409, 422):
            raise
        raise ChangedMeanwhile(
            message("node {name} has just been changed", name=change.name), status=409
        ) from None


def _without_taint(node: Any) -> list[dict[str, Any]]:
    """A patch that tests the taint before it removes it; empty where it is gone."""
    taints = (node.get("spec") or {}).get("taints") or []
    places = [f"/spec/taints/{at}" for at, taint in enumerate(taints) if taint.get("key") == _TAINT]
    return [
        step
        for place in reversed(places)
        for step in (
            {"op": "test", "path": f"{place}/key", "value": _TAINT},
            {"op": "remove", "path": place},
        )
    ]


def _routed(node: Any, now: datetime) -> dict[str, Any]:
    """A patch of the condition, as the route controller would write it; empty where it is so."""
    conditions = (node.get("status") or {}).get("conditions") or []
    if not any(one.get("type") == _CONDITION and one.get("status") == "True" for one in conditions):
        return {}
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {
        "type": _CONDITION,
        "status": "False",
        "reason": "RouteCreated",
        "message": "kubectl routes repair has found every route of the node",
        "lastHeartbeatTime": moment,
        "lastTransitionTime": moment,
    }
    return {"status": {"conditions": [condition]}}
