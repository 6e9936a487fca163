"""What the error codes of Alibaba Cloud mean: try again, begin again, or what to do."""

from __future__ import annotations

from kubectl_routes.model.message import message

_CLOCK = message("the clock of this machine is off by more than 15 minutes: correct it")
_KEY = message(
    "the AccessKey is wrong: check which credentials are in use, and create a new one if needed"
)
_TOKEN = message("the security token is wrong or has expired: fetch new temporary credentials")

# Pairs of a code's beginning and what to do about it, for the codes that every API knows: those
# about who calls.
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

# Other changes in progress: another attempt may succeed. For rate limits see rate_limiter.py.
# https://www.alibabacloud.com/help/en/vpc/developer-reference/errorcodes
PASSING = frozenset(
    {
        "IncorrectVpcStatus",
        "InternalError",
        "LastTokenProcessing",
        "OperationConflict",
        "OperationFailed.DistibuteLock",
        "ServiceUnavailable",
        "SystemBusy",
        "TaskConflict",
        "UnknownError",
    }
)
PASSING_PREFIX = "IncorrectStatus."

# A NextToken that is no longer good: the listing begins again.
EXPIRED_TOKEN = frozenset({"IllegalParam.NextToken", "IllegalParam.NextTokenExpired"})

# The table belongs to an Internet gateway; CCM cannot manage it and its entries do not matter.
GATEWAY_TABLE = "OperationDenied.UseGatewayRouteEntryQueryInterface"

# What only repair calls.
WRITES = ("CreateRouteEntry", "DeleteRouteEntry")

# In the place of a hint: to grant the permission for the call.
_GRANT = "grant"
# Those of the VPC, ECS and the Quota Center. The first prefix that fits says what to do.
_HINTS = (
    ("Forbidden.RiskControl", message("the account is restricted: ask Alibaba Cloud")),
    ("Forbidden.VpcNotFound", message("check --vpc-id and --region")),
    ("Forbidden", _GRANT),
    ("NoPermission", _GRANT),
    *IDENTITY_HINTS,
    (
        "InvalidVpcId.NotFound",
        message("check --vpc-id and --region, and the account of the AccessKey"),
    ),
    (
        "InvalidRouteTableId.NotFound",
        message("the table is gone, or belongs to another region or account"),
    ),
    ("InvalidRegionId", message("check --region")),
    (
        "Throttling",
        message("the API rate limit is reached: retry later or increase --request-timeout"),
    ),
)


def is_passing(code: str, status: int) -> bool:
    """Whether the same call may succeed in a moment."""
    return code in PASSING or code.startswith(PASSING_PREFIX) or status >= 500


def first_hint(hints: tuple[tuple[str, str], ...], code: str) -> str:
    """The hint of the first pair whose beginning fits the code, or empty."""
    return next((hint for prefix, hint in hints if code.startswith(prefix)), "")


def rpc_hint(product: str, code: str, action: str) -> str:
    """What to do about a code, or empty; ``product`` is the prefix of its RAM actions."""
    hint = first_hint(_HINTS, code)
    if hint != _GRANT:
        return hint
    return message(
        "grant the RAM permission {action}: kubectl routes permissions --ram --for {purpose} prints"
        " the policy",
        action=f"{product}:{action}",
        purpose="repair" if action in WRITES else "read",
    )
