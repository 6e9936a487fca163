"""The benches run, at small sizes; what they measure does not matter here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def run(module: str, *words: str) -> str:
    """What a bench prints."""
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_every_reading_at_scale_is_a_row() -> None:
    text = run("bench.scale", "--nodes", "150", "--tables", "2", "--rate", "100", "--latency", "1")
    first, _, *table = text.splitlines()
    assert first.startswith("analysis of 150 × 2, processor time, median of 7: status ")
    rows = [[field.strip() for field in line.split("|")[1:4]] for line in table[2:]]
    assert rows == [
        ["`status`", "500", "6"],
        ["`status -o json`", "500", "6"],
        ["`diagnose`", "500", "6"],
        ["`status`", "100", "8"],
    ]


@pytest.mark.parametrize("words", [(), ("--monitor",)])
def test_a_watch_is_measured_over_a_changing_cluster(words: tuple[str, ...]) -> None:
    text = run("bench.watch", "hour", "--readings", "4", *words)
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "4 readings, seed 1",
        "- memory",
        "- files",
        "- threads",
    ]


def test_the_load_of_a_watch_is_told_by_kind_of_request() -> None:
    words = ("load", "--nodes", "10", "--tables", "2", "--rate", "0", "--cycles", "1")
    first, *kinds = run("bench.watch", *words).splitlines()
    assert first.startswith("10 × 2, any number of calls a second: a reading every ")
    names = {line.split(":")[0] for line in kinds}
    assert {"- DescribeRouteEntryList", "- GET /api/v1/nodes"} <= names


def test_many_clusters_are_measured_against_one() -> None:
    text = run(
        "bench.clusters", "--clusters", "2", "--nodes", "10", "--runs", "1", "--latency", "1"
    )
    first, _, *table = text.splitlines()
    assert first.startswith("2 clusters of 10 nodes; load of the machine: ")
    assert [line.split("|")[1].strip() for line in table[2:]] == [
        "`status --context c0`",
        "`status --all-contexts`",
        "`status -o json --all-contexts`",
        "`diagnose --all-contexts`",
    ]
