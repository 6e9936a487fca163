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


_CLOCK_SKEW_SECONDS = 15 * 60
_REQUIRED = ("AccessKeyId", "Signature", "SignatureNonce", "SignatureMethod", "Timestamp")
_SIGNED_HEADERS = ("accept", "content-md5", "content-type", "date")


class AccessKey(Struct, frozen=True):
    """A key the simulator accepts. ``token`` makes it a temporary (STS) key, which is good until
    ``expires`` (seconds since the epoch; None: without end).
    """

    id: str
    secret: str
    token: str = ""
    expires: float | None = None
    active: bool = True


class Claim(Struct, frozen=True):
    """What a call says of who has signed the ``text``, and when, in UTC by ``time_form``; the key
    of the signature is the secret and ``after_secret``.
    """

    key_id: str
    token: str
    method: str
    time: str
    time_form: str
    text: str
    signature: str
    after_secret: str = ""


def rpc_claim(method: str, parameters: Mapping[str, str]) -> Claim:
    """Of a call in RPC style. Raises CloudError for a parameter that is missing."""
    for name in _REQUIRED:
        if not parameters.get(name):
            raise refusal("IncompleteSignature", f"The parameter {name} is mandatory.")
    query = "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted(parameters.items())
        if name != "Signature"
    )
    return Claim(
        key_id=parameters["AccessKeyId"],
        token=parameters.get("SecurityToken", ""),
        method=parameters["SignatureMethod"],
        time=parameters["Timestamp"],
        time_form="%Y-%m-%dT%H:%M:%SZ",
        text=f"{method}&%2F&{quote(query, safe='~')}",
        signature=parameters["Signature"],
        after_secret="&",
    )


def roa_claim(request: Request) -> Claim:
    """Of a request in ROA style, whose nonce is not asked for. Raises CloudError without a
    signature.
    """
    headers = request.headers
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    key_id, _, given = credential.partition(":")
    if scheme != "acs" or not key_id or not given:
        raise refusal("IncompleteSignature", "The header Authorization is mandatory.")
    lines = [request.method, *(headers.get(name, "") for name in _SIGNED_HEADERS)]
    lines += [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-acs-")]
    query = "&".join(
        f"{name}={values[0]}" if values[0] else name
        for name, values in sorted(request.query.items())
    )
    return Claim(
        key_id=key_id,
        token=headers.get("x-acs-security-token", ""),
        method=headers.get("x-acs-signature-method", ""),
        time=headers.get("date", ""),
        time_form="%a, %d %b %Y %H:%M:%S GMT",
        text="\n".join([*lines, request.path + (f"?{query}" if query else "")]),
        signature=given,
    )


def signature(text: str, key: str) -> str:
    """Base64 of HMAC-SHA1 over the text."""
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


class SignatureVerifier:
    """Admits calls that are signed by one of ``keys``, and in time."""

    def __init__(self, keys: Iterable[AccessKey]) -> None:
        self.keys = {key.id: key for key in keys}

    def admit(self, claim: Claim, now: float) -> None:
        """Raise CloudError for what is wrong with an identity at ``now``, in epoch seconds."""
        if claim.method != "HMAC-SHA1":
            raise refusal("InvalidParameter.SignatureMethod", "Only HMAC-SHA1 is supported.")
        _check_time(claim, now)
        key = self.keys.get(claim.key_id)
        if key is None:
            raise refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        if not key.active:
            raise refusal("InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
        _check_token(key, claim.token, now)
        expected = signature(claim.text, key.secret + claim.after_secret)
        if not hmac.compare_digest(expected, claim.signature):
            # The real message quotes what was to be signed, AccessKeyId included: clients must
            # not pass it on.
            raise refusal(
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. "
                f"server string to sign is:{claim.text}",
            )


def _check_time(claim: Claim, now: float) -> None:
    about = "Specified time stamp or date value is"
    try:
        moment = datetime.strptime(claim.time, claim.time_form).replace(tzinfo=timezone.utc)
    except ValueError:
        raise refusal("InvalidTimeStamp.Format", f"{about} not well formatted.") from None
    if abs(moment.timestamp() - now) > _CLOCK_SKEW_SECONDS:
        raise refusal("InvalidTimeStamp.Expired", f"{about} expired.")


def _check_token(key: AccessKey, token: str, now: float) -> None:
    """Raise CloudError unless ``token`` is the one of a temporary key, or empty for another."""
    wrong = ""
    if key.token and not token:
        raise refusal("MissingSecurityToken", "SecurityToken is mandatory for this action.")
    if token and not key.token:
        wrong = "MismatchWithAccessKey"
    elif token != key.token:
        wrong = "Malformed"
    elif key.expires is not None and now >= key.expires:
        wrong = "Expired"
    if wrong:
        raise refusal(f"InvalidSecurityToken.{wrong}", "Specified SecurityToken is not usable.")
