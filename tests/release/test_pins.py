from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FILES = ("frozen.txt", "setuptools.txt")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pinned(name: str) -> dict[str, tuple[Requirement, int]]:
    """Each requirement of a file and how many hashes it has, by name."""
    text = (ROOT / "release" / name).read_text().replace("\\\n", " ")
    found: dict[str, tuple[Requirement, int]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if not line.startswith("#"):
            words, hashes = _HASH.sub("", line), len(_HASH.findall(line))
            requirement = Requirement(words.strip())
            found[canonicalize_name(requirement.name)] = (requirement, hashes)
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_release_is_pinned_with_the_hashes_of_its_files(name: str) -> None:
    for requirement, hashes in pinned(name).values():
        assert re.fullmatch(r"==[0-9][0-9a-z.]*", str(requirement.specifier)), requirement
        assert hashes > 0, requirement


def test_the_pins_are_releases_that_setup_cfg_admits() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    wanted = setup["options"]["install_requires"] + setup["options.extras_require"]["dist"]
    found = pinned("frozen.txt")
    lines = [line for line in wanted.splitlines() if line and not line.startswith("#")]
    asked = [Requirement(line) for line in lines]
    for one in asked:
        if one.marker is None or one.marker.evaluate():
            version = str(found[canonicalize_name(one.name)][0].specifier).removeprefix("==")
            assert one.specifier.contains(version), one
    assert len(asked) > 12


def test_both_files_have_the_same_setuptools_and_pyproject_admits_it() -> None:
    one, other = (pinned(name)["setuptools"][0] for name in FILES)
    assert one == other
    (asked,) = re.findall(r'requires = \["(.*)"\]', (ROOT / "pyproject.toml").read_text())
    assert Requirement(asked).specifier.contains(str(one.specifier).removeprefix("=="))


@pytest.mark.parametrize("name", FILES)
def test_the_files_name_no_index(name: str) -> None:
    text = (ROOT / "release" / name).read_text()
    assert not re.search(r"https?:|--(extra-)?index|--find-links|--trusted", text)


def test_the_archives_are_made_of_nothing_else() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("$(DIST)/ready:")[2].partition("\n\n")[0]
    installs = [line for line in recipe.splitlines() if "$(PIP)" in line]
    assert [("--require-hashes" in line, "--no-deps" in line) for line in installs] == [
        (True, True),
        (True, True),
        (False, True),  # this project itself, which has no hash
    ]
    assert "--no-isolation" in (ROOT / "Makefile").read_text()
