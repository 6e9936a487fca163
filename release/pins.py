"""Write the locks ``release/*.txt``: what make installs, to the file.

``python -m release.pins UV [--upgrade]``: UV is the program uv, which resolves for all platforms
and all supported Pythons at once. Without --upgrade the releases that are pinned already stay.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
_MANNER = ("--generate-hashes", "--no-annotate", "--no-header", "--quiet")
HEAD = """\
# {}
# setup.cfg says which releases work; these are the ones that make installs. The hashes are those of
# every file of a release, for all platforms. `make pins` writes this file, with UPGRADE=--upgrade
# for newer releases; pip refuses a file of any other hash.
"""


@dataclass(frozen=True)
class Lock:
    """A lock: what it is for, the oldest Python that uses it, and what uv reads for it."""

    purpose: str
    python: str
    sources: tuple[str, ...]
    stdin: str = ""


# In an order in which a lock can keep to those before it.
LOCKS = {
    "test.txt": Lock(
        "What make test, lint and qa install beside the demo.",
        "3.10",
        ("setup.cfg", "--extra=test", "--extra=lint"),
    ),
    "demo.txt": Lock(
        "What make demo installs.",
        "3.10",
        ("setup.cfg", "--extra=demo", "--constraint=release/test.txt"),
    ),
    "mutate.txt": Lock(
        "What make mutate installs beside the tests.",
        "3.10",
        ("setup.cfg", "--extra=mutate", "--constraint=release/test.txt"),
    ),
    "oldest.txt": Lock(
        "The oldest libraries that setup.cfg admits, and what tests them.",
        "3.10",
        ("setup.cfg", "--extra=test", "--constraint=tests/oldest.txt"),
    ),
    "frozen.txt": Lock(
        "What the archives are frozen with, and what freezes them.",
        "3.11",
        ("setup.cfg", "--extra=dist"),
    ),
    "setuptools.txt": Lock(
        "What builds libraries that come as source; installed before all others.",
        "3.10",
        ("-", "--constraint=release/frozen.txt"),
        "setuptools\n",
    ),
}


def main(words: list[str]) -> None:
    """Write all locks."""
    for name, lock in LOCKS.items():
        _compile(words[0], name, lock, words[1:])


def _compile(uv: str, name: str, lock: Lock, flags: list[str]) -> None:
    command = [uv, "pip", "compile", "--universal", f"--python-version={lock.python}", *_MANNER]
    # The file that is there gives the releases to keep.
    output = ROOT / "release" / name
    command += [*lock.sources, *flags, f"--output-file={output.relative_to(ROOT)}"]
    subprocess.run(command, cwd=ROOT, check=True, input=lock.stdin.encode())
    output.write_text(HEAD.format(lock.purpose) + output.read_text())


if __name__ == "__main__":
    main(sys.argv[1:])
