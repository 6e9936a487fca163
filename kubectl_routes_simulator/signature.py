"""Who calls: the RPC signature (HMAC-SHA1), its time and nonce, and STS tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timezone
from urllib.parse import quote

from msgspec import Struct

from kubectl_routes_simulator.vpc_errors import refusal

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


class Gatekeeper:
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
