"""TLS settings from certificates that are in memory, so that no key is left in a file."""

from __future__ import annotations

import os
import ssl
import tempfile
from typing import Any

from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message


def context(authority: bytes, certificate: bytes, key: bytes, *, verify: bool) -> Any:
    """The settings for connections to one server, of texts in PEM form; empty: none is given, and
    the authorities are the system's. Raises UsageError for what is no certificate or key.
    """
    from urllib3.util.ssl_ import create_urllib3_context  # noqa: PLC0415

    made = create_urllib3_context()
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    else:
        made.verify_mode = ssl.CERT_REQUIRED
        made.check_hostname = True
        _trust(made, authority)
    if certificate:
        _show(made, certificate + b"\n" + key)
    return made


def _trust(made: ssl.SSLContext, authority: bytes) -> None:
    if not authority:
        made.load_default_certs()
        return
    try:
        made.load_verify_locations(cadata=authority.decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise UsageError(
            message("the kubeconfig's certificate-authority is no certificate in PEM form")
        ) from None


def _show(made: ssl.SSLContext, pair: bytes) -> None:
    """Take certificate and key over. Python reads them from a path only: where the system has
    files in memory it is one of those, else a file of its owner that is gone right afterwards.
    """
    try:
        if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
            handle, name = os.memfd_create("client"), ""
        else:
            handle, name = tempfile.mkstemp()
    except OSError as error:
        raise UsageError(
            message("the client key cannot be loaded: {reason}", reason=str(error.strerror)),
            message("let TMPDIR name a folder that can be written to"),
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pair)
            file.flush()
            # An encrypted key would else be asked about on the terminal.
            made.load_cert_chain(name or f"/proc/self/fd/{handle}", password="")
    except (ssl.SSLError, ValueError):
        raise UsageError(
            message("the kubeconfig's client-certificate and client-key are no pair in PEM form"),
            message("an encrypted key is not supported, as by kubectl"),
        ) from None
    finally:
        if name:
            os.unlink(name)
