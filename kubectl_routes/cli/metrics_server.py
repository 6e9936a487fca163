"""The HTTP server of ``monitor``: GET and HEAD of a few pages, with a bound on everything."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import BoundedSemaphore, Thread
from typing import Any, NamedTuple

from kubectl_routes.model.errors import RoutesError
from kubectl_routes.model.message import message

# What a request may have before its empty line, in bytes, and how long it may take until it is
# answered, in seconds. Prometheus sends some 300 bytes.
LARGEST_HEAD = 8 * 1024
SECONDS = 5.0
# Connections at a time; another one is closed at once.
MOST_CONNECTIONS = 16
# How soon it notices that it is to be closed.
_POLL_SECONDS = 0.1

_REQUEST = re.compile(rb"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.[01]\r\n")
_PLAIN = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """The status of a page, its body and its media type."""

    status: int
    body: bytes
    kind: str = _PLAIN


Pages = Mapping[str, Callable[[], Answer]]


class MetricsServer(ThreadingTCPServer):
    """Serves ``pages`` by path, until ``close``. Each connection carries one request.

    An empty host means every address of the machine. Raises RoutesError where it cannot listen.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, pages: Pages) -> None:
        super().__init__((host, port), _Handler, bind_and_activate=False)
        self.pages = pages
        self._free = BoundedSemaphore(MOST_CONNECTIONS)
        self.socket.close()  # of a family of its own choice
        try:
            self.socket = _listening(host, port)
        except OSError as error:
            where = f"{host or '*'}:{port}"
            # Python puts the address behind the system's words.
            reason = str(error.strerror).partition(" (while ")[0]
            raise RoutesError(
                message("cannot listen on {where}: {reason}", where=where, reason=reason),
                message("choose another address with --listen"),
            ) from None
        serve = partial(self.serve_forever, _POLL_SECONDS)
        Thread(target=serve, daemon=True, name="kubectl-routes-metrics").start()

    @property
    def url(self) -> str:
        """Where it can be reached, without a path; the port is the one that it was given."""
        host, port = self.socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def close(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, where there is still room for one."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone, or is too slow, is not worth a word."""


def _listening(host: str, port: int) -> socket.socket:
    if not host and socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


class _Handler(BaseRequestHandler):
    """One connection: a request, an answer, the end."""

    server: MetricsServer

    def handle(self) -> None:
        """Read the head of the request and answer it; a body is not read."""
        head = _head(self.request, time.monotonic() + SECONDS)
        if head is None:
            return
        method, answer = self._answered(head)
        self.request.settimeout(SECONDS)
        self.request.sendall(_encoded(answer, with_body=method != b"HEAD"))
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_WR)

    def _answered(self, head: bytes) -> tuple[bytes, Answer]:
        if b"\r\n\r\n" not in head:
            return b"", Answer(431, b"the request is too large\n")
        found = _REQUEST.match(head)
        if found is None:
            return b"", Answer(400, b"not a request\n")
        method, path = found[1], found[2].decode().partition("?")[0]
        if method not in (b"GET", b"HEAD"):
            return method, Answer(405, b"only GET and HEAD\n")
        page = self.server.pages.get(path)
        return method, Answer(404, b"not found\n") if page is None else page()


def _head(connection: socket.socket, until: float) -> bytes | None:
    """What comes until the empty line, or until it is too much; None where the client leaves.

    Raises TimeoutError when it is not there in time, however slowly it comes.
    """
    head = b""
    while b"\r\n\r\n" not in head and len(head) <= LARGEST_HEAD:
        connection.settimeout(max(until - time.monotonic(), 0.001))
        piece = connection.recv(4096)
        if not piece:
            return None
        head += piece
    return head


def _encoded(answer: Answer, *, with_body: bool) -> bytes:
    lines = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.kind}",
        f"Content-Length: {len(answer.body)}",
        *(("Allow: GET, HEAD",) if answer.status == 405 else ()),
        "Cache-Control: no-store",
        "Connection: close",
        "",
        "",
    )
    return "\r\n".join(lines).encode() + (answer.body if with_body else b"")
