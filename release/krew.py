"""Check a manifest against krew's rules, and its archives too where they are beside it.

An archive is unpacked, kept and linked as krew does it, by its code: internal/download
(downloader.go: what of an archive it refuses), internal/installation (move.go: where it lands;
install.go: what is linked).
"""

from __future__ import annotations

import argparse
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from release.archive import sha256, this_platform
from release.krew_rules import problems

_LICENCE = re.compile(r"(licenses?|copying)(\.(txt|md))?", re.IGNORECASE)


class Refused(Exception):
    """krew would not install it; the text says why."""


def main() -> None:
    """Print every problem, and fail if there is one."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument(
        "--install", metavar="ROOT", type=Path, help="install for this platform, as krew would"
    )
    args = parser.parse_args()
    path = args.manifest
    try:
        manifest = yaml.safe_load(path.read_bytes())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SystemExit(f"error: {path} cannot be read: {str(error).splitlines()[0]}") from None
    found = problems(manifest, path.name)
    for platform in [] if found else manifest["spec"]["platforms"]:
        archive = path.parent / platform["uri"].rpartition("/")[2]
        if archive.exists():
            found += archive_problems(manifest, platform, archive)
    for problem in found:
        print(f"error: {problem}")
    if found:
        raise SystemExit(1)
    print(f"{path}: krew would take it")
    if args.install is not None:
        print(install_here(path, manifest, args.install))


def install_here(path: Path, manifest: Mapping[str, Any], root: Path) -> Path:
    """Install the archive beside the manifest in ``path`` for the platform that runs this, below
    ``root``, and return the link to the program.
    """
    for platform in manifest["spec"]["platforms"]:
        labels = platform["selector"]["matchLabels"]
        if (labels["os"], labels["arch"]) == this_platform():
            archive = path.parent / platform["uri"].rpartition("/")[2]
            return install(manifest, platform, archive, root)
    raise Refused("no archive is for this platform")


def archive_problems(
    manifest: Mapping[str, Any], platform: Mapping[str, Any], archive: Path
) -> list[str]:
    """What krew would refuse of an archive, by installing it into a folder that is thrown away."""
    if sha256(archive) != platform["sha256"]:
        return [f"{archive.name}: sha256 is not that of the manifest"]
    with TemporaryDirectory() as root:
        try:
            link = install(manifest, platform, archive, Path(root))
        except Refused as refused:
            return [f"{archive.name}: {refused}"]
        mode = link.stat().st_mode
    return [] if mode & 0o111 else [f"{archive.name}: bin is not executable: {platform['bin']}"]


def install(
    manifest: Mapping[str, Any], platform: Mapping[str, Any], archive: Path, root: Path
) -> Path:
    """Install an archive below ``root`` as ``kubectl krew install`` does and return the link.

    Unpack it into the store, note it in ``receipts``, link the program into ``bin``. Raises
    Refused.
    """
    name, version = manifest["metadata"]["name"], manifest["spec"]["version"]
    root = root.absolute()
    store = root / "store" / name / version
    _unpack(archive, store)
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


def _unpack(archive: Path, target: Path) -> None:
    try:
        with tarfile.open(archive, "r:gz") as content:
            for member in content:
                _extract(content, member, target)
    except tarfile.ReadError:
        raise Refused("not a gzipped tar") from None


def _extract(content: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    path = target / member.name
    if ".." in member.name or member.name.startswith(("/", "\\")):
        raise Refused(f"the name of an entry is refused: {member.name}")
    if not member.isdir() and not member.isreg():
        raise Refused(f"unable to handle the file type of {member.name}")
    file = content.extractfile(member)
    if file is None:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.read())
    path.chmod(member.mode & 0o777)


if __name__ == "__main__":
    main()
