"""Reading from the Kubernetes API as raw JSON.

The calls are our own: the typed objects of the official client cost seconds on large lists, one
malformed object loses a whole list, and its retries differ between releases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from kubectl_routes.collect import background, kube_errors
from kubectl_routes.collect.answers import MIB, Answer, weight
from kubectl_routes.collect.connection import LARGEST_PAGE, Connection
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.transport import (
    CHECK_SERVER,
    Failure,
    retry,
)
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message

T = TypeVar("T")

# kubectl's own page size.
PAGE = 500

# A page of 500 nodes has 140,000 commas; little is kept of it. Counting these is enough where what
# is nested in a node is not decoded, and takes the least time.
MOST_PAGE_COMMAS = 500_000
LARGEST_OBJECT = 16 * MIB
# Of what is decoded whole, all pages of a list together.
LARGEST_DECODED = 48 * MIB
MOST_PAGES = 400
# Forty times the nodes that Kubernetes is made for.
MOST_ITEMS = 200_000

_TOO_MUCH = message("sent more than fits into memory")


class _ListMeta(Struct, frozen=True):
    next: str = msgspec.field(name="continue", default="")


class _List(Struct, frozen=True):
    items: list[msgspec.Raw] | None
    metadata: _ListMeta = _ListMeta()


# How API servers begin a list, so that the next page can be asked for before this one is decoded.
_HEAD = re.compile(rb'{"kind":"\w+","apiVersion":"[\w./]+","metadata":({[^{}]{0,4096}}),"items":\[')


class OutgoingRequest(Struct, frozen=True):
    """A request that carries a body: its HTTP method, the body, and the body's media type.

    ``repeatable``: it asks for something only, and may be sent again.
    """

    method: str
    body: bytes = b""
    media: str = "application/json"
    repeatable: bool = False


GET = OutgoingRequest("GET")


class KubeClient:
    """Requests to one API server; safe to share between threads."""

    def __init__(self, connection: Connection, deadline: Deadline) -> None:
        self.connection = connection
        self._deadline = deadline

    def close(self) -> None:
        """End all connections."""
        self.connection.transport.close()

    def get(
        self, what: str, path: str, query: dict[str, str] | None = None, most: int = LARGEST_OBJECT
    ) -> Answer:
        """The JSON at ``path``. ``what`` completes the sentence "cannot …" for a message.

        Retries throttling, server errors and broken connections within the deadline and obeys
        Retry-After. Raises ClusterError with the last answer's status.
        """

        def attempt(number: int) -> Answer | Failure[ClusterError]:
            return self._attempt(number, what, path, query or {}, most=most)

        return retry(attempt, self._deadline)

    def text(self, what: str, path: str, query: dict[str, str], most: int) -> str:
        """The plain text at ``path``, as pods/log gives it; of a longer one the first ``most``
        bytes. Raises ClusterError.

        It is asked for once: what is read so is evidence, for which no command should wait.
        """
        answer = self._attempt(0, what, path, query, most=most, plain=True)
        if isinstance(answer, Failure):
            raise answer.error
        with answer:
            return answer.body.decode("utf-8", "replace")

    def send(
        self, what: str, sending: OutgoingRequest, path: str, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The object that answers a request with a body, which is not sent twice if it writes.

        Only 429 says for certain that nothing was done, and is tried again within the deadline.
        Raises ClusterError; unless it was ``refused`` it is not known whether it was done.
        """

        def attempt(number: int) -> Answer | Failure[ClusterError]:
            answer = self._attempt(number, what, path, query or {}, sending, most=LARGEST_OBJECT)
            if isinstance(answer, Answer) or sending.repeatable or answer.error.status == 429:
                return answer
            return Failure(answer.error)

        with retry(attempt, self._deadline) as answer:
            found: dict[str, Any] = self._object(what, answer.body).value  # type: ignore[assignment]
            return found

    def document(self, what: str, path: str, query: dict[str, str] | None = None) -> Document:
        """The object at ``path``, tolerant of any field but its kind. Raises ClusterError.

        Without its fields an object would read as one that has none, and a Status as one too.
        """
        with self.get(what, path, query) as answer:
            found = self._object(what, answer.body)
        if path.startswith(("/api/", "/apis/")) and found.text("kind") in ("", "Status"):
            raise self._odd(what)
        return found

    def documents(
        self, what: str, path: str, query: dict[str, str] | None = None
    ) -> tuple[Document, ...]:
        """All items of a short list, each tolerant of any field. Raises ClusterError."""
        decoded = 0

        def decode(body: bytes) -> tuple[Document, ...]:
            nonlocal decoded
            decoded += weight(body)
            if decoded > LARGEST_DECODED:
                raise self._odd(what, _TOO_MUCH)
            return self._object(what, body).items("items")

        return tuple(self.read_list(what, path, decode, query, LARGEST_OBJECT))

    def read_list(
        self,
        what: str,
        path: str,
        decode: Callable[[bytes], Iterable[T]],
        query: dict[str, str] | None = None,
        most: int = LARGEST_PAGE,
    ) -> list[T]:
        """All items of a list, page by page; ``decode`` makes items of a page's JSON, and keeps
        little of them: a page may have ``most`` bytes.

        The next page is on its way while the last is decoded. When the server no longer knows the
        continue token (410), the list begins again, once. Raises ClusterError.
        """
        query = {"limit": str(PAGE), **(query or {})}
        try:
            return self._pages(what, path, decode, query, most)
        except ClusterError as error:
            if error.status != 410:
                raise
            return self._pages(what, path, decode, query, most)

    def _pages(
        self,
        what: str,
        path: str,
        decode: Callable[[bytes], Iterable[T]],
        query: dict[str, str],
        most: int,
    ) -> list[T]:
        found: list[T] = []
        seen = {""}
        answer = self.get(what, path, query, most)
        while True:
            with answer:
                if answer.body.count(b",") > MOST_PAGE_COMMAS:
                    raise self._odd(what, _TOO_MUCH)
                token = self._continue_token(what, answer.body)
                following = None
                if token not in seen and len(seen) <= MOST_PAGES and len(found) <= MOST_ITEMS:
                    seen.add(token)
                    self._deadline.extend()
                    more = {**query, "continue": token}
                    ahead = partial(self.get, what, path, more, most)
                    following = background.start(ahead)
                try:
                    found += decode(answer.body)
                except BaseException as error:
                    if following is not None:
                        following.add_done_callback(_let_go)
                    if isinstance(error, UNREADABLE):
                        raise self._odd(what) from None
                    raise
            if following is not None:
                answer = following.result()
            elif token:
                raise ClusterError(
                    message("cannot {what}: the pages of {path} never end", what=what, path=path)
                )
            else:
                return found

    def _continue_token(self, what: str, body: bytes) -> str:
        """The token of the next page: API servers write it before the items."""
        try:
            head = _HEAD.match(body)
            if head:
                return msgspec.json.decode(head[1], type=_ListMeta).next
            return msgspec.json.decode(body, type=_List).metadata.next
        except UNREADABLE:
            page = self._object(what, body)
        # Without its items a list would read as an empty one, and nothing as "there is none".
        if not isinstance(page.under("items").value, list):
            raise self._odd(what)
        return page.text("metadata", "continue")

    def _object(self, what: str, body: bytes) -> Document:
        if weight(body) > LARGEST_DECODED:
            raise self._odd(what, _TOO_MUCH)
        try:
            document = Document(msgspec.json.decode(body))
        except UNREADABLE:
            raise self._odd(what, message("sent truncated JSON"), hint="") from None
        if not isinstance(document.value, dict):
            raise self._odd(what)
        return document

    def _odd(
        self, what: str, reason: str = message("sent unexpected JSON"), hint: str = CHECK_SERVER
    ) -> ClusterError:
        return kube_errors.odd(self.connection, what, reason, hint)

    def _attempt(
        self,
        number: int,
        what: str,
        path: str,
        query: dict[str, str],
        sending: OutgoingRequest = GET,
        *,
        most: int,
        plain: bool = False,
    ) -> Answer | Failure[ClusterError]:
        headers = self.connection.headers()
        if sending.body:
            headers["Content-Type"] = sending.media
        answer = self.connection.transport.send(
            sending.method,
            f"{self.connection.server}{path}" + (f"?{urlencode(query)}" if query else ""),
            headers,
            self._deadline,
            body=sending.body,
            media="text/plain" if plain else "json",
            most=most,
            cut=plain,
        )
        if answer.error is not None:
            return kube_errors.unreachable(self.connection, what, answer, self._deadline)
        if answer.fits:
            return answer
        return kube_errors.refused(self.connection, what, answer, number)


def _let_go(done: Future[Answer]) -> None:
    """Close a page that is not wanted any more, as soon as it is there."""
    if done.exception() is None:
        done.result().close()
