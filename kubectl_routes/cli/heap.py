"""How much memory a process keeps that runs for days."""

from __future__ import annotations

import gc
from contextlib import suppress

from kubectl_routes.collect import background
from kubectl_routes.collect.clock import Clock

# https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_ARENA_MAX = -8


def run_for_long() -> None:
    """Prepare a process that reads again and again, or much, so that its memory does not grow.

    All threads that are still to come allocate from one heap, where glibc would give each its own:
    what new threads leave free in one is of no use to the next, and a watch takes twice the memory.
    Under the interpreter's lock they do not get into each other's way.
    """
    _glibc("mallopt", _M_ARENA_MAX, 1)
    gc.enable()


def rest(clock: Clock, seconds: float) -> None:
    """Rest between two readings. What one leaves behind, connections above all, would else wait for
    many more. An interrupt that meets a finaliser is lost, so they do not run where interrupts
    arrive.
    """
    collected = background.start(_tidy)
    clock.sleep(seconds)
    collected.result()


def _tidy() -> None:
    """Collect garbage, and give back what glibc keeps of it: in pieces, it is of little use."""
    gc.collect()
    _glibc("malloc_trim", 0)


def _glibc(function: str, *numbers: int) -> None:
    """Call it; other C libraries have no such function, and some Pythons no ctypes."""
    with suppress(AttributeError, ImportError, OSError, TypeError):
        import ctypes  # noqa: PLC0415

        getattr(ctypes.CDLL(None), function)(*numbers)
