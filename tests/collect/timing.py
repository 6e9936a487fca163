from __future__ import annotations

from datetime import datetime, timezone


class FastClock:
    """Time that passes only by sleeping, and then at once."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.elapsed += seconds


def silent(_: str) -> None:
    """Progress that is not watched."""
