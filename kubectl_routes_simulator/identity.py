"""Who calls, and what that key may do: signatures of both styles, STS tokens, and RAM policies."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.server import Request
from kubectl_routes_simulator.vpc_call import refusal


class Statement(Struct, frozen=True, rename="pascal"):
    """One statement: which actions on which resources (both may hold ``*``) it decides."""

    effect: Literal["Allow", "Deny"]
    action: str | tuple[str, ...]
    resource: str | tuple[str, ...]

    def covers(self, action: str, resource: str) -> bool:
        """True when the statement speaks about this action on this resource."""
        return _any(self.action, action) and _any(self.resource, resource)


class Policy(Struct, frozen=True, rename="pascal"):
    """A policy document, version 1."""

    version: Literal["1"]
    statement: tuple[Statement, ...]

    def allows(self, action: str, resource: str) -> bool:
        """True when a statement allows it and none denies it; ``action`` is like vpc:Describe…"""
        told = {one.effect for one in self.statement if one.covers(action, resource)}
        return told == {"Allow"}


def read_policy(text: str | bytes) -> Policy:
    """The policy of a JSON document. Raises msgspec.ValidationError when it is not one."""
    return msgspec.json.decode(text, type=Policy)


def _any(patterns: str | tuple[str, ...], value: str) -> bool:
    listed = (patterns,) if isinstance(patterns, str) else patterns
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in listed)


CLOCK_SKEW_SECONDS = 15 * 60
_REQUIRED = ("AccessKeyId", "Signature", "SignatureNonce", "SignatureMethod", "Timestamp")


class AccessKey(Struct, frozen=True):
    """A key the simulator accepts. ``token`` makes it a temporary (STS) key, which is good until
    ``expires`` (seconds since the epoch; None: without end).
    """

    id: str
    secret: str
    token: str = ""
    expires: float | None = None
    active: bool = True


def string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """The text both sides sign: method, path and the sorted query, percent-encoded twice."""
    query = "&".join(
        f"{_encoded(name)}={_encoded(value)}"
        for name, value in sorted(parameters.items())
        if name != "Signature"
    )
    return f"{method}&%2F&{_encoded(query)}"


def signature(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """Base64 of HMAC-SHA1 over the string to sign; the key is the secret followed by ``&``."""
    text = string_to_sign(method, parameters)
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="~")


class SignatureVerifier:
    """Admits calls that are signed by one of ``keys``, in time, and not a replay.

    Not locked: the caller admits one call at a time.
    """

    def __init__(self, keys: Mapping[str, AccessKey]) -> None:
        self.keys = dict(keys)
        self._nonces: dict[str, float] = {}

    def admit(self, method: str, parameters: Mapping[str, str], now: float) -> AccessKey:
        """The key that signed the call, at ``now`` in seconds since the epoch.

        Raises CloudError with the API's code for whatever is wrong with the call's identity.
        """
        for name in _REQUIRED:
            if not parameters.get(name):
                raise refusal("IncompleteSignature", f"The parameter {name} is mandatory.")
        if parameters["SignatureMethod"] != "HMAC-SHA1":
            raise refusal("InvalidParameter.SignatureMethod", "Only HMAC-SHA1 is supported.")
        check_time(parameters["Timestamp"], "%Y-%m-%dT%H:%M:%SZ", now)
        key = usable_key(self.keys, parameters["AccessKeyId"])
        check_token(key, parameters.get("SecurityToken", ""), now)
        expected = signature(method, parameters, key.secret)
        if not hmac.compare_digest(expected, parameters["Signature"]):
            # The real message quotes the string to sign, AccessKeyId included: clients must
            # not pass it on.
            raise refusal(
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. "
                f"server string to sign is:{string_to_sign(method, parameters)}",
            )
        self._check_nonce(parameters["SignatureNonce"], now)
        return key

    def _check_nonce(self, nonce: str, now: float) -> None:
        if nonce in self._nonces:
            raise refusal("SignatureNonceUsed", "Specified signature nonce was used already.")
        if len(self._nonces) > 10_000:
            oldest = now - 2 * CLOCK_SKEW_SECONDS
            self._nonces = {seen: at for seen, at in self._nonces.items() if at > oldest}
        self._nonces[nonce] = now


def usable_key(keys: Mapping[str, AccessKey], key_id: str) -> AccessKey:
    """The key of that id. Raises CloudError when there is none or it is disabled."""
    key = keys.get(key_id)
    if key is None:
        raise refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    if not key.active:
        raise refusal("InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
    return key


def check_time(sent: str, form: str, now: float) -> None:
    """Raise CloudError unless ``sent``, written in UTC as ``form``, is about ``now``, which is in
    seconds since the epoch.
    """
    try:
        moment = datetime.strptime(sent, form).replace(tzinfo=timezone.utc)
    except ValueError:
        raise refusal(
            "InvalidTimeStamp.Format",
            "Specified time stamp or date value is not well formatted.",
        ) from None
    if abs(moment.timestamp() - now) > CLOCK_SKEW_SECONDS:
        raise refusal("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def check_token(key: AccessKey, token: str, now: float) -> None:
    """Raise CloudError unless ``token`` is the one of a temporary key, or empty for another."""
    if not key.token and not token:
        return
    if not token:
        raise refusal("MissingSecurityToken", "SecurityToken is mandatory for this action.")
    if not key.token:
        raise refusal(
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        )
    if token != key.token:
        raise refusal("InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
    if key.expires is not None and now >= key.expires:
        raise refusal("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")


_SIGNED_HEADERS = ("accept", "content-md5", "content-type", "date")


def roa_string_to_sign(request: Request) -> str:
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


def roa_signature(request: Request, secret: str) -> str:
    """Base64 of HMAC-SHA1 over the string to sign; the key is the secret as it is."""
    digest = hmac.new(secret.encode(), roa_string_to_sign(request).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class RoaSignatureVerifier:
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
        if not hmac.compare_digest(roa_signature(request, key.secret), given):
            # As in RPC style the real message quotes what was to be signed.
            raise refusal(
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. "
                f"server string to sign is:{roa_string_to_sign(request)}",
            )
        return key


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
