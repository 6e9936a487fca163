"""Pools of connections: their proxy, and TLS settings that leave no key in a file."""

from __future__ import annotations

import os
import ssl
import tempfile
from base64 import b64encode
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import unquote

from kubectl_routes.collect.proxy import checked
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message


def new_pool(
    settings: ssl.SSLContext | None,
    proxy: str | None,
    *,
    size: int,
    server_name: str = "",
    proxy_settings: ssl.SSLContext | None = None,
) -> Any:
    """A urllib3 pool that keeps up to ``size`` connections to a server. ``server_name`` is the one
    that a certificate must have, where that is not the host's. ``proxy_settings`` are for an
    https:// proxy, by default those of the system. Raises UsageError for a proxy that cannot be
    used.
    """
    import urllib3  # noqa: PLC0415

    options: dict[str, Any] = {"maxsize": size, "ssl_context": settings}
    if server_name:
        options["server_hostname"] = server_name
    if not proxy:
        return urllib3.PoolManager(**options)
    try:
        proxy = checked(proxy)
        found = urllib3.util.parse_url(proxy)
        if str(found.scheme).startswith("socks"):
            import_module("socks")  # urllib3 would warn first
            return import_module("urllib3.contrib.socks").SOCKSProxyManager(proxy, **options)
    except urllib3.exceptions.LocationParseError:
        raise UsageError(
            message("the proxy is not a URL"), message("write http://HOST:PORT")
        ) from None
    except ImportError:
        raise UsageError(
            message("a SOCKS proxy needs the package PySocks"), message("pip install PySocks")
        ) from None
    headers = {"proxy-authorization": _login(found.auth)} if found.auth else None
    return urllib3.ProxyManager(
        proxy, proxy_headers=headers, proxy_ssl_context=proxy_settings, **options
    )


def _login(auth: str) -> str:
    """NAME or NAME:PASSWORD of a URL as the value of a header, in UTF-8, as curl and Go send it."""
    words = unquote(auth if ":" in auth else f"{auth}:")
    return f"Basic {b64encode(words.encode()).decode()}"


@cache
def public_tls(bundle: str) -> Any:
    """The TLS settings for servers whose authorities are in a file or folder; reading those takes
    as long as a call, so that all APIs share them.
    """
    made = _settings(verify=True)
    # Without authorities no certificate is trusted, and the first call says so.
    with suppress(OSError):
        inside = os.path.isdir(bundle)
        made.load_verify_locations(None if inside else bundle, bundle if inside else None)
    return made


def cluster_tls(authority: bytes, certificate: bytes, key: bytes, *, verify: bool) -> Any:
    """The settings for connections to one server, of texts in PEM form; empty: none is given, and
    the authorities are the system's. Raises UsageError for what is no certificate or key.
    """
    made = _settings(verify=verify)
    if verify:
        _trust(made, authority)
    if certificate:
        _show(made, certificate + b"\n" + key)
    return made


def _settings(*, verify: bool) -> Any:
    from urllib3.util.ssl_ import create_urllib3_context  # noqa: PLC0415

    made = create_urllib3_context()
    made.check_hostname, made.verify_mode = verify, ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    # As kubectl has it: what is named as an authority is one, whether or not another has issued it,
    # and though it lacks extensions, which Python insists on since 3.13.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


def _trust(made: ssl.SSLContext, authority: bytes) -> None:
    if not authority:
        made.load_default_certs()
        return
    try:
        # Only a comment between certificates can be in other letters.
        made.load_verify_locations(cadata=authority.decode("ascii", "ignore"))
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
