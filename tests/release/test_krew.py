"""What krew takes of an archive, and where it puts it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from release.archive import sha256
from release.krew import Refused, archive_problems, install
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


def whole(path: Path, mode: int = 0o755) -> Path:
    return tar(path, *(regular(*item, mode) for item in CONTENT.items()))


def refusal(tmp_path: Path, archive: Path, program: str = BIN) -> str:
    with pytest.raises(Refused) as refused:
        install(GOOD, {**LINUX, "bin": program}, archive, tmp_path / "krew")
    return str(refused.value)


def test_it_lands_in_the_store_and_is_linked_by_its_name(tmp_path: Path) -> None:
    root = tmp_path / "krew"
    named = {**GOOD, "metadata": {"name": "vpc-routes"}}
    link = install(named, LINUX, whole(tmp_path / "a"), root)
    store = root / "store" / "vpc-routes" / "v0.1.0"
    assert link == root / "bin" / "kubectl-vpc_routes"
    assert link.readlink() == store / BIN
    files = sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())
    assert files == sorted(CONTENT)
    assert link.stat().st_mode & 0o777 == 0o755
    assert (root / "receipts" / "vpc-routes.yaml").is_file()


@pytest.mark.parametrize("program", ["routes", "kubectl-routes/lib"])
def test_the_program_is_a_file_of_the_archive(tmp_path: Path, program: str) -> None:
    said = refusal(tmp_path, whole(tmp_path / "a"), program)
    assert said == f"bin is not in the installed folder: {program}"


def test_a_licence_is_in_the_archive(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a", regular(BIN, CONTENT[BIN]))
    assert refusal(tmp_path, archive) == "no licence is installed"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_are_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("kubectl-routes/link")
    member.type, member.linkname = kind, "x"
    said = refusal(tmp_path, tar(tmp_path / "a", (member, b"")))
    assert said == "unable to handle the file type of kubectl-routes/link"


@pytest.mark.parametrize("name", ["a..b", "../x", "/etc/x", "\\x"])
def test_names_that_could_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    said = refusal(tmp_path, tar(tmp_path / "a", regular(name, b"")))
    assert said == f"the name of an entry is refused: {name}"


def test_other_archives_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(b"BZh9")
    assert refusal(tmp_path, path) == "not a gzipped tar"


def test_an_archive_is_held_to_its_digest_and_its_mode(tmp_path: Path) -> None:
    path = whole(tmp_path / "a.tar.gz")
    assert archive_problems(GOOD, LINUX, path) == ["a.tar.gz: sha256 is not that of the manifest"]
    assert archive_problems(GOOD, {**LINUX, "sha256": sha256(path)}, path) == []
    path = whole(tmp_path / "a.tar.gz", 0o644)
    assert archive_problems(GOOD, {**LINUX, "sha256": sha256(path)}, path) == [
        f"a.tar.gz: bin is not executable: {BIN}"
    ]
    path = tar(path, regular(BIN, b""))
    assert archive_problems(GOOD, {**LINUX, "sha256": sha256(path)}, path) == [
        "a.tar.gz: no licence is installed"
    ]
