"""Build sdist and wheel into ``dist``, the same bytes for the same source."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from release.archive import DIST, pack, sha256
from release.freeze import ROOT, source_date


def main() -> None:
    """Build both, the wheel from the sdist, and print their digests."""
    moment = source_date()
    with TemporaryDirectory() as name:
        folder = Path(name)
        _build("--sdist", ROOT, folder, moment)
        (built,) = folder.glob("*.tar.gz")
        with tarfile.open(built) as archive:
            archive.extractall(folder, filter="data")
        source = folder / built.name.removesuffix(".tar.gz")
        # setuptools keeps the dates and the owner of the files as they lie here.
        pack(source, DIST / built.name, moment)
        for path in source.rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        _build("--wheel", source, DIST, moment)
    for path in sorted((DIST / built.name, *DIST.glob("*.whl"))):
        print(f"{path.relative_to(ROOT)}\n  sha256 {sha256(path)}")


def _build(what: str, source: Path, target: Path, moment: int) -> None:
    command = [sys.executable, "-m", "build", what, "--no-isolation", f"--outdir={target}"]
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(moment)}
    # setuptools gives the modules of a wheel the mode that the umask leaves.
    subprocess.run(
        [*command, str(source)], env=env, check=True, stdout=subprocess.DEVNULL, umask=0o022
    )


if __name__ == "__main__":
    main()
