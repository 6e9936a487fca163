from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

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
from tests.collect.timing import FastClock
from tests.qa.security.authority import Authority

TOKEN = "t0ken-C4nary-of-the-kubeconfig"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def open_client(tmp_path: Path) -> Iterator[Callable[..., KubeClient]]:
    clients: list[KubeClient] = []

    def open_one(server: str, clock: FastClock | None = None, **options: object) -> KubeClient:
        config = {
            "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
        }
        path = tmp_path / "kubeconfig"
        path.write_bytes(msgspec.json.encode(config))
        given = CollectOptions(kubeconfig=str(path), **options)  # type: ignore[arg-type]
        client = KubeClient(connect(given, {}), Deadline(clock or FastClock(), 20.0))
        clients.append(client)
        return client

    yield open_one
    for client in clients:
        client.close()


@pytest.fixture
def simulator() -> Iterator[KubeSimulator]:
    with KubeSimulator() as kube:
        yield kube


def paged(pages: dict[str, tuple[list[str], str]]) -> Callable[[Request], Reply]:
    """A list whose page for a continue token is given with the next token."""

    def handle(request: Request) -> Reply:
        names, token = pages[request.first("continue")]
        items = [{"metadata": {"name": name}} for name in names]
        body = {"metadata": {"continue": token}, "items": items}
        return Reply(200, msgspec.json.encode(body), JSON)

    return handle


def names(body: bytes) -> list[str]:
    items = Document(msgspec.json.decode(body)).items("items")
    return [item.text("metadata", "name") for item in items]


def test_all_pages_of_a_list_are_read(open_client: Callable[..., KubeClient]) -> None:
    pages = {"": (["a", "b"], "1"), "1": (["c"], "2"), "2": (["d"], "")}
    with LoopbackServer(paged(pages)) as server:
        client = open_client(server.url)
        assert client.read_list("list x", "/x", names) == ["a", "b", "c", "d"]
        limits = [exchange.query["limit"] for exchange in server.requests]
        assert limits == [["500"]] * 3
        assert server.requests[0].user_agent.startswith("kubectl-routes/")


def test_every_page_is_asked_for_with_the_same_selector(
    open_client: Callable[..., KubeClient],
) -> None:
    with LoopbackServer(paged({"": (["a"], "1"), "1": (["b"], "")})) as server:
        client = open_client(server.url)
        assert client.read_list("list x", "/x", names, {"labelSelector": "pool=a"}) == ["a", "b"]
        asked = [exchange.query["labelSelector"] for exchange in server.requests]
    assert asked == [["pool=a"], ["pool=a"]]


def test_a_list_that_never_ends_is_an_error(open_client: Callable[..., KubeClient]) -> None:
    with LoopbackServer(paged({"": ([], "1"), "1": ([], "1")})) as server:
        client = open_client(server.url)
        with pytest.raises(ClusterError, match="never end"):
            client.read_list("list x", "/x", names)


@pytest.mark.parametrize(("expired", "works"), [(1, True), (2, False)])
def test_an_expired_continue_token_begins_the_list_again_once(
    open_client: Callable[..., KubeClient], expired: int, works: bool
) -> None:
    with LoopbackServer(paged({"": (["a"], "1"), "1": (["b"], "")})) as server:
        gone = Fault(
            FaultKind.REFUSE, match="continue=", times=expired, status=410, body=b"{}", headers=JSON
        )
        server.faults.add(gone)
        client = open_client(server.url)
        if works:
            assert client.read_list("list x", "/x", names) == ["a", "b"]
        else:
            with pytest.raises(ClusterError, match="410"):
                client.read_list("list x", "/x", names)


def test_many_nodes_come_in_pages_and_each_page_is_told(
    open_client: Callable[..., KubeClient], simulator: KubeSimulator
) -> None:
    bare = {"apiVersion": "v1", "kind": "Node", "spec": {}}
    for number in range(600):
        simulator.store.put({**bare, "metadata": {"name": f"n{number:03}"}})
    pages: list[int] = []
    nodes = read_nodes(open_client(simulator.url), lambda page: pages.append(len(page)))
    assert [node.name for node in nodes] == [f"n{number:03}" for number in range(600)]
    assert pages == [500, 100]


