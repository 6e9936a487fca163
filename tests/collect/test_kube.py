from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_routes.collect.answers import CHUNK
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.nodes import read_nodes
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import ClusterError
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_access import User
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.cli.asking import kubeconfig
from tests.collect.timing import FastClock
from tests.qa.security.authority import Authority

TOKEN = "t0ken-C4nary-of-the-kubeconfig"
JSON = {"Content-Type": "application/json"}
EMPTY = Reply(200, b"{}", JSON)

Opened = Callable[..., KubeClient]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """A client of a server, which runs until the test ends, or of one that answers this alone."""
    with ExitStack() as stack:

        def opened_one(
            server: LoopbackServer | KubeSimulator | Reply,
            clock: FastClock | None = None,
            **options: Any,
        ) -> KubeClient:
            reply = server
            if isinstance(reply, Reply):
                server = LoopbackServer(lambda _: reply)
            assert not isinstance(server, Reply)
            running: Any = stack.enter_context(server)
            path = kubeconfig(tmp_path, running.url, token=TOKEN)
            connection = connect(CollectOptions(kubeconfig=path, **options), {})
            stack.callback(connection.transport.close)
            return KubeClient(connection, Deadline(clock or FastClock(), 20.0))

        yield opened_one


def paged(pages: dict[str, tuple[list[str], str]]) -> LoopbackServer:
    """A list whose page for a continue token is given with the next token."""

    def handle(request: Request) -> Reply:
        names, token = pages[request.first("continue")]
        items = [{"metadata": {"name": name}} for name in names]
        body = {"metadata": {"continue": token}, "items": items}
        return Reply(200, msgspec.json.encode(body), JSON)

    return LoopbackServer(handle)


def names(body: bytes) -> list[str]:
    items = Document(msgspec.json.decode(body)).items("items")
    return [item.text("metadata", "name") for item in items]


def test_all_pages_of_a_list_are_read_with_the_same_selector(opened: Opened) -> None:
    server = paged({"": (["a", "b"], "1"), "1": (["c"], "2"), "2": (["d"], "")})
    listed = opened(server).read_list("list x", "/x", names, {"labelSelector": "pool=a"})
    assert listed == ["a", "b", "c", "d"]
    asked = [(one.query["limit"], one.query["labelSelector"]) for one in server.requests]
    assert asked == [(["500"], ["pool=a"])] * 3
    assert server.requests[0].user_agent.startswith("kubectl-routes/")


def test_a_list_that_never_ends_is_an_error(opened: Opened) -> None:
    with pytest.raises(ClusterError, match="never end"):
        opened(paged({"": ([], "1"), "1": ([], "1")})).read_list("list x", "/x", names)


@pytest.mark.parametrize(("expired", "works"), [(1, True), (2, False)])
def test_an_expired_continue_token_begins_the_list_again_once(
    opened: Opened, expired: int, works: bool
) -> None:
    server = paged({"": (["a"], "1"), "1": (["b"], "")})
    gone = Fault(FaultKind.REFUSE, "continue=", expired, status=410, body=b"{}", headers=JSON)
    server.faults.add(gone)
    client = opened(server)
    if works:
        assert client.read_list("list x", "/x", names) == ["a", "b"]
    else:
        with pytest.raises(ClusterError, match="410"):
            client.read_list("list x", "/x", names)


def test_many_nodes_come_in_pages_and_each_page_is_told(opened: Opened) -> None:
    simulator = KubeSimulator()
    bare = {"apiVersion": "v1", "kind": "Node", "spec": {}}
    for number in range(600):
        simulator.store.put({**bare, "metadata": {"name": f"n{number:03}"}})
    pages: list[int] = []
    nodes = read_nodes(opened(simulator), lambda page: pages.append(len(page)))
    assert [node.name for node in nodes] == [f"n{number:03}" for number in range(600)]
    assert pages == [500, 100]


def test_impersonation_reaches_the_server(opened: Opened) -> None:
    seen: list[dict[str, str]] = []

    def handle(request: Request) -> Reply:
        seen.append(request.headers)
        return EMPTY

    client = opened(LoopbackServer(handle), as_user="ann", as_groups=("g1", "g2"))
    client.get("look", "/version")
    headers = seen[0]
    assert headers["impersonate-user"] == "ann"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert "g2" in headers["impersonate-group"]


def test_every_impersonated_group_counts(opened: Opened) -> None:
    simulator = KubeSimulator()
    simulator.access.tokens = {TOKEN: User("admin", ("system:masters",))}
    client = opened(simulator, as_user="ann", as_groups=("g1", "g2"))
    assert client.get("list nodes", "/api/v1/nodes")


def test_retry_after_is_obeyed(opened: Opened) -> None:
    clock, server = FastClock(), LoopbackServer(lambda _: EMPTY)
    later = {**JSON, "Retry-After": "3"}
    server.faults.add(Fault(FaultKind.REFUSE, times=2, status=503, body=b"{}", headers=later))
    opened(server, clock).get("look", "/x")
    assert clock.slept == [3.0, 3.0]


def test_a_retry_after_of_zero_does_not_make_us_ask_all_the_time(opened: Opened) -> None:
    clock = FastClock()
    server = LoopbackServer(lambda _: Reply(503, b"{}", {**JSON, "Retry-After": "0"}))
    with pytest.raises(ClusterError, match="gave up within 20 s"):
        opened(server, clock).get("look", "/x")
    assert 20 <= len(server.requests) <= 30
    assert max(clock.slept) == 1.0


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(opened: Opened) -> None:
    clock = FastClock()
    reply = Reply(429, b'{"message": "too many requests"}', {**JSON, "Retry-After": "300"})
    with pytest.raises(ClusterError, match="gave up within 20 s") as raised:
        opened(reply, clock).get("look", "/x")
    assert (raised.value.status, clock.slept) == (429, [])


