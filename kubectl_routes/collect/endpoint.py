"""Where an Alibaba Cloud API is, and how to get there without ever sending a key in the clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from kubectl_routes.collect.pool import new_pool, public_tls
from kubectl_routes.collect.proxy import is_loopback, proxy_for
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message


class Route(Struct, frozen=True):
    """The way to an API: its URL, the URL of a proxy, and the file of the authorities to trust."""

    url: str
    proxy: str | None
    bundle: str

    def new_pool(self, size: int) -> Any:
        """A pool of connections. Raises UsageError for a proxy that cannot be used."""
        tls = public_tls(self.bundle) if self.url.startswith("https:") else None
        return new_pool(tls, self.proxy, size=size, proxy_settings=tls)


def endpoint_url(text: str, api: str = "VPC") -> str:
    """A given endpoint as a URL. Empty stays empty.

    Takes ``host``, ``host:port`` and both with a scheme. Without one it is HTTPS, except on
    loopback. Raises UsageError, which names the ``api``, for http:// to another machine, which
    would send keys in the clear, and for what is no endpoint.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port, host = parts.port, parts.hostname or ""
        host.encode("idna")  # ssl would stumble over a name that none can be
    except ValueError:
        raise _no_host(api) from None
    if "@" in parts.netloc:
        raise UsageError(
            message(
                "the {api} endpoint holds a user name or a password, which no API takes", api=api
            ),
            message(
                "write host, host:port or https://host; credentials come from the"
                " environment or files"
            ),
        )
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _no_host(api)
    scheme = parts.scheme or ("http" if is_loopback(host) else "https")
    if scheme not in ("http", "https") or (scheme == "http" and not is_loopback(host)):
        raise UsageError(
            message("the {api} endpoint {host} must be reached over https", api=api, host=host),
            message("plain http is allowed to this machine only"),
        )
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" + (f":{port}" if port else "")


def _no_host(api: str) -> UsageError:
    return UsageError(
        message("the {api} endpoint is not a host", api=api),
        message("write host, host:port or https://host"),
    )


def vpc_route(given: str | None, region: str, env: Mapping[str, str]) -> Route:
    """The way to the VPC API of that region: --vpc-endpoint, else VPC_ENDPOINT, else its own.

    Raises UsageError.
    """
    endpoint = endpoint_url(given or env.get("VPC_ENDPOINT", ""))
    if not endpoint:
        from aliyunsdkvpc.endpoint import endpoint_data  # noqa: PLC0415

        own = endpoint_data.getEndpointMap().get(region, f"vpc.{region}.aliyuncs.com")
        endpoint = f"https://{own}"
    return route_to(endpoint, env)


def product_route(product: str, host: str, env: Mapping[str, str]) -> Route:
    """The way to another product's API: PRODUCT_ENDPOINT in the environment, else ``host``.

    Raises UsageError.
    """
    given = endpoint_url(env.get(f"{product}_ENDPOINT", ""), product)
    return route_to(given or f"https://{host}", env)


def route_to(url: str, env: Mapping[str, str]) -> Route:
    """The way to ``url``. Certificates are checked against ALIBABA_CLOUD_CA_BUNDLE, SSL_CERT_FILE
    or certifi's list. Raises UsageError.
    """
    import certifi  # noqa: PLC0415

    bundle = env.get("ALIBABA_CLOUD_CA_BUNDLE") or env.get("SSL_CERT_FILE") or certifi.where()
    return Route(url, proxy_for(url, env), bundle)
