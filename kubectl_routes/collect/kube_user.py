"""The credentials of a kubeconfig's user, and those of a pod: read with a bound, never written."""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any

from msgspec import Struct

from kubectl_routes.collect import background, files, plugin as plugins
from kubectl_routes.model.errors import ClusterError, UsageError
from kubectl_routes.model.message import message

# A token has some kB, a chain of certificates some 20 kB.
LARGEST = 1024 * 1024
# A token file is renewed under the same name; the official clients look once a minute too.
TOKEN_SECONDS = 60.0
# What expires so soon is renewed before it is used.
_SKEW_SECONDS = 10.0
# For an issuer that does not answer, where no --request-timeout is given.
OIDC_SECONDS = 30.0
_FRACTION = re.compile(r"\.\d+")


class Credential(Struct, frozen=True):
    """``authorization`` is the header's value, ``certificate`` and ``key`` are PEM; empty: none.

    ``until``: it is to be read again then, in seconds since the epoch; None: it stays.
    """

    authorization: str = ""
    certificate: bytes = b""
    key: bytes = b""
    until: float | None = None


class Target(Struct, frozen=True):
    """The cluster to ask and the user to be, as their entries stand in a kubeconfig; ``folder`` and
    ``cluster_folder`` are those of their files, ``documents`` all kubeconfigs by path. ``context``
    is empty where none is used. ``interactive``: a plugin may ask the user.
    """

    context: str
    cluster: dict[str, Any]
    cluster_folder: str
    name: str
    user: dict[str, Any]
    folder: str
    documents: dict[str, dict[str, Any]] = {}
    interactive: bool = True


class Login:
    """A user's credential, read again when it expires; safe to share between threads. ``read``
    raises UsageError and ClusterError, and so does ``current``.
    """

    def __init__(self, read: Callable[[], Credential]) -> None:
        self._read = read
        # Two plugins at once would ask at the same terminal.
        self._lock = Lock()
        self._held = read()

    def current(self) -> Credential:
        """The credential as it is now."""
        with self._lock:
            if self._held.until is not None and time.time() >= self._held.until:
                self._held = self._read()
            return self._held


def pem(entry: Mapping[str, Any], name: str, folder: str) -> bytes:
    """What ``name``-data holds, else the file that ``name`` names; empty when it is not given.

    Raises OSError, ValueError, and UsageError for a file that is not there.
    """
    data = entry.get(f"{name}-data")
    if data:
        return base64.b64decode(data)
    path = entry.get(name)
    return _file(os.path.join(folder, path)) if path else b""


def read_user(target: Target, env: Mapping[str, str], seconds: float | None) -> Credential:
    """The credential that the entry gives, by the first that is there: auth-provider, token,
    tokenFile, exec, username; and a client certificate. ``seconds`` is how long a plugin may
    take.

    Raises UsageError, ClusterError, OSError, and what a malformed entry brings about.
    """
    user, folder = target.user, target.folder
    pair = Credential(
        certificate=pem(user, "client-certificate", folder), key=pem(user, "client-key", folder)
    )
    if user.get("auth-provider"):
        return _with(pair, _from_provider(target, seconds))
    if user.get("token"):
        return _with(pair, _bearer(user["token"]))
    if user.get("tokenFile"):
        token = _file(os.path.join(folder, user["tokenFile"])).decode().strip()
        return _with(pair, _bearer(token), time.time() + TOKEN_SECONDS)
    if user.get("exec"):
        return _from_plugin(target, env, seconds, pair)
    if "username" in user and "password" in user:
        words = f"{user['username']}:{user['password']}".encode()
        return _with(pair, f"Basic {base64.b64encode(words).decode()}")
    return pair


def _with(pair: Credential, authorization: str, until: float | None = None) -> Credential:
    return Credential(authorization, pair.certificate, pair.key, until)


def _bearer(token: str) -> str:
    return f"Bearer {token}" if token else ""


def _file(path: str) -> bytes:
    if not os.path.exists(path):
        raise UsageError(message("File does not exist: {path}", path=path))
    try:
        return files.read(path, LARGEST)
    except files.TooLarge:
        raise UsageError(
            message(
                "{path} is no token and no certificate: it is larger than {count} MiB",
                path=path,
                count=LARGEST >> 20,
            )
        ) from None


def _from_provider(target: Target, seconds: float | None) -> str:
    provider = target.user["auth-provider"]
    kind, config = provider["name"], provider.get("config") or {}
    if kind == "oidc":
        from kubectl_routes.collect import oidc  # noqa: PLC0415

        limit = seconds or OIDC_SECONDS
        try:
            token = background.result(
                background.start(lambda: oidc.token(target.documents, target.name)), limit
            )
        except TimeoutError:
            raise ClusterError(
                message(
                    "the OIDC issuer of user {login} gave no answer within {limit} s",
                    login=repr(target.name),
                    limit=f"{limit:g}",
                ),
                message("check idp-issuer-url and the network, or log in again"),
                status=401,
            ) from None
        return _bearer(token)
    if config.get("access-token") and not _is_over(config.get("expiry")):
        return _bearer(config["access-token"])
    # Such entries name a program (cmd-path) that kubectl no longer runs; nor is it run here.
    raise UsageError(
        message(
            "user {login} logs in by auth-provider {kind}, which kubectl no longer supports",
            login=repr(target.name),
            kind=repr(kind),
        ),
        message("let the kubeconfig name a credential plugin (exec) instead"),
    )


def _from_plugin(
    target: Target, env: Mapping[str, str], seconds: float | None, pair: Credential
) -> Credential:
    plugin = target.user["exec"]
    try:
        status = plugins.run(
            plugin, target.cluster, target.folder, env, seconds, may_ask=target.interactive
        )
    except plugins.PluginError as error:
        raise ClusterError(
            message(
                "the credential plugin {command} of user {login} failed: {error}",
                command=repr(plugin["command"]),
                login=repr(target.name),
                error=error.args[0],
            ),
            message("run it by hand, or log in again"),
            status=401,
        ) from None
    except TimeoutError:
        raise ClusterError(
            message(
                "no credentials for the cluster within {seconds} s", seconds=f"{seconds or 0:g}"
            ),
            message("the credential plugin that the kubeconfig names does not answer"),
        ) from None
    until = _moment(status.get("expirationTimestamp"))
    return Credential(
        _bearer(status.get("token") or ""),
        (status.get("clientCertificateData") or "").encode() or pair.certificate,
        (status.get("clientKeyData") or "").encode() or pair.key,
        # One that gives what is over already is not asked again for every request.
        None if until is None else max(until - _SKEW_SECONDS, time.time() + _SKEW_SECONDS),
    )


def _moment(text: object) -> float | None:
    """Seconds since the epoch; None for what is no time. PyYAML makes dates of some."""
    if isinstance(text, datetime):
        return text.timestamp()
    if not isinstance(text, str) or not text:
        return None
    try:
        plain = _FRACTION.sub("", text).replace("Z", "+00:00").replace("z", "+00:00")
        return datetime.fromisoformat(plain).timestamp()
    except ValueError:
        return None


def _is_over(expiry: object) -> bool:
    until = _moment(expiry)
    return until is not None and time.time() >= until
