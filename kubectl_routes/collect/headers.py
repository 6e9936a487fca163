"""What every request to the API server carries: the user, and the form of the answer."""

from __future__ import annotations

from typing import Any

from kubectl_routes import __version__
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message


def request_headers(
    authorization: str, options: CollectOptions, near: bool, secure: bool = True
) -> Any:
    """All headers of a request, as urllib3 takes them; ``near``: the server is on this machine,
    ``secure``: it is reached over TLS.

    Raises UsageError for a value that no header can hold, and for credentials that would go to
    another machine in the clear.
    """
    import urllib3  # noqa: PLC0415

    headers = urllib3.HTTPHeaderDict()
    headers["User-Agent"] = f"kubectl-routes/{__version__}"
    headers["Accept"] = "application/json"
    # A node list shrinks to a tenth, which a network is glad of; on loopback it only costs time.
    headers["Accept-Encoding"] = "identity" if near else "gzip"
    if authorization:
        if not near and not secure:
            raise UsageError(
                message(
                    "the cluster's server must be reached over https: credentials would be"
                    " sent in the clear"
                ),
                message(
                    "plain http is allowed to this machine only, or for a user without credentials"
                ),
            )
        headers["Authorization"] = _sendable(message("the token or password"), authorization)
    if options.as_user:
        headers["Impersonate-User"] = _sendable("--as", options.as_user)
    for group in options.as_groups:
        headers.add("Impersonate-Group", _sendable("--as-group", group))
    return headers


def _sendable(what: str, value: str) -> str:
    """A header's value in UTF-8, as kubectl sends it. Raises UsageError, which quotes nothing."""
    value = value.strip()
    if not value.isprintable():
        raise UsageError(
            message("{what} holds a line break or another control character", what=what)
        )
    return value.encode().decode("latin-1")
