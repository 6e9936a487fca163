"""The file of a snapshot: its owner's alone, whole or not there, and never through a link."""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes.collect.snapshot import read
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import BASE, run
from tests.cli.programs import PATH, ROUTES

pytestmark = pytest.mark.smoke


@pytest.fixture(scope="module")
def env() -> Iterator[dict[str, str]]:
    with SimulatedCluster("healthy", nodes=4) as cluster:
        yield cluster.environment({**BASE, "PATH": PATH})


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def take(env: dict[str, str], path: Path | str) -> tuple[int, str]:
    answer = run(env, "snapshot", "-o", str(path))
    return answer.code, answer.stdout


def test_it_is_its_owners_alone_whatever_the_umask_and_the_folder(
    env: dict[str, str], tmp_path: Path, umask: None
) -> None:
    folder = tmp_path / "everybodys"
    folder.mkdir(mode=0o777)
    assert take(env, folder / "s.json") == (0, "")
    assert [one.name for one in folder.iterdir()] == ["s.json"]
    assert mode(folder / "s.json") == "0o600"


def test_a_file_that_others_may_read_is_replaced_and_not_written_to(
    env: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "s.json"
    path.write_text("before")
    path.chmod(0o644)
    with path.open() as held:
        assert take(env, path) == (0, "")
        assert held.read() == "before"
    assert mode(path) == "0o600"
    assert len(read(str(path)).nodes) == 4


def test_a_link_is_replaced_and_what_it_leads_to_stays(env: dict[str, str], tmp_path: Path) -> None:
    target, path = tmp_path / "target", tmp_path / "s.json"
    target.write_text("another user's")
    path.symlink_to(target)
    assert take(env, path) == (0, "")
    assert (path.is_symlink(), target.read_text(), mode(path)) == (False, "another user's", "0o600")


def test_a_folder_that_is_not_there_is_told_and_not_made(
    env: dict[str, str], tmp_path: Path
) -> None:
    answer = run(env, "snapshot", "-o", str(tmp_path / "no" / "s.json"))
    assert answer.code == 2
    assert "No such file or directory" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_written_to_and_stays(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(path.read_bytes()), daemon=True)
    reader.start()
    assert take(env, path) == (0, "")
    reader.join(10)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert heard[0].startswith(b"{")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_written_to_and_stays(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "null"
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    assert take(env, path) == (0, "")
    assert stat.S_ISCHR(path.stat().st_mode)


def test_a_stream_of_the_process_is_written_to(env: dict[str, str], tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as out:
        words = [ROUTES, "snapshot", "-o", "/proc/self/fd/1"]
        assert subprocess.run(words, env=env, stdout=out, check=False).returncode == 0
    assert len(read(str(tmp_path / "out")).nodes) == 4


def test_a_disk_that_is_full_leaves_what_was_there(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text("before")
    # A limit on the size of files is as good as a full disk, and is for this process alone.
    words = f'ulimit -f 1; exec "{ROUTES}" snapshot -o "{path}"'
    done = subprocess.run(["sh", "-c", words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done
    assert f"snapshot {path} cannot be written: File too large" in done.stderr
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("s.json", "before")]
