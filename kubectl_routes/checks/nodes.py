"""What is wrong with single nodes: RT201 to RT209."""

from __future__ import annotations

from collections.abc import Callable

from kubectl_routes.ccm.nodes import EXCLUDED
from kubectl_routes.ccm.nodes import HYBRID
from kubectl_routes.ccm.nodes import HYBRID_NODE
from kubectl_routes.ccm.nodes import NO_IPV4
from kubectl_routes.ccm.nodes import NO_POD_CIDR
from kubectl_routes.ccm.nodes import NO_PROVIDER_ID
from kubectl_routes.ccm.nodes import NOT_REPORTING
from kubectl_routes.ccm.nodes import PREFIX
from kubectl_routes.ccm.nodes import Served
from kubectl_routes.ccm.nodes import region_of
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import matching_messages
from kubectl_routes.checks.evidence import nodes
from kubectl_routes.checks.evidence import some
from kubectl_routes.checks.raw_finding import Fact
from kubectl_routes.checks.raw_finding import Found
from kubectl_routes.checks.raw_finding import RawFinding
from kubectl_routes.checks.raw_finding import fact
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import NodeRow
from kubectl_routes.model.matrix import State
from kubectl_routes.model.nodes import ConditionStatus

_EXEMPT = (EXCLUDED, HYBRID_NODE)
_EXCLUDE = "exclude-node"
_TAINT = "node.kubernetes.io/network-unavailable"


def no_pod_cidr(context: CheckContext) -> Found:
    """RT201: nobody has given the node a podCIDR, or none of IPv4."""
    wrong = [one for one in context.served if one.skip in (NO_POD_CIDR, NO_IPV4)]
    return _by_age(
        context,
        "RT201",
        wrong,
        lambda one: fact("podcidr", node=one.node.name, cidr=one.node.pod_cidr),
    )


def no_instance(context: CheckContext) -> Found:
    """RT202: the providerID is empty, malformed, of another region, or of another provider."""
    affected = {cell.node for cell in context.cells("RT202")}
    wrong = [
        one
        for one in context.served
        if one.skip == NO_PROVIDER_ID or one.node.name in affected or _is_elsewhere(context, one)
    ]
    foreign = [one for one in wrong if _is_foreign(context, one)]
    label = next(iter(context.examined.ccm.family.exclude_labels), "")
    if not label:
        foreign = []
    return (
        *_by_age(context, "RT202", [one for one in wrong if one not in foreign], _provider_fact),
        *_of_another_provider(context, foreign, label),
    )


def _is_elsewhere(context: CheckContext, one: Served) -> bool:
    """Whether a node that CCM serves has a providerID of another region than the cluster's."""
    region = region_of(one.node.provider_id)
    return not one.skip and region not in ("", context.values["region"])


def _is_foreign(context: CheckContext, one: Served) -> bool:
    """Whether the node is another provider's: by the scheme of its providerID, or because it has
    none and its address is in no vSwitch.
    """
    provider_id, placement = one.node.provider_id, context.examined.placement
    if provider_id:
        return "://" in provider_id and not provider_id.startswith((PREFIX, HYBRID))
    outside = one.node.name not in placement.v_switch
    return placement.known and outside and bool(one.node.internal_ips)


def _of_another_provider(
    context: CheckContext, found: list[Served], label: str
) -> tuple[RawFinding, ...]:
    if not found:
        return ()
    names = {one.node.name for one in found}
    return (
        RawFinding(
            objects=nodes(one.node.name for one in found),
            variant="foreign",
            values={"count": str(len(found)), "label": label},
            each=_names(found),
            evidence=some([_provider_fact(one) for one in found]),
            cells=tuple(cell for cell in context.cells("RT202") if cell.node in names),
        ),
    )


def prefixed_provider(context: CheckContext) -> Found:
    """RT203: the providerID carries alicloud://, with which many releases do not get along."""
    family = context.examined.ccm.family
    wrong = [one for one in context.served if one.prefixed and not one.skip]
    if not wrong or (family.takes_prefix and not family.provider_text):
        return ()
    refuses = not family.takes_prefix
    flaps = family.deletes_same_cidr
    variants = ((refuses, "refused"), (flaps, ""), (True, "repeats"))
    cells = context.cells("RT203")
    return (
        RawFinding(
            objects=nodes(one.node.name for one in wrong),
            variant=next(name for applies, name in variants if applies),
            severity=Severity.ERROR if refuses or flaps else Severity.INFO,
            values={"count": str(len(wrong))},
            each=_names(wrong),
            evidence=(
                *some([_provider_fact(one) for one in wrong]),
                *matching_messages(context, "RT203"),
            ),
            cells=cells,
        ),
    )


def exempt(context: CheckContext) -> Found:
    """RT204: exempted by label, or a hybrid node; most likely on purpose."""
    raw_findings = []
    for reason, variant in zip(_EXEMPT, ("label", "hybrid"), strict=True):
        found = [one for one in context.served if one.skip == reason]
        if not found:
            continue
        labels = [_label(one) for one in found]
        each = tuple(
            {"node": one.node.name, "label": label}
            for one, label in zip(found, labels, strict=True)
        )
        facts = [
            fact("exempt", node=one.node.name, why=label or one.node.provider_id)
            for one, label in zip(found, labels, strict=True)
        ]
        values = {"count": str(len(found))}
        objects = nodes(one.node.name for one in found)
        raw_findings.append(RawFinding(objects, variant, None, values, each, some(facts)))
    return tuple(raw_findings)


