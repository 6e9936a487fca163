"""How closely calls may follow each other, learned from what a service refuses."""

from __future__ import annotations

from collections import deque
from threading import Lock

from kubectl_routes.collect.deadline import Deadline, backoff
from kubectl_routes.model.errors import CloudError

# What the codes of all refusals for being too many begin with.
THROTTLING = "Throttling"

# A service counts over a second; what it let through in the last one is what it allows.
WINDOW = 1.0

# Calls a second: where learning begins at least, since a refusal after fewer is others' doing, and
# what is never gone below.
FIRST_LEAST = 5.0
LEAST = 0.5

# The first refusal after calls that passed takes a tenth of the rate away, and every call that
# passes adds a twentieth of a call a second: a tenth is won back in two seconds. Several clients of
# one account come to equal shares.
CUT = 0.9
GAIN = 0.05


class RateLimiter:
    """The turns of all threads that make one kind of call; safe to share between them.

    No call waits until one is refused. Then all wait for turns, in the order in which they
    came: one alone would be refused again and again while others take every place that comes free.
    ``refusal`` is the last one.
    """

    def __init__(self) -> None:
        self.refusal = CloudError("no call was refused")
        self._lock = Lock()
        self._rate: float | None = None
        self._next = 0.0
        self._passed: deque[float] = deque()
        self._learned = 0.0
        self._first_learned = 0.0
        self._failures = 0

    def wait(self, deadline: Deadline) -> float | None:
        """Wait for a turn; the moment at which it came, None when the deadline comes first."""
        while True:
            with self._lock:
                now = deadline.now()
                turn, learned = max(now, self._next), self._learned
                if self._rate is None:
                    return now
                self._next = turn + 1 / self._rate
            if turn > now and not deadline.sleep(turn - now):
                return None
            with self._lock:
                # A refusal while this one waited has put all turns off.
                if learned == self._learned:
                    return deadline.now()

    def passed(self, sent: float, now: float) -> None:
        """A call that was sent at ``sent`` was let through."""
        with self._lock:
            self._failures = 0
            self._passed.append(now)
            self._forget(now)
            if self._rate is not None:
                # What was on its way when the rate was learned belongs to what is allowed.
                self._rate += 1.0 if sent <= self._first_learned else GAIN

    def refused(self, refusal: CloudError, sent: float, now: float) -> None:
        """A call that was sent at ``sent`` was one too many."""
        with self._lock:
            self.refusal = refusal
            if self._rate is not None and sent <= self._learned:
                return  # it was on its way already when that was learned
            self._forget(now)
            if self._rate is None:
                self._rate = max(FIRST_LEAST, float(len(self._passed)))
                self._first_learned = now
            elif not self._failures:
                self._rate = max(LEAST, self._rate * CUT)
            self._learned, self._next = now, now + self._pause(now)
            self._failures += 1

    def _pause(self, now: float) -> float:
        """Seconds until a call may pass again: when the window has left the oldest behind, which
        makes room for another; longer where that is not known, or did not help.
        """
        if self._failures or len(self._passed) < FIRST_LEAST:
            return backoff(self._failures)
        return self._passed[0] + WINDOW - now

    def _forget(self, now: float) -> None:
        while self._passed and self._passed[0] <= now - WINDOW:
            self._passed.popleft()
