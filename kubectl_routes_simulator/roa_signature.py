"""Who calls a service of ROA style: the signature (HMAC-SHA1) over method, headers and path.

https://www.alibabacloud.com/help/en/sdk/product-overview/roa-mechanism
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

from kubectl_routes_simulator.server import Request
from kubectl_routes_simulator.signature import AccessKey, check_time, check_token, usable_key
from kubectl_routes_simulator.vpc_errors import refusal

_SIGNED_HEADERS = ("accept", "content-md5", "content-type", "date")


def string_to_sign(request: Request) -> str:
    """The text both sides sign: the method, four headers, the ``x-acs-`` headers in order of their
    names, then the path with the query in order of its names, nothing of it encoded.
    """
    lines = [request.method, *(request.headers.get(name, "") for name in _SIGNED_HEADERS)]
    own = sorted(name for name in request.headers if name.startswith("x-acs-"))
    lines += [f"{name}:{request.headers[name]}" for name in own]
    query = "&".join(
        f"{name}={values[0]}" if values[0] else name
        for name, values in sorted(request.query.items())
    )
    return "\n".join([*lines, request.path + (f"?{query}" if query else "")])


def signature(request: Request, secret: str) -> str:
    """Base64 of HMAC-SHA1 over the string to sign; the key is the secret as it is."""
    digest = hmac.new(secret.encode(), string_to_sign(request).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class RoaGatekeeper:
    """Admits requests that are signed by one of ``keys``, and in time.

    A nonce is not asked for: the SDK sends none in this style.
    """

    def __init__(self, keys: Iterable[AccessKey]) -> None:
        self._keys = {one.id: one for one in keys}

    def admit(self, request: Request, now: float) -> AccessKey:
        """The key that signed the request, at ``now`` in seconds since the epoch.

        Raises CloudError with the API's code for whatever is wrong with the request's identity.
        """
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        key_id, _, given = credential.partition(":")
        if scheme != "acs" or not key_id or not given:
            raise refusal("IncompleteSignature", "The header Authorization is mandatory.")
        if request.headers.get("x-acs-signature-method") != "HMAC-SHA1":
            raise refusal("InvalidParameter.SignatureMethod", "Only HMAC-SHA1 is supported.")
        check_time(request.headers.get("date", ""), "%a, %d %b %Y %H:%M:%S GMT", now)
        key = usable_key(self._keys, key_id)
        check_token(key, request.headers.get("x-acs-security-token", ""), now)
        if request.body and request.headers.get("content-md5") != _md5(request.body):
            raise refusal("InvalidParameter.ContentMD5", "The Content-MD5 is not the body's.")
        if not hmac.compare_digest(signature(request, key.secret), given):
            # As in RPC style the real message quotes what was to be signed.
            raise refusal(
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. "
                f"server string to sign is:{string_to_sign(request)}",
            )
        return key


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