def not_reporting(context: CheckContext) -> Found:
    """RT205: Ready=Unknown, so that CCM does not serve the node."""
    found = [one for one in context.served if one.skip == NOT_REPORTING]
    if not found:
        return ()
    bare = [one for one in found if _lacks_route(context, context.rows[one.node.name])]
    facts = [fact("bare" if one in bare else "kept", node=one.node.name) for one in found]
    return (
        RawFinding(
            objects=nodes(one.node.name for one in found),
            severity=None if bare else Severity.INFO,
            values={"count": str(len(found))},
            each=_names(found),
            evidence=some(facts),
        ),
    )


def wrongly_unavailable(context: CheckContext) -> Found:
    """RT206: NetworkUnavailable=True, or its taint, although every route is there."""
    served = [
        one
        for one in context.served
        if not one.skip
        and not context.is_young(one.node)
        and _has_all(context, context.rows[one.node.name])
    ]
    marked = [one for one in served if one.node.network_unavailable is ConditionStatus.TRUE]
    tainted = [one for one in served if one not in marked and _is_tainted(one)]
    return (
        *_about_condition(marked, [_condition_fact(one) for one in marked]),
        *_about_condition(tainted, [fact("taint", node=one.node.name) for one in tainted], "taint"),
    )


def wrongly_available(context: CheckContext) -> Found:
    """RT207: NetworkUnavailable=False although a route is missing: one condition, many tables."""
    wrong = [
        one
        for one in context.served
        if one.node.network_unavailable is ConditionStatus.FALSE
        and not one.skip
        and any(
            cell.state in (State.MISSING, State.CONFLICT)
            for cell in context.needed_cells(context.rows[one.node.name])
        )
    ]
    return _about_condition(wrong, [_condition_fact(one) for one in wrong])


def overlapping(context: CheckContext) -> Found:
    """RT208: the podCIDR overlaps another node's, a vSwitch or 100.64.0.0/10."""
    shared = context.examined.table_context
    facts: dict[str, Fact] = {}
    for one in context.served:
        if one.network is None or one.skip:
            continue
        others = [*shared.nodes.containing(one.network), *shared.nodes.inside(one.network)]
        twin = next((other for other in others if other.node.name != one.node.name), None)
        held = [*shared.reserved.containing(one.network), *shared.reserved.inside(one.network)]
        what = held[0] if held else f"node {twin.node.name} ({twin.network})" if twin else ""
        if what:
            facts[one.node.name] = fact("overlap", node=one.node.name, cidr=one.network, other=what)
    if not facts:
        return ()
    proof = (*some(list(facts.values())), *matching_messages(context, "RT208"))
    values = {"count": str(len(facts))}
    each = tuple({"node": name} for name in facts)
    return (RawFinding(nodes(facts), "", None, values, each, proof, context.cells("RT208")),)


def astray(context: CheckContext) -> Found:
    """RT209: the node's address is in no vSwitch of the VPC."""
    strangers = {one.node.name for one in context.served if _is_foreign(context, one)}
    names = tuple(name for name in context.examined.placement.astray if name not in strangers)
    if not names:
        return ()
    known = {one.node.name: one.node for one in context.served}
    facts = [
        fact("address", node=name, ips=", ".join(known[name].internal_ips) or "?") for name in names
    ]
    return (RawFinding(nodes(names), values={"count": str(len(names))}, evidence=some(facts)),)


def _by_age(
    context: CheckContext, code: str, wrong: list[Served], tell: Callable[[Served], Fact]
) -> tuple[RawFinding, ...]:
    """One raw for nodes that have been so for a while, and an aside for those that just joined."""
    young = [one for one in wrong if context.is_young(one.node)]
    old = [one for one in wrong if not context.is_young(one.node)]
    affected = context.cells(code)
    raw_findings = []
    for some_nodes, variant, severity in ((old, "", None), (young, "young", Severity.INFO)):
        if some_nodes:
            names = {one.node.name for one in some_nodes}
            raw_findings.append(
                RawFinding(
                    objects=nodes(one.node.name for one in some_nodes),
                    variant=variant,
                    severity=severity,
                    values={"count": str(len(some_nodes))},
                    evidence=(
                        *some([tell(one) for one in some_nodes]),
                        *matching_messages(context, code),
                    ),
                    cells=tuple(cell for cell in affected if cell.node in names),
                )
            )
    return tuple(raw_findings)


def _about_condition(
    wrong: list[Served], facts: list[Fact], variant: str = ""
) -> tuple[RawFinding, ...]:
    if not wrong:
        return ()
    objects = nodes(one.node.name for one in wrong)
    values = {"count": str(len(wrong))}
    return (RawFinding(objects, variant, values=values, each=_names(wrong), evidence=some(facts)),)


def _condition_fact(one: Served) -> Fact:
    return fact("condition", node=one.node.name, status=one.node.network_unavailable.value)


def _is_tainted(one: Served) -> bool:
    return any(taint.key == _TAINT for taint in one.node.taints)


def _has_all(context: CheckContext, row: NodeRow) -> bool:
    cells = context.needed_cells(row)
    return bool(cells) and all(cell.state is State.OK for cell in cells)


def _lacks_route(context: CheckContext, row: NodeRow) -> bool:
    return any(not cell.next_hop for cell in context.needed_cells(row))


def _provider_fact(one: Served) -> Fact:
    return fact("provider", node=one.node.name, id=one.node.provider_id)


def _names(some_nodes: list[Served]) -> tuple[dict[str, str], ...]:
    return tuple({"node": one.node.name} for one in some_nodes)


def _label(one: Served) -> str:
    return next((label for label in one.node.labels if label.endswith(_EXCLUDE)), "")
