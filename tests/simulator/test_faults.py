from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
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
    return Reply(
        body=f"{request.method} {request.path} {request.body.decode()}".encode(),
        headers={"X-Name": request.first("name", "unknown")},
    )


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(echo) as running:
        yield running


@pytest.fixture
def client(server: LoopbackServer) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    yield connection
    connection.close()


def ask(client: HTTPConnection, target: str, method: str = "GET") -> tuple[int, bytes]:
    client.request(method, target, headers={"User-Agent": "tester"})
    answer = client.getresponse()
    return answer.status, answer.read()


def exchange(committed: bool, status: int) -> Exchange:
    return Exchange("GET", "/a", {}, "tester", committed, status)


def test_one_connection_carries_many_requests(client: HTTPConnection) -> None:
    client.request("POST", "/p%20q?name=x", body=b"data")
    first = client.getresponse()
    assert (first.status, first.read(), first.headers["X-Name"]) == (200, b"POST /p q data", "x")
    before = client.sock
    assert ask(client, "/b") == (200, b"GET /b ")
    assert client.sock is before


def test_head_has_the_length_and_no_body(client: HTTPConnection) -> None:
    client.request("HEAD", "/a")
    answer = client.getresponse()
    assert (answer.read(), answer.headers["Content-Length"]) == (b"", "8")


def test_the_log_keeps_query_agent_and_whether_the_handler_ran(
    server: LoopbackServer, client: HTTPConnection
) -> None:
    ask(client, "/a?limit=5&x=")
    assert server.requests == (
        Exchange("GET", "/a", {"limit": ["5"], "x": [""]}, "tester", True, 200),
    )
    server.forget()
    assert len(server.requests) == 0


def test_refuse_answers_before_the_handler_runs(
    server: LoopbackServer, client: HTTPConnection
) -> None:
    fault = Fault(FaultKind.REFUSE, status=429, body=b"slow", headers={"Retry-After": "1"})
    server.faults.add(fault)
    client.request("GET", "/a", headers={"User-Agent": "tester"})
    answer = client.getresponse()
    assert (answer.status, answer.read(), answer.headers["Retry-After"]) == (429, b"slow", "1")
    assert server.requests == (exchange(committed=False, status=429),)
    assert ask(client, "/a") == (200, b"GET /a ")


def test_drop_after_commit_runs_the_handler_and_hangs_up(
    server: LoopbackServer, client: HTTPConnection
) -> None:
    server.faults.add(Fault(FaultKind.DROP_AFTER_COMMIT))
    with pytest.raises(RemoteDisconnected):
        ask(client, "/a")
    assert server.requests == (exchange(committed=True, status=0),)


def test_delay_answers_late(server: LoopbackServer, client: HTTPConnection) -> None:
    server.faults.add(Fault(FaultKind.DELAY, seconds=0.1))
    start = time.monotonic()
    assert ask(client, "/a") == (200, b"GET /a ")
    assert time.monotonic() - start >= 0.1


def test_half_a_body_promises_the_whole(server: LoopbackServer, client: HTTPConnection) -> None:
    server.faults.add(Fault(FaultKind.HALF_BODY))
    with pytest.raises(IncompleteRead) as caught:
        ask(client, "/a")
    assert (caught.value.partial, caught.value.expected) == (b"GET", 4)
    assert server.requests == (exchange(committed=True, status=200),)


def test_garbage_is_a_200_with_the_given_bytes(
    server: LoopbackServer, client: HTTPConnection
) -> None:
    server.faults.add(Fault(FaultKind.GARBAGE, body=b"<html>proxy</html>"))
    assert ask(client, "/a") == (200, b"<html>proxy</html>")
    assert server.requests == (exchange(committed=False, status=200),)


def test_reset_is_a_tcp_reset(server: LoopbackServer, client: HTTPConnection) -> None:
    server.faults.add(Fault(FaultKind.RESET))
    with pytest.raises(ConnectionResetError) as caught:
        ask(client, "/a")
    assert not isinstance(caught.value, RemoteDisconnected)
    assert server.requests == (exchange(committed=False, status=0),)


def test_skip_lets_pass_then_times_strike_then_all_is_well() -> None:
    faults = Faults()
    fault = Fault(FaultKind.RESET, match="/nodes", skip=1, times=2)
    faults.add(fault)
    taken = [faults.take("GET /api/v1/nodes?limit=5") for _ in range(5)]
    assert taken == [None, fault, fault, None, None]


