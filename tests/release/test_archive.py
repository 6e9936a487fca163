"""Packing: the same bytes for the same files, wherever and whenever."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from release.archive import oldest_glibc, pack, sha256

MOMENT = 1_700_000_000


def frozen(folder: Path, *, mode: int = 0o755, when: int = 1) -> Path:
    program = folder / "kubectl-routes"
    (folder / "lib").mkdir(parents=True)
    for name, text in (("lib/b", "b"), ("lib/a", "a"), ("LICENSE", "Apache")):
        (folder / name).write_text(text)
        os.utime(folder / name, (when, when))
    program.write_text("#!/bin/sh\n")
    program.chmod(mode)
    (folder / "lib" / "link").symlink_to("a")
    (folder / "linked").symlink_to("lib")
    return folder


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    for name, folder in (
        ("1", frozen(tmp_path / "x" / "plugin", mode=0o700, when=5)),
        ("2", frozen(tmp_path / "y" / "plugin", when=9)),
    ):
        pack(folder, tmp_path / name, MOMENT)
    assert sha256(tmp_path / "1") == sha256(tmp_path / "2")


def test_links_are_followed_and_nothing_of_the_machine_is_kept(tmp_path: Path) -> None:
    pack(frozen(tmp_path / "plugin"), tmp_path / "a", MOMENT)
    with tarfile.open(tmp_path / "a") as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == [
        "plugin/LICENSE",
        "plugin/kubectl-routes",
        "plugin/lib/a",
        "plugin/lib/b",
        "plugin/lib/link",
        "plugin/linked/a",
        "plugin/linked/b",
        "plugin/linked/link",
    ]
    assert all(member.isreg() for member in members)
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(MOMENT, 0, 0, "", "")}
    assert [oct(m.mode) for m in members[:3]] == ["0o644", "0o755", "0o644"]


def test_the_newest_symbol_tells_the_oldest_glibc(tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(b"\0GLIBC_2.4\0GLIBC_2.31\0")
    (tmp_path / "b.so").write_bytes(b"\0GLIBC_2.9\0")
    assert oldest_glibc(tmp_path) == "glibc 2.31 or newer"


def test_a_program_for_another_c_library_asks_for_no_glibc(tmp_path: Path) -> None:
    (tmp_path / "a.dylib").write_bytes(b"libSystem")
    assert oldest_glibc(tmp_path) == "no glibc"
