"""Work in the background whose end is worth waiting for only so long."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, TimeoutError as FutureTimeout, wait
from threading import Thread
from typing import Generic, TypeVar

from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message

# A reader that keeps the deadline reports its own failure in time; this is for one that hangs.
GRACE_SECONDS = 1.0

T = TypeVar("T")


def start(work: Callable[[], T]) -> Future[T]:
    """Run ``work`` in a thread of its own and return its future.

    The thread is a daemon, unlike those of an executor: a name server or a credential plugin that
    never answers must not keep the process alive after the deadline or after an interrupt.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001  raised again where the result is used
            future.set_exception(error)
        else:
            future.set_result(result)

    Thread(target=run, daemon=True, name="kubectl-routes-reader").start()
    return future


def result(future: Future[T], seconds: float) -> T:
    """The result, or its exception. Raises TimeoutError when it takes longer than ``seconds``."""
    try:
        return future.result(timeout=seconds)
    except FutureTimeout:
        # Until Python 3.11 futures have a timeout error of their own.
        raise TimeoutError from None


def wait_for(future: Future[T], deadline: Deadline) -> T:
    """The result, or its exception. Raises TimeoutError when the deadline, which may grow
    while it runs, ends before.
    """
    while not wait([future], deadline.remaining() + GRACE_SECONDS).done:
        if not deadline.remaining():
            raise TimeoutError
    return future.result()


class Reading(Generic[T]):
    """Something that is being read of a cluster. ``what`` completes the sentence "cannot …"."""

    def __init__(self, deadline: Deadline, what: str, future: Future[T]) -> None:
        self._deadline = deadline
        self._what = what
        self._future = future

    def result(self) -> T:
        """What was read. Raises ClusterError, also at the deadline."""
        try:
            return wait_for(self._future, self._deadline)
        except TimeoutError:
            raise ClusterError(
                message(
                    "cannot {what}: no answer within {seconds} s",
                    what=self._what,
                    seconds=f"{self._deadline.seconds:g}",
                ),
                message("a longer --request-timeout waits longer"),
            ) from None

    def result_or(self, otherwise: T) -> T:
        """What was read, ``otherwise`` where it cannot be."""
        try:
            return self.result()
        except ClusterError:
            return otherwise
