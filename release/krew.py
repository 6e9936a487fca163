"""Check a manifest against krew's rules, and its archives too where they are beside it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from release.archive import sha256, this_platform
from release.krew_archive import Refused, install
from release.krew_rules import problems, selects


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
        if selects(platform["selector"], *this_platform()):
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


if __name__ == "__main__":
    main()
