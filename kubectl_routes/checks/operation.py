"""What keeps a running CCM from its work."""

from __future__ import annotations

import json

from kubectl_routes.ccm.log_patterns import ABOUT_ROUTES, WORDS, denied_actions
from kubectl_routes.ccm.needed_flags import CLUSTER_CIDR, SWITCH, FlagChange
from kubectl_routes.ccm.route_need import Need
from kubectl_routes.checks.check import Findings, RawFinding, check, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import cell_facts, matching_messages, nodes, timed_messages
from kubectl_routes.checks.remedies import flag_steps, reload_steps, set_flag
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import ConfigState, Mode
from kubectl_routes.model.nodes import ConditionStatus

_PERIOD = "route-reconciliation-period"
# Where v1 takes an AccessKey from that is not in cloud-config, and where ACK mounts its token.
_KEY_VARIABLES = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET")
_TOKEN_FOLDER = "/var/addon"
# What the route controller of every release calls; the batch calls came with v2.11.
# permissions/ram-policy-ccm.json is the same list, for people; a test holds them together.
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


@check("RT114", "nodes", "cluster-cidr", unless=("controller",))
def cluster_range(context: CheckContext) -> Findings:
    """--cluster-cidr is not one IPv4 network, or does not hold every podCIDR."""
    ccm, shared = context.examined.ccm, context.examined.table_context
    given = ccm.settings.cluster_cidr or context.snapshot.cluster.cluster_cidr
    steps, values = flag_steps(context, _cluster_cidr(context))
    # Without any range CCM exits, which is RT112.
    if given and context.visible and ccm.settings.routes_on and not shared.passes.has_periodic:
        cells = context.cells("RT114")
        yield RawFinding(
            (context.workload,),
            "malformed",
            values={"range": given, **values},
            evidence=(fact("flag", flag="--cluster-cidr", value=given), *cell_facts(cells)),
            cells=cells,
            steps=steps,
        )
        return
    if shared.cluster is None:
        return
    outside = [
        served
        for served in context.served
        if served.network is not None
        and not served.skip
        and not shared.cluster.holds(served.network)
        # A podCIDR that no range can hold is RT208.
        and not (
            shared.reserved.containing(served.network) or shared.reserved.inside(served.network)
        )
    ]
    if not outside:
        return
    yield RawFinding(
        objects=nodes(served.name for served in outside),
        severity=Severity.WARNING,
        values={"range": given, **values},
        evidence=tuple(
            fact("outside", node=served.name, cidr=served.network, range=given)
            for served in outside
        ),
        steps=steps,
    )


def _cluster_cidr(context: CheckContext) -> FlagChange:
    """With the pod CIDR block of kube-proxy or Flannel, where that holds every podCIDR."""
    shared, known = context.examined.table_context, context.snapshot.cluster.network_cidr
    network = shared.networks.parse(known)
    own = [
        served.network
        for served in context.served
        if served.network is not None and not served.skip
    ]
    fits = network is not None and all(network.holds(each) for each in own)
    return set_flag(context, CLUSTER_CIDR, known if fits else f"<{CLUSTER_CIDR}>")


@check("RT116", "events", unless=("controller", "cloud-config"))
def ram_permission(context: CheckContext) -> Findings:
    """The VPC API denies a RAM permission to CCM, or CCM does not read its AccessKey."""
    yield from _denied(context)
    yield from _unread_key(context)


def _unread_key(context: CheckContext) -> Findings:
    """v2 does not read the variables that v1 takes an AccessKey from, and has no other one."""
    controller, ccm = context.snapshot.controller, context.examined.ccm
    given = [name for name in _KEY_VARIABLES if name in controller.env]
    token = any(mount.mount_path.startswith(_TOKEN_FOLDER) for mount in controller.mounts)
    known = ccm.version is not None and ccm.config is ConfigState.OK
    if not given or token or not known or not ccm.behavior.yaml or ccm.keyed:
        return
    yield RawFinding(
        objects=(context.workload, context.config_object),
        variant="environment",
        severity=Severity.WARNING,
        evidence=(fact("environment", workload=context.values["workload"], names=" ".join(given)),),
        steps=("edit-config", *reload_steps(context)),
    )


def _denied(context: CheckContext) -> Findings:
    cells = context.cells("RT116")
    messages = _about_routes(context, "RT116")
    if not cells and not messages:
        return
    named = [action for message in messages for action in denied_actions(message)]
    actions = list(dict.fromkeys(named))
    statement = {"Effect": "Allow", "Action": ROUTE_ACTIONS, "Resource": "*"}
    policy = {"Version": "1", "Statement": [statement]}
    yield RawFinding(
        objects=(context.workload,),
        variant="" if actions else "unnamed",
        values={"actions": ", ".join(actions), "policy": json.dumps(policy)},
        evidence=(*matching_messages(context, "RT116"), *cell_facts(cells)),
        cells=cells,
    )


@check("RT117", "events", "controller-logs")
def throttling(context: CheckContext) -> Findings:
    """The VPC API throttles CCM."""
    messages = _about_routes(context, "RT117")
    if not messages:
        return
    period = f"{2 * context.examined.ccm.settings.period}s"
    steps, values = flag_steps(context, set_flag(context, _PERIOD, period))
    yield RawFinding(
        (context.workload,),
        values={**values, "count": str(len(messages))},
        evidence=matching_messages(context, "RT117"),
        steps=steps,
    )


@check("RT118", "nodes", unless=("controller",), always=True)
def needless_routes(context: CheckContext) -> Findings:
    """The network plugin needs no cloud routes; or a condition of before is not cleared."""
    need = context.examined.ccm.need
    if need.needless and context.examined.ccm.mode is not Mode.OFF:
        messages = matching_messages(context, "RT118")
        steps, values = flag_steps(context, set_flag(context, SWITCH, "false"))
        yield RawFinding(
            (context.workload,),
            severity=Severity.ERROR if messages else Severity.WARNING,
            values={**values, "cni": need.plugin},
            evidence=(fact("cni", cni=need.plugin), *messages),
            steps=steps if context.visible else (),
        )
        return
    unclear = need.need is Need.UNKNOWN and context.blocker("RT111") is not None
    if not (need.needless or unclear):
        return
    tainted = [
        served.name
        for served in context.served
        if served.node.network_unavailable is ConditionStatus.TRUE
        and not context.is_young(served.node.created)
    ]
    if not tainted:
        return
    variant = "undecided" if context.snapshot.cluster.cni else "unclear"
    yield RawFinding(
        objects=nodes(tainted),
        variant=variant if unclear else "condition",
        severity=Severity.ERROR,
        values={"cni": need.plugin},
        evidence=tuple(fact("condition", node=name, status="True") for name in tainted),
    )


def _about_routes(context: CheckContext, code: str) -> list[str]:
    """What CCM lately said that speaks for a code, and is about routes."""
    messages = timed_messages(context, WORDS[code])
    return [text for text, _ in messages if ABOUT_ROUTES.search(text)]
