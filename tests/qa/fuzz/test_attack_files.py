"""Files that are too large, never end, or blow up when they are read: a clear refusal, little
memory, little time.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from tests.qa.fuzz import seeds
from tests.qa.fuzz.contained import Outcome, contained

# The program itself takes some 40 MiB and a third of a second.
SMALL, QUICK = 150, 8.0
GIGABYTE = 10**9
NOTHING = {"COLUMNS": "100"}
BILLION = "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10) if n else 'x'}]\n" for n in range(10)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12)
)
BOMBS = {
    "brackets": "[" * 100_000,
    "dashes": "- " * 100_000,
    "aliases": BILLION,
    "merges": MERGES,
    "digits": "9" * 1_000_000,
}


def huge(path: Path) -> str:
    """A gigabyte that takes no room on the disk."""
    with path.open("wb") as file:
        file.write(b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v1", "x": "')
        file.truncate(GIGABYTE)
    return str(path)


def check(outcome: Outcome, error: str, memory: float = SMALL) -> None:
    assert (outcome.code, outcome.stdout) == (2, "")
    assert error in outcome.error
    assert outcome.memory < memory
    assert outcome.seconds < QUICK


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.json"
    path.write_text(json.dumps(seeds.snapshots()[0]))
    return str(path)


def test_a_snapshot_of_a_gigabyte(tmp_path: Path) -> None:
    outcome = contained(NOTHING, "status", "--snapshot", huge(tmp_path / "huge.json"))
    check(outcome, "it is larger than 128 MiB", 400)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_a_device_that_never_ends_in_place_of_a_file(device: str, good: str) -> None:
    check(contained(NOTHING, "status", "--snapshot", device), "larger than 128 MiB", 400)
    words = ("diagnose", "--snapshot", good, "--suppress", device)
    check(contained(NOTHING, *words), "is larger than 256 KiB")
    check(contained(NOTHING, "status", "--kubeconfig", device), "is larger than 8 MiB")


def test_a_gigabyte_in_place_of_a_kubeconfig_and_a_suppress_file(tmp_path: Path, good: str) -> None:
    path = huge(tmp_path / "huge.json")
    check(contained(NOTHING, "tables", "--kubeconfig", path), "is larger than 8 MiB")
    check(contained({**NOTHING, "KUBECONFIG": path}, "tables"), "is larger than 8 MiB")
    words = ("diagnose", "--snapshot", good, "--suppress", path)
    check(contained(NOTHING, *words), "is larger than 256 KiB")


@pytest.mark.parametrize("flag", ["--snapshot", "--kubeconfig", "--suppress"])
def test_a_folder_in_place_of_a_file(flag: str, tmp_path: Path) -> None:
    check(contained(NOTHING, "diagnose", flag, str(tmp_path)), "Is a directory")


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_file_that_blows_up(bomb: str, tmp_path: Path, good: str) -> None:
    path = tmp_path / "bomb"
    path.write_text(BOMBS[bomb][:250_000])
    words = ("diagnose", "--snapshot", good, "--suppress", str(path))
    check(contained(NOTHING, *words), f"--suppress {path} ")
    path.write_text(BOMBS[bomb])
    check(contained(NOTHING, "status", "--kubeconfig", str(path)), f"kubeconfig {path} cannot")
    check(contained(NOTHING, "status", "--snapshot", str(path)), f"{path} is not a snapshot")
    # The prompt gets no candidates, and no sign of a program that has crashed.
    asked = contained(NOTHING, "__complete", "status", "--kubeconfig", str(path), "--context", "")
    assert asked.stdout == ":4\n"


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_snapshot_whose_cloud_config_blows_up(bomb: str, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    document = json.loads(json.dumps(seeds.snapshots()[0]))
    document["controller"]["cloudConfig"]["text"] = BOMBS[bomb][:32_000]
    path.write_text(json.dumps(document))
    outcome = contained(NOTHING, "diagnose", "--snapshot", str(path), "-o", "json")
    assert [one["code"] for one in json.loads(outcome.stdout)["findings"]][:1] == ["RT102"]
    assert outcome.memory < SMALL
    assert outcome.seconds < QUICK


def test_a_snapshot_of_more_nodes_than_there_are(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    document = json.loads(json.dumps(seeds.snapshots()[0]))
    document["nodes"] = [{"name": ""}] * 1_000_001
    path.write_text(json.dumps(document))
    outcome = contained(NOTHING, "status", "--snapshot", str(path))
    check(outcome, "it holds more than 1,000,000 routes", 600)


def test_a_pipe_is_read(tmp_path: Path, good: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_bytes, args=(Path(good).read_bytes(),))
    writing.start()
    assert contained(NOTHING, "status", "--snapshot", str(pipe)).code == 0
    writing.join()
