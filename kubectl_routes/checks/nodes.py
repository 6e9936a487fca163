"""What is wrong with single nodes: RT201 to RT209."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator

from kubectl_routes.analyze.needs import needed_cells
from kubectl_routes.ccm.nodes import (
    EXCLUDED,
    HYBRID,
    HYBRID_NODE,
    NO_IPV4,
    NO_POD_CIDR,
    NO_PROVIDER_ID,
    NOT_REPORTING,
    PREFIX,
    Served,
    is_elsewhere,
    region_of,
)
from kubectl_routes.checks.check import Evidence, Findings, Found, RawFinding, check, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import matching_messages, nodes
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import Cell, State
from kubectl_routes.model.networks import Index, Network
from kubectl_routes.model.nodes import ConditionStatus

# So many IDs stand in a sentence.
_IDS_SHOWN = 3
_EXEMPT = ((EXCLUDED, "label"), (HYBRID_NODE, "hybrid"))
_EXCLUDE = "exclude-node"
_TAINT = "node.kubernetes.io/network-unavailable"


@check("RT201", "nodes")
def no_pod_cidr(context: CheckContext) -> Found:
    """The node was given no podCIDR, or none of IPv4."""
    wrong = [one for one in context.served if one.skip in (NO_POD_CIDR, NO_IPV4)]
    free = _free_blocks(context)
    bare = [one for one in wrong if one.skip == NO_POD_CIDR]
    blocks = {one.node.name: next(free, "") for one in bare}
    return _by_age(
        context,
        "RT201",
        wrong,
        evidence=lambda served: fact("podcidr", node=served.node.name, cidr=served.node.pod_cidr),
        variant_of=lambda served: "" if served.node.name in blocks else "other",
        each=lambda served: {"pod-cidr": blocks.get(served.node.name, "")},
    )


@check("RT202", "nodes", unless=("controller", "cloud-config", "route-tables"))
def no_instance(context: CheckContext) -> Found:
    """The providerID is empty, malformed, in another region, or of another provider."""
    affected = {cell.node for cell in context.cells("RT202")}
    label = next(iter(context.examined.ccm.behavior.exclude_labels), "")
    region = context.examined.table_context.region
    wrong = [
        one
        for one in context.served
        if one.skip == NO_PROVIDER_ID
        or one.node.name in affected
        or (not one.skip and is_elsewhere(one, region))
    ]
    return _by_age(
        context,
        "RT202",
        wrong,
        evidence=_provider_fact,
        variant_of=lambda served: _id_variant(context, served, label),
        # As the list that DescribeInstances takes.
        each=lambda served: {
            "addresses": json.dumps(served.node.internal_ips) if served.node.internal_ips else ""
        },
        values={"label": label},
    )


def _id_variant(context: CheckContext, one: Served, label: str) -> str:
    """What is wrong with a providerID; ``label`` excludes a node of another provider."""
    if label and _is_foreign(context, one):
        return "foreign"
    return "other" if one.node.provider_id else ""


def _is_foreign(context: CheckContext, one: Served) -> bool:
    """Whether it is another provider's: by its providerID; without one, by its address."""
    provider_id, placement = one.node.provider_id, context.examined.placement
    if provider_id:
        return "://" in provider_id and not provider_id.startswith((PREFIX, HYBRID))
    outside = one.node.name not in placement.v_switch
    return placement.known and outside and bool(one.node.internal_ips)


@check("RT203", "nodes")
def prefixed_provider(context: CheckContext) -> Findings:
    """The providerID carries alicloud://, with which many releases do not get along."""
    behavior = context.examined.ccm.behavior
    wrong = [one for one in context.served if one.prefixed and not one.skip]
    if not wrong or (behavior.takes_prefix and not behavior.provider_text):
        return
    refuses = not behavior.takes_prefix
    flaps = behavior.deletes_same_cidr
    names = [one.node.name for one in wrong]
    yield RawFinding(
        objects=nodes(names),
        variant="refused" if refuses else "" if flaps else "repeats",
        severity=Severity.ERROR if refuses or flaps else Severity.INFO,
        values={"ids": _wanted_ids(wrong)},
        evidence=(
            *matching_messages(context, "RT203", nodes=names),
            *map(_provider_fact, wrong),
        ),
        cells=context.cells("RT203"),
    )


@check("RT204", "nodes")
def exempt(context: CheckContext) -> Findings:
    """Exempted by label, or a hybrid node; most likely on purpose."""
    for reason, variant in _EXEMPT:
        found = [(one.node, _label(one)) for one in context.served if one.skip == reason]
        if found:
            yield RawFinding(
                objects=nodes(node.name for node, _ in found),
                variant=variant,
                each=tuple({"node": node.name, "label": label} for node, label in found),
                evidence=tuple(
                    fact("exempt", node=node.name, why=label or node.provider_id)
                    for node, label in found
                ),
            )


@check("RT205", "nodes")
def not_reporting(context: CheckContext) -> Findings:
    """Ready=Unknown, so that CCM does not serve the node."""
    found = [one for one in context.served if one.skip == NOT_REPORTING]
    if not found:
        return
    lacking = [any(not cell.next_hop for cell in _needed(context, one)) for one in found]
    yield RawFinding(
        objects=nodes(one.node.name for one in found),
        severity=None if any(lacking) else Severity.INFO,
        evidence=tuple(
            fact("bare" if bare else "kept", node=one.node.name)
            for one, bare in zip(found, lacking, strict=True)
        ),
    )


