from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "pip-licenses"
ROOT = Path(__file__).parents[2]


def licences(*words: str) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_installed_library_has_a_licence_that_is_admitted() -> None:
    done = licences()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 60


def test_a_licence_that_is_not_admitted_fails_and_is_named() -> None:
    done = licences("--allow-only", "MIT;MIT License")
    assert done.returncode == 1
    assert "not in allow-only licenses was found for package" in done.stderr
