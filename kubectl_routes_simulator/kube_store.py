"""The objects of the simulated cluster, their versions and the history that watches follow."""

from __future__ import annotations

import bisect
import itertools
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timezone
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_resources import RESOURCES, Resource, resource_of_kind

Object = dict[str, Any]

# As many changes of one resource as a watch may lie behind; the watch cache of a real server
# holds a bounded number too.
_HISTORY = 20_000
# Every kind is served in one API version, so a kind alone names a resource.
_KINDS = {item.kind: item for item in RESOURCES}
_WITH_GENERATION = ("daemonsets", "deployments")


class Stored:
    """One version of one object. It never changes: a write stores another one.

    ``key`` is ``namespace/name``, or ``name`` in the cluster scope, and orders lists.
    """

    __slots__ = ("_encoded", "key", "value", "version")

    def __init__(self, key: str, version: int, value: Object) -> None:
        self.key = key
        self.version = version
        self.value = value
        self._encoded: bytes | None = None

    @property
    def encoded(self) -> bytes:
        """The object as JSON without kind and apiVersion, as items of a list are; made once."""
        if self._encoded is None:
            bare = {key: self.value[key] for key in self.value if key not in _TYPE_META}
            self._encoded = msgspec.json.encode(bare)
        return self._encoded

    @property
    def encoded_whole(self) -> bytes:
        """The object as JSON with kind and apiVersion."""
        head = {"kind": self.value["kind"], "apiVersion": self.value["apiVersion"]}
        return msgspec.json.encode(head)[:-1] + b"," + self.encoded[1:]


_TYPE_META = ("kind", "apiVersion")


class Change(Struct, frozen=True):
    """One write at ``version``. ``old`` is None for a creation, ``new`` for a deletion."""

    version: int
    old: Stored | None
    new: Stored | None


class View(Struct, frozen=True):
    """All objects of one resource as they were at ``version``, in the order of their keys."""

    version: int
    items: tuple[Stored, ...]

    def after(self, key: str) -> int:
        """The index of the first item whose key is greater than ``key``."""
        return bisect.bisect_right(self.items, key, key=lambda item: item.key)


class TooOld(Exception):
    """The history no longer reaches back to a version; the argument is the first that is kept."""


class _Collection:
    """The objects of one resource."""

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}
        self.changes: deque[Change] = deque()
        self.forgotten = 0  # the version of the last change that the history no longer holds
        self.sorted: tuple[Stored, ...] | None = ()

    def record(self, change: Change) -> None:
        self.sorted = None
        self.changes.append(change)
        if len(self.changes) > _HISTORY:
            self.forgotten = self.changes.popleft().version

    def items(self) -> tuple[Stored, ...]:
        if self.sorted is None:
            self.sorted = tuple(self.objects[key] for key in sorted(self.objects))
        return self.sorted


