"""Delete, with preconditions, grace and finalizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_objects import WriteOptions, document
from kubectl_routes_simulator.kube_reads import JSON
from kubectl_routes_simulator.kube_resources import RESOURCES, Resource, Target
from kubectl_routes_simulator.kube_status import (
    Refusal,
    bad_request,
    details_of,
    failed_precondition,
    not_found,
)
from kubectl_routes_simulator.kube_store import Object, Store, rfc3339
from kubectl_routes_simulator.server import Reply, Request

# Takes over the removal of a pod that has a deletionTimestamp, or answers False.
PodDeletion = Callable[[Object], bool]
_GRACE_SECONDS = 30
_LASTING = ("default", "kube-public", "kube-system")


class _Preconditions(Struct, rename={"resource_version": "resourceVersion"}):
    uid: str | None = None
    resource_version: str | None = None


class DeleteOptions(Struct, rename="camel"):
    """What the body or the query of a DELETE may say."""

    grace_period_seconds: int | None = None
    preconditions: _Preconditions | None = None
    dry_run: list[str] | None = None

    @classmethod
    def of(cls, request: Request) -> DeleteOptions:
        """Read them. Raises Refusal: 400 for a body that does not decode, 415, 422."""
        body = document(request) if request.body else {}
        try:
            options = msgspec.convert(body or {}, cls)
        except msgspec.ValidationError as error:
            raise bad_request(f"unable to decode DeleteOptions: {error}") from error
        grace = request.first("gracePeriodSeconds")
        if grace.isdigit():
            options.grace_period_seconds = int(grace)
        if WriteOptions.of(request, "DeleteOptions").dry_run:
            options.dry_run = ["All"]
        return options


class Deletes:
    """Takes objects out of the store. ``on_pod_delete`` may take over the removal of a pod, as
    the kubelet does; it is called with the pod as stored, its deletionTimestamp set.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self.on_pod_delete: PodDeletion | None = None

    def delete(self, request: Request, resource: Resource, target: Target) -> Reply:
        """DELETE of one object. Raises Refusal: 400, 403, 404, 409 or 415."""
        options = DeleteOptions.of(request)
        if resource.name == "namespaces" and target.name in _LASTING:
            message = f'namespaces "{target.name}" is forbidden: this namespace may not be deleted'
            raise Refusal(403, "Forbidden", message, details_of("", "namespaces", target.name))
        namespace = target.namespace if resource.namespaced else ""
        with self._store.held():
            try:
                found = self._store.find(resource, namespace, target.name).value
            except LookupError:
                raise not_found(resource, target.name) from None
            _check(resource, found, options)
            left = self._removed(resource, found, options)
        return _json(left if left is not None else _gone(resource, found))

    def _removed(self, resource: Resource, value: Object, options: DeleteOptions) -> Object | None:
        """Remove the object, or begin to; returns what is answered, None for a mere success."""
        meta = value["metadata"]
        waits, grace = bool(meta.get("finalizers")), 0
        graceful = resource.name == "pods" and self.on_pod_delete is not None
        if graceful:
            asked = options.grace_period_seconds
            grace = _grace(value) if asked is None else asked
        if meta.get("deletionTimestamp") and (waits or grace > 0):
            return value
        ending = self._ending(value, grace)
        if options.dry_run:
            return ending if waits or resource.name == "pods" else None
        if waits:
            return self._store.put(ending)
        if grace > 0 and self.on_pod_delete is not None:
            ending = self._store.put(ending)
            if self.on_pod_delete(ending):
                return ending
        if resource.name == "namespaces":
            self._empty(meta["name"])
        self._store.delete(resource.kind, meta.get("namespace", ""), meta["name"])
        return ending if resource.name == "pods" else None

    def _empty(self, namespace: str) -> None:
        """Take out all that lies in a namespace, at once."""
        for resource in RESOURCES:
            for value in self._store.list(resource.kind, namespace) if resource.namespaced else ():
                self._store.delete(resource.kind, namespace, value["metadata"]["name"])

    def _ending(self, value: Object, grace: int) -> Object:
        when = rfc3339(self._clock() + grace)
        meta = {
            **value["metadata"],
            "deletionTimestamp": when,
            "deletionGracePeriodSeconds": grace,
        }
        return {**value, "metadata": meta}


def _grace(pod: Object) -> int:
    return int(pod.get("spec", {}).get("terminationGracePeriodSeconds", _GRACE_SECONDS))


def _check(resource: Resource, value: Object, options: DeleteOptions) -> None:
    wanted, meta = options.preconditions or _Preconditions(), value["metadata"]
    name, uid, version = meta["name"], meta["uid"], meta["resourceVersion"]
    if wanted.uid is not None and wanted.uid != uid:
        raise failed_precondition(
            resource,
            name,
            f"the UID in the precondition ({wanted.uid}) does not match the UID in record ({uid}). "
            "The object might have been deleted and then recreated",
        )
    if wanted.resource_version is not None and wanted.resource_version != version:
        raise failed_precondition(
            resource,
            name,
            f"the ResourceVersion in the precondition ({wanted.resource_version}) does not match "
            f"the ResourceVersion in record ({version}). The object might have been modified",
        )


def _gone(resource: Resource, value: Object) -> Object:
    details = details_of(resource.group, resource.name, value["metadata"]["name"])
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**details, "uid": value["metadata"]["uid"]},
    }


def _json(value: Any) -> Reply:
    return Reply(200, msgspec.json.encode(value) + b"\n", JSON)
