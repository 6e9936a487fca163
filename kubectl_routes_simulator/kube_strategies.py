"""Which parts of an object a write may change, resource by resource."""

from __future__ import annotations

from typing import Any

from kubectl_routes_simulator.kube_resources import Resource

Object = dict[str, Any]

_SET_BY_SERVER = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "resourceVersion",
    "selfLink",
    "uid",
)
# What the status of a new object is; a node brings its own.
_FIRST_STATUS: dict[str, Object] = {
    "daemonsets": {
        "currentNumberScheduled": 0,
        "desiredNumberScheduled": 0,
        "numberMisscheduled": 0,
        "numberReady": 0,
    },
    "deployments": {},
}


def created(resource: Resource, value: Object) -> Object:
    """An object as it begins: nothing that only the server may say is taken from the client."""
    given = value["metadata"]
    meta = {
        key: part for key, part in given.items() if key not in (*_SET_BY_SERVER, "managedFields")
    }
    new = {**value, "metadata": meta}
    if resource.name in _FIRST_STATUS:
        new["status"] = _FIRST_STATUS[resource.name]
    if resource.name == "namespaces":
        label = {"kubernetes.io/metadata.name": meta.get("name", "")}
        meta["labels"] = {**meta.get("labels", {}), **label}
        new |= {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    return new


def updated(resource: Resource, live: Object, value: Object, subresource: str) -> Object:
    """The object after an update: the status only through its subresource, and nothing else
    through that one.
    """
    kept = {key: live["metadata"][key] for key in _SET_BY_SERVER if key in live["metadata"]}
    given = {key: part for key, part in value["metadata"].items() if key not in _SET_BY_SERVER}
    if value["metadata"].get("uid"):
        kept["uid"] = value["metadata"]["uid"]
    new = {**value, "metadata": {**given, **kept}}
    if resource.namespaced:
        new["metadata"]["namespace"] = live["metadata"]["namespace"]
    if subresource == "status":
        new = {**live, "metadata": new["metadata"]}
        return _with_part(new, "status", value)
    return _with_part(new, "status", live) if resource.verbs_of("status") else new


def _with_part(value: Object, name: str, source: Object) -> Object:
    bare = {key: part for key, part in value.items() if key != name}
    return {**bare, name: source[name]} if name in source else bare
