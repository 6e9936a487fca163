"""The HTTP server of ``monitor``: it answers what it should, and nothing keeps it busy."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from kubectl_routes.cli import metrics_server
from kubectl_routes.cli.metrics_server import MOST_CONNECTIONS, Answer, MetricsServer
from kubectl_routes.model.errors import RoutesError
from tests.cli.asking import eventually

PAGE = Answer(200, b"a 1\n")


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    started = MetricsServer("127.0.0.1", 0, {"/metrics": lambda: PAGE})
    yield started
    started.close()


def connected(server: MetricsServer) -> socket.socket:
    address = server.socket.getsockname()[:2]
    return socket.create_connection(address, timeout=10)


def said(server: MetricsServer, request: bytes) -> bytes:
    """All that comes back."""
    with connected(server) as client:
        client.sendall(request)
        return received(client)


def received(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_get_is_answered_whole(server: MetricsServer) -> None:
    head, _, body = said(server, b"GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n").partition(
        b"\r\n\r\n"
    )
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: 4",
        b"Cache-Control: no-store",
        b"Connection: close",
    ]
    assert body == PAGE.body


def test_a_head_has_no_body(server: MetricsServer) -> None:
    answer = said(server, b"HEAD /metrics HTTP/1.1\r\n\r\n")
    assert b"Content-Length: 4\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /other HTTP/1.1\r\n\r\n", b"404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\nContent-Length: 1\r\n\r\n", b"405 Method Not Allowed"),
        (b"DELETE /metrics HTTP/1.0\r\n\r\n", b"405 Method Not Allowed"),
        (b"GET http://a/metrics HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"\x16\x03\x01\x00\xf0\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 9000, b"431 Request Header Fields Too Large"),
    ],
)
def test_what_is_no_get_of_a_page_is_refused(
    server: MetricsServer, request_: bytes, status: bytes
) -> None:
    answer = said(server, request_)
    assert answer.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert (b"\r\nAllow: GET, HEAD\r\n" in answer) == status.startswith(b"405")


def test_a_client_that_is_slow_for_ever_is_left(
    server: MetricsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_server, "SECONDS", 0.2)
    began = time.monotonic()
    with connected(server) as client:
        for letter in b"GET /metrics":
            client.sendall(bytes([letter]))
            time.sleep(0.01)
        assert received(client) == b""
    assert time.monotonic() - began < 5
    assert said(server, b"GET /metrics HTTP/1.1\r\n\r\n").endswith(PAGE.body)


def test_a_client_that_leaves_is_no_trouble(server: MetricsServer) -> None:
    connected(server).close()
    assert said(server, b"GET /metrics HTTP/1.1\r\n\r\n").endswith(PAGE.body)


def test_more_connections_than_there_is_room_for_are_closed_at_once(server: MetricsServer) -> None:
    waiting = [connected(server) for _ in range(MOST_CONNECTIONS)]
    with connected(server) as surplus:
        assert received(surplus) == b""
    for client in waiting:
        client.close()
    eventually(lambda: b"200 OK" in _tried(server))


def _tried(server: MetricsServer) -> bytes:
    try:
        return said(server, b"GET /metrics HTTP/1.1\r\n\r\n")
    except OSError:
        return b""


def test_every_address_and_that_of_ipv6() -> None:
    for host, shown in (("", "::" if socket.has_dualstack_ipv6() else "0.0.0.0"), ("::1", "::1")):
        try:
            started = MetricsServer(host, 0, {"/metrics": lambda: PAGE})
        except RoutesError:
            pytest.skip("this machine has no IPv6")
        try:
            address = f"[{shown}]" if ":" in shown else shown
            assert started.url.startswith(f"http://{address}:")
            assert said(started, b"GET /metrics HTTP/1.1\r\n\r\n").endswith(PAGE.body)
        finally:
            started.close()
