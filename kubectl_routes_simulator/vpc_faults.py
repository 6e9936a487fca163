"""Ready-made faults of the VPC API, each for one action (empty: for every action)."""

from __future__ import annotations

import re

import msgspec

from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.vpc_call import status_of


def of_action(action: str) -> str | re.Pattern[str]:
    """What ``Fault.match`` must be to strike this action and no other."""
    return re.compile(rf"[?&]Action={re.escape(action)}(&|$)") if action else ""


def refused(
    code: str, message: str, action: str = "", times: int | None = 1, skip: int = 0
) -> Fault:
    """The API refuses with ``code``, with the status and the body it has for that code."""
    body = {
        "RequestId": "FA017000-0000-4000-8000-000000000001",
        "HostId": "vpc.aliyuncs.com",
        "Code": code,
        "Message": message,
    }
    return Fault(
        FaultKind.REFUSE,
        match=of_action(action),
        times=times,
        skip=skip,
        status=status_of(code),
        body=msgspec.json.encode(body),
        headers={"Content-Type": "application/json;charset=utf-8"},
    )


def throttled(action: str = "", times: int | None = 1, skip: int = 0) -> Fault:
    """Throttling.User, HTTP 400."""
    message = "Request was denied due to user flow control."
    return refused("Throttling.User", message, action, times, skip)


def task_conflict(action: str = "", times: int | None = 1, skip: int = 0) -> Fault:
    """TaskConflict, HTTP 400: another change of the VPC is running."""
    return refused("TaskConflict", "Another task is running in this VPC.", action, times, skip)


def internal_error(action: str = "", times: int | None = 1, skip: int = 0) -> Fault:
    """InternalError, HTTP 500."""
    message = "The request processing has failed due to some unknown error."
    return refused("InternalError", message, action, times, skip)


def forbidden(action: str = "", times: int | None = None, skip: int = 0) -> Fault:
    """Forbidden.RAM, HTTP 403, for as long as the fault is armed."""
    message = "User not authorized to operate on the specified resource."
    return refused("Forbidden.RAM", message, action, times, skip)
