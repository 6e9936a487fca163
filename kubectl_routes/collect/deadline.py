"""How long the command may still take, and how long to wait before trying a call again."""

from __future__ import annotations

from random import SystemRandom

from kubectl_routes.collect.clock import Clock

# Without a --request-timeout every page of a long list moves the deadline: 1,500 pages at the 20
# calls a second that an API may allow take longer than a minute. LONGEST_SECONDS ends a list that
# seems to have no end.
DEFAULT_SECONDS = 60.0
LONGEST_SECONDS = 600.0

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 8.0

# A server that refuses connections is down, not busy: it is tried this often, for about a second,
# instead of until the deadline.
CONNECTION_ATTEMPTS = 4


class Deadline:
    """One deadline for everything that a command reads; safe to share between threads.

    ``seconds`` that were asked for are kept to; without them (None, 0) progress puts the deadline
    off.
    """

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._begin = clock.monotonic()
        self._given = bool(seconds)
        self._end = self._begin + (seconds or DEFAULT_SECONDS)

    @property
    def seconds(self) -> float:
        """From the beginning to the deadline, as far as it has been put off by now."""
        return round(self._end - self._begin, 3)

    def extend(self) -> None:
        """A part of something longer was read: waiting for the rest is not being stuck."""
        if not self._given:
            most = self._begin + LONGEST_SECONDS
            self._end = min(most, self._clock.monotonic() + DEFAULT_SECONDS)

    def now(self) -> float:
        """Now, in seconds of the clock that the deadline is measured by."""
        return self._clock.monotonic()

    def remaining(self) -> float:
        """Seconds until the deadline, never below zero."""
        return max(0.0, self._end - self._clock.monotonic())

    def timeout(self, most: float) -> float:
        """A timeout for one wait: ``most`` seconds, or less when the deadline is nearer.

        Never zero, which sockets take for "do not block".
        """
        return max(0.01, min(most, self.remaining()))

    def sleep(self, seconds: float) -> bool:
        """Wait before another attempt; False, without waiting, when the deadline is nearer."""
        if seconds >= self.remaining():
            return False
        self._clock.sleep(seconds)
        return True


def backoff(attempt: int) -> float:
    """Seconds to wait after failed attempt number ``attempt`` (from 0): doubling, with jitter.

    The jitter keeps the parallel readers of one command from returning all at the same moment.
    """
    ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt, 10))
    return ceiling * SystemRandom().uniform(0.5, 1.0)