def test_impersonation_reaches_the_server(
    open_client: Callable[..., KubeClient], tmp_path: Path
) -> None:
    seen: list[dict[str, str]] = []

    def handle(request: Request) -> Reply:
        seen.append(request.headers)
        return Reply(200, b"{}", JSON)

    with LoopbackServer(handle) as server:
        client = open_client(server.url, as_user="ann", as_groups=("g1", "g2"))
        client.get("look", "/version")
    assert seen[0]["impersonate-user"] == "ann"
    assert seen[0]["authorization"] == f"Bearer {TOKEN}"
    assert "g2" in seen[0]["impersonate-group"]


def test_every_impersonated_group_counts(
    open_client: Callable[..., KubeClient], simulator: KubeSimulator
) -> None:
    simulator.access.tokens = {TOKEN: User("admin", ("system:masters",))}
    client = open_client(simulator.url, as_user="ann", as_groups=("g1", "g2"))
    assert client.get("list nodes", "/api/v1/nodes")


def test_retry_after_is_obeyed(open_client: Callable[..., KubeClient]) -> None:
    clock = FastClock()
    with LoopbackServer(lambda _: Reply(200, b"{}", JSON)) as server:
        later = {**JSON, "Retry-After": "3"}
        server.faults.add(Fault(FaultKind.REFUSE, times=2, status=503, body=b"{}", headers=later))
        open_client(server.url, clock=clock).get("look", "/x")
    assert clock.slept == [3.0, 3.0]


def test_a_retry_after_of_zero_does_not_make_us_ask_all_the_time(
    open_client: Callable[..., KubeClient],
) -> None:
    clock = FastClock()
    now = {**JSON, "Retry-After": "0"}
    with LoopbackServer(lambda _: Reply(503, b"{}", now)) as server:
        with pytest.raises(ClusterError, match="gave up within 20 s"):
            open_client(server.url, clock=clock).get("look", "/x")
        assert 20 <= len(server.requests) <= 30
    assert max(clock.slept) == 1.0


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(
    open_client: Callable[..., KubeClient],
) -> None:
    clock = FastClock()
    later = {**JSON, "Retry-After": "300"}
    body = b'{"message": "too many requests"}'
    with LoopbackServer(lambda _: Reply(429, body, later)) as server:
        client = open_client(server.url, clock=clock)
        with pytest.raises(ClusterError, match="gave up within 20 s") as raised:
            client.get("look", "/x")
    assert (raised.value.status, clock.slept) == (429, [])


def test_a_broken_connection_is_tried_again(open_client: Callable[..., KubeClient]) -> None:
    with LoopbackServer(lambda _: Reply(200, b'{"a": 1}', JSON)) as server:
        for kind in (FaultKind.RESET, FaultKind.HALF_BODY, FaultKind.DROP_AFTER_COMMIT):
            server.faults.add(Fault(kind))
        assert open_client(server.url).get("look", "/x").body == b'{"a": 1}'


