"""What it means that the Kubernetes API gives no answer, or one that is not what was asked for.

``what`` completes the sentence "cannot …" in each of the messages.
"""

from __future__ import annotations

import msgspec

from kubectl_routes.collect.answers import Answer, AnswerError
from kubectl_routes.collect.connection import Connection
from kubectl_routes.collect.deadline import CONNECTION_ATTEMPTS, Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.redact_text import harmless
from kubectl_routes.collect.transport import (
    CHECK_SERVER,
    UNTIL_THE_DEADLINE,
    Failure,
    cause_of,
    retry_after,
)
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message

# How often an answer with this status is asked for again.
ATTEMPTS = {
    429: UNTIL_THE_DEADLINE,
    500: 5,
    502: 5,
    503: UNTIL_THE_DEADLINE,
    504: UNTIL_THE_DEADLINE,
}

LEAST_PRIVILEGE = message("kubectl routes permissions --rbac --for read prints the role")


def odd(
    connection: Connection, what: str, reason: str, hint: str = CHECK_SERVER, status: int = 200
) -> ClusterError:
    """That the server ``reason``, which no API server does."""
    server = connection.server
    text = message("cannot {what}: {server} {reason}", what=what, server=server, reason=reason)
    return ClusterError(text, hint, status)


def unreachable(
    connection: Connection, what: str, answer: Answer, deadline: Deadline
) -> Failure[ClusterError]:
    """An answer that did not come, or did not end."""
    import urllib3  # noqa: PLC0415

    server, error = connection.server, answer.error or OSError()
    unread = AnswerError.within(error)
    if unread is not None:
        attempts = 1 if unread.final else CONNECTION_ATTEMPTS
        return Failure(odd(connection, what, unread.reason, status=0), attempts)
    if isinstance(error, urllib3.exceptions.SSLError):
        # The words of OpenSSL without the file and line of the module that wraps it.
        reason = str(error).split("] ", 1)[-1].split(" (_ssl.c", 1)[0]
        text = message(
            "cannot {what}: TLS with {server} failed: {error}",
            what=what,
            server=server,
            error=reason,
        )
        hint = message("check certificate-authority and the server's name in the kubeconfig")
        return Failure(ClusterError(text, hint))
    late = isinstance(error, urllib3.exceptions.TimeoutError) and not deadline.remaining()
    reason = cause_of(error).text
    if late:
        reason = message("no whole answer") if answer.status else message("no answer")
    text = message("cannot {what}: {server}: {reason}", what=what, server=server, reason=reason)
    if not late:
        hint = message("check that the server is running and reachable: kubectl cluster-info")
        return Failure(ClusterError(text, hint), CONNECTION_ATTEMPTS)
    seconds = f"{deadline.seconds:g}"
    text = message("{problem} within {seconds} s", problem=text, seconds=seconds)
    return Failure(ClusterError(text, message("a longer --request-timeout waits longer")))


def refused(
    connection: Connection, what: str, answer: Answer, number: int
) -> Failure[ClusterError]:
    """Another status than that of a success, or another form; to attempt ``number``."""
    status, secrets = answer.status, connection.secrets()
    if "json" in answer.media:
        reason = f"{status} {harmless(_said(answer.body) or answer.reason, secrets)}"
        text = message("cannot {what}: {reason}", what=what, reason=reason)
        hint = LEAST_PRIVILEGE if status == 403 else ""
        if status == 401:
            user = connection.user or message("this user")
            hint = message(
                "the credentials of {user} are wrong or have expired: log in again", user=user
            )
    else:
        text = message(
            "cannot {what}: {server} does not speak the Kubernetes API: it answered"
            " {status} with {kind}",
            what=what,
            server=connection.server,
            status=str(status),
            kind=harmless(answer.media.split(";")[0] or message("no content type"), secrets),
        )
        hint = CHECK_SERVER
    error = ClusterError(text, hint, status)
    return Failure(error, ATTEMPTS.get(status, 1), retry_after(answer.headers, number))


def _said(body: bytes) -> str:
    """The message of a Status; empty for anything else."""
    try:
        return Document(msgspec.json.decode(body)).text("message")
    except UNREADABLE:
        return ""
