from __future__ import annotations

import pytest

from kubectl_routes.model.moments import epoch_seconds, seconds_between


@pytest.mark.parametrize(
    ("earlier", "later", "seconds"),
    [
        ("2026-11-23T08:00:00Z", "2026-11-23T08:01:30Z", 90.0),
        ("2026-11-23T08:00:00", "2026-11-23T10:00:00+02:00", 0.0),
        ("", "2026-11-23T08:00:00Z", None),
        ("2026-11-23T08:00:00Z", "soon", None),
    ],
)
def test_seconds_between_two_rfc_3339_times(
    earlier: str, later: str, seconds: float | None
) -> None:
    assert seconds_between(earlier, later) == seconds


def test_seconds_since_1970() -> None:
    assert epoch_seconds("2026-11-23T08:00:00Z") == 1_795_420_800
    assert epoch_seconds("soon") is None
