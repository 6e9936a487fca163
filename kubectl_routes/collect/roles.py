"""Temporary keys: roles that are assumed, and services that hand keys out.

Here, and only here, the package alibabacloud-credentials is used, with explicit arguments. Left
alone it reads the environment of the process at import, follows redirects, takes every proxy in the
environment and no NO_PROXY, asks even the metadata service through a proxy, and with DEBUG=sdk
prints signed requests to stderr.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from kubectl_routes.collect.document import Document
from kubectl_routes.collect.endpoint import route_to
from kubectl_routes.collect.metadata import SECONDS, is_disabled
from kubectl_routes.collect.proxy import METADATA_HOST, is_loopback
from kubectl_routes.collect.signing import AccessKey
from kubectl_routes.model.message import message

METADATA = (METADATA_HOST, 80)

_CODE = re.compile(r"[\"']Code[\"']\s*:\s*[\"']([\w.]{1,60})[\"']")


class UnusableCredential(Exception):
    """Why one source of credentials does not work; holds nothing secret."""


def with_role(key: AccessKey, settings: Document, env: Mapping[str, str]) -> AccessKey:
    """The key of the role that ``settings`` (a profile or a section) names, assumed with ``key``.

    Raises Unusable.
    """

    def provider(providers: Any) -> Any:
        return providers.RamRoleArnCredentialsProvider(
            access_key_id=key.id,
            access_key_secret=key.secret,
            security_token=key.token or None,
            role_arn=settings.text("ram_role_arn"),
            role_session_name=settings.text("ram_session_name") or "kubectl-routes",
            duration_seconds=settings.number("expired_seconds") or 3600,
            external_id=settings.text("external_id") or None,
            sts_region_id=settings.text("sts_region") or None,
        )

    return _obtained(provider, env)


def with_oidc(settings: Document, env: Mapping[str, str]) -> AccessKey:
    """The key of a role assumed with an OIDC token, as pods do (RRSA). Raises Unusable."""
    return _obtained(
        lambda providers: providers.OIDCRoleArnCredentialsProvider(
            role_arn=settings.text("ram_role_arn"),
            oidc_provider_arn=settings.text("oidc_provider_arn"),
            oidc_token_file_path=settings.text("oidc_token_file"),
            role_session_name=settings.text("ram_session_name") or "kubectl-routes",
        ),
        env,
    )


def of_ecs(role: str, env: Mapping[str, str]) -> AccessKey:
    """The key of the RAM role of the ECS instance this runs on; no role name: ask for it.

    Raises Unusable, within a second where there is no ECS.
    """
    if is_disabled(env):
        raise UnusableCredential(message("disabled by ALIBABA_CLOUD_ECS_METADATA_DISABLED"))
    try:
        socket.create_connection(METADATA, timeout=SECONDS).close()
    except OSError:
        raise UnusableCredential(
            message("no metadata service here, so this is no ECS instance")
        ) from None
    return _obtained(
        lambda providers: providers.EcsRamRoleCredentialsProvider(
            role_name=role or None, async_update_enabled=False
        ),
        env,
    )


def from_uri(uri: str, env: Mapping[str, str]) -> AccessKey:
    """The key that a local service at ``uri`` hands out. Raises Unusable, also for one that would
    send it in the clear from another machine.
    """
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        raise UnusableCredential(message("it is not a URL")) from None
    if parts.scheme != "https" and not is_loopback(host):
        raise UnusableCredential(message("plain http is allowed to this machine only"))
    return _obtained(lambda providers: providers.URLCredentialsProvider(uri=uri), env)


def of_cli(profile: str, path: str, mode: str, env: Mapping[str, str]) -> AccessKey:
    """The key of a CLI profile of another mode, if the installed release knows that mode.

    Raises Unusable.
    """
    try:
        return _obtained(
            lambda providers: providers.CLIProfileCredentialsProvider(
                profile_name=profile, profile_file=path
            ),
            env,
        )
    except UnusableCredential as unusable:
        raise UnusableCredential(
            message(
                "mode {mode} of profile {profile}: {reason}",
                mode=repr(mode),
                profile=repr(profile),
                reason=unusable.args[0],
            )
        ) from None


def _obtained(make: Callable[[Any], Any], env: Mapping[str, str]) -> AccessKey:
    from alibabacloud_credentials import provider  # noqa: PLC0415  0.4 s, only when needed

    _secure(env)
    try:
        found = make(provider).get_credentials()
    except Exception as error:  # noqa: BLE001  it raises what it likes, with answers in the text
        code = _CODE.search(str(error))
        raise UnusableCredential(
            message("refused with {code}", code=code[1]) if code else type(error).__name__
        ) from None
    if not found or not found.get_access_key_id() or not found.get_access_key_secret():
        raise UnusableCredential(message("gave no key"))
    return AccessKey(
        found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or ""
    )


def _secure(env: Mapping[str, str]) -> None:
    """Let the package's requests from now on go the way that ``env`` says: as those of the VPC API
    do, and never to where an answer redirects them.
    """
    from requests import Session  # noqa: PLC0415

    class Guarded(Session):
        def send(self, request: Any, **options: Any) -> Any:
            way = route_to(request.url, env)
            proxies = {"http": way.proxy, "https": way.proxy}
            options |= {"proxies": proxies, "verify": way.bundle, "allow_redirects": False}
            return super().send(request, **options)

    core: Any = import_module("Tea.core")
    core.Session = Guarded
    core.TeaCore._sessions.clear()  # those that it has made before
    for name in ("credentials", "alibabacloud-tea"):
        logging.getLogger(name).disabled = True
