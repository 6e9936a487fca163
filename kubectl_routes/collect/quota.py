"""How many custom entries a route table may hold, as the Quota Center says.

https://www.alibabacloud.com/help/en/quota-center/developer-reference/api-quotas-2020-05-10-getproductquota
"""

from __future__ import annotations

from concurrent.futures import Future

from kubectl_routes.collect import background
from kubectl_routes.collect.aliyun_client import RpcApi
from kubectl_routes.collect.document import Document
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import message
from kubectl_routes.model.vpc import EntryQuota

# The name by which the documents of the VPC call this quota.
CODE = "vpc_quota_route_entrys_num"
# All attempts together, for a number that can also be assumed, in seconds.
QUOTA_SECONDS = 5.0
# After everything else was read, in seconds.
_LAST_SECONDS = 1.0
_MAX_QUOTA = 1_000_000
# Product vpc has a few dozen quotas.
_MAX_PAGES = 10


def read_entry_quota(api: RpcApi) -> int:
    """The quota of custom entries in one table. Raises CloudError.

    The Quota Center gives some quotas codes of its own: one that it does not know by its name is
    looked for in the list.
    """
    query = {"ProductCode": "vpc", "QuotaActionCode": CODE}
    try:
        return _total("GetProductQuota", api.call("GetProductQuota", query).under("Quota"))
    except CloudError as error:
        if not error.code or error.code.startswith(("NoPermission", "Forbidden", "Invalid")):
            raise
        listed = _listed(api)
        if listed is None:
            raise
    return _total("ListProductQuotas", listed)


def _listed(api: RpcApi) -> Document | None:
    """The quota among all of product vpc."""
    query = {"ProductCode": "vpc", "MaxResults": "100"}
    for _ in range(_MAX_PAGES):
        page = api.call("ListProductQuotas", query)
        for quota in page.items("Quotas"):
            if CODE in (quota.text("QuotaName"), quota.text("QuotaDescription")):
                return quota
        token = page.text("NextToken")
        if not token:
            break
        query["NextToken"] = token
    return None


def _total(action: str, quota: Document) -> int:
    """Whole numbers come as floats."""
    value = quota.under("TotalQuota").value
    if isinstance(value, (int, float)) and 0 < value <= _MAX_QUOTA and value == int(value):
        return int(value)
    raise CloudError(message("{action} failed: its answer holds no TotalQuota", action=action))


def settled_quota(reading: Future[int]) -> EntryQuota:
    """The quota, or why it has to be assumed: that leaves no answer incomplete."""
    try:
        return EntryQuota(total=background.result(reading, _LAST_SECONDS))
    except CloudError as error:
        return EntryQuota(reason=error.message)
    except TimeoutError:
        return EntryQuota(reason=message("the Quota Center does not answer in time"))
