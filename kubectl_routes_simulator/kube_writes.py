"""Create, update, patch: from the body of a request to the next version of an object."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_admission import check_creation, check_update, defaulted
from kubectl_routes_simulator.kube_bodies import (
    WriteOptions,
    document,
    object_of,
    patch_of,
    patched,
)
from kubectl_routes_simulator.kube_reads import json_reply
from kubectl_routes_simulator.kube_resources import Resource, Target
from kubectl_routes_simulator.kube_status import Refusal, about, bad_request, conflict, not_found
from kubectl_routes_simulator.kube_store import Object, Store, Stored, rfc3339
from kubectl_routes_simulator.server import Reply, Request

_SET_BY_SERVER = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "resourceVersion",
    "selfLink",
    "uid",
)
_COUNTS = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
# What the status of a new object is; a node brings its own.
_FIRST_STATUS: dict[str, Object] = {
    "daemonsets": dict.fromkeys(_COUNTS, 0),
    "deployments": {},
    "namespaces": {"phase": "Active"},
}
# Namespaces that every API server makes when it starts.
_OWN_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Place(Struct, frozen=True):
    """Where a write goes; ``name`` is empty for a creation."""

    resource: Resource
    namespace: str
    name: str
    subresource: str
    options: WriteOptions

    @classmethod
    def of(cls, request: Request, resource: Resource, target: Target, kind: str) -> Place:
        """The place that a path names, with the options of that kind. Raises Refusal (422)."""
        namespace = target.namespace if resource.namespaced else ""
        options = WriteOptions.of(request, kind)
        return cls(resource, namespace, target.name, target.subresource, options)


class Writes:
    """Carries out what clients want to be different. ``clock`` gives seconds since the epoch."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def create(self, request: Request, resource: Resource, target: Target) -> Reply:
        """POST of an object. Raises Refusal: 400, 404, 409, 415 or 422."""
        place = Place.of(request, resource, target, "CreateOptions")
        with _readable(resource), self._store.held():
            return _answer(self._created(object_of(document(request), resource), place), 201)

    def update(self, request: Request, resource: Resource, target: Target) -> Reply:
        """PUT of an object. Raises Refusal: 400, 404, 409, 415 or 422."""
        place = Place.of(request, resource, target, "UpdateOptions")
        with _readable(resource), self._store.held():
            value = object_of(document(request), resource)
            _check_place(value, place)
            stored = self._stored(place)
            _check_uid(value, stored, place)
            return _answer(self._changed(stored, _with_defaults(stored), value, place))

    def patch(self, request: Request, resource: Resource, target: Target) -> Reply:
        """PATCH of an object. Raises Refusal: 400, 404, 409, 413, 415 or 422."""
        place = Place.of(request, resource, target, "PatchOptions")
        patch_of(request)
        with _readable(resource), self._store.held():
            stored = self._stored(place)
            live = _with_defaults(stored)
            value = object_of(patched(live, request), resource)
            _check_place(value, place)
            return _answer(self._changed(stored, live, value, place))

    def _stored(self, place: Place) -> Stored:
        try:
            return self._store.find(place.resource, place.namespace, place.name)
        except LookupError:
            raise not_found(place.resource, place.name) from None

    def _created(self, value: Object, place: Place) -> Object:
        resource = place.resource
        if value["metadata"].get("resourceVersion"):
            message = "resourceVersion should not be set on objects to be created"
            raise Refusal(500, "", message)
        new = defaulted(_as_it_begins(resource, value))
        meta = new["metadata"]
        if place.namespace:
            if meta.get("namespace") not in (None, place.namespace):
                raise bad_request(
                    "the namespace of the provided object does not match the namespace sent on "
                    "the request"
                )
            self._check_namespace(place.namespace)
            meta["namespace"] = place.namespace
        if not meta.get("name") and meta.get("generateName"):
            suffix = "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(5))
            meta["name"] = meta["generateName"] + suffix
        check_creation(resource, new)
        name = meta["name"]
        with suppress(LookupError):
            self._store.find(resource, place.namespace, name)
            message = f'{resource.qualified} "{name}" already exists'
            raise about(resource, name, 409, "AlreadyExists", message)
        return self._written(self._managed(new, {}, place), place)

    def _check_namespace(self, name: str) -> None:
        try:
            self._store.get("Namespace", "", name)
        except LookupError:
            if name not in _OWN_NAMESPACES:
                message = f'namespaces "{name}" not found'
                details = {"name": name, "kind": "namespaces"}
                raise Refusal(404, "NotFound", message, details) from None

    def _changed(self, stored: Stored, live: Object, value: Object, place: Place) -> Object:
        """The next version of an object; the present one when nothing is different."""
        version = live["metadata"]["resourceVersion"]
        if value["metadata"].get("resourceVersion", version) != version:
            raise conflict(place.resource, place.name)
        new = defaulted(_updated(place, live, value))
        check_update(place.resource, live, new)
        if _unmanaged(live) == _unmanaged(new):
            return stored.value
        new = _as_stored(stored.value, live, new)
        return self._written(self._managed(new, live["metadata"], place), place)

    def _managed(self, value: Object, before: Object, place: Place) -> Object:
        """With who has written, and when; which fields each manager owns is not worked out."""
        mine = {
            "manager": place.options.manager,
            "operation": "Update",
            "apiVersion": place.resource.api_version,
            **({"subresource": place.subresource} if place.subresource else {}),
        }
        others = [
            other
            for other in before.get("managedFields", ())
            if any(other.get(key, "") != mine.get(key, "") for key in (*mine, "subresource"))
        ]
        now = rfc3339(self._clock())
        entry = {**mine, "time": now, "fieldsType": "FieldsV1", "fieldsV1": {}}
        return {**value, "metadata": {**value["metadata"], "managedFields": [*others, entry]}}

    def _written(self, value: Object, place: Place) -> Object:
        meta = value["metadata"]
        # A pod with time left to end is removed by who ends it.
        if meta.get("deletionGracePeriodSeconds") == 0 and not meta.get("finalizers"):
            if not place.options.dry_run:
                self._store.delete(place.resource.kind, place.namespace, place.name)
            return value
        if not place.options.dry_run:
            return self._store.put(value)
        preview = self._store.preview(value)
        shown = {**preview["metadata"]}
        del shown["resourceVersion"]
        if "resourceVersion" in meta:
            shown["resourceVersion"] = meta["resourceVersion"]
        else:
            shown["uid"] = str(uuid.uuid4())
        return {**preview, "metadata": shown}


