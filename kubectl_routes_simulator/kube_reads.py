"""Get, list and watch: from the store to the bytes of an answer, as JSON or as a Table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_lists import (
    ListQuery,
    Lists,
    selector_of,
    version_number,
)
from kubectl_routes_simulator.kube_resources import Resource, Target
from kubectl_routes_simulator.kube_status import Refusal, bad_request, expired, not_found
from kubectl_routes_simulator.kube_store import Change, Object, Store, Stored, TooOld
from kubectl_routes_simulator.kube_tables import table
from kubectl_routes_simulator.server import Reply, Request

# A real server takes a random time of 30 to 60 minutes when the client names none.
_DEFAULT_SECONDS = 1800.0
_IDLE = 0.4  # the server that sends the stream wants a sign of life twice a second


class WatchQuery(Struct):
    """The parameters of a watch. ``after`` 0 begins with the objects there are; ``initial`` asks
    for a bookmark behind them.
    """

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


def _frame(kind: str, shown: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), shown)


def _bookmark(resource: Resource, version: int, annotations: Object) -> bytes:
    meta: Object = {"resourceVersion": str(version), "creationTimestamp": None}
    if annotations:
        meta["annotations"] = annotations
    value = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
    return _frame("BOOKMARK", msgspec.json.encode(value))


JSON = {"Content-Type": "application/json", "Cache-Control": "no-cache, private"}


def json_reply(document: Any, status: int = 200) -> Reply:
    """A document as JSON."""
    return Reply(status, msgspec.json.encode(document) + b"\n", JSON)


def wants_table(accept: str) -> bool:
    """Whether the first form of an Accept header that is served is a Table, not the objects;
    quality values are not weighed. Raises Refusal (406) when no form is served.
    """
    for offer in (accept or "*/*").split(","):
        media, *parameters = [part.strip() for part in offer.split(";")]
        wanted = dict(part.partition("=")[::2] for part in parameters)
        if media not in ("application/json", "application/*", "*/*"):
            continue
        if wanted.get("as") == "Table" and wanted.get("g") == "meta.k8s.io":
            return True
        if "as" not in wanted:
            return False
    served = "application/json, application/json;stream=watch"
    message = f"only the following media types are accepted: {served}"
    raise Refusal(406, "NotAcceptable", message)


class Reads:
    """Answers what clients read of the store. ``clock`` (seconds since the epoch) gives ages."""

    def __init__(self, store: Store, lists: Lists, clock: Callable[[], float]) -> None:
        self._store = store
        self._lists = lists
        self._clock = clock

    def find(self, resource: Resource, target: Target) -> Stored:
        """The object that a path names. Raises Refusal (404)."""
        namespace = target.namespace if resource.namespaced else ""
        try:
            return self._store.find(resource, namespace, target.name)
        except LookupError:
            raise not_found(resource, target.name) from None

    def get(self, request: Request, resource: Resource, target: Target) -> Reply:
        """One object."""
        found = self.find(resource, target)
        if not wants_table(request.headers.get("accept", "")):
            return Reply(200, found.encoded_whole + b"\n", JSON)
        metadata = {"resourceVersion": str(found.version)}
        return Reply(200, self._table(request, resource, (found,), metadata), JSON)

    def list(self, request: Request, resource: Resource, target: Target) -> Reply:
        """One page of a list."""
        as_table = wants_table(request.headers.get("accept", ""))
        selector = selector_of(request, resource)
        page = self._lists.page(resource, target.namespace, selector, ListQuery.of(request))
        metadata: dict[str, Any] = {"resourceVersion": str(page.version)}
        if page.continue_:
            metadata["continue"] = page.continue_
        if page.remaining is not None:
            metadata["remainingItemCount"] = page.remaining
        if as_table:
            return Reply(200, self._table(request, resource, page.items, metadata), JSON)
        kind, version = f"{resource.kind}List", resource.api_version
        head = {"kind": kind, "apiVersion": version, "metadata": metadata}
        items = b",".join([item.encoded for item in page.items])
        return Reply(200, b'%s,"items":[%s]}\n' % (msgspec.json.encode(head)[:-1], items), JSON)

    def watch(self, request: Request, resource: Resource, target: Target) -> Reply:
        """The changes from a resourceVersion on, as they come."""
        as_table = wants_table(request.headers.get("accept", ""))
        whole = attrgetter("encoded_whole")
        show = self._rows(request, resource) if as_table else whole
        selector, query = selector_of(request, resource), WatchQuery.of(request)
        prefix = f"{target.namespace}/" if target.namespace else ""

        def takes(item: Stored | None) -> bool:
            return item is not None and item.key.startswith(prefix) and selector.takes(item.value)

        def frame(change: Change) -> bytes:
            """The change as the selector sees it: empty for what it never matched."""
            if change.new is not None and takes(change.new):
                return _frame("MODIFIED" if takes(change.old) else "ADDED", show(change.new))
            if change.old is None or not takes(change.old):
                return b""
            meta = {**change.old.value["metadata"], "resourceVersion": str(change.version)}
            gone = {**change.old.value, "metadata": meta}
            return _frame("DELETED", show(Stored(change.old.key, change.version, gone)))

        there: Sequence[bytes] = ()
        if query.after == 0:
            view = self._store.view(resource)
            query.after = view.version
            there = [_frame("ADDED", show(item)) for item in view.items if takes(item)]
        return Reply(200, headers=JSON, stream=self._events(resource, query, there, frame))

    def _events(
        self,
        resource: Resource,
        query: WatchQuery,
        there: Sequence[bytes],
        frame: Callable[[Change], bytes],
    ) -> Iterator[bytes]:
        """The frames, one line each; ``b""`` when nothing happened for a moment."""
        at = query.after
        yield from there
        if query.initial:
            yield _bookmark(resource, at, {"k8s.io/initial-events-end": "true"})
        end = time.monotonic() + query.seconds
        while time.monotonic() < end:
            try:
                seen = self._store.version
                changes = self._store.changes(resource, at)
            except TooOld as error:
                message = f"too old resource version: {at} ({error})"
                yield _frame("ERROR", expired(message).encoded())
                return
            yield from (shown for change in changes if (shown := frame(change)))
            at = max([at, seen, *(change.version for change in changes[-1:])])
            if not changes:
                yield b""
                self._store.wait(at, min(_IDLE, max(end - time.monotonic(), 0)))
        if query.bookmarks:
            yield _bookmark(resource, at, {})

    def _rows(self, request: Request, resource: Resource) -> Callable[[Stored], bytes]:
        """Tables of one row; only the first carries the column definitions."""
        shown = 0

        def show(item: Stored) -> bytes:
            nonlocal shown
            shown += 1
            metadata = {"resourceVersion": str(item.version)}
            return self._table(request, resource, (item,), metadata, headers=shown == 1)

        return show

    def _table(
        self,
        request: Request,
        resource: Resource,
        items: tuple[Stored, ...],
        metadata: dict[str, Any],
        *,
        headers: bool = True,
    ) -> bytes:
        values = (item.value for item in items)
        include = request.first("includeObject", "Metadata")
        document = table(resource, values, self._clock(), include, headers)
        return msgspec.json.encode({**document, "metadata": metadata})
