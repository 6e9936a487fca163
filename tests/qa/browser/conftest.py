from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.qa.browser.chromium import Chromium, program


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """One browser for all tests; where there is none they are skipped, and pytest says so."""
    path = program()
    if path is None:
        pytest.skip("no Chromium here: the HTML report is not tried in a browser")
    with Chromium(path) as started:
        yield started
