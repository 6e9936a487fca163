"""How much memory a process keeps that runs for days."""

from __future__ import annotations

from contextlib import suppress

# https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_ARENA_MAX = -8


def limit_malloc_arenas() -> None:
    """Let all threads that are still to come allocate from one heap, where glibc would give each
    its own: what new threads leave free in one is of no use to the next, and a watch takes twice
    the memory. Under the interpreter's lock they do not get into each other's way.

    Other C libraries have no such choice, and some Pythons no ctypes; then nothing happens.
    """
    with suppress(AttributeError, ImportError, OSError, TypeError):
        import ctypes  # noqa: PLC0415

        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
