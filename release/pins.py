"""Write ``release/*.txt`` anew: what the archives are frozen with, to the file.

``python -m release.pins UV [--upgrade]``: UV is the program uv, which resolves for all platforms at
once. Without --upgrade the releases that are pinned already stay. Python 3.11 freezes the archives.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHON = "3.11"
_MANNER = ("--generate-hashes", "--no-annotate", "--no-header", "--quiet")
HEAD = """\
# {}
# setup.cfg says which releases work; these are the ones in the archives. The hashes are those of
# every file of a release, for all platforms. `make pins` writes this file, with UPGRADE=--upgrade
# for newer releases; `make dist` installs from it and refuses a file of any other hash.
"""
WHAT = {
    "frozen.txt": "What the archives are frozen with, and what freezes them.",
    "setuptools.txt": "What builds libraries that come as source; installed before all others.",
}


def main(words: list[str]) -> None:
    """Write both files."""
    compiled = [words[0], "pip", "compile", "--universal", f"--python-version={PYTHON}", *_MANNER]
    frozen = ["setup.cfg", "--extra=dist", *words[1:]]
    # The file that is there gives the releases to keep.
    subprocess.run([*compiled, *frozen, "--output-file=release/frozen.txt"], cwd=ROOT, check=True)
    _explain("frozen.txt")
    builder = ["-", "--constraint=release/frozen.txt", "--output-file=release/setuptools.txt"]
    subprocess.run([*compiled, *builder], cwd=ROOT, check=True, input=b"setuptools\n")
    _explain("setuptools.txt")


def _explain(name: str) -> None:
    path = ROOT / "release" / name
    path.write_text(HEAD.format(WHAT[name]) + path.read_text())


if __name__ == "__main__":
    main(sys.argv[1:])
