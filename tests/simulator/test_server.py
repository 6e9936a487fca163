"""The HTTP server that both halves of the simulated cluster speak through, and its faults."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import (
    BadStatusLine,
    HTTPConnection,
    HTTPSConnection,
    IncompleteRead,
    RemoteDisconnected,
)
from pathlib import Path

import pytest
import trustme

from kubectl_routes_simulator.faults import Fault, FaultKind, Faults
from kubectl_routes_simulator.server import Exchange, LoopbackServer, Reply, Request


def echo(request: Request) -> Reply:
    said = f"{request.method} {request.path} {request.body.decode()}"
    names = {
        "X-Name": request.first("name", "unknown"),
        "X-Group": request.headers.get("group", ""),
    }
    return Reply(body=said.encode(), headers=names)


def connected(server: LoopbackServer) -> closing[HTTPConnection]:
    return closing(HTTPConnection("127.0.0.1", server.port, timeout=5))


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(echo) as running:
        yield running


@pytest.fixture
def client(server: LoopbackServer) -> Iterator[HTTPConnection]:
    with connected(server) as connection:
        yield connection


def ask(client: HTTPConnection, target: str = "/a", method: str = "GET") -> tuple[int, bytes]:
    client.request(method, target, headers={"User-Agent": "tester"})
    answer = client.getresponse()
    return answer.status, answer.read()


def test_one_connection_carries_many_requests(client: HTTPConnection) -> None:
    client.putrequest("POST", "/p%20q?name=x")
    for name, value in (("Group", "one"), ("group", "two"), ("Content-Length", "4")):
        client.putheader(name, value)
    client.endheaders(b"data")
    first = client.getresponse()
    assert (first.status, first.read(), first.headers["X-Name"]) == (200, b"POST /p q data", "x")
    assert first.headers["X-Group"] == "one,two"
    before = client.sock
    assert ask(client, "/b") == (200, b"GET /b ")
    assert client.sock is before
    client.request("HEAD", "/a")
    answer = client.getresponse()
    assert (answer.read(), answer.headers["Content-Length"]) == (b"", "8")


def test_the_log_keeps_query_agent_and_whether_the_handler_ran(
    server: LoopbackServer, client: HTTPConnection
) -> None:
    ask(client, "/a?limit=5&x=")
    query = {"limit": ["5"], "x": [""]}
    assert server.requests == (Exchange("GET", "/a", query, "tester", True, 200),)
    server.forget()
    assert len(server.requests) == 0


ANSWERED = (200, b"GET /a ")


@pytest.mark.parametrize(
    ("fault", "answer", "logged"),
    [
        (Fault(FaultKind.REFUSE, status=429, body=b"slow"), (429, b"slow"), (False, 429)),
        (
            Fault(FaultKind.GARBAGE, body=b"<html>proxy</html>"),
            (200, b"<html>proxy</html>"),
            (False, 200),
        ),
        (Fault(FaultKind.DELAY, seconds=0.1), ANSWERED, (True, 200)),
        (Fault(FaultKind.DROP_AFTER_COMMIT), RemoteDisconnected, (True, 0)),
        (Fault(FaultKind.HALF_BODY), IncompleteRead, (True, 200)),
        (Fault(FaultKind.RESET), ConnectionResetError, (False, 0)),
        (Fault(FaultKind.NOISE), BadStatusLine, (False, 0)),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Fault) else "",
)
def test_a_fault(
    server: LoopbackServer,
    client: HTTPConnection,
    fault: Fault,
    answer: tuple[int, bytes] | type[Exception],
    logged: tuple[bool, int],
) -> None:
    server.faults.add(fault)
    start = time.monotonic()
    if isinstance(answer, tuple):
        assert ask(client) == answer
    else:
        with pytest.raises(answer) as caught:
            ask(client)
        # A reset is no mere hang-up.
        assert isinstance(caught.value, RemoteDisconnected) is (answer is RemoteDisconnected)
        client.close()
    assert time.monotonic() - start >= fault.seconds
    assert server.requests == (Exchange("GET", "/a", {}, "tester", *logged),)
    assert ask(client) == ANSWERED


def test_a_refusal_has_headers_and_half_a_body_promises_the_whole(
    server: LoopbackServer, client: HTTPConnection
) -> None:
    server.faults.add(Fault(FaultKind.REFUSE, headers={"Retry-After": "1"}))
    client.request("GET", "/a")
    answer = client.getresponse()
    assert (answer.status, answer.read(), answer.headers["Retry-After"]) == (503, b"", "1")
    server.faults.add(Fault(FaultKind.HALF_BODY))
    with pytest.raises(IncompleteRead) as caught:
        ask(client)
    assert (caught.value.partial, caught.value.expected) == (b"GET", 4)


def test_skip_lets_pass_then_times_strike_then_all_is_well() -> None:
    faults = Faults()
    fault = Fault(FaultKind.RESET, match="/nodes", skip=1, times=2)
    faults.add(fault)
    taken = [faults.take("GET /api/v1/nodes?limit=5") for _ in range(5)]
    assert taken == [None, fault, fault, None, None]
    assert faults.triggered == 2


def test_times_none_strikes_until_cleared() -> None:
    faults = Faults()
    fault = Fault(FaultKind.RESET, match=re.compile(r"^GET .*[?&]limit=\d"), times=None)
    faults.add(fault)
    lines = ("GET /a?limit=5", "POST /a?limit=5", "GET /a", "GET /b?x=1&limit=7")
    assert [faults.take(line) for line in lines] == [fault, None, None, fault]
    faults.clear()
    assert (faults.take(lines[0]), faults.triggered) == (None, 0)


def test_a_failing_handler_is_a_500_and_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(request: Request) -> Reply:
        raise KeyError(request.path)

    with LoopbackServer(broken) as server, connected(server) as client:
        assert ask(client)[0] == 500
    assert "KeyError: '/a'" in capsys.readouterr().err


def test_a_stream_comes_in_chunks_and_ends_but_half_of_it_never_does() -> None:
    with (
        LoopbackServer(lambda _: Reply(stream=iter([b"one", b"", b"two"]))) as server,
        connected(server) as client,
    ):
        assert ask(client) == (200, b"onetwo")
        assert ask(client) == (200, b"onetwo")
        server.faults.add(Fault(FaultKind.HALF_BODY))
        with pytest.raises(IncompleteRead):
            ask(client)


def endless(ended: threading.Event) -> Iterator[bytes]:
    try:
        yield b"line\n"
        while True:
            time.sleep(0.01)
            yield b""
    finally:
        ended.set()


def test_stop_cuts_idle_connections_and_endless_streams() -> None:
    ended = threading.Event()
    server = LoopbackServer(lambda _: Reply(stream=endless(ended))).start()
    idle = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    with closing(idle), connected(server) as watching:
        watching.request("GET", "/watch")
        answer = watching.getresponse()
        assert answer.readline() == b"line\n"
        start = time.monotonic()
        server.stop()
        server.stop()
        assert time.monotonic() - start < 1
        assert idle.recv(1) == b""
        with pytest.raises(IncompleteRead):
            answer.read()
        answer.close()


def test_a_stream_ends_when_its_client_goes() -> None:
    ended = threading.Event()
    with LoopbackServer(lambda _: Reply(stream=endless(ended))) as server:
        with connected(server) as client:
            client.request("GET", "/watch")
            client.getresponse().close()
        assert ended.wait(5)


def test_the_peak_counts_requests_answered_at_once() -> None:
    together = threading.Barrier(3)

    def meet(_: Request) -> Reply:
        together.wait(5)
        return Reply()

    with LoopbackServer(meet) as server:
        clients = [HTTPConnection("127.0.0.1", server.port, timeout=5) for _ in range(3)]
        for client in clients:
            client.request("GET", "/a")
        for client in clients:
            client.getresponse().read()
            client.close()
        assert server.peak_in_flight == 3


def test_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    authority = trustme.CA()
    pem = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.cert_chain_pems[0].write_to_path(str(cert))
    pem.private_key_pem.write_to_path(str(key))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with LoopbackServer(echo, cert=str(cert), key=str(key)) as server:
        assert server.url == f"https://127.0.0.1:{server.port}"
        silent = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        client = HTTPSConnection("127.0.0.1", server.port, timeout=5, context=context)
        with closing(silent), closing(client):
            assert ask(client) == ANSWERED
            server.faults.add(Fault(FaultKind.RESET))
            server.faults.add(Fault(FaultKind.NOISE, skip=1))
            with pytest.raises(ConnectionResetError):
                ask(client)
            client.close()
            assert ask(client) == ANSWERED
            with pytest.raises(ssl.SSLError):
                ask(client)
