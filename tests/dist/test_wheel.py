"""The wheel, in empty environments: with pip, and with pipx."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from kubectl_routes import __version__
from release.archive import DIST, sha256
from release.freeze import source_date
from tests.dist.running import run

SDIST = DIST / f"kubectl_routes-{__version__}.tar.gz"
DIST_PYTHON = DIST.parent / ".venv-dist" / "bin" / "python"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def wheel() -> Path:
    path = DIST / f"kubectl_routes-{__version__}-py3-none-any.whl"
    if not path.exists():
        pytest.skip(f"{path.name} is not built; make dist builds it")
    return path


def works(folder: Path) -> None:
    env = {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin", "LANG": "C.UTF-8"}
    words = ("kubectl-routes", "simulate", "--", "kubectl-routes", "status", "--check")
    code, stdout, _ = run(env, *words)
    assert (code, "18 ok" in stdout) == (0, True)
    assert run(env, "kubectl_complete-routes", "sta")[1].startswith("status\t")


def test_with_pip(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    scripts = tmp_path / "env" / "bin"
    subprocess.run([scripts / "python", "-m", "pip", "install", "--quiet", wheel], check=True)
    works(scripts)


def test_with_pipx(wheel: Path, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "PIPX_HOME": str(tmp_path / "home"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_MAN_DIR": str(tmp_path / "man"),
    }
    command: list[str | Path] = [
        DIST.parent / ".venv-dist" / "bin" / "pipx",
        "install",
        "--quiet",
        wheel,
    ]
    subprocess.run(command, env=env, check=True)
    works(tmp_path / "bin")


def test_the_source_archive_has_all_that_is_in_the_repository(wheel: Path) -> None:
    with tarfile.open(SDIST) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tracked = ["git", "ls-files"]
    files = subprocess.run(tracked, check=True, capture_output=True, text=True, cwd=DIST.parent)
    assert set(files.stdout.splitlines()) - names == set()


def test_an_index_would_take_both(wheel: Path) -> None:
    command: list[str | Path] = [DIST_PYTHON, "-m", "twine", "check", "--strict", wheel, SDIST]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("PASSED")) == (0, 2), done.stdout


def test_the_metadata_leads_to_the_project(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        text = archive.read(name).decode()
    metadata = message_from_string(text)
    assert (metadata["License-Expression"], metadata["Home-page"] is None) == ("Apache-2.0", False)
    assert metadata["Author"]
    assert len(metadata.get_all("Project-URL", [])) == 3
    links = re.findall(r"\]\(([^)]+)\)", str(metadata.get_payload()))
    assert len(links) > 10
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    (picture,) = [link for link in links if link.endswith(".svg")]
    assert picture.startswith(f"{metadata['Home-page']}/raw/v{__version__}/")


def test_the_same_source_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    clone = tmp_path / "elsewhere"
    files = ["git", "ls-files", "-z"]
    tracked = subprocess.run(files, check=True, capture_output=True, cwd=DIST.parent).stdout
    for name in tracked.decode().split("\0")[:-1]:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DIST.parent / name, clone / name)
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date())}
    command = [
        "sh",
        "-c",
        'umask 077 && mkdir dist && exec "$0" -m release.packages',
        str(DIST_PYTHON),
    ]
    subprocess.run(command, check=True, cwd=clone, env=env)
    for path in (wheel, SDIST):
        assert sha256(clone / "dist" / path.name) == sha256(path)
