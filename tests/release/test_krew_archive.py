"""What krew takes of an archive, and where it puts it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from release.archive import sha256
from release.krew import archive_problems
from release.krew_archive import Refused, install, unpack
from tests.release.manifests import GOOD, LINUX

BIN = "kubectl-routes/kubectl-routes"
CONTENT = {BIN: b"#!/bin/sh\n", "kubectl-routes/LICENSE": b"Apache", "kubectl-routes/lib/x": b"x"}


def regular(name: str, content: bytes, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    return member, content


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return path


def whole(path: Path, **content: bytes) -> Path:
    return tar(path, *(regular(*item) for item in {**CONTENT, **content}.items()))


def platform(**changed: Any) -> dict[str, Any]:
    return {**{key: LINUX[key] for key in ("selector", "uri", "sha256", "bin")}, **changed}


def test_it_lands_in_the_store_and_is_linked_by_its_name(tmp_path: Path) -> None:
    root = tmp_path / "krew"
    link = install(GOOD, platform(), whole(tmp_path / "a"), root)
    store = root / "store" / "routes" / "v0.1.0"
    assert link == root / "bin" / "kubectl-routes"
    assert link.readlink() == store / BIN
    assert sorted(path.name for path in store.rglob("*") if path.is_file()) == [
        "LICENSE",
        "kubectl-routes",
        "x",
    ]
    assert link.stat().st_mode & 0o777 == 0o755


def test_hyphens_of_a_name_become_underscores(tmp_path: Path) -> None:
    named = {**GOOD, "metadata": {"name": "vpc-routes"}}
    link = install(named, platform(), whole(tmp_path / "a"), tmp_path / "krew")
    assert link.name == "kubectl-vpc_routes"


def test_files_say_what_is_installed_and_by_what_name_it_lands(tmp_path: Path) -> None:
    flat = platform(files=[{"from": "**/*", "to": "."}], bin="kubectl-routes")
    link = install(GOOD, flat, whole(tmp_path / "a"), tmp_path / "krew")
    assert (link.resolve().parent / "lib" / "x").is_file()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"bin": "routes"}, "bin is not in the installed folder: routes"),
        ({"bin": "kubectl-routes/lib"}, "bin is not in the installed folder: kubectl-routes/lib"),
        (
            {"files": [{"from": "kubectl-routes/kubectl-routes", "to": "kubectl-routes"}]},
            "no licence is installed",
        ),
        ({"files": [{"from": "bin/*", "to": "."}]}, "nothing matches bin/*"),
        (
            {"files": [{"from": "*", "to": "../x"}]},
            "files.to leads out of the plugin's folder: ../x",
        ),
    ],
)
def test_what_krew_refuses_of_a_platform(tmp_path: Path, changed: Any, why: str) -> None:
    with pytest.raises(Refused) as refused:
        install(GOOD, platform(**changed), whole(tmp_path / "a"), tmp_path / "krew")
    assert str(refused.value) == why


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_are_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("kubectl-routes/link")
    member.type, member.linkname = kind, "x"
    with pytest.raises(Refused) as refused:
        unpack(tar(tmp_path / "a", (member, b"")), tmp_path / "to")
    assert str(refused.value) == "unable to handle the file type of kubectl-routes/link"


@pytest.mark.parametrize("name", ["a..b", "../x", "/etc/x", "\\x"])
def test_names_that_could_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused) as refused:
        unpack(tar(tmp_path / "a", regular(name, b"")), tmp_path / "to")
    assert str(refused.value) == f"the name of an entry is refused: {name}"


def test_a_zip_is_taken_as_well(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/", "")
        program = zipfile.ZipInfo("a/b")
        program.external_attr = 0o755 << 16
        archive.writestr(program, "text")
    unpack(path, tmp_path / "to")
    assert (tmp_path / "to/a/b").read_text() == "text"
    assert (tmp_path / "to/a/b").stat().st_mode & 0o777 == 0o755


def test_other_archives_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(b"BZh9")
    with pytest.raises(Refused) as refused:
        unpack(path, tmp_path / "to")
    assert str(refused.value) == "neither a zip nor a gzipped tar"


def test_an_archive_is_held_to_its_digest_and_its_mode(tmp_path: Path) -> None:
    path = whole(tmp_path / "a.tar.gz")
    assert archive_problems(GOOD, platform(), path) == [
        "a.tar.gz: sha256 is not that of the manifest"
    ]


def test_a_program_has_to_be_executable_in_the_archive(tmp_path: Path) -> None:
    members = [regular(name, content, 0o644) for name, content in CONTENT.items()]
    path = tar(tmp_path / "a.tar.gz", *members)
    assert archive_problems(GOOD, platform(sha256=sha256(path)), path) == [
        f"a.tar.gz: bin is not executable: {BIN}"
    ]
    path = whole(tmp_path / "a.tar.gz")
    assert archive_problems(GOOD, platform(sha256=sha256(path)), path) == []
