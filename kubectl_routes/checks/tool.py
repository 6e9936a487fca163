"""What could not be read, and is therefore not known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from kubectl_routes.checks.check import Findings, Found, RawFinding, check, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.model.controller import ConfigSourceKind, ControllerKind
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_CREDENTIALS,
    PART_ENTRIES,
    PART_EVENTS,
    PART_LOGS,
    PART_PODS,
    PART_REGION,
    PART_TABLES,
    PART_VPC,
    PART_VPC_ID,
    PART_VSWITCHES,
    Gap,
)

# Without these the answer is whole; they are evidence.
_EVIDENCE = (PART_PODS, PART_EVENTS, PART_LOGS)
_ASIDES = ("evidence", "other-evidence")
_VPC = (PART_CREDENTIALS, PART_VPC, PART_TABLES, PART_VSWITCHES)
_READING = (
    "DescribeRouteTableList",
    "DescribeRouteEntryList",
    "DescribeVpcAttribute",
    "DescribeVSwitches",
)
# Why something could not be read, by the words of the API and of our own readers; the first that
# fits decides. Only a denial is a matter of rights.
_REASONS = (
    ("key", re.compile(r"InvalidAccessKey|SignatureDoesNotMatch|IncompleteSignature")),
    ("token", re.compile(r"SecurityToken")),
    ("vpc-id", re.compile(r"InvalidVpcId|VpcNotFound|shows no (?:table|vSwitch) of")),
    ("", re.compile(r"(?i)forbidden|NoPermission|not authorized|\b403\b|denies")),
    ("slow", re.compile(r"(?i)throttling|no answer (?:with)?in|time(?:d )?out|deadline")),
)
_CONFIG_FILES = (ConfigSourceKind.SECRET, ConfigSourceKind.HOST_PATH, ConfigSourceKind.OTHER)


@check("RT901", always=True)
def cluster_unreadable(context: CheckContext) -> Found:
    """A part of the cluster could not be read, one finding for each reason."""
    gaps = (gap for gap in context.snapshot.gaps if not _is_vpc(gap))
    return _by_reason((_cluster_reason(context, gap), gap) for gap in gaps)


@check("RT902", always=True)
def vpc_unreadable(context: CheckContext) -> Found:
    """A part of the VPC could not be read, one finding for each reason."""
    gaps = (gap for gap in context.snapshot.gaps if _is_vpc(gap))
    statement = {"Effect": "Allow", "Action": [f"vpc:{name}" for name in _READING], "Resource": "*"}
    policy = json.dumps({"Version": "1", "Statement": [statement]})
    return _by_reason(((_vpc_reason(context, gap), gap) for gap in gaps), policy=policy)


@check("RT903", unless=("controller",), always=True)
def out_of_sight(context: CheckContext) -> Findings:
    """CCM runs in the managed control plane: everything is judged from outside."""
    if context.snapshot.controller.kind is ControllerKind.MANAGED:
        yield RawFinding(evidence=(fact("masters"),))


def _by_reason(reasons: Iterable[tuple[str, Gap]], **values: str) -> Findings:
    groups: dict[str, list[Gap]] = {}
    for reason, gap in reasons:
        groups.setdefault(reason, []).append(gap)
    for reason, gaps in sorted(groups.items()):
        parts = tuple(dict.fromkeys(gap.part for gap in gaps))
        yield RawFinding(
            objects=tuple(ObjectRef("Part", part) for part in parts),
            variant=reason,
            severity=Severity.INFO if reason in _ASIDES else None,
            values={"parts": ", ".join(parts), **values},
            evidence=tuple(
                fact("gap", part=gap.part, reason=gap.reason, hint=gap.hint) for gap in gaps
            ),
        )


def _cluster_reason(context: CheckContext, gap: Gap) -> str:
    config = context.snapshot.controller.cloud_config
    if gap.part in (PART_VPC_ID, PART_REGION):
        return gap.part
    if gap.part == PART_CLOUD_CONFIG and config is not None and config.source in _CONFIG_FILES:
        return "file"
    name = _reason(gap.reason)
    if gap.part in _EVIDENCE:
        return "evidence" if name == "" else "other-evidence"
    return name if name in ("", "slow") else "other"


def _vpc_reason(context: CheckContext, gap: Gap) -> str:
    """What the API said; else what was missing to ask it."""
    name = _reason(gap.reason)
    if name is not None:
        return name
    missing = (PART_CREDENTIALS, PART_VPC_ID, PART_REGION)
    found = (part for part in missing if context.snapshot.gap(part) is not None)
    return next(found, "other")


def _reason(text: str) -> str | None:
    return next((name for name, pattern in _REASONS if pattern.search(text)), None)


def _is_vpc(gap: Gap) -> bool:
    return gap.part in _VPC or gap.part.startswith(PART_ENTRIES)
