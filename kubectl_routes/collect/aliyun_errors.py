"""What the error codes mean that every Alibaba Cloud API knows: those about who calls."""

from __future__ import annotations

from kubectl_routes.model.message import message

_CLOCK = message("the clock of this machine is off by more than 15 minutes: correct it")
_KEY = message(
    "the AccessKey is wrong: check which credentials are in use, and create a new one if needed"
)
_TOKEN = message("the security token is wrong or has expired: fetch new temporary credentials")

# Pairs of a code's beginning and what to do about it.
IDENTITY_HINTS = (
    ("InvalidAccessKeyId.Inactive", message("the AccessKey is disabled: enable it or use another")),
    ("InvalidAccessKey", _KEY),
    ("SignatureDoesNotMatch", _KEY),
    ("IncompleteSignature", _KEY),
    ("InvalidSecurityToken", _TOKEN),
    ("MissingSecurityToken", _TOKEN),
    ("InvalidTimeStamp", _CLOCK),
    ("IllegalTimestamp", _CLOCK),
    ("SignatureNonceUsed", message("something repeats requests on the way: look at the proxy")),
)

# The messages that come with these codes repeat the signed request, key and token included.
WORDLESS = ("SignatureDoesNotMatch", "IncompleteSignature", "InvalidAccessKey", "InvalidSecurityT")


# In the place of a hint: to grant the permission for the call.
GRANT = "grant"


def first_hint(hints: tuple[tuple[str, str], ...], code: str, grant: str) -> str:
    """The hint of the first pair whose beginning fits the code, or empty; ``grant`` is that where a
    permission is missing.
    """
    hint = next((hint for prefix, hint in hints if code.startswith(prefix)), "")
    return grant if hint == GRANT else hint
