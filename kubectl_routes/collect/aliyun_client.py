"""Calls to the APIs of Alibaba Cloud: the SDK signs them, the way is the one of all requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock

import msgspec
from msgspec import Struct

from kubectl_routes import __version__
from kubectl_routes.collect.aliyun_errors import WORDLESS, is_passing, rpc_hint
from kubectl_routes.collect.answers import MIB, Answer, AnswerError, values
from kubectl_routes.collect.deadline import CONNECTION_ATTEMPTS, Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.rate_limiter import THROTTLING, RateLimiter
from kubectl_routes.collect.redact_text import harmless
from kubectl_routes.collect.signing import AccessKey, SignedRequest, signed_rpc
from kubectl_routes.collect.transport import (
    CHECK_ENDPOINT,
    UNTIL_THE_DEADLINE,
    Failure,
    Transport,
    cause_of,
    gave_up,
    retry,
)
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import message

READ_SECONDS = 15.0

# Calls on their way at once: each has a connection, and an answer in memory.
AT_ONCE = 16

# The largest page that is asked for, 500 entries of a route table, is about 250 kB.
LARGEST_ANSWER = 4 * MIB
MOST_VALUES = 200_000


class NoResponseError(CloudError):
    """A call without an answer that can be trusted: whether it had an effect is unknown."""


class Service(Struct, frozen=True):
    """What differs from API to API.

    ``options`` are what to check when it cannot be reached; ``is_passing(code, status)`` says
    whether the same call may succeed in a moment, ``hint_for(code, status, action)`` what to do, or
    nothing.
    """

    options: str
    is_passing: Callable[[str, int], bool]
    hint_for: Callable[[str, int, str], str]


class AliyunClient:
    """One service with one key; safe to share between threads. ``close`` ends its connections.

    The rate limits of Alibaba Cloud are of an account and an API, so all threads share one rate
    limiter for calls of one action.
    """

    def __init__(self, service: Service, key: AccessKey, route: Route) -> None:
        self._service = service
        self._key = key
        self._route = route
        self._lock = Lock()
        self._limiters: dict[str, RateLimiter] = {}
        self._transport = Transport(
            route.new_pool(AT_ONCE), at_once=AT_ONCE, largest=LARGEST_ANSWER, seconds=READ_SECONDS
        )

    def call(
        self,
        action: str,
        sign: Callable[[AccessKey], SignedRequest],
        deadline: Deadline,
        *,
        repeatable: bool = True,
        secrets: tuple[str, ...] = (),
    ) -> bytes:
        """The JSON that ``action`` answers; every attempt is signed again.

        Retries throttling, conflicts, server errors and broken connections within the deadline;
        a call that is not ``repeatable`` only after a refusal, never when its answer was lost.
        ``secrets`` are what the call carries and no message may repeat, in addition to the key.
        Raises CloudError with the code and the request id of the last answer, and its kind
        NoResponseError when there was none.
        """
        with self._lock:
            limiter = self._limiters.setdefault(action, RateLimiter())

        def attempt(_: int) -> bytes | Failure[CloudError]:
            sent = limiter.wait(deadline)
            if sent is None:
                return Failure(gave_up(limiter.refusal, deadline))
            answer = self._attempt(action, sign(self._key), deadline, secrets)
            if isinstance(answer, bytes):
                limiter.passed(sent, deadline.now())
            elif answer.error.code.startswith(THROTTLING):
                limiter.refused(answer.error, sent, deadline.now())
                return Failure(answer.error, UNTIL_THE_DEADLINE, wait=0.0)
            elif isinstance(answer.error, NoResponseError) and not repeatable:
                return Failure(answer.error)
            return answer

        return retry(attempt, deadline)

    def close(self) -> None:
        """End all connections."""
        self._transport.close()

    def _attempt(
        self, action: str, request: SignedRequest, deadline: Deadline, secrets: tuple[str, ...]
    ) -> bytes | Failure[CloudError]:
        headers = {
            "User-Agent": f"kubectl-routes/{__version__}",
            "Accept-Encoding": "gzip",
            **request.headers,
        }
        with self._transport.send(
            request.method,
            self._route.url + request.path,
            headers,
            deadline,
            body=request.body,
            most=LARGEST_ANSWER,
        ) as answer:
            if answer.error is not None:
                return self._unreachable(action, answer.error)
            if not answer.fits:
                return self._refused(action, answer, secrets)
            if values(answer.body) > MOST_VALUES:
                return self._unreachable(action, AnswerError("sent more than can be decoded"))
            # A body that breaks off where no length was announced looks whole.
            whole = answer.body.rstrip().endswith(b"}")
            return answer.body if whole else self._unreadable(action, answer.status)

    def _refused(
        self, action: str, answer: Answer, secrets: tuple[str, ...]
    ) -> Failure[CloudError]:
        try:
            said = Document(msgspec.json.decode(answer.body))
        except UNREADABLE:
            said = Document(None)
        # ROA services write the names in lower case.
        code = said.text("Code") or said.text("code")
        words = said.text("Message") or said.text("message")
        names = ("RequestId", "requestId", "request_id")
        request_id = next(filter(None, map(said.text, names)), "")
        if not code:
            return self._unreadable(action, answer.status)
        hidden = (self._key.id, self._key.secret, self._key.token, *secrets)
        code, request_id = (harmless(text, hidden) for text in (code, request_id))
        words = "" if code.startswith(WORDLESS) else harmless(words, hidden)
        reason = f"{code}: {words}" if words else code
        if request_id:
            reason += f" (RequestId {request_id})"
        text = message("{action} failed: {reason}", action=action, reason=reason)
        kind = NoResponseError if answer.status >= 500 else CloudError
        service, status = self._service, answer.status
        error = kind(text, service.hint_for(code, status, action), code, request_id)
        return Failure(error, UNTIL_THE_DEADLINE if service.is_passing(code, status) else 1)

    def _unreachable(self, action: str, error: Exception) -> Failure[CloudError]:
        cause = cause_of(error)
        text = message(
            "{action} failed: {where} cannot be used: {text}",
            action=action,
            where=self._route.url,
            text=cause.text,
        )
        hint = message("check {options}, the proxy and the network", options=self._service.options)
        return Failure(NoResponseError(text, hint), 1 if cause.final else CONNECTION_ATTEMPTS)

    def _unreadable(self, action: str, status: int) -> Failure[CloudError]:
        text = message(
            "{action} failed: {where} answered {status} with something that is not whole JSON",
            action=action,
            where=self._route.url,
            status=str(status),
        )
        return Failure(NoResponseError(text, CHECK_ENDPOINT), CONNECTION_ATTEMPTS)


def decoded(action: str, body: bytes) -> Document:
    """What ``action`` has answered. Raises NoResponseError where that is not JSON."""
    try:
        return Document(msgspec.json.decode(body))
    except UNREADABLE:
        raise NoResponseError(
            message("{action} failed: its answer is not JSON", action=action), CHECK_ENDPOINT
        ) from None


class Product(Struct, frozen=True):
    """An RPC-style API: its version, the prefix of its RAM actions, and what names its endpoint."""

    version: str
    prefix: str
    option: str


VPC = Product("2016-04-28", "vpc", "--vpc-endpoint")
ECS = Product("2014-05-26", "ecs", "ECS_ENDPOINT")
QUOTAS = Product("2020-05-10", "quotas", "QUOTAS_ENDPOINT")


class RpcApi:
    """A product's API in one region with one key; safe to share between threads. ``close`` ends its
    connections. Every answer is progress.
    """

    def __init__(
        self, product: Product, key: AccessKey, region: str, route: Route, deadline: Deadline
    ) -> None:
        self.region = region
        self._version = product.version
        self._deadline = deadline
        service = Service(
            f"--region, {product.option}",
            is_passing,
            lambda code, _, action: rpc_hint(product.prefix, code, action),
        )
        self._client = AliyunClient(service, key, route)

    def call(self, action: str, parameters: dict[str, str]) -> Document:
        """The object that ``action`` answers. Raises CloudError as ``AliyunClient.call`` does."""
        return decoded(action, self.body(action, parameters))

    def body(self, action: str, parameters: dict[str, str]) -> bytes:
        """As ``call``, the JSON of the object."""
        sign = partial(
            signed_rpc,
            region=self.region,
            version=self._version,
            action=action,
            parameters=dict(parameters),
        )
        body = self._client.call(action, sign, self._deadline)
        self._deadline.extend()
        return body

    def close(self) -> None:
        """End all connections."""
        self._client.close()
