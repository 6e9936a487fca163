"""What is fuzzed: one kind of input, how a hostile one is made, and who is given it."""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

from msgspec import Struct

# Processor seconds that one input may cost, and seconds in all: some inputs wait for a server.
PROCESSOR_SECONDS = 5.0
SECONDS = 20.0


class Target(ABC):
    """One kind of input, with files in ``folder``; so many of 100,000 inputs are its ``share``."""

    name: str
    about: str
    share: int

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def make(self, chance: Random) -> bytes:
        """A hostile input."""

    @abstractmethod
    def feed(self, body: bytes) -> bool:
        """Give it to the code that reads such input: whether it was accepted, or refused with one
        of our own errors. Whatever it raises is a failure, ``Wrong`` for what is odd about an
        answer.
        """

    def close(self) -> None:  # noqa: B027 - most targets start nothing
        """End what was started for it."""


class Wrong(Exception):
    """An answer that no input should bring about."""


class TooSlow(BaseException):
    """Not an Exception, so that no caller takes it for a fault of the input."""


class Result(Struct, frozen=True):
    """What became of one input; ``failure`` is empty for a good end."""

    accepted: bool = False
    failure: str = ""
    seconds: float = 0.0


def chance_of(seed: int, name: str, number: int) -> Random:
    """The source of chance of one input, the same in every run."""
    return Random(f"{seed} {name} {number}")


def attempt(target: Target, body: bytes) -> Result:
    """Feed one input, within its limits."""
    began, clock = time.process_time(), time.monotonic()
    accepted, failure = False, ""
    try:
        with _limit(PROCESSOR_SECONDS):
            accepted = target.feed(body)
    except (Exception, SystemExit, TooSlow) as error:  # noqa: BLE001 - any of them is what is looked for
        failure = told(error)
    seconds = time.process_time() - began
    if not failure and time.monotonic() - clock > SECONDS:
        failure = f"TooSlow: {SECONDS:g} seconds"
    return Result(accepted, failure, seconds)


def told(error: BaseException) -> str:
    """An error and the place in our code where it came from, on one line."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.startswith("kubectl_routes."):
            place = f" in {module}, line {trace.tb_lineno}"
        trace = trace.tb_next
    said = str(error).split("\n", 1)[0][:200]
    return f"{type(error).__name__}{place}: {said}".encode("ascii", "backslashreplace").decode()


def shrunk(target: Target, body: bytes, failure: str, seconds: float = 20.0) -> bytes:
    """A shorter input that fails in the same way, found within so many seconds."""
    kind = failure.split(":", 1)[0]
    end = time.monotonic() + seconds
    size = max(1, len(body) // 2)
    while size:
        at = 0
        while at < len(body) and time.monotonic() < end:
            shorter = body[:at] + body[at + size :]
            if attempt(target, shorter).failure.split(":", 1)[0] == kind:
                body = shorter
            else:
                at += size
        size //= 2
    return body


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
