"""Refusals of the VPC API: which code travels with which HTTP status."""

from __future__ import annotations

from kubectl_routes.model.errors import CloudError

# Codes that do not come with HTTP 400.
_STATUSES = {
    "InvalidAccessKeyId.NotFound": 404,
    "InvalidAccessKeyId.Inactive": 403,
    "MissingParameter": 400,
    "InvalidApi.NotFound": 404,
    "InvalidVersion": 400,
    "InvalidRouteTableId.NotFound": 404,
    "InvalidVpcId.NotFound": 404,
    "InvalidNextHopId.NotFound": 404,
    "OperationFailed.InstanceDismatchCurrentVpc": 404,
    "InvalidRouteEntry.NotFound": 404,
    "Forbidden.RAM": 403,
    "NoPermission": 403,
    "QUOTA.NOT.EXIST": 404,
    "InternalError": 500,
    "ServiceUnavailable": 503,
}


def refusal(code: str, message: str) -> CloudError:
    """The error that an operation raises to refuse a call with this code."""
    return CloudError(message, code=code)


def status_of(code: str) -> int:
    """HTTP status that the API sends with the code: 400 unless the code is known for another."""
    return _STATUSES.get(code, 400)
