"""Every command, format and verbosity against a cluster that is full of credentials."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubectl_routes.cli.complete import answer
from kubectl_routes.cli.flags import names
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.security.canaries import leaks
from tests.qa.security.commands import COMPLETED, VERBOSITIES, lines
from tests.qa.security.planted import Planted


@pytest.fixture(scope="module", params=["conflict", "space-in-list"])
def planted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    with SimulatedCluster(request.param, nodes=5) as cluster:
        place = Planted(cluster, tmp_path_factory.mktemp("home"))
        place.cloud_config()
        place.secrets()
        place.workload()
        cluster.settle()
        place.signals()
        yield place


@pytest.mark.parametrize("verbosity", VERBOSITIES)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(name, marks=pytest.mark.smoke if name in ("status", "diagnose") else ())
        for name in names()
    ],
)
def test_no_command_shows_a_credential_of_the_cluster(
    planted: Planted, tmp_path: Path, command: str, verbosity: str
) -> None:
    for words in lines(command, planted.cluster, tmp_path):
        said = planted.run(*words, *(["-v", verbosity] if verbosity else []))
        assert said.code in ((0, 1, 3) if command == "trace" else (0, 1)), (words, said)
        assert "Traceback" not in said.stdout + said.stderr
        files = "".join(one.read_text() for one in tmp_path.iterdir())
        assert leaks(files, planted.canaries) == [], words
    asked = {one.path for one in planted.cluster.kube.server.requests}
    assert not any("/secrets" in path for path in asked)


@pytest.mark.parametrize("words", COMPLETED, ids=" ".join)
def test_completion_offers_no_credential(planted: Planted, words: list[str]) -> None:
    stdout = io.StringIO()
    answer(words, planted.env, stdout)
    assert len(stdout.getvalue().splitlines()) > 1
    assert leaks(stdout.getvalue(), planted.canaries) == []


BROKEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "breaks off": lambda text: text.rstrip()[:-1],
    "a comma too many": lambda text: text.replace("\n    }", ",\n    }"),
    "Global without quotes": lambda text: text.replace('"Global"', "Global"),
    "a quote that is not closed": lambda text: text.replace('",\n', ",\n"),
    "no colons": lambda text: text.replace('": "', '" "'),
    "equals signs": lambda text: text.replace('": ', '" = '),
    "an INI file": lambda text: re.sub(r'[{}",]', "", text).replace(":", " ="),
    "a secret in the place of a key": lambda text: re.sub(
        r'"accessKeyID": "(\w+)"', r'"\1": "accessKeyID"', text
    ),
    "text before": lambda text: text.replace("accessKeySecret", "x")[20:] + text,
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_cloud_config_that_is_broken_shows_no_credential(tmp_path: Path, broken: str) -> None:
    with SimulatedCluster("space-in-list", nodes=4) as cluster:
        place = Planted(cluster, tmp_path)
        place.cloud_config(BROKEN[broken])
        cluster.restart_ccm()
        for command in ("status", "diagnose", "enable", "snapshot"):
            for words in lines(command, cluster, tmp_path):
                said = place.run(*words, "-v", "10")
                assert "internal: " not in said.stdout + said.stderr
