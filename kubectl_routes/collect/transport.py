"""The one way to every API: how often a request is tried, how long, and what no answer means."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from itertools import count
from threading import BoundedSemaphore, local
from typing import Any, Generic, TypeVar

from msgspec import Struct

from kubectl_routes.collect.answers import LARGE_ANSWERS, Answer, AnswerError, bound
from kubectl_routes.collect.deadline import Deadline, backoff
from kubectl_routes.model.errors import RoutesError
from kubectl_routes.model.message import message

T = TypeVar("T")
E = TypeVar("E", bound=RoutesError)

CHECK_SERVER = message("check the server URL and any proxy")
CHECK_ENDPOINT = message("check the endpoint and any proxy")

# How often an attempt that may succeed at any moment is repeated: until the deadline.
UNTIL_THE_DEADLINE = 1_000_000

# A server that answers Retry-After: 0 means soon, not at once: the wait grows to this many seconds.
SHORTEST_WAIT = 1.0

CONNECT_SECONDS = 5.0
# Of an answer that is none of those that were asked for, so much is read.
LARGEST_REFUSAL = 64 * 1024


class Failure(Struct, Generic[E], frozen=True):
    """A failed attempt: what it means, how many attempts are worth while, and the seconds until the
    next one where the server or a rate limiter has set them.
    """

    error: E
    attempts: int = 1
    wait: float | None = None


def retry(attempt: Callable[[int], T | Failure[Any]], deadline: Deadline) -> T:
    """What the first attempt that succeeds returns; ``attempt`` gets its number, from 0.

    Waits between attempts as long as the failure says, else for the backoff. Raises the error of
    the last one, and says so where the deadline ended the attempts.
    """
    for number in count():
        answer = attempt(number)
        if not isinstance(answer, Failure):
            return answer
        if number + 1 >= answer.attempts:
            raise answer.error
        if not deadline.sleep(backoff(number) if answer.wait is None else answer.wait):
            raise gave_up(answer.error, deadline)
    raise AssertionError


def gave_up(error: E, deadline: Deadline) -> E:
    """The error of the last attempt before the deadline."""
    late = copy(error)
    late.message = message(
        "{reason}; gave up within {seconds} s",
        reason=error.message,
        seconds=f"{deadline.seconds:g}",
    )
    late.args = (late.message,)
    late.hint = error.hint or message("a longer --request-timeout allows more attempts")
    return late


def retry_after(headers: Any, attempt: int) -> float | None:
    """Seconds to wait by the header Retry-After, None without one.

    A date is not understood: proxies send it, API servers do not. Zero is not obeyed: the first
    attempts wait for the backoff, all others for ``SHORTEST_WAIT`` at least.
    """
    value = str(headers.get("Retry-After", "")).strip()
    if not (value.isascii() and value.isdigit()):
        return None
    return max(float(value), min(SHORTEST_WAIT, backoff(attempt)))


class Transport:
    """Requests through one urllib3 pool, with limits; safe to share between threads.

    ``at_once`` requests are on their way at the same time; a body may have ``largest`` bytes, and a
    part of it take ``seconds``.
    """

    def __init__(self, pool: Any, *, at_once: int, largest: int, seconds: float) -> None:
        self.pool = pool
        self._seconds = seconds
        self._room = BoundedSemaphore(LARGE_ANSWERS)
        self._slots = BoundedSemaphore(at_once)
        # The deadline of the request that a thread makes: a connection outlives many of them.
        self._current = local()
        bound(pool, lambda: self._current.deadline, largest)

    def send(
        self,
        method: str,
        url: str,
        headers: Any,
        deadline: Deadline,
        *,
        body: bytes = b"",
        media: str = "",
        most: int,
        cut: bool = False,
    ) -> Answer:
        """The answer to one request, to be closed: one attempt, and no redirect is followed.

        ``media`` is a part of the media type that a success has. Of a body longer than ``most``
        bytes the first ones are taken where it may be ``cut``.
        """
        import urllib3  # noqa: PLC0415

        answer = Answer(self._room, deadline)
        try:
            with self._slots:
                self._current.deadline = deadline
                response = self.pool.request(
                    method,
                    url,
                    body=body or None,
                    headers=headers,
                    timeout=urllib3.Timeout(
                        connect=deadline.timeout(CONNECT_SECONDS),
                        read=deadline.timeout(self._seconds),
                    ),
                    retries=False,
                    redirect=False,
                    enforce_content_length=True,
                    preload_content=False,
                )
                answer.status, answer.reason = response.status, response.reason or ""
                answer.headers = response.headers
                answer.fits = answer.status in (200, 201, 202) and media in answer.media
                limit = most if answer.fits else LARGEST_REFUSAL
                answer.read(response, limit, cut=cut or not answer.fits)
        except (urllib3.exceptions.HTTPError, AnswerError) as error:
            answer.close()
            # Its traceback would keep what was read.
            answer.error = error.with_traceback(None)
        except BaseException:
            answer.close()
            raise
        return answer

    def close(self) -> None:
        """End all connections."""
        self.pool.clear()


class Cause(Struct, frozen=True):
    """Why there is no answer, as ``text`` that completes "cannot be used: …". ``final``: another
    attempt comes to the same.
    """

    text: str
    final: bool = False


_OTHER_NAME = Cause(message("its certificate is for another name"), final=True)
_UNKNOWN_NAME = Cause(message("its name is unknown"))
_PROXY = Cause(message("the proxy does not let through (HTTPS_PROXY, NO_PROXY)"))
_TOO_LARGE = Cause(message("its answer is too large"), final=True)
# The words in the text of an error that tell its cause. The text itself is never passed on: it may
# hold the whole URL with AccessKeyId, signature and token.
_CAUSES = {
    "ProxyError": _PROXY,
    "connect to proxy": _PROXY,
    "Hostname mismatch": _OTHER_NAME,
    "IP address mismatch": _OTHER_NAME,
    "certificate verify failed": Cause(message("its certificate is not trusted"), final=True),
    "timed out": Cause(message("no answer in time")),
    "Name or service not known": _UNKNOWN_NAME,
    "nodename nor servname": _UNKNOWN_NAME,
    # Not looked up, as no host can be called so: urllib3, and http.client behind an older one.
    "LocationParseError": _UNKNOWN_NAME,
    "InvalidURL": _UNKNOWN_NAME,
    "Temporary failure in name resolution": Cause(message("its name cannot be looked up")),
    "refused": Cause(message("it refuses connections")),
    "Failed to establish a new connection": Cause(
        message("it cannot be reached through the network")
    ),
    "does not end": Cause(message("its answer does not end"), final=True),
    "sent more than": _TOO_LARGE,
    "encoding that was not asked for": Cause(
        message("its answer is in an encoding that was not asked for"), final=True
    ),
}


def cause_of(error: Exception) -> Cause:
    """The cause that the text of an error names; the first words of the table that fit decide."""
    text = str(AnswerError.within(error) or f"{type(error).__name__}: {error}")
    fitting = (cause for words, cause in _CAUSES.items() if words in text)
    return next(fitting, Cause(message("the connection broke")))
