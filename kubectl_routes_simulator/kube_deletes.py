"""Delete, with preconditions, grace and finalizers."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_bodies import WriteOptions, document
from kubectl_routes_simulator.kube_reads import json_reply
from kubectl_routes_simulator.kube_resources import RESOURCES, Resource, Target
from kubectl_routes_simulator.kube_status import (
    Refusal,
    about,
    bad_request,
    details_of,
    not_found,
)
from kubectl_routes_simulator.kube_store import Object, Store, rfc3339
from kubectl_routes_simulator.server import Reply, Request

# Takes over the removal of a pod that has a deletionTimestamp, or answers False.
PodDeletion = Callable[[Object], bool]
_GRACE_SECONDS = 30
_LASTING = ("default", "kube-public", "kube-system")
_MISMATCH = (
    'Operation cannot be fulfilled on {} "{}": the {} in the precondition ({}) does not match the '
    "{} in record ({}). The object might have been {}"
)


class _Preconditions(Struct, rename="camel"):
    uid: str | None = None
    resource_version: str | None = None


class DeleteOptions(Struct, rename="camel"):
    """What the body or the query of a DELETE may say."""

    grace_period_seconds: int | None = None
    preconditions: _Preconditions = msgspec.field(default_factory=_Preconditions)
    dry_run: list[str] | None = None

    @classmethod
    def of(cls, request: Request) -> DeleteOptions:
        """Read them. Raises Refusal: 400 for a body that does not decode, 415, 422."""
        try:
            options = msgspec.convert(document(request) if request.body else {}, cls)
        except msgspec.ValidationError as error:
            raise bad_request(f"unable to decode DeleteOptions: {error}") from error
        grace = request.first("gracePeriodSeconds")
        if grace.isdigit():
            options.grace_period_seconds = int(grace)
        if WriteOptions.of(request, "DeleteOptions").dry_run:
            options.dry_run = ["All"]
        return options


class Deletes:
    """Takes objects out of the store.

    ``on_pod_delete`` may take over the removal of a pod, as the kubelet does: called with the pod,
    its deletionTimestamp set, it answers True and removes the pod later. It is called while the
    store is held, so that it must not wait for another thread that needs it. None, as at first, has
    pods removed at once.
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
            raise about(resource, target.name, 403, "Forbidden", message)
        namespace = target.namespace if resource.namespaced else ""
        with self._store.held():
            try:
                found = self._store.find(resource, namespace, target.name).value
            except LookupError:
                raise not_found(resource, target.name) from None
            _check(resource, found, options.preconditions)
            left = self._removed(resource, found, options)
        return json_reply(left if left is not None else _gone(resource, found))

    def _removed(self, resource: Resource, value: Object, options: DeleteOptions) -> Object | None:
        """Remove the object, or begin to; returns what is answered, None for a mere success."""
        meta = value["metadata"]
        waits, grace = bool(meta.get("finalizers")), 0
        if resource.name == "pods" and self.on_pod_delete is not None:
            asked, spec = options.grace_period_seconds, value.get("spec", {})
            grace = spec.get("terminationGracePeriodSeconds", _GRACE_SECONDS)
            grace = grace if asked is None else asked
        if meta.get("deletionTimestamp") and (waits or grace > 0):
            return value
        when = rfc3339(self._clock() + grace)
        marks = {"deletionTimestamp": when, "deletionGracePeriodSeconds": grace}
        ending = {**value, "metadata": {**meta, **marks}}
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


def _check(resource: Resource, value: Object, wanted: _Preconditions) -> None:
    """Raise Refusal (409), which names the kind, not the resource, unless this object is meant."""
    meta = value["metadata"]
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    for what, asked, found, happened in (
        ("UID", wanted.uid, meta["uid"], "deleted and then recreated"),
        ("ResourceVersion", wanted.resource_version, meta["resourceVersion"], "modified"),
    ):
        if asked not in (None, found):
            message = _MISMATCH.format(kind, meta["name"], what, asked, what, found, happened)
            details = details_of(resource.group, resource.kind, meta["name"])
            raise Refusal(409, "Conflict", message, details)


def _gone(resource: Resource, value: Object) -> Object:
    details = details_of(resource.group, resource.name, value["metadata"]["name"])
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**details, "uid": value["metadata"]["uid"]},
    }
