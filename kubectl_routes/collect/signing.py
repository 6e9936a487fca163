"""Keys to the APIs of Alibaba Cloud, and requests that the SDK has signed with them."""

from __future__ import annotations

from msgspec import Struct


class AccessKey(Struct, frozen=True):
    """Id, secret and, for temporary ones, the security token; kept from ever being shown."""

    id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return "AccessKey(…)"


class SignedRequest(Struct, frozen=True):
    """A request that the API takes once; ``path`` has the query too."""

    method: str
    path: str
    headers: dict[str, str] = {}
    body: bytes = b""


def signed_rpc(
    key: AccessKey, region: str, version: str, action: str, parameters: dict[str, str]
) -> SignedRequest:
    """A call of an RPC-style API: everything is in the query."""
    from aliyunsdkcore.auth.composer import rpc_signature_composer as composer  # noqa: PLC0415

    query = {"Action": action, "Version": version, "RegionId": region, **parameters}
    if key.token:
        query["SecurityToken"] = key.token
    path, _ = composer.get_signed_url(query, key.id, key.secret, "JSON", "POST", {})
    return SignedRequest("POST", path)


def signed_roa(
    key: AccessKey,
    region: str,
    version: str,
    action: str,
    *,
    path: str,
    query: dict[str, str],
    body: bytes = b"",
) -> SignedRequest:
    """A call of a ROA-style API: a POST where there is a body, else a GET."""
    from aliyunsdkcore.auth.composer import roa_signature_composer as composer  # noqa: PLC0415
    from aliyunsdkcore.utils.parameter_helper import md5_sum  # noqa: PLC0415

    method, query = "POST" if body else "GET", {**query, "RegionId": region}
    headers = {"x-acs-version": version, "x-acs-action": action, "x-acs-region-id": region}
    if key.token:
        headers["x-acs-security-token"] = key.token
    if body:
        headers |= {"Content-MD5": md5_sum(body), "Content-Type": "application/json"}
    headers, _ = composer.get_signature_headers(
        dict(query), key.id, key.secret, "JSON", headers, path, None, method
    )
    return SignedRequest(method, composer.get_url(path, query, None), headers, body)
