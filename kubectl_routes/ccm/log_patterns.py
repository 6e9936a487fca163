"""What CCM and the VPC API say in logs and Events, by the finding code that it speaks for.

Source: the messages of the public repository kubernetes/cloud-provider-alibaba-cloud and the error
codes of the VPC API. A message is evidence for a cause that is known otherwise; only those codes
that the checks name are found by their words alone.
"""

from __future__ import annotations

import re

from kubectl_routes.ccm.api_denials import DENIED, QUOTA

SEVERAL_TABLES = re.compile(r"multiple route tables? (?:or no route table )?found")
THROTTLED = re.compile(r"\bThrottling(?:\.\w+)?\b")
# v1 at start: DescribeVpcs showed another number than one.
VPC_NOT_FOUND = re.compile(
    r"multiple vpc found by id\[(?P<vpc>[^\]]*)\], length\(vpcs\)=(?P<found>\d+)"
)
EXPIRED_TOKEN = re.compile(r"\bInvalidSecurityToken\.\w+")
DELETED = re.compile(
    r"Delete (?:conflict )?route \S+?,? ?(\d+(?:\.\d+){3}/\d+) from table (\S+) SUCCESS"
)
WAITS_TO_LEAD = re.compile(
    r"attempting to acquire leader lease|error retrieving resource lock|failed to acquire lease"
)
# The same words are said of load balancers and disks; these are about routes.
ABOUT_ROUTES = re.compile(r"route|vtb-", re.IGNORECASE)

# Which RAM action a refusal is about, by what CCM was doing; the API itself seldom says.
_RAM_ACTIONS = (
    (re.compile(r"describe route entry list"), "vpc:DescribeRouteEntryList"),
    (re.compile(r"can not found route table|get RouteTables"), "vpc:DescribeRouteTableList"),
    (re.compile(r"(?i)delete (?:conflict )?route"), "vpc:DeleteRouteEntry"),
    (re.compile(r"batch add routes"), "vpc:CreateRouteEntries"),
    (re.compile(r"(?i)creat(?:e|ing) route|ceate route"), "vpc:CreateRouteEntry"),
)
_RAM_ACTION = re.compile(r"\bvpc:(?:Create|Delete|Describe)\w+")


def denied_actions(message: str) -> tuple[str, ...]:
    """The RAM actions that a refusal names, else those that CCM was doing; empty where neither is
    said.
    """
    named = _RAM_ACTION.findall(message)
    doing = (action for pattern, action in _RAM_ACTIONS if pattern.search(message))
    return tuple(dict.fromkeys(named or doing))


_UNLISTABLE = re.compile(
    r"InvalidRouteTableId\.NotFound|InvalidRouteTable\.NotFound|cannot find route table, cloud "
    r"returned zero items|get route entries error|sync table \[[^\]]*\] error"
)

WORDS: dict[str, re.Pattern[str]] = {
    "RT101": SEVERAL_TABLES,
    "RT102": re.compile(
        r"invalid character|error converting YAML|error unmarshaling JSON|cannot unmarshal"
        r"|could not init cloud provider \"alicloud\": EOF"
    ),
    "RT103": _UNLISTABLE,
    "RT104": _UNLISTABLE,
    "RT105": re.compile(r"InstanceDismatchCurrentVpc|cloud returned zero items"),
    "RT106": re.compile(r"UseGatewayRouteEntryQueryInterface|GatewayRouteTableNotPermitted"),
    "RT109": re.compile(r"using user customized route table ids|sync route tables successfully"),
    "RT110": re.compile(
        r"Couldn't open cloud provider configuration|read cloud config error"
        r"|cloud config cannot be empty|unable to load controller config|read-only file system"
    ),
    "RT111": re.compile(r"Will not configure cloud provider routes"),
    "RT112": re.compile(
        r"unknown flag: |unknown cloud provider|no ClusterID found|ivalid cluster CIDR"
        r"|Unsuccessful parsing of cluster CIDR|--cluster-cidr must be set|set vpc info error"
        r"|multiple vpc found by id|get vpc id from metadata error|Back-off restarting failed"
    ),
    "RT113": EXPIRED_TOKEN,
    "RT116": DENIED,
    "RT117": THROTTLED,
    "RT118": re.compile(r"\bInvalidCidrBlock\b|InvalidCIDRBlock\.Malformed"),
    "RT201": re.compile(r"parse podCIDR"),
    "RT202": re.compile(
        r"no Provider ID|provider id is not exist|unable to split instanceid|invalid providerID"
    ),
    "RT203": re.compile(r"conflict route with node|Delete conflict route"),
    "RT208": re.compile(r"\bInvalidCidrBlock\b|InvalidCIDRBlock\.Malformed"),
    "RT305": re.compile(
        r"same cidr with different providerID|InvalidCIDRBlock\.Duplicate|route already exists"
    ),
    "RT401": QUOTA,
    "RT403": DELETED,
}
