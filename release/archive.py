"""Pack the frozen folder so that krew can unpack it, the same bytes for the same source."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from platform import machine

from kubectl_routes import __version__
from release.freeze import FROZEN, NAME, ROOT, source_date

DIST = ROOT / "dist"
# Operating system and architecture, as Go names them.
Platform = tuple[str, str]
# Python's names of machines, and Go's, which krew speaks.
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_GLIBC = re.compile(rb"GLIBC_2\.(\d+)")


def main() -> None:
    """Pack ``build/frozen`` into ``dist`` and print what came of it."""
    DIST.mkdir(exist_ok=True)
    target = DIST / archive_name(this_platform())
    pack(FROZEN, target, source_date())
    installed = sum(path.stat().st_size for _, path in _files(FROZEN))
    print(
        f"{target.relative_to(ROOT)}\n  {target.stat().st_size / 1e6:.1f} MB,"
        f" {installed / 1e6:.1f} MB installed, {oldest_glibc(FROZEN)}\n  sha256 {sha256(target)}"
    )


def this_platform() -> Platform:
    """The operating system and the architecture that run this, as Go names them."""
    return sys.platform, _MACHINES[machine().lower()]


def archive_name(platform: Platform, version: str = __version__) -> str:
    """The name of the archive of a version for an operating system and an architecture."""
    return f"{NAME}_v{version}_{'_'.join(platform)}.tar.gz"


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pack(folder: Path, target: Path, moment: int) -> None:
    """Pack a folder under its own name. Of the files only name, content and whether they can be
    executed count: links are followed, as krew refuses them; every date is ``moment``.
    """
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", 9, file, mtime=moment) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, path in _files(folder):
            member = tarfile.TarInfo(f"{folder.name}/{name}")
            member.size = path.stat().st_size
            member.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            member.mtime = moment
            with path.open("rb") as content:
                archive.addfile(member, content)


def oldest_glibc(folder: Path) -> str:
    """What the compiled files in it ask of the C library, in words."""
    wanted = _glibc(path.read_bytes() for _, path in _files(folder))
    return "no glibc" if wanted is None else f"glibc 2.{wanted} or newer"


def glibc_of_archive(path: Path) -> int | None:
    """The minor version of the oldest glibc 2 that has all symbols which the compiled files in an
    archive name; None when they name none.
    """
    with tarfile.open(path) as archive:
        files = (archive.extractfile(member) for member in archive)
        return _glibc(file.read() for file in files if file is not None)


def _glibc(contents: Iterable[bytes]) -> int | None:
    found = (int(version) for content in contents for version in _GLIBC.findall(content))
    return max(found, default=None)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """All files below, by their names from there, sorted; links to folders are followed."""
    found = (
        Path(parent, name)
        for parent, _, names in os.walk(folder, followlinks=True)
        for name in names
    )
    yield from sorted((path.relative_to(folder).as_posix(), path) for path in found)


if __name__ == "__main__":
    main()
