"""The credentials of the cluster, in every form, with an API server that answers and echoes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.security.authority import Authority
from tests.qa.security.canaries import leaks
from tests.qa.security.commands import some
from tests.qa.security.echoes import OF_CLUSTER
from tests.qa.security.planted import Planted
from tests.qa.security.users import FAILURES, USERS, Heard, User, program, use

LINES = (
    ("status", "-o", "yaml"),
    ("tables",),
    ("diagnose", "-o", "sarif"),
    ("trace", "192.168.0.10", "192.168.0.11"),
    ("enable", "--tables", "auto", "--dry-run", "server", "-o", "json"),
    ("disable", "--dry-run", "client"),
    ("snapshot", "-o", "-"),
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Planted]:
    tls = Authority(tmp_path).issue("127.0.0.1")
    with SimulatedCluster("conflict", nodes=4, tls=tls) as cluster:
        yield Planted(cluster, tmp_path)


@pytest.mark.parametrize("form", USERS)
def test_credentials_are_used_and_not_shown(place: Planted, form: str) -> None:
    user, heard = USERS[form](place), Heard(place.cluster)
    use(place, user)
    for words in LINES:
        for verbosity in ("0", "10"):
            answer = place.run(*words, "-v", verbosity)
            assert answer.code in (0, 1), answer
    assert {one.headers.get("authorization", "") for one in heard.requests} == {user.sent}


@pytest.mark.parametrize("echo", some(OF_CLUSTER))
@pytest.mark.parametrize("form", ["token", "basic", "plugin"])
def test_a_server_that_repeats_the_request_is_not_passed_on(
    place: Planted, form: str, echo: str
) -> None:
    use(place, USERS[form](place))
    place.cluster.kube.server.handle = OF_CLUSTER[echo]
    for words in LINES:
        answer = place.run(*words, "--request-timeout", "1s", "-v", "10")
        assert answer.code == 3, answer


@pytest.mark.parametrize("failure", FAILURES)
def test_a_plugin_that_fails_is_told_without_what_it_printed(
    place: Planted, failure: str, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = place.secret("plugin that fails")
    use(place, User(program(place, f"CANARY={secret}\n{FAILURES[failure]}")))
    answer = place.run("status", "-v", "10")
    assert answer.code in (2, 3), answer
    assert "error: " in answer.stderr
    written = capfd.readouterr()
    assert leaks(written.out + written.err, place.canaries) == []
