"""What keeps a running CCM from its work: RT114, and RT116 to RT118."""

from __future__ import annotations

import json
from re import Pattern

from kubectl_routes.ccm.words import ABOUT_ROUTES
from kubectl_routes.ccm.words import RAM_ACTIONS
from kubectl_routes.ccm.words import WORDS
from kubectl_routes.checks.case import Case
from kubectl_routes.checks.evidence import cell_facts
from kubectl_routes.checks.evidence import heard
from kubectl_routes.checks.evidence import nodes
from kubectl_routes.checks.evidence import some
from kubectl_routes.checks.evidence import words
from kubectl_routes.checks.hit import Found
from kubectl_routes.checks.hit import Hit
from kubectl_routes.checks.hit import fact
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import Mode
from kubectl_routes.model.nodes import ConditionStatus

# What the route controller of every release calls; the batch calls came with v2.11.
# deploy/ram-policy-ccm.json is the same list, for people; a test holds them together.
ROUTE_ACTIONS = (
    "vpc:DescribeVpcs",
    "vpc:DescribeRouteTables",
    "vpc:DescribeRouteTableList",
    "vpc:DescribeRouteEntryList",
    "vpc:CreateRouteEntry",
    "vpc:DeleteRouteEntry",
    "vpc:CreateRouteEntries",
    "vpc:DeleteRouteEntries",
)


def cluster_range(case: Case) -> Found:
    """RT114: --cluster-cidr is not one IPv4 network, or does not hold every podCIDR."""
    ccm, ground = case.examined.ccm, case.examined.ground
    given = ccm.settings.cluster_cidr or case.snapshot.cluster.cluster_cidr
    # Without any range CCM exits, which is RT112.
    if given and case.visible and ccm.settings.routes_on and not ground.passes.has_periodic:
        cells = case.cells("RT114")
        evidence = (fact("flag", flag="--cluster-cidr", value=given), *cell_facts(cells))
        return (
            Hit(
                (case.workload,),
                "malformed",
                None,
                {"range": given},
                evidence=evidence,
                cells=cells,
            ),
        )
    if ground.cluster is None:
        return ()
    outside = [
        one
        for one in case.served
        if one.network is not None and not one.skip and not ground.cluster.holds(one.network)
    ]
    if not outside:
        return ()
    facts = [fact("outside", node=one.node.name, cidr=one.network, range=given) for one in outside]
    return (
        Hit(
            objects=nodes(one.node.name for one in outside),
            severity=Severity.WARNING,
            values={"range": given, "count": str(len(outside))},
            evidence=some(facts),
        ),
    )


def ram_permission(case: Case) -> Found:
    """RT116: the VPC API refuses CCM for want of a RAM permission."""
    cells = case.cells("RT116")
    messages = _about_routes(case, WORDS["RT116"])
    if not cells and not messages:
        return ()
    named = [
        action
        for pattern, actions in RAM_ACTIONS
        if any(pattern.search(message) for message in messages)
        for action in actions
    ]
    actions = list(dict.fromkeys(named)) or list(ROUTE_ACTIONS)
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = {"Version": "1", "Statement": [statement]}
    return (
        Hit(
            objects=(case.workload,),
            values={"actions": ", ".join(actions), "policy": json.dumps(policy)},
            evidence=(*words(case, "RT116"), *cell_facts(cells)),
            cells=cells,
        ),
    )


def throttling(case: Case) -> Found:
    """RT117: the VPC API throttles CCM."""
    messages = _about_routes(case, WORDS["RT117"])
    if not messages:
        return ()
    values = {"count": str(len(messages))}
    return (Hit((case.workload,), values=values, evidence=words(case, "RT117")),)


def needless_routes(case: Case) -> Found:
    """RT118: Terway needs no cloud routes; and nobody clears a condition that was set before."""
    if case.snapshot.cluster.cni != "terway":
        return ()
    if case.examined.ccm.mode is not Mode.OFF:
        proof = words(case, "RT118")
        severity = Severity.ERROR if proof else Severity.WARNING
        return (
            Hit((case.workload,), severity=severity, evidence=(fact("cni", cni="Terway"), *proof)),
        )
    tainted = [
        one.node.name
        for one in case.served
        if one.node.network_unavailable is ConditionStatus.TRUE and not case.is_young(one.node)
    ]
    if not tainted:
        return ()
    facts = [fact("condition", node=name, status="True") for name in tainted]
    return (
        Hit(
            objects=nodes(tainted),
            variant="condition",
            severity=Severity.ERROR,
            values={"count": str(len(tainted))},
            each=tuple({"node": name} for name in tainted),
            evidence=some(facts),
        ),
    )


def _about_routes(case: Case, pattern: Pattern[str]) -> list[str]:
    """What CCM lately said that matches, and is about routes."""
    return [text for text in heard(case, pattern) if ABOUT_ROUTES.search(text)]