class Store:
    """Typed objects under one rising resourceVersion. Safe between threads.

    Objects are decoded JSON, in which parts may be ``msgspec.Raw``. What comes out is shared and
    must not be changed: ``replace`` hands out a copy. ``clock`` gives seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._version = 0
        self._collections: dict[Resource, _Collection] = {}
        self._changed = threading.Condition(threading.RLock())

    @property
    def version(self) -> int:
        """The resourceVersion of the last write, 0 for none."""
        return self._version

    def put(self, value: Object) -> Object:
        """Create or replace an object; the same again is no write. Raises LookupError."""
        resource = resource_of_kind(value["apiVersion"], value["kind"])
        with self._changed:
            collection = self._collection(resource)
            key = _key(resource, value["metadata"])
            old = collection.objects.get(key)
            if old is not None and _without_version(old.value) == _without_version(value):
                return old.value
            new = Stored(key, self._version + 1, self._stamped(resource, value, old))
            collection.objects[key] = new
            self._commit(collection, old, new)
            return new.value

    def replace(
        self, kind: str, namespace: str, name: str, edit: Callable[[Object], Object | None]
    ) -> Object:
        """Edit the copy that ``edit`` is given, or put what it returns. Raises LookupError."""
        with self._changed:
            copy = _copy(self.get(kind, namespace, name))
            return self.put(edit(copy) or copy)

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Remove one object. Raises LookupError when there is none."""
        with self._changed:
            collection = self._collection(_KINDS[kind])
            old = collection.objects.pop(f"{namespace}/{name}" if namespace else name)
            self._commit(collection, old, None)

    def held(self) -> AbstractContextManager[Any]:
        """While this is entered, no other thread reads or writes."""
        return self._changed

    def preview(self, value: Object) -> Object:
        """What ``put`` would store, without storing it."""
        resource = resource_of_kind(value["apiVersion"], value["kind"])
        with self._changed:
            key = _key(resource, value["metadata"])
            return self._stamped(resource, value, self._collection(resource).objects.get(key))

    def get(self, kind: str, namespace: str, name: str) -> Object:
        """One object. Raises LookupError when there is none."""
        return self.find(_KINDS[kind], namespace, name).value

    def list(self, kind: str, namespace: str = "") -> tuple[Object, ...]:
        """The objects of a kind, of one namespace or of all, in the order of their keys."""
        prefix = f"{namespace}/" if namespace else ""
        items = self.view(_KINDS[kind]).items
        return tuple(item.value for item in items if item.key.startswith(prefix))

    def find(self, resource: Resource, namespace: str, name: str) -> Stored:
        """One stored object. Raises LookupError when there is none."""
        with self._changed:
            key = f"{namespace}/{name}" if namespace else name
            return self._collection(resource).objects[key]

    def view(self, resource: Resource) -> View:
        """All objects of a resource as they are now."""
        with self._changed:
            return View(self._version, self._collection(resource).items())

    def last_change(self, resource: Resource) -> int:
        """The version of the last write to this resource, 0 for none."""
        with self._changed:
            collection = self._collection(resource)
            return collection.changes[-1].version if collection.changes else collection.forgotten

    def changes(self, resource: Resource, after: int) -> tuple[Change, ...]:
        """The writes to a resource later than version ``after``. Raises TooOld."""
        with self._changed:
            collection = self._collection(resource)
            if after < collection.forgotten:
                raise TooOld(collection.forgotten + 1)
            first = bisect.bisect_right(collection.changes, after, key=lambda one: one.version)
            return tuple(itertools.islice(collection.changes, first, None))

    def wait(self, after: int, seconds: float) -> None:
        """Return when there is a write later than ``after``, on ``wake``, or after ``seconds``."""
        with self._changed:
            if self._version <= after:
                self._changed.wait(seconds)

    def wake(self) -> None:
        """Let every ``wait`` return."""
        with self._changed:
            self._changed.notify_all()

    def compact(self) -> None:
        """Forget the history: a watch from any version before now is too old."""
        with self._changed:
            for collection in self._collections.values():
                collection.changes.clear()
                collection.forgotten = self._version

    def _collection(self, resource: Resource) -> _Collection:
        return self._collections.setdefault(resource, _Collection())

    def _commit(self, collection: _Collection, old: Stored | None, new: Stored | None) -> None:
        self._version += 1
        collection.record(Change(self._version, old, new))
        self._changed.notify_all()

    def _stamped(self, resource: Resource, value: Object, old: Stored | None) -> Object:
        version = self._version + 1
        given = value["metadata"]
        kept = old.value["metadata"] if old is not None else {}
        meta = {
            **given,
            "uid": kept.get("uid")
            or given.get("uid")
            or f"{version:08x}-0000-4000-8000-000000000000",
            "resourceVersion": str(version),
            "creationTimestamp": kept.get("creationTimestamp")
            or given.get("creationTimestamp")
            or rfc3339(self._clock()),
        }
        if resource.name in _WITH_GENERATION:
            changed = old is not None and old.value.get("spec") != value.get("spec")
            meta["generation"] = kept.get("generation", given.get("generation", 1)) + changed
        return {**value, "metadata": meta}


def rfc3339(seconds: float) -> str:
    """A moment in the form that the API uses, in UTC, to the second."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(resource: Resource, metadata: Object) -> str:
    return (
        f"{metadata['namespace']}/{metadata['name']}" if resource.namespaced else metadata["name"]
    )


# What the server sets itself: a writer that leaves it out means no change.
_SERVER_SET = ("resourceVersion", "uid", "creationTimestamp", "generation")


def _without_version(value: Object) -> Object:
    meta = {key: part for key, part in value["metadata"].items() if key not in _SERVER_SET}
    return {**value, "metadata": meta}


def _copy(value: Any) -> Any:
    """A deep copy of decoded JSON; encoded parts (msgspec.Raw) are immutable and stay shared."""
    if isinstance(value, dict):
        return {key: _copy(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_copy(part) for part in value]
    return value
