"""Calls to an Alibaba Cloud API through the SDK, with the retries and the care that it lacks."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections.abc import Callable
from importlib import import_module
from threading import BoundedSemaphore
from typing import Any

from msgspec import Struct

from kubectl_routes import __version__
from kubectl_routes.collect import aliyun_sdk
from kubectl_routes.collect.access_key import AccessKey
from kubectl_routes.collect.aliyun_errors import WORDLESS
from kubectl_routes.collect.causes import CHECK_ENDPOINT, Cause, cause_of
from kubectl_routes.collect.deadline import CONNECTION_ATTEMPTS, Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.endpoint import Route
from kubectl_routes.collect.rate_limiter import THROTTLING, RateLimiter
from kubectl_routes.collect.redact_text import harmless
from kubectl_routes.collect.transport import UNTIL_THE_DEADLINE, Failure, Room, gave_up, retry
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import message

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0

# Calls on their way at once: each has a connection, and an answer in memory.
AT_ONCE = 16

# What the SDK calls a refusal without "Code", and how it then begins its message: the body follows.
_UNNAMED = "SDK.UnknownServerError"
_BODY_FOLLOWS = "ServerResponseBody: "


class NoResponseError(CloudError):
    """A call without an answer that can be trusted: whether it had an effect is unknown."""


class Service(Struct, frozen=True):
    """What differs from API to API.

    ``name`` is shown when its endpoint is not known, ``options`` what to check when it cannot be
    reached; ``is_passing(code, status)`` says whether the same call may succeed in a moment,
    ``hint_for(code, status, action)`` what to do, or nothing.
    """

    name: str
    options: str
    is_passing: Callable[[str, int], bool]
    hint_for: Callable[[str, int, str], str]


class AliyunClient:
    """One service with one key; safe to share between threads.

    Each thread has a client of its own, since a client is not made for sharing. ``close`` ends
    their connections. The rate limits of Alibaba Cloud are of an account and an API, so all threads
    share one rate limiter for calls of one action.
    """

    def __init__(self, service: Service, key: AccessKey, region: str, route: Route) -> None:
        self._service = service
        self._key = key
        self._region = region
        self._route = route
        self._local = threading.local()
        self._lock = threading.Lock()
        self._clients: list[Any] = []
        self._limiters: dict[str, RateLimiter] = {}
        self._room = Room()
        self._slots = BoundedSemaphore(AT_ONCE)

    def call(
        self,
        action: str,
        build: Callable[[AccessKey], Any],
        deadline: Deadline,
        *,
        repeatable: bool = True,
        secrets: tuple[str, ...] = (),
    ) -> bytes:
        """The JSON that ``action`` answers to the SDK request that ``build`` makes.

        Retries throttling, conflicts, server errors and broken connections within the deadline;
        a call that is not ``repeatable`` only after a refusal, never when its answer was lost.
        ``secrets`` are what the call carries and no message may repeat, in addition to the key.
        Raises CloudError with the code and the request id of the last answer, and its kind
        NoResponseError when there was none.
        """
        limiter = self._limiter(action)

        def attempt(_: int) -> bytes | Failure[CloudError]:
            sent = limiter.wait(deadline)
            if sent is None:
                return Failure(gave_up(limiter.refusal, deadline))
            with self._slots:
                answer = self._attempt(action, build, deadline, secrets)
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
        with self._lock:
            for client in self._clients:
                client.session.close()
            self._clients.clear()

    def _limiter(self, action: str) -> RateLimiter:
        with self._lock:
            return self._limiters.setdefault(action, RateLimiter())

    def _attempt(
        self,
        action: str,
        build: Callable[[AccessKey], Any],
        deadline: Deadline,
        secrets: tuple[str, ...],
    ) -> bytes | Failure[CloudError]:
        aliyun_sdk.load()
        from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException  # noqa: PLC0415

        # A request keeps what was signed into it, so every attempt gets a new one.
        request = self._prepared(build(self._key), deadline)
        client = self._client(deadline)
        try:
            body = client.do_action_with_exception(request)
        except ServerException as refused:
            return self._refused(action, refused, secrets)
        except ClientException as failed:
            return self._failed(action, failed)
        except (UnicodeDecodeError, RecursionError):
            return self._unreadable(action)
        except (LookupError, TypeError, AttributeError):
            # The SDK stumbles over a refusal that has not the parts it looks for.
            return self._unreadable(action, 0)
        return body if isinstance(body, bytes) and _is_whole(body) else self._unreadable(action)

    def _prepared(self, request: Any, deadline: Deadline) -> Any:
        from aliyunsdkcore.http import protocol_type  # noqa: PLC0415

        # The SDK compares by identity: any other string "https" would silently mean http.
        request.set_protocol_type(protocol_type.HTTPS)
        if self._route.endpoint:
            request.set_endpoint(self._route.endpoint)
        request.set_connect_timeout(deadline.timeout(CONNECT_SECONDS))
        request.set_read_timeout(deadline.timeout(READ_SECONDS))
        return request

    def _client(self, deadline: Deadline) -> Any:
        if not hasattr(self._local, "client"):
            self._local.client, self._local.adapter = self._new_client(deadline)
        self._local.adapter.deadline = deadline
        return self._local.client

    def _new_client(self, deadline: Deadline) -> tuple[Any, Any]:
        from kubectl_routes.collect.aliyun_transport import BoundedAdapter  # noqa: PLC0415

        silence_sdk()
        send_server_name()
        # Key and secret as arguments are the one form that the SDK prefers to what it finds in
        # ALIYUN_ACCESS_KEY_ID; a token is then part of the request like any other parameter.
        client = aliyun_sdk.load().AcsClient(
            self._key.id,
            self._key.secret,
            self._region,
            auto_retry=False,
            verify=self._route.verify,
            proxy=self._route.proxies,
        )
        client.append_user_agent("kubectl-routes", __version__)
        adapter = BoundedAdapter(deadline, self._room)
        for scheme in ("https://", "http://"):
            client.session.mount(scheme, adapter)
        with self._lock:
            self._clients.append(client)
        return client, adapter

    def _refused(self, action: str, refused: Any, secrets: tuple[str, ...]) -> Failure[CloudError]:
        code = str(refused.get_error_code() or "")
        words = refused.get_error_msg()
        request_id = str(refused.get_request_id() or "")
        status = int(refused.get_http_status() or 0)
        if code == _UNNAMED:
            code, words, request_id = _lower_case(str(words))
        if not code:
            return self._unreadable(action, status)
        hidden = (self._key.id, self._key.secret, self._key.token, *secrets)
        code, request_id = (harmless(text, hidden) for text in (code, request_id))
        said = "" if code.startswith(WORDLESS) else harmless(words, hidden)
        reason = f"{code}: {said}" if said else code
        if request_id:
            reason += f" (RequestId {request_id})"
        text = message("{action} failed: {reason}", action=action, reason=reason)
        kind = NoResponseError if status >= 500 else CloudError
        error = kind(text, self._service.hint_for(code, status, action), code, request_id)
        return Failure(error, UNTIL_THE_DEADLINE if self._service.is_passing(code, status) else 1)

    def _failed(self, action: str, failed: Any) -> Failure[CloudError]:
        code = str(failed.get_error_code() or "")
        cause = cause_of(str(failed.get_error_msg() or ""))
        if code != "SDK.HttpError":
            cause = Cause(message("the SDK gives up with {code}", code=code), final=True)
        error = NoResponseError(
            message(
                "{action} failed: {where} cannot be used: {text}",
                action=action,
                where=self._where(),
                text=cause.text,
            ),
            message("check {options}, the proxy and the network", options=self._service.options),
            code,
        )
        return Failure(error, 1 if cause.final else CONNECTION_ATTEMPTS)

    def _unreadable(self, action: str, status: int = 200) -> Failure[CloudError]:
        answered = (
            message("answered {status}", status=str(status)) if status else message("refused")
        )
        error = NoResponseError(
            message(
                "{action} failed: {where} {answered} with something that is not whole JSON",
                action=action,
                where=self._where(),
                answered=answered,
            ),
            CHECK_ENDPOINT,
        )
        return Failure(error, CONNECTION_ATTEMPTS)

    def _where(self) -> str:
        return self._route.endpoint or message(
            "{service} of {region}", service=self._service.name, region=self._region
        )


def _lower_case(words: str) -> tuple[str, str, str]:
    """Code, message and request id of a refusal that the SDK does not understand, because their
    names are in lower case, as ROA services have them; empty text when there is no code.
    """
    try:
        body = Document(json.loads(words.removeprefix(_BODY_FOLLOWS)))
    except (ValueError, RecursionError):
        return "", "", ""
    request_id = body.text("requestId") or body.text("request_id") or body.text("RequestId")
    return body.text("code"), body.text("message"), request_id


def _is_whole(body: bytes) -> bool:
    """The SDK does not notice a body that breaks off."""
    return body.rstrip().endswith(b"}")


def send_server_name() -> None:
    """Let the SDK name the server when it opens TLS.

    It brings an old urllib3 along, which looks for ssl.wrap_socket to tell whether Python knows
    SNI. Python 3.12 dropped that function, so that no name would be sent, and a server with several
    certificates would show the wrong one. Certificates are checked in any case.
    """
    module = import_module("aliyunsdkcore.vendored.requests.packages.urllib3.util.ssl_")
    module.HAS_SNI = ssl.HAS_SNI  # type: ignore[attr-defined]


def silence_sdk() -> None:
    """Keep the SDK's loggers, which write whole URLs with keys, from every handler.

    One of them prints to stderr when DEBUG=sdk is in the environment.
    """
    logging.getLogger("aliyunsdkcore").propagate = False
    logging.getLogger("aliyunsdkcore.http.http_response").disabled = True
