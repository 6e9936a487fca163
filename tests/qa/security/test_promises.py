"""SECURITY.md and the tests of this folder name each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.smoke

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "SECURITY.md").read_text()


def named() -> Iterator[tuple[str, list[Path]]]:
    """Every file that is named, with what it can be: beside this one unless a folder is named."""
    for name in re.findall(r"`((?:tests/|test_)[\w./*-]+)`", TEXT):
        places = (ROOT,) if "/" in name else (Path(__file__).parent, ROOT / "tests/release")
        yield name, [path for place in places for path in place.glob(name)]


def test_every_test_that_is_named_is_there() -> None:
    found = dict(named())
    assert [name for name, paths in found.items() if not paths] == []
    assert len(found) > 15


def test_every_test_of_this_folder_keeps_a_promise() -> None:
    kept = {path.name for _, paths in named() for path in paths}
    there = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    # These two are about the tests themselves.
    assert there - kept == {"test_canaries_are_seen.py", "test_promises.py"}
