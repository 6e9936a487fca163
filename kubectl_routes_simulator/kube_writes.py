"""Create, update, patch: from the body of a request to the next version of an object."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_bodies import document
from kubectl_routes_simulator.kube_bodies import object_of
from kubectl_routes_simulator.kube_defaults import defaulted
from kubectl_routes_simulator.kube_live import Live
from kubectl_routes_simulator.kube_live import as_stored
from kubectl_routes_simulator.kube_live import same
from kubectl_routes_simulator.kube_managers import Manager
from kubectl_routes_simulator.kube_managers import Managers
from kubectl_routes_simulator.kube_managers import after_update
from kubectl_routes_simulator.kube_managers import difference
from kubectl_routes_simulator.kube_managers import managers_of
from kubectl_routes_simulator.kube_managers import with_managers
from kubectl_routes_simulator.kube_options import WriteOptions
from kubectl_routes_simulator.kube_patches import Patch
from kubectl_routes_simulator.kube_problems import wrong
from kubectl_routes_simulator.kube_reads import JSON
from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_resources import Target
from kubectl_routes_simulator.kube_schema import schema_of
from kubectl_routes_simulator.kube_status import Refusal
from kubectl_routes_simulator.kube_status import already_exists
from kubectl_routes_simulator.kube_status import bad_request
from kubectl_routes_simulator.kube_status import conflict
from kubectl_routes_simulator.kube_status import invalid
from kubectl_routes_simulator.kube_status import not_found
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.kube_store import Store
from kubectl_routes_simulator.kube_store import rfc3339
from kubectl_routes_simulator.kube_strategies import created
from kubectl_routes_simulator.kube_strategies import updated
from kubectl_routes_simulator.kube_typed import typed
from kubectl_routes_simulator.kube_validation import check_creation
from kubectl_routes_simulator.kube_validation import check_update
from kubectl_routes_simulator.server import Reply
from kubectl_routes_simulator.server import Request

# Namespaces that every API server makes when it starts.
_OWN_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_CREATED_BY_UPDATE = ("events", "leases")
_BLIND_UPDATE = wrong("metadata.resourceVersion", 0, "must be specified for an update")


class Place(Struct, frozen=True):
    """Where a write goes; ``name`` is empty for a creation."""

    resource: Resource
    namespace: str
    name: str
    subresource: str
    options: WriteOptions

    @classmethod
    def of(cls, resource: Resource, target: Target, options: WriteOptions) -> Place:
        """The place that a path names."""
        namespace = target.namespace if resource.namespaced else ""
        return cls(resource, namespace, target.name, target.subresource, options)

    def manager(self, operation: str) -> Manager:
        """Who writes."""
        version = self.resource.api_version
        return Manager(operation, self.options.manager, version, self.subresource)


class Writes:
    """Carries out what clients want to be different. ``clock`` gives seconds since the epoch."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def create(self, request: Request, resource: Resource, target: Target) -> Reply:
        """POST of an object. Raises Refusal: 400, 404, 409, 415 or 422."""
        place = Place.of(resource, target, WriteOptions.of(request, "CreateOptions"))
        body, warnings = object_of(document(request), resource, place.options)
        value = self._named(body, place)
        with self._store.held():
            return _answer(self._created(value, place), warnings, 201)

    def update(self, request: Request, resource: Resource, target: Target) -> Reply:
        """PUT of an object. Raises Refusal: 400, 404, 409, 415 or 422."""
        place = Place.of(resource, target, WriteOptions.of(request, "UpdateOptions"))
        value, warnings = object_of(document(request), resource, place.options)
        _check_place(value, place)
        with self._store.held():
            live = self._live(place)
            if live is None:
                if resource.name not in _CREATED_BY_UPDATE:
                    raise not_found(resource, place.name)
                return _answer(self._created(self._named(value, place), place), warnings, 201)
            _check_uid(value, live, place)
            if resource.name == "leases" and not value["metadata"].get("resourceVersion"):
                raise invalid(resource.group, resource.kind, place.name, [_BLIND_UPDATE])
            return _answer(self._changed(live, value, place), warnings)

    def patch(
        self,
        request: Request,
        resource: Resource,
        target: Target,
        may_create: Callable[[], None],
    ) -> Reply:
        """PATCH of an object. ``may_create`` raises Refusal (403) for who may not; it is asked
        when an apply finds nothing. Raises Refusal: 400, 403, 404, 409, 415 or 422.
        """
        place = Place.of(resource, target, WriteOptions.of(request, "PatchOptions"))
        patch = Patch.of(request, resource, place.options)
        with self._store.held():
            live = self._live(place)
            manager = place.manager("Apply" if patch.applies else "Update")
            if live is None:
                if not patch.applies:
                    raise not_found(resource, place.name)
                may_create()
                made = patch.created(manager, self._now())
                _check_place(made.value, place)
                value = self._named(made.value, place)
                return _answer(self._created(value, place, made.managers), made.warnings, 201)
            made = patch.applied(live.value, manager, self._now())
            _check_place(made.value, place)
            return _answer(self._changed(live, made.value, place, made.managers), made.warnings)

    def _live(self, place: Place) -> Live | None:
        try:
            stored = self._store.find(place.resource, place.namespace, place.name)
        except LookupError:
            return None
        decoded = msgspec.json.decode(stored.encoded_whole)
        value, _ = typed(decoded, schema_of(place.resource.kind))
        return Live(stored, defaulted(value))

    def _now(self) -> str:
        return rfc3339(self._clock())

    def _named(self, value: Object, place: Place) -> Object:
        """The object with the namespace of the request, and with a name of its own if it asks for
        one.
        """
        meta = dict(value["metadata"])
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
        return {**value, "metadata": meta}

    def _check_namespace(self, name: str) -> None:
        try:
            self._store.get("Namespace", "", name)
        except LookupError:
            if name not in _OWN_NAMESPACES:
                message = f'namespaces "{name}" not found'
                details = {"name": name, "kind": "namespaces"}
                raise Refusal(404, "NotFound", message, details) from None

    def _created(self, value: Object, place: Place, managers: Managers | None = None) -> Object:
        """A new object; ``managers`` are those that an apply has worked out."""
        resource = place.resource
        if value["metadata"].get("resourceVersion"):
            message = "resourceVersion should not be set on objects to be created"
            raise Refusal(500, "", message)
        new = defaulted(created(resource, value))
        check_creation(resource, new)
        name = new["metadata"]["name"]
        if self._live(msgspec.structs.replace(place, name=name)) is not None:
            raise already_exists(resource, name)
        if managers is None:
            differs = difference(None, new, schema_of(resource.kind))
            managers = after_update({}, differs, place.manager("Update"), self._now())
        return self._written(with_managers(new, managers), place)

    def _changed(
        self, live: Live, value: Object, place: Place, managers: Managers | None = None
    ) -> Object:
        """The next version of an object; the present one when nothing is different."""
        resource = place.resource
        version = live.value["metadata"]["resourceVersion"]
        if value["metadata"].get("resourceVersion", version) != version:
            raise conflict(resource, place.name)
        new = defaulted(updated(resource, live.value, value, place.subresource))
        check_update(resource, live.value, new)
        if managers is None:
            differs = difference(live.value, new, schema_of(resource.kind))
            before = managers_of(value if value["metadata"].get("managedFields") else live.value)
            managers = after_update(before, differs, place.manager("Update"), self._now())
        new = with_managers(new, managers)
        if same(live.value, new):
            return live.stored.value
        new = as_stored(live.stored.value, live.value, new)
        return self._written(new, place)

    def _written(self, value: Object, place: Place) -> Object:
        meta = value["metadata"]
        # A pod with time left to end is removed by who ends it.
        if meta.get("deletionGracePeriodSeconds") == 0 and not meta.get("finalizers"):
            return self._finalized(value, place)
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

    def _finalized(self, value: Object, place: Place) -> Object:
        """The last finalizer of an object that waits for its end is gone."""
        if not place.options.dry_run:
            self._store.delete(place.resource.kind, place.namespace, place.name)
        return value


def _check_place(value: Object, place: Place) -> None:
    meta = value["metadata"]
    given = meta.get("name", "")
    if place.name and given != place.name:
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


def _check_uid(value: Object, live: Live, place: Place) -> None:
    given, uid = value["metadata"].get("uid"), live.value["metadata"]["uid"]
    if given and given != uid:
        key = f"/registry/{place.resource.name}/{live.stored.key}"
        raise conflict(
            place.resource,
            place.name,
            f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, "
            f"AdditionalErrorMsg: Precondition failed: UID in precondition: {given}, "
            f"UID in object meta: {uid}",
        )


def _answer(value: Object, warnings: Sequence[str], status: int = 200) -> Reply:
    said = ", ".join(f"299 - {_quoted(one)}" for one in warnings)
    head = {"kind": value["kind"], "apiVersion": value["apiVersion"]}
    body = msgspec.json.encode({**head, **value}) + b"\n"
    return Reply(status, body, JSON | ({"Warning": said} if said else {}))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
