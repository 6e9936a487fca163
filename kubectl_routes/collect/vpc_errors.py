"""What the error codes of the VPC API mean for a reader: try again, begin again, or what to do."""

from __future__ import annotations

from kubectl_routes.collect.aliyun_errors import GRANT, IDENTITY_HINTS, first_hint
from kubectl_routes.model.message import message

# Other changes in progress: another attempt may succeed. For rate limits see rate_limiter.py.
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
PASSING_PREFIX = "IncorrectStatus."

# A NextToken that is no longer good: the listing begins again.
EXPIRED_TOKEN = frozenset({"IllegalParam.NextToken", "IllegalParam.NextTokenExpired"})

# The table belongs to an Internet gateway; CCM cannot manage it and its entries do not matter.
GATEWAY_TABLE = "OperationDenied.UseGatewayRouteEntryQueryInterface"

# What only repair calls.
WRITES = ("CreateRouteEntry", "DeleteRouteEntry")

# The first prefix that fits says what to do.
HINTS = (
    ("Forbidden.RiskControl", message("the account is restricted: ask Alibaba Cloud")),
    ("Forbidden.VpcNotFound", message("check --vpc-id and --region")),
    ("Forbidden", GRANT),
    ("NoPermission", GRANT),
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


def hint_for(code: str, _status: int, action: str, prefix: str = "vpc") -> str:
    """What to do about a code, or empty; ``prefix`` is that of the product's RAM actions."""
    purpose = "repair" if action in WRITES else "read"
    grant = message(
        "grant the RAM permission {action}: kubectl routes permissions --ram --for {purpose} prints"
        " the policy",
        action=f"{prefix}:{action}",
        purpose=purpose,
    )
    return first_hint(HINTS, code, grant)