def test_a_broken_connection_is_tried_again(opened: Opened) -> None:
    server = LoopbackServer(lambda _: Reply(200, b'{"a": 1}', JSON))
    for kind in (FaultKind.RESET, FaultKind.HALF_BODY, FaultKind.DROP_AFTER_COMMIT):
        server.faults.add(Fault(kind))
    assert opened(server).get("look", "/x").body == b'{"a": 1}'


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """The URL of a server that answers everything with these bytes, and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                with client:
                    client.recv(65536)
                    client.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        ("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n", "chunks.*damaged"),
        ("302 Found\r\nLocation: http://[x\r\n\r\n{}", "cannot look: 302"),
        ("302 Found\r\nLocation: http://a:xx/\r\n\r\n{}", "cannot look: 302"),
    ],
)
def test_an_answer_that_breaks_the_rules_of_http(tmp_path: Path, head: str, complaint: str) -> None:
    status, rest = head.split("\r\n", 1)
    answer = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{rest}".encode()
    with saying(answer) as url:
        path = kubeconfig(tmp_path, url, token=TOKEN)
        connection = connect(CollectOptions(kubeconfig=path), {})
        client = KubeClient(connection, Deadline(FastClock(), 20.0))
        with pytest.raises(ClusterError, match=complaint):
            client.get("look", "/x")
        client.close()


def test_a_token_in_an_answer_is_not_repeated(opened: Opened) -> None:
    body = f'{{"message": "you sent\\n\\u001b[31m {TOKEN}"}}'.encode()
    with pytest.raises(ClusterError) as raised:
        opened(Reply(403, body, JSON)).get("look", "/x")
    assert TOKEN not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_certificate_that_is_not_trusted_is_told_at_once(opened: Opened, tmp_path: Path) -> None:
    tls, clock = Authority(tmp_path).issue("127.0.0.1"), FastClock()
    with pytest.raises(ClusterError, match="certificate verify failed") as raised:
        opened(KubeSimulator(cert=tls.cert, key=tls.key), clock).get("look", "/x")
    assert "certificate-authority" in raised.value.hint
    assert clock.slept == []


ODD = "sent unexpected JSON"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"{}", ODD),
        (b'{"data": {}}', ODD),
        (b'{"kind": "Status", "status": "Failure", "message": "no"}', ODD),
        (b'{"kind": [', "sent truncated JSON"),
    ],
)
def test_what_comes_in_place_of_an_object_is_not_one_without_fields(
    opened: Opened, body: bytes, complaint: str
) -> None:
    with pytest.raises(ClusterError, match=complaint):
        opened(Reply(200, body, JSON)).document("read it", "/api/v1/namespaces/a/configmaps/b")


@pytest.mark.parametrize(
    ("media", "named"), [("text/html; charset=utf-8", "text/html"), ("", "no content type")]
)
def test_a_page_of_a_proxy_is_named_for_what_it_is(opened: Opened, media: str, named: str) -> None:
    client = opened(Reply(200, b"<html>Please log in</html>", {"Content-Type": media}))
    complaint = f"does not speak the Kubernetes API: it answered 200 with {named}"
    with pytest.raises(ClusterError, match=complaint):
        client.get("look", "/x")
    with pytest.raises(ClusterError, match=complaint):
        client.text("read the log", "/log", {}, 1000)


@pytest.mark.parametrize("body", [b"\xff", b"[" * 100_000, b'"\\ud800"'])
def test_a_refusal_that_cannot_be_read_is_a_refusal(opened: Opened, body: bytes) -> None:
    with pytest.raises(ClusterError, match="cannot look: 403"):
        opened(Reply(403, body, JSON)).get("look", "/x")


def test_of_a_long_text_the_beginning_is_read(opened: Opened) -> None:
    client = opened(Reply(200, b"x" * 5000, {"Content-Type": "text/plain"}))
    assert client.text("read", "/log", {}, 100) == "x" * 100


# Of a log the beginning alone would read as one in which nothing more is said.
@pytest.mark.parametrize(
    ("media", "ask"),
    [
        ("application/json", lambda client: client.get("look", "/x")),
        ("text/plain", lambda client: client.text("look", "/log", {}, 1 << 30)),
    ],
)
def test_an_answer_that_trickles_is_not_waited_for(
    opened: Opened, media: str, ask: Callable[[KubeClient], object]
) -> None:
    clock = FastClock()

    def trickle() -> Iterator[bytes]:
        while True:
            clock.sleep(5.0)
            yield b" " * CHUNK

    client = opened(Reply(200, headers={"Content-Type": media}, stream=trickle()), clock)
    with pytest.raises(ClusterError, match=r"cannot look: .*: no (whole )?answer within 20 s$"):
        ask(client)


def test_a_client_goes_by_its_own_deadline_on_a_connection_that_another_has_used(
    cluster: SimulatedCluster,
) -> None:
    connection = connect(CollectOptions(kubeconfig=str(cluster.kubeconfig)), {})
    clock = SystemClock()
    first = KubeClient(connection, Deadline(clock, 0.5))
    assert first.document("read it", "/version").value
    clock.sleep(0.6)
    second = KubeClient(connection, Deadline(clock, 30.0))
    assert second.document("read it", "/version").value
    connection.transport.close()
