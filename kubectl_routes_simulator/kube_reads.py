"""Get, list and watch: from the store to the bytes of an answer, as JSON or as a Table."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec

from kubectl_routes_simulator.kube_lists import ListQuery, Lists, Page
from kubectl_routes_simulator.kube_resources import Resource, Target
from kubectl_routes_simulator.kube_selectors import selector_of
from kubectl_routes_simulator.kube_status import not_acceptable, not_found
from kubectl_routes_simulator.kube_store import Store, Stored
from kubectl_routes_simulator.kube_tables import table
from kubectl_routes_simulator.kube_watch import Watch, WatchQuery
from kubectl_routes_simulator.server import Reply, Request

JSON = {"Content-Type": "application/json", "Cache-Control": "no-cache, private"}


class Form(Enum):
    """What a client can read."""

    JSON = "json"
    TABLE = "table"


def accepted_form(accept: str) -> Form:
    """The first form of an Accept header that is served; quality values are not weighed. Raises
    Refusal (406) when there is none.
    """
    for offer in (accept or "*/*").split(","):
        media, *parameters = [part.strip() for part in offer.split(";")]
        wanted = dict(part.partition("=")[::2] for part in parameters)
        if media not in ("application/json", "application/*", "*/*"):
            continue
        if wanted.get("as") == "Table" and wanted.get("g") == "meta.k8s.io":
            return Form.TABLE
        if "as" not in wanted:
            return Form.JSON
    raise not_acceptable()


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
        if accepted_form(request.headers.get("accept", "")) is Form.JSON:
            return Reply(200, found.encoded_whole + b"\n", JSON)
        metadata = {"resourceVersion": str(found.version)}
        return Reply(200, self._table(request, resource, (found,), metadata), JSON)

    def list(self, request: Request, resource: Resource, target: Target) -> Reply:
        """One page of a list."""
        form = accepted_form(request.headers.get("accept", ""))
        selector = _selector(request, resource)
        page = self._lists.page(resource, target.namespace, selector, ListQuery.of(request))
        if form is Form.TABLE:
            return Reply(200, self._table(request, resource, page.items, _metadata(page)), JSON)
        head = {
            "kind": f"{resource.kind}List",
            "apiVersion": resource.api_version,
            "metadata": _metadata(page),
        }
        items = b",".join([item.encoded for item in page.items])
        return Reply(200, b'%s,"items":[%s]}\n' % (msgspec.json.encode(head)[:-1], items), JSON)

    def watch(self, request: Request, resource: Resource, target: Target) -> Reply:
        """The changes from a resourceVersion on, as they come."""
        form = accepted_form(request.headers.get("accept", ""))
        show = _whole if form is Form.JSON else self._rows(request, resource)
        selector = _selector(request, resource)
        query = WatchQuery.of(request)
        watch = Watch(self._store, resource, target.namespace, selector, show)
        return Reply(200, headers=JSON, stream=watch.events(query))

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


def _selector(request: Request, resource: Resource) -> Any:
    return selector_of(resource, request.first("labelSelector"), request.first("fieldSelector"))


def _whole(item: Stored) -> bytes:
    return item.encoded_whole


def _metadata(page: Page) -> dict[str, Any]:
    metadata: dict[str, Any] = {"resourceVersion": str(page.version)}
    if page.continue_:
        metadata["continue"] = page.continue_
    if page.remaining is not None:
        metadata["remainingItemCount"] = page.remaining
    return metadata
