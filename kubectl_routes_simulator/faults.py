"""What can go wrong between a client and a server, switchable request by request."""

from __future__ import annotations

import re
import threading
from enum import Enum

from msgspec import Struct


class FaultKind(Enum):
    """Where an exchange breaks. Commit is the moment the handler runs."""

    REFUSE = "refuse"  # before the commit: the fault's own status, body and headers
    DROP_AFTER_COMMIT = "drop-after-commit"  # the handler runs, the connection closes unanswered
    DELAY = "delay"  # wait, then answer as usual
    HALF_BODY = "half-body"  # Content-Length of the whole body, half of it sent, then close
    GARBAGE = "garbage"  # before the commit: status 200 and the fault's body, whatever it is
    RESET = "reset"  # before the commit: a TCP reset
    NOISE = "noise"  # before the commit: bytes that are no TLS record, and no HTTP either


class Fault(Struct, frozen=True):
    """One fault and the requests it strikes.

    ``match`` is text in, or a pattern that searches, ``METHOD path?query``. The first ``skip``
    requests pass, the next ``times`` are struck (None: all of them). ``status``, ``body`` and
    ``headers`` are the answer of REFUSE and GARBAGE. ``seconds`` is the length of DELAY.
    """

    kind: FaultKind
    match: str | re.Pattern[str] = ""
    times: int | None = 1
    skip: int = 0
    status: int = 503
    body: bytes = b""
    headers: dict[str, str] = {}
    seconds: float = 0.0


class Faults:
    """The faults now armed; the first added that strikes a request wins. Safe between threads."""

    def __init__(self) -> None:
        # With how many requests each has matched.
        self._armed: list[tuple[Fault, list[int]]] = []
        self._triggered = 0
        self._lock = threading.Lock()

    @property
    def triggered(self) -> int:
        """How many requests were struck since the last ``clear``."""
        with self._lock:
            return self._triggered

    def add(self, fault: Fault) -> None:
        """Arm a fault, after those already armed."""
        with self._lock:
            self._armed.append((fault, [0]))

    def clear(self) -> None:
        """Disarm every fault."""
        with self._lock:
            self._armed.clear()
            self._triggered = 0

    def take(self, line: str) -> Fault | None:
        """The fault that strikes this request (``METHOD path?query``), counted as used."""
        with self._lock:
            for fault, matched in self._armed:
                text = fault.match
                if text not in line if isinstance(text, str) else text.search(line) is None:
                    continue
                matched[0] += 1
                struck = matched[0] - fault.skip
                if struck > 0 and (fault.times is None or struck <= fault.times):
                    self._triggered += 1
                    return fault
            return None
