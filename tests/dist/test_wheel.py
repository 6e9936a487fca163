"""The wheel, in empty environments: with pip, and with pipx."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from kubectl_routes import __version__
from release.archive import DIST
from tests.dist.running import run

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
    command: list[str | Path] = [DIST.parent / ".venv-dist" / "bin" / "pipx", "install", "--quiet", wheel]
    subprocess.run(command, env=env, check=True)
    works(tmp_path / "bin")


def test_the_source_archive_has_what_the_wheel_is_built_from(wheel: Path) -> None:
    with tarfile.open(DIST / f"kubectl_routes-{__version__}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"setup.cfg", "pyproject.toml", "LICENSE", "kubectl_routes/cli/main.py"} <= names