def test_a_token_in_an_answer_is_not_repeated(open_client: Callable[..., KubeClient]) -> None:
    body = f'{{"message": "you sent\\n\\u001b[31m {TOKEN}"}}'.encode()
    with LoopbackServer(lambda _: Reply(403, body, JSON)) as server:
        client = open_client(server.url)
        with pytest.raises(ClusterError) as raised:
            client.get("look", "/x")
    assert TOKEN not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_certificate_that_is_not_trusted_is_told_at_once(
    open_client: Callable[..., KubeClient], tmp_path: Path
) -> None:
    tls = Authority(tmp_path).issue("127.0.0.1")
    clock = FastClock()
    with KubeSimulator(cert=tls.cert, key=tls.key) as kube, pytest.raises(ClusterError) as raised:
        open_client(kube.url, clock=clock).get("list nodes", "/api/v1/nodes")
    assert "certificate verify failed" in str(raised.value)
    assert "certificate-authority" in raised.value.hint
    assert clock.slept == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"{}", "sent unexpected JSON"),
        (b'{"data": {}}', "sent unexpected JSON"),
        (b'{"kind": "Status", "status": "Failure", "message": "no"}', "sent unexpected JSON"),
        (b'{"kind": [', "sent truncated JSON"),
    ],
)
def test_what_comes_in_place_of_an_object_is_not_one_without_fields(
    open_client: Callable[..., KubeClient], body: bytes, complaint: str
) -> None:
    with LoopbackServer(lambda _: Reply(200, body, JSON)) as server:
        client = open_client(server.url)
        with pytest.raises(ClusterError, match=complaint):
            client.document("read it", "/api/v1/namespaces/a/configmaps/b")


@pytest.mark.parametrize(
    ("media", "named"), [("text/html; charset=utf-8", "text/html"), ("", "no content type")]
)
def test_a_page_of_a_proxy_is_named_for_what_it_is(
    open_client: Callable[..., KubeClient], media: str, named: str
) -> None:
    page = Reply(200, b"<html>Please log in</html>", {"Content-Type": media})
    with LoopbackServer(lambda _: page) as server:
        client = open_client(server.url)
        complaint = f"does not speak the Kubernetes API: it answered 200 with {named}"
        with pytest.raises(ClusterError, match=complaint):
            client.get("look", "/x")
        with pytest.raises(ClusterError, match=complaint):
            client.text("read the log", "/log", {}, 1000)


@pytest.mark.parametrize("body", [b"\xff", b"[" * 100_000, b'"\\ud800"'])
def test_a_refusal_that_cannot_be_read_is_a_refusal(
    open_client: Callable[..., KubeClient], body: bytes
) -> None:
    with LoopbackServer(lambda _: Reply(403, body, JSON)) as server:
        client = open_client(server.url)
        with pytest.raises(ClusterError, match="cannot look: 403"):
            client.get("look", "/x")


def test_of_a_long_text_the_beginning_is_read(open_client: Callable[..., KubeClient]) -> None:
    plain = {"Content-Type": "text/plain"}
    with LoopbackServer(lambda _: Reply(200, b"x" * 5000, plain)) as server:
        assert open_client(server.url).text("read", "/log", {}, 100) == "x" * 100


# Of a log the beginning alone would read as one in which nothing more is said.
@pytest.mark.parametrize(
    ("media", "ask"),
    [
        ("application/json", lambda client: client.get("look", "/x")),
        ("text/plain", lambda client: client.text("look", "/log", {}, 1 << 30)),
    ],
)
def test_an_answer_that_trickles_is_not_waited_for(
    open_client: Callable[..., KubeClient], media: str, ask: Callable[[KubeClient], object]
) -> None:
    clock = FastClock()

    def trickle() -> Iterator[bytes]:
        while True:
            clock.sleep(5.0)
            yield b" " * CHUNK

    reply = Reply(200, headers={"Content-Type": media}, stream=trickle())
    with LoopbackServer(lambda _: reply) as server:
        client = open_client(server.url, clock=clock)
        with pytest.raises(ClusterError, match=r"cannot look: .*: no (whole )?answer within 20 s$"):
            ask(client)


def test_a_client_goes_by_its_own_deadline_on_a_connection_that_another_has_used() -> None:
    with SimulatedCluster() as cluster:
        options = CollectOptions(kubeconfig=str(cluster.kubeconfig))
        connection = connect(options, {})
        clock = SystemClock()
        first = KubeClient(connection, Deadline(clock, 0.5))
        assert first.document("read it", "/version").value
        clock.sleep(0.6)
        second = KubeClient(connection, Deadline(clock, 30.0))
        assert second.document("read it", "/version").value
        connection.transport.close()
