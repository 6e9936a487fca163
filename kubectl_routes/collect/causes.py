"""What it means that a server gave no answer, or one that is not its own: for all APIs alike."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.model.message import message

CHECK_SERVER = message("check the server URL and any proxy")
CHECK_ENDPOINT = message("check the endpoint and any proxy")


class Cause(Struct, frozen=True):
    """Why there is no answer, as ``text`` that completes "cannot be used: …". ``final``: another
    attempt comes to the same.
    """

    text: str
    final: bool = False


_UNKNOWN_NAME = Cause(message("its name is unknown"))
_PROXY = Cause(message("the proxy does not let through (HTTPS_PROXY, NO_PROXY)"))
# The words in the text of a connection error that tell its cause. The text itself is never passed
# on: that of the cloud's SDK holds the whole URL with AccessKeyId, signature and token.
_CAUSES = {
    "certificate verify failed": Cause(message("its certificate is not trusted"), final=True),
    "doesn't match": Cause(message("its certificate is for another name"), final=True),
    "ProxyError": _PROXY,
    "connect to proxy": _PROXY,
    "timed out": Cause(message("no answer in time")),
    "Name or service not known": _UNKNOWN_NAME,
    "nodename nor servname": _UNKNOWN_NAME,
    "Temporary failure in name resolution": Cause(message("its name cannot be looked up")),
    "refused": Cause(message("it refuses connections")),
    "Failed to establish a new connection": Cause(
        message("it cannot be reached through the network")
    ),
    "does not end": Cause(message("its answer does not end"), final=True),
    "sent more than": Cause(message("its answer is too large"), final=True),
    "sent JSON of more than": Cause(message("its answer is too large"), final=True),
    "encoding that was not asked for": Cause(
        message("its answer is in an encoding that was not asked for"), final=True
    ),
}


def cause_of(error: str) -> Cause:
    """The cause that the text of an error names; the first words of the table that fit decide."""
    fitting = (cause for words, cause in _CAUSES.items() if words in error)
    return next(fitting, Cause(message("the connection broke")))