def _with_defaults(stored: Stored) -> Object:
    """A copy, which may be changed."""
    return defaulted(msgspec.json.decode(stored.encoded_whole))


def _as_it_begins(resource: Resource, value: Object) -> Object:
    """Nothing that only the server may say is taken from the client."""
    kept = (key for key in value["metadata"] if key not in (*_SET_BY_SERVER, "managedFields"))
    meta = {key: value["metadata"][key] for key in kept}
    new = {**value, "metadata": meta}
    if resource.name in _FIRST_STATUS:
        new["status"] = _FIRST_STATUS[resource.name]
    if resource.name == "namespaces":
        label = {"kubernetes.io/metadata.name": meta.get("name", "")}
        meta["labels"] = {**meta.get("labels", {}), **label}
        new["spec"] = {"finalizers": ["kubernetes"]}
    return new


def _updated(place: Place, live: Object, value: Object) -> Object:
    """The object after an update: the status through its subresource, and nothing else."""
    kept = {key: live["metadata"][key] for key in _SET_BY_SERVER if key in live["metadata"]}
    given = {key: part for key, part in value["metadata"].items() if key not in _SET_BY_SERVER}
    if value["metadata"].get("uid"):
        kept["uid"] = value["metadata"]["uid"]
    meta = {**given, **kept}
    if place.namespace:
        meta["namespace"] = place.namespace
    spec, status = value, value
    if place.subresource == "status":
        spec = live
    elif place.resource.verbs_of("status"):
        status = live
    new = {key: part for key, part in spec.items() if key != "status"} | {"metadata": meta}
    return {**new, "status": status["status"]} if "status" in status else new


def _check_place(value: Object, place: Place) -> None:
    meta = value["metadata"]
    given = meta.get("name", "")
    if given != place.name:
        raise bad_request(
            f"the name of the object ({given}) does not match the name on the URL ({place.name})"
            if given
            else f"the name of the object ({place.name} based on URL) was undeterminable: "
            "name must be provided"
        )
    if place.namespace and meta.get("namespace", place.namespace) != place.namespace:
        raise bad_request(
            f"the namespace of the object ({meta['namespace']}) does not match the namespace on "
            f"the request ({place.namespace})"
        )


def _check_uid(value: Object, stored: Stored, place: Place) -> None:
    given, uid = value["metadata"].get("uid"), stored.value["metadata"]["uid"]
    if given and given != uid:
        raise conflict(
            place.resource,
            place.name,
            f"StorageError: invalid object, Code: 4, Key: /registry/{place.resource.name}/"
            f"{stored.key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
            f"precondition: {given}, UID in object meta: {uid}",
        )


def _answer(value: Object, status: int = 200) -> Reply:
    head = {"kind": value["kind"], "apiVersion": value["apiVersion"]}
    return json_reply({**head, **value}, status)


@contextmanager
def _readable(resource: Resource) -> Iterator[None]:
    """Raise Refusal (400) when an object has other types than its kind."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise bad_request(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a '
            f"{resource.kind}: {error}"
        ) from error


def _unmanaged(value: Object) -> Object:
    meta = {key: part for key, part in value["metadata"].items() if key != "managedFields"}
    return {**value, "metadata": meta}


def _as_stored(stored: Any, live: Any, new: Any) -> Any:
    """The new value, with what means the same as before exactly as it is stored."""
    if new == live:
        return stored
    if not isinstance(stored, dict) or not isinstance(live, dict) or not isinstance(new, dict):
        return new
    return {
        key: _as_stored(stored[key], live.get(key), part) if key in stored else part
        for key, part in new.items()
    }
