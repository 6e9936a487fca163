"""krew's rules on an archive, and an install as krew does one.

The rules are those of internal/download/downloader.go (what may be in it) and of
internal/installation (move.go: where it lands; install.go: what is linked).
"""

from __future__ import annotations

import posixpath
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

# Without a stanza of its own everything is installed where it is in the archive.
EVERYTHING = ({"from": "*", "to": "."},)

_LICENCE = re.compile(r"(licenses?|copying)(\.(txt|md))?", re.IGNORECASE)
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"


class Refused(Exception):
    """krew would not install it; the text says why."""


def install(
    manifest: Mapping[str, Any], platform: Mapping[str, Any], archive: Path, root: Path
) -> Path:
    """Install an archive below ``root`` as ``kubectl krew install`` does and return the link.

    Unpack, move what ``files`` names into the store, note it in ``receipts``, link the program into
    ``bin``. Raises Refused.
    """
    name, version = manifest["metadata"]["name"], manifest["spec"]["version"]
    root = root.absolute()
    store = root / "store" / name / version
    with TemporaryDirectory() as folder:
        unpacked, moved = Path(folder, "unpacked"), Path(folder, "moved")
        unpack(archive, unpacked)
        move(unpacked, moved, platform.get("files") or EVERYTHING)
        store.parent.mkdir(parents=True)
        shutil.copytree(moved, store)
    program = (store / platform["bin"]).resolve()
    if not program.is_relative_to(store.resolve()) or not program.is_file():
        raise Refused(f"bin is not in the installed folder: {platform['bin']}")
    if not any(_LICENCE.fullmatch(path.name) for path in store.rglob("*") if path.is_file()):
        raise Refused("no licence is installed")
    (root / "receipts").mkdir(exist_ok=True)
    receipt = yaml.safe_dump(dict(manifest), sort_keys=False)
    (root / "receipts" / f"{name}.yaml").write_text(receipt, encoding="utf-8")
    link = root / "bin" / f"kubectl-{name.replace('-', '_')}"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(store / platform["bin"])
    return link


def unpack(archive: Path, target: Path) -> None:
    """Unpack it as krew does. Raises Refused for what krew does not take."""
    target.mkdir()
    with archive.open("rb") as file:
        start = file.read(4)
    if start.startswith(_GZIP):
        _unpack_tar(archive, target)
    elif start == _ZIP:
        _unpack_zip(archive, target)
    else:
        raise Refused("neither a zip nor a gzipped tar")


def move(source: Path, target: Path, files: Any) -> None:
    """Move each match of a pattern by its last name to where its item says. Raises Refused."""
    target.mkdir()
    for file in files:
        matches = list(_matches(source, file["from"]))
        if not matches:
            raise Refused(f"nothing matches {file['from']}")
        folder = target / file["to"]
        if not posixpath.normpath(folder.as_posix()).startswith(target.as_posix()):
            raise Refused(f"files.to leads out of the plugin's folder: {file['to']}")
        folder.mkdir(parents=True, exist_ok=True)
        for match in matches:
            shutil.move(match, folder / match.name)


def _matches(source: Path, pattern: str) -> Iterator[Path]:
    """What a pattern of Go's names: ``**`` is for it the same as ``*``."""
    yield from sorted(source.glob(re.sub(r"\*\*+", "*", pattern)))


def _unpack_tar(archive: Path, target: Path) -> None:
    with tarfile.open(archive, "r:gz") as content:
        for member in content:
            _check_name(member.name)
            path = target / member.name
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
            elif member.isreg():
                file = content.extractfile(member)
                _write(path, file.read() if file else b"", member.mode)
            else:
                raise Refused(f"unable to handle the file type of {member.name}")


def _unpack_zip(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        for member in content.infolist():
            _check_name(member.filename)
            if not member.is_dir():
                # A link becomes a small text file, as with krew.
                mode = member.external_attr >> 16
                _write(target / member.filename, content.read(member), mode)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode & 0o777)


def _check_name(name: str) -> None:
    if ".." in name or name.startswith(("/", "\\")):
        raise Refused(f"the name of an entry is refused: {name}")
