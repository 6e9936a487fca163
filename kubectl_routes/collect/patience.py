"""How long the command may still take, and how long to wait before trying a call again."""

from __future__ import annotations

from random import SystemRandom

from kubectl_routes.collect.clock import Clock

DEFAULT_SECONDS = 60.0

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 8.0

# A server that refuses connections is down, not busy: it is tried this often, for about a second,
# instead of until the patience ends.
CONNECTION_ATTEMPTS = 4


class Patience:
    """One deadline for everything that a command reads; safe to share between threads."""

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self.seconds = seconds or DEFAULT_SECONDS
        self._clock = clock
        self._end = clock.monotonic() + self.seconds

    def left(self) -> float:
        """Seconds until the deadline, never below zero."""
        return max(0.0, self._end - self._clock.monotonic())

    def share(self, most: float) -> float:
        """A timeout for one wait: ``most`` seconds, or less when the deadline is nearer.

        Never zero, which sockets take for "do not block".
        """
        return max(0.01, min(most, self.left()))

    def pause(self, seconds: float) -> bool:
        """Wait before another attempt; False, without waiting, when the deadline is nearer."""
        if seconds >= self.left():
            return False
        self._clock.sleep(seconds)
        return True


def backoff(attempt: int) -> float:
    """Seconds to wait after failed attempt number ``attempt`` (from 0): doubling, with jitter.

    The jitter keeps the parallel readers of one command from returning all at the same moment.
    """
    ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt, 10))
    return ceiling * SystemRandom().uniform(0.5, 1.0)