@check("RT206", "nodes", "route-tables", "entries/")
def wrongly_unavailable(context: CheckContext) -> Findings:
    """NetworkUnavailable=True, or its taint, although every route is there."""
    served = [
        one
        for one in context.served
        if not one.skip
        and not context.is_young(one.node.created)
        and {cell.state for cell in _needed(context, one)} == {State.OK}
    ]
    marked = [one for one in served if one.node.network_unavailable is ConditionStatus.TRUE]
    tainted = [
        one
        for one in served
        if one not in marked and any(taint.key == _TAINT for taint in one.node.taints)
    ]
    yield from _about_condition(marked, "condition")
    yield from _about_condition(tainted, "taint", "taint")


@check("RT207", "nodes", "route-tables", "entries/", "vswitches")
def wrongly_available(context: CheckContext) -> Found:
    """NetworkUnavailable=False although a route is missing: one condition, many tables."""
    wrong = [
        one
        for one in context.served
        if one.node.network_unavailable is ConditionStatus.FALSE
        and not one.skip
        and any(cell.state in (State.MISSING, State.CONFLICT) for cell in _needed(context, one))
    ]
    return _about_condition(wrong, "condition")


@check("RT208", "nodes", "vswitches")
def overlapping(context: CheckContext) -> Findings:
    """The podCIDR overlaps another node's, a vSwitch or 100.64.0.0/10."""
    shared = context.examined.table_context
    facts: dict[str, Evidence] = {}
    for one in context.served:
        if one.network is None or one.skip:
            continue
        others = [*shared.nodes.containing(one.network), *shared.nodes.inside(one.network)]
        twin = next((other for other in others if other.node.name != one.node.name), None)
        held = [*shared.reserved.containing(one.network), *shared.reserved.inside(one.network)]
        what = held[0] if held else f"node {twin.node.name} ({twin.network})" if twin else ""
        if what:
            facts[one.node.name] = fact("overlap", node=one.node.name, cidr=one.network, other=what)
    if facts:
        evidence = (*matching_messages(context, "RT208", nodes=facts), *facts.values())
        yield RawFinding(nodes(facts), evidence=evidence, cells=context.cells("RT208"))


@check("RT209", "nodes", "vswitches")
def outside_v_switches(context: CheckContext) -> Findings:
    """The node's address is in no vSwitch of the VPC."""
    found = (context.nodes[name] for name in context.examined.placement.outside_v_switches)
    wrong = [one.node for one in found if not _is_foreign(context, one)]
    facts = (
        fact("address", node=node.name, ips=", ".join(node.internal_ips) or "?") for node in wrong
    )
    if wrong:
        yield RawFinding(nodes(node.name for node in wrong), evidence=tuple(facts))


def _by_age(
    context: CheckContext,
    code: str,
    wrong: list[Served],
    *,
    evidence: Callable[[Served], Evidence],
    variant_of: Callable[[Served], str],
    each: Callable[[Served], dict[str, str]],
    values: dict[str, str] | None = None,
) -> Findings:
    """A finding for each variant, and an aside for the nodes that have just joined."""
    groups: dict[str, dict[str, Served]] = {}
    for one in wrong:
        name = "young" if context.is_young(one.node.created) else variant_of(one)
        groups.setdefault(name, {})[one.node.name] = one
    for variant, group in sorted(groups.items()):
        messages = matching_messages(context, code, nodes=group)
        yield RawFinding(
            objects=nodes(group),
            variant=variant,
            severity=Severity.INFO if variant == "young" else None,
            values=values or {},
            each=tuple({"node": name, **each(one)} for name, one in group.items()),
            evidence=(*messages, *map(evidence, group.values())),
            cells=tuple(cell for cell in context.cells(code) if cell.node in group),
        )


def _free_blocks(context: CheckContext) -> Iterator[str]:
    """Blocks as large as the other podCIDRs that no node, entry or vSwitch overlaps."""
    shared = context.examined.table_context
    sizes = Counter(one.network.length for one in context.served if one.network is not None)
    if shared.cluster is None or not sizes:
        return
    length = sizes.most_common(1)[0][0]
    known = [
        network
        for entries in context.snapshot.entries.values()
        for entry in entries
        if (network := shared.networks.parse(entry.cidr)) is not None
    ]
    taken = Index((network, network) for network in known if shared.cluster.holds(network))
    for first in range(shared.cluster.first, shared.cluster.last + 1, 1 << (32 - length)):
        block = Network(first, length)
        used = (index for index in (taken, shared.nodes, shared.reserved))
        if not any(index.containing(block) or index.inside(block) for index in used):
            yield str(block)


def _about_condition(wrong: list[Served], phrase: str, variant: str = "") -> Findings:
    evidence = tuple(
        fact(phrase, node=one.node.name, status=one.node.network_unavailable.value) for one in wrong
    )
    if wrong:
        yield RawFinding(nodes(one.node.name for one in wrong), variant, evidence=evidence)


def _needed(context: CheckContext, served: Served) -> list[Cell]:
    """The cells of the tables in which the node needs its route."""
    return needed_cells(context.rows[served.node.name], context.counted)


def _provider_fact(one: Served) -> Evidence:
    return fact("provider", node=one.node.name, id=one.node.provider_id)


def _wanted_ids(some_nodes: list[Served]) -> str:
    """The providerIDs that the nodes should have."""
    ids = [f"{region_of(one.node.provider_id)}.{one.instance}" for one in some_nodes[:_IDS_SHOWN]]
    return ", ".join((*ids, "…") if len(some_nodes) > _IDS_SHOWN else ids)


def _label(one: Served) -> str:
    return next((label for label in one.node.labels if label.endswith(_EXCLUDE)), "")
