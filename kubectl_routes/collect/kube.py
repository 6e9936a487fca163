"""Reading from the Kubernetes API as raw JSON.

The calls are our own: the typed objects of the official client cost seconds on large lists, one
malformed object loses a whole list, and its retries differ between releases.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from kubectl_routes.collect import background
from kubectl_routes.collect.answers import MIB, Answer, AnswerError, weight
from kubectl_routes.collect.connection import LARGEST_PAGE, Connection
from kubectl_routes.collect.deadline import CONNECTION_ATTEMPTS, Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.redact_text import harmless
from kubectl_routes.collect.transport import (
    CHECK_SERVER,
    UNTIL_THE_DEADLINE,
    Failure,
    cause_of,
    retry,
    retry_after,
)
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message

T = TypeVar("T")

# kubectl's own page size.
PAGE = 500

# A page of 500 nodes, each with fifty images, is about 12 MB with 140,000 commas; little is kept.
# Counting these is enough where what is nested in a node is not decoded, and takes the least time.
# What is decoded whole is smaller, by far.
MOST_PAGE_COMMAS = 500_000
LARGEST_OBJECT = 16 * MIB
# Of all pages together: what is read, and what is kept of it.
LARGEST_LIST = 4096 * MIB
LARGEST_KEPT = 48 * MIB
MOST_PAGES = 400
# Forty times as many as were asked for: for a server that does not know pages.
MOST_PAGE_ITEMS = 20_000
# Forty times the nodes that Kubernetes is made for.
MOST_ITEMS = 200_000

# How often an answer with this status is asked for again.
ATTEMPTS = {
    429: UNTIL_THE_DEADLINE,
    500: 5,
    502: 5,
    503: UNTIL_THE_DEADLINE,
    504: UNTIL_THE_DEADLINE,
}

LEAST_PRIVILEGE = message("kubectl routes permissions --rbac --for read prints the role")


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
        self, what: str, path: str, query: dict[str, str] | None = None, *, page: bool = False
    ) -> Answer:
        """The JSON at ``path``. ``what`` completes the sentence "cannot …" for a message.

        Retries throttling, server errors and broken connections within the deadline and obeys
        Retry-After. Raises ClusterError with the last answer's status.
        """
        most = LARGEST_PAGE if page else LARGEST_OBJECT

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
        Raises ClusterError; with status 0 or one from 500 on it is not known whether it was done.
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

    def read_list(
        self,
        what: str,
        path: str,
        decode: Callable[[bytes], list[T]],
        query: dict[str, str] | None = None,
        *,
        large: bool = False,
    ) -> list[T]:
        """All items of a list, page by page; ``decode`` makes items of a page's JSON.

        Where ``decode`` keeps little of an item, pages may be ``large``. The next page is on its
        way while the last is decoded. When the server no longer knows the continue token (410),
        the list begins again, once. Raises ClusterError.
        """
        try:
            return self._pages(what, path, decode, query or {}, large=large)
        except ClusterError as error:
            if error.status != 410:
                raise
            return self._pages(what, path, decode, query or {}, large=large)

    def _pages(
        self,
        what: str,
        path: str,
        decode: Callable[[bytes], list[T]],
        query: dict[str, str],
        *,
        large: bool,
    ) -> list[T]:
        found: list[T] = []
        seen = {""}
        read = kept = 0
        query = {"limit": str(PAGE), **query}
        answer = self.get(what, path, query, page=large)
        while True:
            with answer:
                self._check_page(what, answer.body, large=large)
                read += len(answer.body)
                token = self._continue_token(what, answer.body)
                endless = read > LARGEST_LIST or len(seen) > MOST_PAGES or len(found) > MOST_ITEMS
                following = None
                if token not in seen and not endless:
                    seen.add(token)
                    self._deadline.extend()
                    following = self._ahead(what, path, {**query, "continue": token}, page=large)
                try:
                    items = self._items(what, answer.body, decode)
                except BaseException:
                    _forget(following)
                    raise
                kept += 0 if large else weight(answer.body) * len(items) // _count(answer.body)
            found += items
            if len(items) > MOST_PAGE_ITEMS or kept > LARGEST_KEPT:
                _forget(following)
                raise ClusterError(
                    message(
                        "cannot {what}: {path} has more than fits into memory", what=what, path=path
                    )
                )
            if following is None:
                if token:
                    raise ClusterError(
                        message(
                            "cannot {what}: the pages of {path} never end", what=what, path=path
                        )
                    )
                return found
            answer = following.result()

    def _check_page(self, what: str, body: bytes, *, large: bool) -> None:
        """Raise ClusterError for a page that would take too much memory to decode."""
        heavy = body.count(b",") > MOST_PAGE_COMMAS if large else weight(body) > LARGEST_KEPT
        if heavy:
            raise self._unread(what, AnswerError(message("sent more than fits into memory"))).error

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

    def _items(self, what: str, body: bytes, decode: Callable[[bytes], list[T]]) -> list[T]:
        try:
            return decode(body)
        except UNREADABLE:
            raise self._odd(what) from None

    def _object(self, what: str, body: bytes) -> Document:
        if weight(body) > LARGEST_KEPT:
            raise self._unread(what, AnswerError(message("sent more than fits into memory"))).error
        try:
            document = Document(msgspec.json.decode(body))
        except UNREADABLE:
            server = self.connection.server
            raise ClusterError(
                message("cannot {what}: {server} sent truncated JSON", what=what, server=server),
                status=200,
            ) from None
        if not isinstance(document.value, dict):
            raise self._odd(what)
        return document

    def _odd(self, what: str) -> ClusterError:
        return ClusterError(
            message(
                "cannot {what}: {server} sent unexpected JSON",
                what=what,
                server=self.connection.server,
            ),
            CHECK_SERVER,
            status=200,
        )

    def _ahead(self, what: str, path: str, query: dict[str, str], *, page: bool) -> Future[Answer]:
        return background.start(lambda: self.get(what, path, query, page=page))

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
            return self._unreachable(what, answer.error, begun=answer.status != 0)
        return answer if answer.fits else self._refused(number, what, answer)

    def _unreachable(self, what: str, error: Exception, *, begun: bool) -> Failure[ClusterError]:
        """What it means that an answer did not come, or had ``begun`` and did not end."""
        import urllib3  # noqa: PLC0415

        server = self.connection.server
        refused = AnswerError.within(error)
        if refused is not None:
            return self._unread(what, refused)
        if isinstance(error, urllib3.exceptions.SSLError):
            return Failure(
                ClusterError(
                    message(
                        "cannot {what}: TLS with {server} failed: {error}",
                        what=what,
                        server=server,
                        error=_tls_reason(error),
                    ),
                    message("check certificate-authority and the server's name in the kubeconfig"),
                )
            )
        if isinstance(error, urllib3.exceptions.TimeoutError) and not self._deadline.remaining():
            answer = message("no whole answer") if begun else message("no answer")
            problem = message(
                "cannot {what}: {server}: {reason}", what=what, server=server, reason=answer
            )
            return Failure(self._late(problem))
        cause = cause_of(error)
        return Failure(
            ClusterError(
                message(
                    "cannot {what}: {server}: {reason}", what=what, server=server, reason=cause.text
                ),
                message("check that the server is running and reachable: kubectl cluster-info"),
            ),
            CONNECTION_ATTEMPTS,
        )

    def _late(self, problem: str) -> ClusterError:
        return ClusterError(
            message(
                "{problem} within {seconds} s",
                problem=problem,
                seconds=f"{self._deadline.seconds:g}",
            ),
            message("a longer --request-timeout waits longer"),
        )

    def _unread(self, what: str, error: AnswerError) -> Failure[ClusterError]:
        text = message(
            "cannot {what}: {server} {reason}",
            what=what,
            server=self.connection.server,
            reason=error.reason,
        )
        return Failure(ClusterError(text, CHECK_SERVER), 1 if error.final else CONNECTION_ATTEMPTS)

    def _refused(self, number: int, what: str, answer: Answer) -> Failure[ClusterError]:
        status = answer.status
        if "json" in answer.media:
            reason = f"{status} {self._harmless(_status_message(answer.body) or answer.reason)}"
            text = message("cannot {what}: {reason}", what=what, reason=reason)
            hint = self._hint(status)
        else:
            text = message(
                "cannot {what}: {server} does not speak the Kubernetes API: it answered"
                " {status} with {kind}",
                what=what,
                server=self.connection.server,
                status=str(status),
                kind=self._harmless(answer.media.split(";")[0] or message("no content type")),
            )
            hint = CHECK_SERVER
        error = ClusterError(text, hint, status)
        return Failure(error, ATTEMPTS.get(status, 1), retry_after(answer.headers, number))

    def _hint(self, status: int) -> str:
        if status == 401:
            user = self.connection.user or message("this user")
            return message(
                "the credentials of {user} are wrong or have expired: log in again", user=user
            )
        return LEAST_PRIVILEGE if status == 403 else ""

    def _harmless(self, text: str) -> str:
        return harmless(text, self.connection.secrets())


def _status_message(body: bytes) -> str:
    try:
        return Document(msgspec.json.decode(body)).text("message")
    except UNREADABLE:
        return ""


def _forget(future: Future[Answer] | None) -> None:
    """Let go of a page that is not wanted any more, as soon as it is there."""

    def close(done: Future[Answer]) -> None:
        if done.exception() is None:
            done.result().close()

    if future is not None:
        future.add_done_callback(close)


def _count(body: bytes) -> int:
    """How many items a page of a list has; 1 where that is not known."""
    try:
        return len(msgspec.json.decode(body, type=_List).items or ()) or 1
    except UNREADABLE:
        return 1


def _tls_reason(error: Exception) -> str:
    """The words of OpenSSL without the file and line of the module that wraps it."""
    return str(error).split("] ", 1)[-1].split(" (_ssl.c", 1)[0]
