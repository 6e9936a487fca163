"""Which HTTP proxy, if any, stands between here and a URL.

Both SDKs decide this themselves, each in its own way: releases of the Kubernetes client differ,
and the VPC SDK ignores NO_PROXY. One rule for both is easier for those who set the variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message

# Describes an ECS instance to itself, and issues the keys of its role.
METADATA_HOST = "100.100.100.200"

_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


def proxy_for(url: str, env: Mapping[str, str]) -> str | None:
    """URL of the proxy for ``url`` by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.

    Either letter case, the lower one first, as curl has it. Loopback is never proxied, as in Go
    and so in kubectl; nor is the metadata service, which would hand out the key of the proxy.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if not host or is_loopback(host) or host == METADATA_HOST:
        return None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if _excluded(host, port, _variable("no_proxy", env)):
        return None
    proxy = _variable(f"{parts.scheme}_proxy", env) or _variable("all_proxy", env)
    if not proxy:
        return None
    return checked(proxy if "://" in proxy else f"http://{proxy}")


def checked(proxy: str) -> str:
    """The URL of a proxy. Raises UsageError, which does not quote it, for what can be none.

    One of scheme socks5 looks up names itself, as Go and so kubectl have it: those of a private
    network are known there alone. Elsewhere this is called socks5h.
    """
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(message("the proxy is not a URL"), message("write http://HOST:PORT"))
    if parts.password and not parts.username:
        # Some libraries would send the password, others drop it.
        raise UsageError(
            message("the proxy has a password without a user name"),
            message("write http://USER:PASSWORD@HOST:PORT"),
        )
    return f"socks5h:{proxy.partition(':')[2]}" if parts.scheme == "socks5" else proxy


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _variable(name: str, env: Mapping[str, str]) -> str:
    return env.get(name) or env.get(name.upper()) or ""


def _excluded(host: str, port: int, no_proxy: str) -> bool:
    return any(_matches(rule.strip().lower(), host, port) for rule in no_proxy.split(","))


def _matches(rule: str, host: str, port: int) -> bool:
    """A rule is ``*``, an address range, or a domain with all its subdomains; with or without
    a port. An IPv6 address with one is in brackets.
    """
    if not rule:
        return False
    if rule == "*":
        return True
    try:
        return ip_address(host) in ip_network(rule, strict=False)
    except ValueError:
        pass
    if rule.startswith("["):
        name, _, only_port = rule[1:].partition("]")
        return host == name and only_port in ("", f":{port}")
    name, _, only_port = rule.partition(":")
    if only_port and only_port != str(port):
        return False
    name = name.removeprefix("*").lstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))
