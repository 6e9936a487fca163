"""Every command, format and verbosity against a cluster that is full of credentials."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes.cli.commands import SUMMARIES
from kubectl_routes.cli.complete import answer
from kubectl_routes.simulator.practice import PracticeCluster
from tests.cli.asking import run
from tests.security.canaries import leaks
from tests.security.commands import COMPLETED
from tests.security.commands import VERBOSITIES
from tests.security.commands import lines
from tests.security.planted import Planted


@pytest.fixture(scope="module", params=["conflict", "blank-in-list"])
def planted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    with PracticeCluster(request.param, nodes=5) as cluster:
        place = Planted(cluster, tmp_path_factory.mktemp("home"))
        place.cloud_config()
        place.secrets()
        place.workload()
        cluster.settle()
        place.voices()
        yield place


@pytest.mark.parametrize("verbosity", VERBOSITIES)
@pytest.mark.parametrize("command", SUMMARIES)
def test_no_command_shows_a_credential_of_the_cluster(
    planted: Planted, tmp_path: Path, command: str, verbosity: str
) -> None:
    for words in lines(command, planted.cluster, tmp_path):
        said = run(planted.env, *words, *(["-v", verbosity] if verbosity else []))
        shown = said.stdout + said.stderr
        assert said.code in ((0, 1, 3) if command == "trace" else (0, 1)), (words, said)
        assert "Traceback" not in shown
        files = "".join(one.read_text() for one in tmp_path.iterdir())
        assert leaks(shown + files, planted.canaries) == [], words


@pytest.mark.parametrize("words", COMPLETED, ids=" ".join)
def test_completion_offers_no_credential(planted: Planted, words: list[str]) -> None:
    stdout = io.StringIO()
    answer(words, planted.env, stdout)
    assert len(stdout.getvalue().splitlines()) > 1
    assert leaks(stdout.getvalue(), planted.canaries) == []
