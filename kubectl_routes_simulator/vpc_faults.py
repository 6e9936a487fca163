"""Ready-made faults of the VPC API, each for one action (empty: for every action)."""

from __future__ import annotations

import re
from functools import partial

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


throttled = partial(refused, "Throttling.User", "Request was denied due to user flow control.")
# Another change of the VPC is running.
task_conflict = partial(refused, "TaskConflict", "Another task is running in this VPC.")
internal_error = partial(
    refused, "InternalError", "The request processing has failed due to some unknown error."
)
# For as long as the fault is armed.
forbidden = partial(
    refused,
    "Forbidden.RAM",
    "User not authorized to operate on the specified resource.",
    times=None,
)
