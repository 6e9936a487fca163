"""The stream of a watch: what changed, in the frames and the order of the API server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_lists import version_number
from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_selectors import Selector
from kubectl_routes_simulator.kube_status import bad_request, expired
from kubectl_routes_simulator.kube_store import Change, Object, Store, Stored, TooOld
from kubectl_routes_simulator.server import Request

# A real server takes a random time of 30 to 60 minutes when the client names none.
_DEFAULT_SECONDS = 1800.0
_BOOKMARK_EVERY = 60.0
_IDLE = 0.4  # the server that sends the stream wants a sign of life twice a second


class WatchQuery(Struct, frozen=True):
    """The parameters of a watch. ``after`` 0 begins with the objects there are."""

    after: int
    seconds: float
    bookmarks: bool
    initial: bool

    @classmethod
    def of(cls, request: Request) -> WatchQuery:
        """Read the parameters. Raises Refusal (400)."""
        seconds = request.first("timeoutSeconds") or "0"
        if not seconds.isdigit():
            raise bad_request(f'strconv.ParseInt: parsing "{seconds}": invalid syntax')
        initial = request.first("sendInitialEvents") == "true"
        return cls(
            after=0 if initial else version_number(request.first("resourceVersion")),
            seconds=float(seconds) or _DEFAULT_SECONDS,
            bookmarks=request.first("allowWatchBookmarks") == "true",
            initial=initial,
        )


class Watch:
    """One watch of one resource. ``show`` turns an object into the JSON that was asked for."""

    def __init__(
        self,
        store: Store,
        resource: Resource,
        namespace: str,
        selector: Selector,
        show: Callable[[Stored], bytes],
    ) -> None:
        self._store = store
        self._resource = resource
        self._prefix = f"{namespace}/" if namespace else ""
        self._selector = selector
        self._show = show

    def events(self, query: WatchQuery) -> Iterator[bytes]:
        """The frames, one line each; ``b""`` when nothing happened for a moment."""
        at = query.after
        if at == 0:
            view = self._store.view(self._resource)
            at = view.version
            for item in view.items:
                if self._takes(item):
                    yield _frame("ADDED", self._show(item))
        if query.initial:
            yield self._bookmark(at, {"k8s.io/initial-events-end": "true"})
        end = time.monotonic() + query.seconds
        next_bookmark = time.monotonic() + _BOOKMARK_EVERY
        while time.monotonic() < end:
            try:
                seen = self._store.version
                changes = self._store.changes(self._resource, at)
            except TooOld as error:
                message = f"too old resource version: {at} ({error.oldest})"
                yield _frame("ERROR", expired(message).encoded())
                return
            yield from (frame for change in changes if (frame := self._frame(change)))
            at = max([at, seen, *(change.version for change in changes[-1:])])
            if query.bookmarks and time.monotonic() >= next_bookmark:
                next_bookmark += _BOOKMARK_EVERY
                yield self._bookmark(at, {})
            if not changes:
                yield b""
                self._store.wait(at, min(_IDLE, max(end - time.monotonic(), 0)))
        if query.bookmarks:
            yield self._bookmark(at, {})

    def _takes(self, item: Stored) -> bool:
        return item.key.startswith(self._prefix) and self._selector.takes(item.value)

    def _frame(self, change: Change) -> bytes:
        """The frame of a change as this selector sees it: an object that no longer matches is
        deleted, one that begins to match is added. Empty when it never matched.
        """
        before = change.old is not None and self._takes(change.old)
        if change.new is not None and self._takes(change.new):
            return _frame("MODIFIED" if before else "ADDED", self._show(change.new))
        if change.old is None or not before:
            return b""
        return _frame("DELETED", self._show(_restamped(change.old, change.version)))

    def _bookmark(self, version: int, annotations: dict[str, str]) -> bytes:
        meta: Object = {"resourceVersion": str(version), "creationTimestamp": None}
        if annotations:
            meta["annotations"] = annotations
        value = {
            "kind": self._resource.kind,
            "apiVersion": self._resource.api_version,
            "metadata": meta,
        }
        return _frame("BOOKMARK", msgspec.json.encode(value))


def _restamped(item: Stored, version: int) -> Stored:
    meta = {**item.value["metadata"], "resourceVersion": str(version)}
    return Stored(item.key, version, {**item.value, "metadata": meta})


def _frame(kind: str, shown: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), shown)