def test_times_none_strikes_until_cleared() -> None:
    faults = Faults()
    fault = Fault(FaultKind.RESET, match=re.compile(r"^GET .*[?&]limit=\d"), times=None)
    faults.add(fault)
    lines = ("GET /a?limit=5", "POST /a?limit=5", "GET /a", "GET /b?x=1&limit=7")
    assert [faults.take(line) for line in lines] == [fault, None, None, fault]
    faults.clear()
    assert faults.take(lines[0]) is None


def test_a_failing_handler_is_a_500_and_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(request: Request) -> Reply:
        raise KeyError(request.path)

    with LoopbackServer(broken) as server:
        client = HTTPConnection("127.0.0.1", server.port, timeout=5)
        status, _ = ask(client, "/a")
        client.close()
    assert status == 500
    assert "KeyError: '/a'" in capsys.readouterr().err


def test_a_stream_comes_in_chunks_and_ends() -> None:
    with LoopbackServer(lambda _: Reply(stream=iter([b"one", b"", b"two"]))) as server:
        client = HTTPConnection("127.0.0.1", server.port, timeout=5)
        assert ask(client, "/watch") == (200, b"onetwo")
        assert ask(client, "/watch") == (200, b"onetwo")
        client.close()


def test_stop_cuts_idle_connections_and_endless_streams() -> None:
    def endless(request: Request) -> Iterator[bytes]:
        yield b"line\n"
        while True:
            time.sleep(0.01)
            yield b""

    server = LoopbackServer(lambda request: Reply(stream=endless(request))).start()
    idle = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    watching = HTTPConnection("127.0.0.1", server.port, timeout=5)
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
    idle.close()
    answer.close()
    watching.close()


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
    with LoopbackServer(echo, cert=str(cert), key=str(key)) as server:
        assert server.url == f"https://127.0.0.1:{server.port}"
        silent = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        context = trusting(authority)
        client = HTTPSConnection("127.0.0.1", server.port, timeout=5, context=context)
        assert ask(client, "/a") == (200, b"GET /a ")
        server.faults.add(Fault(FaultKind.RESET))
        with pytest.raises(ConnectionResetError):
            ask(client, "/a")
        client.close()
        silent.close()


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_stream_ends_when_its_client_goes() -> None:
    ended = threading.Event()

    def endless() -> Iterator[bytes]:
        try:
            while True:
                time.sleep(0.01)
                yield b""
        finally:
            ended.set()

    with LoopbackServer(lambda _: Reply(stream=endless())) as server:
        client = HTTPConnection("127.0.0.1", server.port, timeout=5)
        client.request("GET", "/watch")
        answer = client.getresponse()
        answer.close()
        client.close()
        assert ended.wait(5)


def test_half_a_stream_never_ends_properly() -> None:
    with LoopbackServer(lambda _: Reply(stream=iter([b"one", b"two"]))) as server:
        server.faults.add(Fault(FaultKind.HALF_BODY))
        client = HTTPConnection("127.0.0.1", server.port, timeout=5)
        with pytest.raises(IncompleteRead):
            ask(client, "/watch")
        client.close()


def test_a_repeated_header_is_joined_with_commas() -> None:
    with LoopbackServer(lambda request: Reply(body=request.headers["x-group"].encode())) as server:
        client = HTTPConnection("127.0.0.1", server.port, timeout=5)
        client.putrequest("GET", "/")
        client.putheader("X-Group", "one")
        client.putheader("x-group", "two")
        client.endheaders()
        assert client.getresponse().read() == b"one,two"
        client.close()


def test_noise_is_neither_http_nor_tls(
    server: LoopbackServer, client: HTTPConnection, tmp_path: Path
) -> None:
    server.faults.add(Fault(FaultKind.NOISE))
    with pytest.raises(BadStatusLine):
        ask(client, "/a")
    authority = trustme.CA()
    pem = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.cert_chain_pems[0].write_to_path(str(cert))
    pem.private_key_pem.write_to_path(str(key))
    with LoopbackServer(echo, cert=str(cert), key=str(key)) as safe:
        safe.faults.add(Fault(FaultKind.NOISE, skip=1))
        secure = HTTPSConnection("127.0.0.1", safe.port, timeout=5, context=trusting(authority))
        assert ask(secure, "/a") == (200, b"GET /a ")
        with pytest.raises(ssl.SSLError):
            ask(secure, "/a")
        secure.close()


def test_the_struck_are_counted_until_all_is_cleared() -> None:
    faults = Faults()
    faults.add(Fault(FaultKind.RESET, match="/nodes", times=None))
    for line in ("GET /nodes", "GET /pods", "GET /nodes"):
        faults.take(line)
    assert faults.triggered == 2
    faults.clear()
    assert faults.triggered == 0
