"""The key to the VPC API, from every source, with APIs that answer and that echo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.security.commands import some
from tests.qa.security.echoes import OF_CLOUD
from tests.qa.security.planted import Planted
from tests.qa.security.sources import ASKING, SOURCES, Services, services

LINES = (
    ("status", "-o", "json"),
    ("tables",),
    ("diagnose", "-o", "html"),
    ("enable", "--tables", "auto", "--dry-run", "client", "-o", "diff"),
    ("snapshot", "-o", "-"),
)
MAX_WAIT = ("--request-timeout", "1s")


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with services(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.fixture
def place(tmp_path: Path, around: Services) -> Iterator[Planted]:
    with SimulatedCluster("conflict", nodes=4) as cluster:
        found = Planted(cluster, tmp_path)
        found.canaries |= {"id": around.key.id, "key": around.key.secret, "t": around.key.token}
        found.without_key()
        yield found


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(source, marks=pytest.mark.smoke if source == "environment" else ())
        for source in SOURCES
    ],
)
def test_a_key_is_used_and_not_shown(place: Planted, around: Services, source: str) -> None:
    laid = SOURCES[source](place, around)
    place.env |= laid.env
    place.cluster.vpc.gatekeeper.keys = {laid.key.id: laid.key}
    for words in LINES:
        for verbosity in ("0", "10"):
            answer = place.run(*words, "-v", verbosity)
            assert answer.code in (0, 1), answer
    assert len(place.cluster.vpc.server.requests) > 20


@pytest.mark.parametrize("echo", some(OF_CLOUD))
@pytest.mark.parametrize("source", ["environment, temporary", "CLI profile RamRoleArn"])
def test_an_api_that_repeats_the_request_is_not_passed_on(
    place: Planted, around: Services, source: str, echo: str
) -> None:
    laid = SOURCES[source](place, around)
    place.env |= laid.env
    place.cluster.vpc.server.handle = OF_CLOUD[echo]
    for words in (LINES[0], LINES[2], LINES[3]):
        answer = place.run(*words, *MAX_WAIT, "-v", "10")
        assert answer.code == 3, answer
    sent = place.cluster.vpc.server.requests[0].query
    assert (sent["AccessKeyId"], sent["SecurityToken"]) == ([laid.key.id], [laid.key.token])


@pytest.mark.parametrize("echo", some(OF_CLOUD))
@pytest.mark.parametrize("source", ASKING)
def test_a_service_of_keys_that_repeats_the_request_is_not_passed_on(
    place: Planted, around: Services, source: str, echo: str
) -> None:
    laid = SOURCES[source](place, around)
    place.env |= laid.env
    handles = [(server, server.handle) for server in (around.sts, around.local)]
    for server, _ in handles:
        server.handle = OF_CLOUD[echo]
        server.forget()
    try:
        answer = place.run(*LINES[0], *MAX_WAIT, "-v", "10")
    finally:
        for server, handle in handles:
            server.handle = handle
    assert answer.code == 3, answer
    assert "no credentials for the VPC API" in answer.stdout + answer.stderr
    assert around.sts.requests or around.local.requests
    assert place.cluster.vpc.server.requests == ()
