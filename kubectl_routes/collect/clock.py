"""Time, passed in, so that a test can run a minute of retries in no time."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """What collect asks of time."""

    def now(self) -> datetime:
        """The moment, in UTC."""

    def monotonic(self) -> float:
        """Seconds since any fixed moment; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds since any fixed moment; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        time.sleep(seconds)
