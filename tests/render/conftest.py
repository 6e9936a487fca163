"""Golden files: what a renderer writes, kept under ``golden/`` and compared to the letter.

``pytest tests/render --update-golden`` writes them again; the difference is then read in review.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares text with the golden file of that name."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_bytes(text.encode())
        assert path.exists(), "pytest tests/render --update-golden writes it"
        assert text == path.read_bytes().decode()

    return compare
