"""What the error codes of the VPC API mean for a reader: try again, begin again, or what to do."""

from __future__ import annotations

# Rate limits, and other changes in progress. The API asks for patience and gets it.
# https://www.alibabacloud.com/help/en/vpc/developer-reference/errorcodes
PASSING = frozenset(
    {
        "IncorrectStatus.RouteTableStatus",
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
PASSING_PREFIXES = ("Throttling", "IncorrectStatus.")

# A NextToken that is no longer good: the listing begins again.
EXPIRED_TOKEN = frozenset({"IllegalParam.NextToken", "IllegalParam.NextTokenExpired"})

# The table belongs to an Internet gateway; CCM cannot manage it and its entries do not matter.
GATEWAY_TABLE = "OperationDenied.UseGatewayRouteEntryQueryInterface"

_CLOCK = "the clock of this machine is off by more than 15 minutes: correct it"
_KEY = "the AccessKey is wrong: check which credentials are in use, and create a new one if needed"
_TOKEN = "the security token is wrong or has expired: fetch new temporary credentials"

# The first prefix that fits tells what to do; {action} is the call's name.
HINTS = (
    ("Forbidden.RiskControl", "the account is restricted: ask Alibaba Cloud"),
    ("Forbidden.VpcNotFound", "check --vpc-id and --region"),
    ("Forbidden", "RAM denies it: allow vpc:{action}, as deploy/ram-policy-read.json does"),
    ("NoPermission", "RAM denies it: allow vpc:{action}, as deploy/ram-policy-read.json does"),
    ("InvalidAccessKeyId.Inactive", "the AccessKey is disabled: enable it or use another"),
    ("InvalidAccessKey", _KEY),
    ("SignatureDoesNotMatch", _KEY),
    ("IncompleteSignature", _KEY),
    ("InvalidSecurityToken", _TOKEN),
    ("MissingSecurityToken", _TOKEN),
    ("InvalidTimeStamp", _CLOCK),
    ("IllegalTimestamp", _CLOCK),
    ("SignatureNonceUsed", "something repeats requests on the way: look at the proxy"),
    ("InvalidVpcId.NotFound", "check --vpc-id and --region, and the account of the AccessKey"),
    ("InvalidRouteTableId.NotFound", "the table is gone, or belongs to another region or account"),
    ("InvalidRegionId", "check --region"),
    ("Throttling", "the account's rate limit is used up: try later, or a longer --request-timeout"),
)

# The messages that come with these codes repeat the signed request, key and token included.
WORDLESS = ("SignatureDoesNotMatch", "IncompleteSignature", "InvalidAccessKey", "InvalidSecurityT")


def is_passing(code: str, status: int) -> bool:
    """Whether the same call may succeed in a moment."""
    return code in PASSING or code.startswith(PASSING_PREFIXES) or status >= 500


def hint_for(code: str, action: str) -> str:
    """What to do about a code, or empty."""
    fitting = (hint for prefix, hint in HINTS if code.startswith(prefix))
    return next(fitting, "").format(action=action)
