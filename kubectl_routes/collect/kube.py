"""Reading from the Kubernetes API as raw JSON.

The official client gives the way (kubeconfig, TLS, proxy); the calls are our own: its typed
objects cost seconds on large lists, one malformed object loses a whole list, and its retries
differ between releases.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from threading import BoundedSemaphore
from typing import Any
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from kubectl_routes.collect import background
from kubectl_routes.collect.deadline import CONNECTION_ATTEMPTS
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.deadline import backoff
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kubeconfig import Connection
from kubectl_routes.collect.scrub import harmless
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import ClusterError

T = TypeVar("T")

# kubectl's own page size.
PAGE = 500

# More at once than this looks like an attack to a small API server.
AT_ONCE = 6

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0

UNTIL_THE_DEADLINE = 1_000_000

# A page of 500 nodes, each with fifty images, is about 12 MB. A server that sends more than this
# for one answer, or for a whole list, does not mean it well. Of a list one page is held at a time.
LARGEST_ANSWER = 48 * 1024 * 1024
LARGEST_LIST = 4096 * 1024 * 1024
LARGEST_REFUSAL = 64 * 1024
MOST_PAGES = 400
# Forty times the nodes that Kubernetes is made for.
MOST_ITEMS = 200_000
# Bytes at once: compressed ones unfold to a thousand times as many.
CHUNK = 64 * 1024

# How often an answer with this status is asked for again.
ATTEMPTS = {
    429: UNTIL_THE_DEADLINE,
    500: 5,
    502: 5,
    503: UNTIL_THE_DEADLINE,
    504: UNTIL_THE_DEADLINE,
}

LEAST_PRIVILEGE = "the roles in deploy/clusterrole-read.yaml allow what is needed"


class _Trouble(Struct, frozen=True):
    """A failed attempt: what it means, how often to try, and when the server said to return."""

    error: ClusterError
    attempts: int = 1
    wait: float | None = None


class _ListMeta(Struct, frozen=True):
    next: str = msgspec.field(name="continue", default="")


class _List(Struct, frozen=True):
    items: list[msgspec.Raw] | None
    metadata: _ListMeta = _ListMeta()


class Sending(Struct, frozen=True):
    """A request that carries a body: its HTTP method, the body, and the body's media type.

    ``repeatable``: it asks for something only, and may be sent again.
    """

    method: str
    body: bytes = b""
    media: str = "application/json"
    repeatable: bool = False


class KubeClient:
    """Requests to one API server; safe to share between threads."""

    def __init__(self, connection: Connection, deadline: Deadline) -> None:
        self.connection = connection
        self._deadline = deadline
        self._slots = BoundedSemaphore(AT_ONCE)

    def close(self) -> None:
        """End all connections."""
        self.connection.pool.clear()

    def get(self, what: str, path: str, query: dict[str, str] | None = None) -> bytes:
        """The JSON at ``path``. ``what`` completes the sentence "cannot …" for a message.

        Retries throttling, server errors and broken connections within the deadline and obeys
        Retry-After. Raises ClusterError with the last answer's status.
        """
        for attempt in count():
            with self._slots:
                answer = self._attempt(what, path, query or {})
            if isinstance(answer, bytes):
                return answer
            if attempt + 1 >= answer.attempts:
                raise answer.error
            wait = backoff(attempt) if answer.wait is None else answer.wait
            if not self._deadline.pause(wait):
                raise ClusterError(
                    f"{answer.error.message}; gave up within {self._deadline.seconds:g} s",
                    answer.error.hint or "a longer --request-timeout allows more attempts",
                    answer.error.status,
                )
        raise AssertionError

    def text(self, what: str, path: str, query: dict[str, str], most: int) -> str:
        """The plain text at ``path``, as pods/log gives it; of a longer one the first ``most``
        bytes. Raises ClusterError.

        It is asked for once: what is read so is evidence, for which nobody should wait.
        """
        with self._slots:
            answer = self._attempt(what, path, query, plain=most)
        if isinstance(answer, bytes):
            return answer.decode("utf-8", "replace")
        raise answer.error

    def send(
        self, what: str, sending: Sending, path: str, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The object that answers a request with a body, which is not sent twice if it writes.

        Only 429 says for certain that nothing was done, and is tried again within the deadline.
        Raises ClusterError; with status 0 or one from 500 on nobody knows whether it was done.
        """
        for attempt in count():
            with self._slots:
                answer = self._attempt(what, path, query or {}, sending)
            if isinstance(answer, bytes):
                found: dict[str, Any] = self._object(what, answer).value  # type: ignore[assignment]
                return found
            refused = answer.error.status == 429
            most = answer.attempts if sending.repeatable or refused else 1
            wait = backoff(attempt) if answer.wait is None else answer.wait
            if attempt + 1 >= most or not self._deadline.pause(wait):
                raise answer.error
        raise AssertionError

    def document(self, what: str, path: str, query: dict[str, str] | None = None) -> Document:
        """The object at ``path``, tolerant of any field but its kind. Raises ClusterError.

        Without its fields an object would read as one that has none, and a Status as one too.
        """
        found = self._object(what, self.get(what, path, query))
        if path.startswith(("/api/", "/apis/")) and found.text("kind") in ("", "Status"):
            raise self._odd(what)
        return found

    def read_list(
        self,
        what: str,
        path: str,
        decode: Callable[[bytes], list[T]],
        query: dict[str, str] | None = None,
    ) -> list[T]:
        """All items of a list, page by page; ``decode`` makes items of a page's JSON.

        The next page is on its way while the last is decoded. When the server no longer knows
        the continue token (410), the list begins again, once. Raises ClusterError.
        """
        try:
            return self._pages(what, path, decode, query or {})
        except ClusterError as error:
            if error.status != 410:
                raise
            return self._pages(what, path, decode, query or {})

    def _pages(
        self, what: str, path: str, decode: Callable[[bytes], list[T]], query: dict[str, str]
    ) -> list[T]:
        found: list[T] = []
        seen = {""}
        left = LARGEST_LIST
        body = self.get(what, path, {"limit": str(PAGE), **query})
        while True:
            left -= len(body)
            token = self._continue_token(what, body)
            endless = left < 0 or len(seen) > MOST_PAGES or len(found) > MOST_ITEMS
            if token in seen or (token and endless):
                found += self._items(what, body, decode)
                if token:
                    raise ClusterError(f"cannot {what}: the pages of {path} never end")
                return found
            seen.add(token)
            self._deadline.progress()
            following = self._ahead(what, path, {"limit": str(PAGE), **query, "continue": token})
            found += self._items(what, body, decode)
            body = following.result()

    def _continue_token(self, what: str, body: bytes) -> str:
        try:
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
        try:
            document = Document(msgspec.json.decode(body))
        except UNREADABLE:
            server = self.connection.server
            raise ClusterError(
                f"cannot {what}: {server} sent JSON that breaks off", status=200
            ) from None
        if not isinstance(document.value, dict):
            raise self._odd(what)
        return document

    def _odd(self, what: str) -> ClusterError:
        return ClusterError(
            f"cannot {what}: {self.connection.server} sent JSON of another shape",
            "is the server URL right, or does something else answer in its place?",
            status=200,
        )

    def _ahead(self, what: str, path: str, query: dict[str, str]) -> Future[bytes]:
        return background.start(lambda: self.get(what, path, query))

    def _attempt(
        self,
        what: str,
        path: str,
        query: dict[str, str],
        sending: Sending | None = None,
        *,
        plain: int = 0,
    ) -> bytes | _Trouble:
        import urllib3  # noqa: PLC0415

        where = f"{self.connection.server}{path}" + (f"?{urlencode(query)}" if query else "")
        timeout = urllib3.Timeout(
            connect=self._deadline.share(CONNECT_SECONDS), read=self._deadline.share(READ_SECONDS)
        )
        try:
            headers = self.connection.headers()
            if sending is not None:
                headers["Content-Type"] = sending.media
            response = self.connection.pool.request(
                sending.method if sending else "GET",
                where,
                body=sending.body if sending else None,
                headers=headers,
                timeout=timeout,
                retries=False,
                enforce_content_length=True,
                preload_content=False,
            )
            fits = response.status in (200, 201, 202)
            fits = fits and (_is_text if plain else _is_json)(response)
            most = (plain or LARGEST_ANSWER) if fits else LARGEST_REFUSAL
            body, whole = self._read(response, most)
        except urllib3.exceptions.HTTPError as error:
            return self._unreachable(what, error)
        if not fits:
            return self._refused(what, response, body)
        # Of a text the first part will do, but not a part that came before nobody waited any more.
        enough = plain > 0 and len(body) >= plain
        return body if whole or enough else self._cut(what, len(body))

    def _read(self, response: Any, most: int) -> tuple[bytes, bool]:
        """The body, cut off after ``most`` bytes or when nobody waits any more; whether it is
        whole.
        """
        parts: list[bytes] = []
        left = most
        while left >= 0 and self._deadline.left():
            part = response.read(CHUNK, decode_content=True)
            if not part:
                response.release_conn()
                return b"".join(parts), True
            parts.append(part)
            left -= len(part)
        response.close()
        return b"".join(parts)[:most], False

    def _cut(self, what: str, size: int) -> _Trouble:
        """What it means that a body had no end."""
        if size < LARGEST_ANSWER:
            late = f"cannot {what}: no whole answer within {self._deadline.seconds:g} s"
            return _Trouble(ClusterError(late, "a longer --request-timeout waits longer"))
        server = self.connection.server
        more = f"cannot {what}: {server} sent more than {LARGEST_ANSWER >> 20} MiB"
        return _Trouble(ClusterError(more, "does something else answer in its place?"))

    def _unreachable(self, what: str, error: Exception) -> _Trouble:
        import urllib3  # noqa: PLC0415

        server = self.connection.server
        if isinstance(error, urllib3.exceptions.SSLError):
            return _Trouble(
                ClusterError(
                    f"cannot {what}: TLS with {server} failed: {_tls_reason(error)}",
                    "check certificate-authority and the server's name in the kubeconfig",
                )
            )
        if isinstance(error, urllib3.exceptions.ProxyError):
            cause = "the proxy does not let through (HTTPS_PROXY, NO_PROXY)"
        elif isinstance(error, urllib3.exceptions.NewConnectionError):
            cause = "nothing listens there, or the name is unknown"
        elif isinstance(error, urllib3.exceptions.TimeoutError):
            cause = "no answer in time"
        else:
            cause = "the connection broke"
        return _Trouble(
            ClusterError(
                f"cannot {what}: {server}: {cause}",
                "is the server up, and reachable from here? kubectl cluster-info tells",
            ),
            attempts=CONNECTION_ATTEMPTS,
        )

    def _refused(self, what: str, response: Any, body: bytes) -> _Trouble:
        status = response.status
        server = self.connection.server
        attempts = ATTEMPTS.get(status, 1)
        if not _is_json(response):
            kind = response.headers.get("Content-Type", "").split(";")[0] or "no content type"
            return _Trouble(
                ClusterError(
                    f"cannot {what}: {server} does not speak the Kubernetes API: it answered "
                    f"{status} with {self._harmless(kind)}",
                    "is the server URL right, or does a proxy or login page stand in between?",
                    status,
                ),
                attempts,
                _retry_after(response),
            )
        message = self._harmless(_status_message(body) or response.reason or "")
        return _Trouble(
            ClusterError(f"cannot {what}: {status} {message}", self._hint(status), status),
            attempts,
            _retry_after(response),
        )

    def _hint(self, status: int) -> str:
        if status == 401:
            user = self.connection.user or "this user"
            return f"the credentials of {user} are wrong or have expired: log in again"
        return LEAST_PRIVILEGE if status == 403 else ""

    def _harmless(self, text: str) -> str:
        return harmless(text, self.connection.secrets())


def _is_json(response: Any) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _is_text(response: Any) -> bool:
    return str(response.headers.get("Content-Type", "")).startswith("text/plain")


def _status_message(body: bytes) -> str:
    try:
        return Document(msgspec.json.decode(body)).text("message")
    except UNREADABLE:
        return ""


def _retry_after(response: Any) -> float | None:
    """Seconds, as API servers send it; a date is a proxy's habit and is left to the backoff."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _tls_reason(error: Exception) -> str:
    """The words of OpenSSL without the file and line of the module that wraps it."""
    return str(error).split("] ", 1)[-1].split(" (_ssl.c", 1)[0]
