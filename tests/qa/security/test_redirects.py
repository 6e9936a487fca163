"""An API that redirects to another host: nothing is sent there, whatever the redirect says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import LoopbackServer, Reply
from tests.qa.security.authority import Authority
from tests.qa.security.planted import Planted
from tests.qa.security.sources import SOURCES, Services, services
from tests.qa.security.users import USERS, use

STATUSES = (301, 302, 303, 307, 308)
JSON = {"Content-Type": "application/json"}
WORDS = {
    "kube": ("status", "diagnose", "enable", "snapshot"),
    "vpc": ("status", "tables"),
    "addon": ("enable", "disable"),
}
LINES = {
    "status": ("status",),
    "tables": ("tables",),
    "diagnose": ("diagnose",),
    "enable": ("enable", "--tables", "auto", "--yes"),
    "disable": ("disable", "--yes"),
    "snapshot": ("snapshot", "-o", "-"),
}


@pytest.fixture
def elsewhere() -> Iterator[LoopbackServer]:
    """Another port and, as ``localhost``, another host."""
    with LoopbackServer(lambda _: Reply(200, b"{}", JSON)) as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Planted]:
    Authority(tmp_path)  # the file that the kubeconfig names
    with SimulatedCluster("managed-blocked", nodes=4) as cluster:
        found = Planted(cluster, tmp_path)
        use(found, USERS["token"](found))
        yield found


def leading(elsewhere: LoopbackServer, status: int, host: str) -> Reply:
    target = f"http://{host}:{elsewhere.port}/there?AccessKeyId=x"
    return Reply(status, b'{"kind": "Status"}', {**JSON, "Location": target})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("api", WORDS)
def test_no_api_sends_anyone_elsewhere(
    place: Planted, elsewhere: LoopbackServer, api: str, status: int, host: str
) -> None:
    server = getattr(place.cluster, api).server
    server.handle = lambda _: leading(elsewhere, status, host)
    for name in WORDS[api]:
        server.forget()
        answer = place.run(*LINES[name], "--request-timeout", "1s", "-v", "10")
        assert answer.code == 3, answer
        assert "error: " in answer.stderr
        assert server.requests != ()
        assert elsewhere.requests == ()


@pytest.fixture
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with services(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("source", ["RRSA", "CLI profile RamRoleArn", "credentials URI"])
def test_no_service_of_keys_does(
    place: Planted, around: Services, elsewhere: LoopbackServer, source: str, status: int
) -> None:
    place.without_key()
    place.env |= SOURCES[source](place, around).env
    for server in (around.sts, around.local):
        server.handle = lambda _: leading(elsewhere, status, "localhost")
    answer = place.run("status", "--request-timeout", "2s")
    assert answer.code == 3
    assert "no credentials for the VPC API" in answer.stdout
    assert around.sts.requests or around.local.requests
    assert elsewhere.requests == ()


def test_whoever_follows_is_seen(elsewhere: LoopbackServer) -> None:
    with LoopbackServer(lambda _: leading(elsewhere, 302, "localhost")) as server:
        requests.get(server.url, timeout=5)
    assert [one.path for one in elsewhere.requests] == ["/there"]
