"""SIGINT, SIGTERM and SIGHUP, all handled alike: the first ends the command, later ones wait."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread, Timer, get_ident
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A signal whose exception was lost in a finalizer is sent again after so many seconds.
_AGAIN_SECONDS = 0.05
# Python runs a handler between two instructions of the main thread. A signal right before the
# thread blocks in a system call leaves it there. It is woken so many seconds later, by a signal
# that means nothing else.
_WAKE_SECONDS = (0.05, 0.2, 1.0)
_WAKE = signal.SIGURG


class Interrupts:
    """A context manager for the time of one command: the first signal raises KeyboardInterrupt,
    those that follow it are recorded and raise nothing.

    Wrappers and supervisors signal a process and its group, so that two come within a millisecond:
    the second must not break off what the first has set going. A signal that is ignored when the
    command starts (``nohup``, a job in the background) stays ignored. Outside of the main thread
    nothing happens, since only that one gets signals.
    """

    def __init__(self) -> None:
        self._admitted = True
        self._raised = False
        self._waiting = False
        self._before: dict[int, Any] = {}
        self._hook = sys.unraisablehook
        self._bell: tuple[socket.socket, socket.socket] | None = None

    def __enter__(self) -> Interrupts:
        for number in SIGNALS:
            if signal.getsignal(number) in (signal.SIG_IGN, None):
                continue
            try:
                self._before[number] = signal.signal(number, self._arrived)
            except ValueError:  # not the main thread
                return self
        self._hook, sys.unraisablehook = sys.unraisablehook, self._lost
        if self._before:
            self._watch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.unwatch()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._before:
            sys.unraisablehook = self._hook

    def _watch(self) -> None:
        """Wake the main thread after each signal, unless an outer command already does."""
        outer = signal.set_wakeup_fd(-1)
        if outer != -1:
            signal.set_wakeup_fd(outer)
            return
        self._bell = ring, heard = socket.socketpair()
        for end in self._bell:
            end.setblocking(end is heard)
        signal.set_wakeup_fd(ring.fileno(), warn_on_full_buffer=False)
        self._before[_WAKE] = signal.signal(_WAKE, lambda _number, _frame: None)
        Thread(target=_wake, args=(heard, get_ident()), daemon=True).start()

    def unwatch(self) -> None:
        """Let the thread that wakes the main thread end: from here on a signal breaks off no system
        call.
        """
        if self._bell is not None:
            signal.set_wakeup_fd(-1)
            for end in self._bell:
                end.close()
            self._bell = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, a signal is recorded only; for what must come to its end, such as a write: a
        request that is cut off may still be carried out.
        """
        before, self._admitted = self._admitted, False
        try:
            yield
        finally:
            self._admitted = before

    @contextmanager
    def admitted(self, *, again: bool = False) -> Iterator[None]:
        """Inside ``held``, a part that may be broken off after all; also by a signal that came
        before it. ``again``: what came until now is dealt with, and only a new signal counts.
        """
        before, self._admitted = self._admitted, True
        if again:
            self._raised = self._waiting = False
        try:
            if self._waiting and not self._raised:
                self._raised = True
                raise KeyboardInterrupt
            yield
        finally:
            self._admitted = before

    def _arrived(self, number: int, _frame: FrameType | None) -> None:
        if self._admitted and not self._raised:
            # Noted first: another signal may come while this one is on its way up.
            self._raised = True
            raise KeyboardInterrupt(number)
        self._waiting = True

    def _lost(self, unraisable: sys.UnraisableHookArgs) -> None:
        """An exception that was raised in a finalizer, where Python drops it."""
        error = unraisable.exc_value
        if not isinstance(error, KeyboardInterrupt):
            self._hook(unraisable)
            return
        self._raised = False
        number = error.args[0] if error.args else signal.SIGINT
        again = Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), number))
        again.daemon = True
        again.start()


def _wake(heard: socket.socket, main: int) -> None:
    """Until the other end is closed: wake the thread ``main`` after each signal."""
    with suppress(OSError):
        while numbers := heard.recv(64):
            if set(numbers) <= {_WAKE}:
                continue
            for seconds in _WAKE_SECONDS:
                time.sleep(seconds)
                signal.pthread_kill(main, _WAKE)
