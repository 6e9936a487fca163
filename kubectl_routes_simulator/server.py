"""An HTTP/1.1 server on 127.0.0.1 that both halves of the simulated cluster speak through."""

from __future__ import annotations

import os
import select
import socket
import socketserver
import ssl
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from kubectl_routes_simulator.faults import Fault, FaultKind, Faults

# Neither the head of a TLS record nor of an HTTP answer.
_NOISE = b"\x00\xffnoise on the line\r\n\r\n"


class Request(Struct, frozen=True):
    """One request. Header names are in lower case, the values of a repeated one are joined with
    commas; ``path`` is decoded; ``peer`` is host, port.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter, or ``default`` when it is absent."""
        return self.query.get(name, [default])[0]


class Reply(Struct, frozen=True):
    """One answer: a whole ``body``, or a ``stream`` sent in chunks as they come. A stream with
    nothing to say yields ``b""`` twice a second, so that the server can notice that the client has
    gone.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    stream: Iterator[bytes] | None = None


class Exchange(Struct, frozen=True):
    """What the log keeps of a request. ``committed`` says whether the handler ran; ``status`` is 0
    for one left unanswered. Bodies may hold secrets: none is kept.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    user_agent: str
    committed: bool
    status: int


class LoopbackServer:
    """Answers requests on ``127.0.0.1`` with ``handle``, through ``faults``, each in a thread.

    With ``cert`` and ``key``, paths of PEM files, it speaks TLS. The socket listens as soon as the
    object exists.
    """

    def __init__(
        self,
        handle: Callable[[Request], Reply],
        cert: str = "",
        key: str = "",
    ) -> None:
        self.handle = handle
        self.faults = Faults()
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._log: list[Exchange] = []
        self._in_flight = 0
        self._peak = 0
        self._sockets = _Sockets(self)
        if cert:
            self._sockets.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._sockets.tls.load_cert_chain(cert, key)
        self._scheme = "https" if cert else "http"
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._sockets.server_address[1])

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port`` or ``https://…``, without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def requests(self) -> tuple[Exchange, ...]:
        """Every exchange since the start or the last ``forget``, in the order of the answers."""
        with self._lock:
            return tuple(self._log)

    @property
    def peak_in_flight(self) -> int:
        """The most requests that were being answered at the same moment."""
        with self._lock:
            return self._peak

    def forget(self) -> None:
        """Empty the log and lower the high-water mark to what is in flight now."""
        with self._lock:
            self._log.clear()
            self._peak = self._in_flight

    def start(self) -> LoopbackServer:
        """Begin to answer, in a thread of its own; returns the server."""
        self._thread = threading.Thread(target=self._sockets.accept_all, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering, cut every open connection and wait for its thread. Safe to repeat."""
        self.stopping.set()
        if self._thread is not None:
            # One more connection lets the thread see that it is over, without polling.
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            self._thread.join()
            self._thread = None
        self._sockets.server_close()
        self._sockets.cut_connections()

    def __enter__(self) -> LoopbackServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request as in flight."""
        with self._lock:
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def record(self, exchange: Exchange) -> None:
        """Add an exchange to the log."""
        with self._lock:
            self._log.append(exchange)


Served = TypeVar("Served", bound="SimulatedServer")


class SimulatedServer:
    """An API that answers through ``server``; a context manager."""

    def __init__(self, handle: Callable[[Request], Reply], cert: str, key: str) -> None:
        self.server = LoopbackServer(handle, cert, key)

    @property
    def url(self) -> str:
        """Where the server listens, scheme included."""
        return self.server.url

    def start(self: Served) -> Served:
        """Begin to answer; returns the simulator."""
        self.server.start()
        return self

    def stop(self) -> None:
        """Stop answering and close every socket. Safe to repeat."""
        self.server.stop()

    def __enter__(self: Served) -> Served:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Sockets(ThreadingHTTPServer):
    """The listening socket and the open connections of a LoopbackServer."""

    daemon_threads = True
    request_queue_size = 128
    tls: ssl.SSLContext | None = None

    def __init__(self, owner: LoopbackServer) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask the resolver for the name of the address here.
        socketserver.TCPServer.server_bind(self)

    def accept_all(self) -> None:
        """Take connections until the server is stopped."""
        while not self.owner.stopping.is_set():
            self.handle_request()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.owner.stopping.is_set():
            connection.close()
            raise ConnectionAbortedError
        if self.tls is not None:
            # The handshake is left to the connection's own thread: a silent client must not
            # keep the others from being accepted.
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._changed:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if struct.unpack("ii", linger)[0]:
            self.close_request(request)  # a FIN would spoil the reset
        else:
            super().shutdown_request(request)

    def close_request(self, request: Any) -> None:
        super().close_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def cut_connections(self) -> None:
        """Close what clients keep open, and wait until no thread holds a socket any more."""
        with self._changed:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was quicker
            self._changed.wait_for(lambda: not self._open, timeout=5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away or fails the handshake is its own business.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Sockets
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.do_handshake()

    def log_message(self, *_: Any) -> None:
        """Nothing goes to stderr: the log of the LoopbackServer is for tests to read."""

    def serve(self) -> None:
        """Answer one request, through the faults."""
        owner = self.server.owner
        with owner.answering():
            request = self._read()
            self._answer(request, owner.faults.take(f"{self.command} {self.path}"))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815 http.server's

    def _read(self) -> Request:
        target = urlsplit(self.path)
        return Request(
            method=self.command,
            path=unquote(target.path),
            query=parse_qs(target.query, keep_blank_values=True),
            headers={
                name.lower(): ",".join(self.headers.get_all(name, []))
                for name in self.headers.keys()  # noqa: SIM118 a Message iterates over nothing
            },
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            peer=(str(self.client_address[0]), int(self.client_address[1])),
        )

    def _answer(self, request: Request, fault: Fault | None) -> None:
        kind = None if fault is None else fault.kind
        if fault is not None and kind in (FaultKind.REFUSE, FaultKind.GARBAGE):
            status = fault.status if kind is FaultKind.REFUSE else 200
            self._record(request, committed=False, status=status)
            self._send(Reply(status, fault.body, fault.headers))
            return
        if kind in (FaultKind.RESET, FaultKind.NOISE):
            self._record(request, committed=False, status=0)
            self.close_connection = True
            if kind is FaultKind.NOISE:
                # Beneath TLS, where there is any.
                os.write(self.connection.fileno(), _NOISE)
            else:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return
        if fault is not None and kind is FaultKind.DELAY:
            self.server.owner.stopping.wait(fault.seconds)
        try:
            reply = self.server.owner.handle(request)
        except Exception:  # noqa: BLE001 a fault of the simulator must be seen, not be a hang-up
            traceback.print_exc()
            reply = Reply(500, b"the simulated cluster failed; its stderr says why\n")
        dropped = kind is FaultKind.DROP_AFTER_COMMIT
        self._record(request, committed=True, status=0 if dropped else reply.status)
        if dropped:
            self.close_connection = True
        else:
            self._send(reply, half=kind is FaultKind.HALF_BODY)

    def _record(self, request: Request, committed: bool, status: int) -> None:
        self.server.owner.record(
            Exchange(
                method=request.method,
                path=request.path,
                query=request.query,
                user_agent=request.headers.get("user-agent", ""),
                committed=committed,
                status=status,
            )
        )

    def _send(self, reply: Reply, half: bool = False) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if half:
            self.close_connection = True
        if reply.stream is not None:
            self._send_stream(reply.stream, half)
            return
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[: len(reply.body) // 2] if half else reply.body)

    def _send_stream(self, stream: Iterator[bytes], half: bool) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in stream:
            # A client has nothing to send now: what can be read is the end of the connection.
            gone = bool(select.select([self.connection], [], [], 0)[0])
            if gone or self.server.owner.stopping.is_set():
                self.close_connection = True
                return
            if part:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                if half:
                    return  # the terminating chunk never comes
        self.wfile.write(b"0\r\n\r\n")
