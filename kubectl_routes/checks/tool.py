"""What could not be read, and is therefore not known: RT901 to RT903."""

from __future__ import annotations

import json

from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.raw_finding import Found
from kubectl_routes.checks.raw_finding import RawFinding
from kubectl_routes.checks.raw_finding import fact
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.snapshot import PART_CREDENTIALS
from kubectl_routes.model.snapshot import PART_ENTRIES
from kubectl_routes.model.snapshot import PART_EVENTS
from kubectl_routes.model.snapshot import PART_LOGS
from kubectl_routes.model.snapshot import PART_PODS
from kubectl_routes.model.snapshot import PART_TABLES
from kubectl_routes.model.snapshot import PART_VPC
from kubectl_routes.model.snapshot import PART_VSWITCHES
from kubectl_routes.model.snapshot import Gap

# Without these the answer is whole; they are evidence.
_EVIDENCE = (PART_PODS, PART_EVENTS, PART_LOGS)
_VPC = (PART_CREDENTIALS, PART_VPC, PART_TABLES, PART_VSWITCHES)
_READING = (
    "DescribeRouteTableList",
    "DescribeRouteEntryList",
    "DescribeVpcAttribute",
    "DescribeVSwitches",
)


def cluster_unreadable(context: CheckContext) -> Found:
    """RT901: a part of the cluster could not be read."""
    gaps = [gap for gap in context.snapshot.gaps if not _is_vpc(gap)]
    return tuple(
        _gap_finding(some_gaps, variant, severity)
        for some_gaps, variant, severity in (
            ([gap for gap in gaps if gap.part not in _EVIDENCE], "", None),
            ([gap for gap in gaps if gap.part in _EVIDENCE], "evidence", Severity.INFO),
        )
        if some_gaps
    )


def vpc_unreadable(context: CheckContext) -> Found:
    """RT902: a part of the VPC could not be read."""
    gaps = [gap for gap in context.snapshot.gaps if _is_vpc(gap)]
    if not gaps:
        return ()
    statement = {"Effect": "Allow", "Action": [f"vpc:{name}" for name in _READING], "Resource": "*"}
    policy = json.dumps({"Version": "1", "Statement": [statement]})
    return (_gap_finding(gaps, "", None, {"policy": policy}),)


def out_of_sight(context: CheckContext) -> Found:
    """RT903: CCM runs in the managed control plane: everything is judged from outside."""
    if context.snapshot.controller.kind is not ControllerKind.MANAGED:
        return ()
    return (RawFinding(evidence=(fact("masters"),)),)


def _is_vpc(gap: Gap) -> bool:
    return gap.part in _VPC or gap.part.startswith(PART_ENTRIES)


def _gap_finding(
    gaps: list[Gap], variant: str, severity: Severity | None, values: dict[str, str] | None = None
) -> RawFinding:
    return RawFinding(
        objects=tuple(ObjectRef("Part", part) for part in dict.fromkeys(gap.part for gap in gaps)),
        variant=variant,
        severity=severity,
        values={"parts": ", ".join(dict.fromkeys(gap.part for gap in gaps)), **(values or {})},
        evidence=tuple(
            fact("gap", part=gap.part, reason=gap.reason, hint=gap.hint) for gap in gaps
        ),
    )
