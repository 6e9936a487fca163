"""Servers that send bombs over a socket, to one request and to all at once: a gap, or an error, in
little memory and in time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.fuzz.bombs import BOMBS, hostile
from tests.qa.fuzz.contained import contained

# MiB that a command may take in all, and seconds of the processor.
MOST, QUICK = 250, 12.0
TIMEOUT = ("--request-timeout", "10s")
_KUBECONFIG = {
    "current-context": "c",
    "contexts": [{"name": "c", "context": {"cluster": "c"}}],
    "users": [],
}


@cache
def _made(bomb: str) -> list[bytes]:
    return list(BOMBS[bomb]())


def _sent(bomb: str) -> Iterator[bytes]:
    """The bomb; what takes long to make is made once."""
    finite = bomb.startswith(("gzip", "the largest"))
    return iter(_made(bomb)) if finite else BOMBS[bomb]()


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_place_of_every_answer_of_the_vpc_api(bomb: str) -> None:
    with SimulatedCluster("conflict", 4) as cluster, hostile(lambda: _sent(bomb)) as url:
        env = cluster.environment({"COLUMNS": "100"})
        outcome = contained(env, "status", "-o", "json", "--vpc-endpoint", url, *TIMEOUT)
    assert outcome.code == 3
    gaps = {gap["part"]: gap["reason"] for gap in json.loads(outcome.stdout)["gaps"]}
    assert "failed" in gaps["route-tables"]
    assert (outcome.memory < MOST, outcome.seconds < QUICK) == (True, True)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_place_of_every_answer_of_the_api_server(tmp_path: Path, bomb: str) -> None:
    with hostile(lambda: _sent(bomb)) as url:
        config = _KUBECONFIG | {"clusters": [{"name": "c", "cluster": {"server": url}}]}
        path = tmp_path / "config"
        path.write_text(json.dumps(config))
        env = {"KUBECONFIG": str(path), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
        outcome = contained(env, "diagnose", "-o", "json", *TIMEOUT)
    assert outcome.code == 3
    assert (outcome.memory < MOST, outcome.seconds < QUICK) == (True, True)
