"""A few of many parameters in make test, and all of them in make qa."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest

# What CCM can be, and one of each kind of trouble.
QUICK_SCENARIOS = (
    "healthy",
    "managed-blocked",
    "self-built",
    "absent",
    "conflict",
    "crashloop",
    "stray-node",
    "large",
)


def sampled(values: Iterable[Any], quick: Collection[Any] = QUICK_SCENARIOS) -> list[Any]:
    """The values as parameters; all but the quick ones are left to make qa."""
    marks = {value: () if value in quick else pytest.mark.qa for value in values}
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=mark)
        for value, mark in marks.items()
    ]
