"""What is wrong with single nodes."""

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

_EXEMPT = ((EXCLUDED, "label"), (HYBRID_NODE, "hybrid"))
_TAINT = "node.kubernetes.io/network-unavailable"


@check("RT201", "nodes")
def no_pod_cidr(context: CheckContext) -> Found:
    """The node was given no podCIDR, or none of IPv4."""
    wrong = [served for served in context.served if served.skip in (NO_POD_CIDR, NO_IPV4)]
    free = _free_blocks(context)
    blocks = {served.name: next(free, "") for served in wrong if served.skip == NO_POD_CIDR}
    return _by_age(
        context,
        "RT201",
        wrong,
        evidence=lambda served: fact("podcidr", node=served.name, cidr=served.node.pod_cidr),
        variant_of=lambda served: "" if served.name in blocks else "other",
        each=lambda served: {"pod-cidr": blocks.get(served.name, "")},
    )


@check("RT202", "nodes", unless=("controller", "cloud-config", "route-tables"))
def no_instance(context: CheckContext) -> Found:
    """The providerID is empty, malformed, in another region, or of another provider."""
    affected = {cell.node for cell in context.cells("RT202")}
    label = next(iter(context.examined.ccm.behavior.exclude_labels), "")
    region = context.examined.table_context.region
    wrong = [
        served
        for served in context.served
        if served.skip == NO_PROVIDER_ID
        or served.name in affected
        or (not served.skip and is_elsewhere(served, region))
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


def _id_variant(context: CheckContext, served: Served, label: str) -> str:
    """What is wrong with a providerID; ``label`` excludes a node of another provider."""
    if label and _is_foreign(context, served):
        return "foreign"
    return "other" if served.node.provider_id else ""


def _is_foreign(context: CheckContext, served: Served) -> bool:
    """Whether it is another provider's: by its providerID; without one, by its address."""
    provider_id, placement = served.node.provider_id, context.examined.placement
    if provider_id:
        return "://" in provider_id and not provider_id.startswith((PREFIX, HYBRID))
    outside = served.name not in placement.v_switch
    return placement.known and outside and bool(served.node.internal_ips)


@check("RT203", "nodes")
def prefixed_provider(context: CheckContext) -> Findings:
    """The providerID carries alicloud://, with which many releases do not get along."""
    behavior = context.examined.ccm.behavior
    wrong = [served for served in context.served if served.prefixed and not served.skip]
    if not wrong or (behavior.takes_prefix and not behavior.provider_text):
        return
    refuses, flaps = not behavior.takes_prefix, behavior.deletes_same_cidr
    names = [served.name for served in wrong]
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
        found = [
            (served.node, _label(served)) for served in context.served if served.skip == reason
        ]
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
    found = [served for served in context.served if served.skip == NOT_REPORTING]
    if not found:
        return
    lacking = {
        served.name
        for served in found
        if not all(cell.next_hop for cell in _needed(context, served))
    }
    yield RawFinding(
        objects=nodes(served.name for served in found),
        severity=None if lacking else Severity.INFO,
        evidence=tuple(
            fact("bare" if served.name in lacking else "kept", node=served.name) for served in found
        ),
    )


@check("RT206", "nodes", "route-tables", "entries/")
def wrongly_unavailable(context: CheckContext) -> Findings:
    """NetworkUnavailable=True, or its taint, although every route is there."""
    complete = [
        served
        for served in context.served
        if not served.skip
        and not context.is_young(served.node.created)
        and {cell.state for cell in _needed(context, served)} == {State.OK}
    ]
    marked = [
        served for served in complete if served.node.network_unavailable is ConditionStatus.TRUE
    ]
    tainted = [
        served
        for served in complete
        if served not in marked and any(taint.key == _TAINT for taint in served.node.taints)
    ]
    yield from _about_condition(marked, "condition")
    yield from _about_condition(tainted, "taint", "taint")


@check("RT207", "nodes", "route-tables", "entries/", "vswitches")
def wrongly_available(context: CheckContext) -> Found:
    """NetworkUnavailable=False although a route is missing: one condition, many tables."""
    wrong = [
        served
        for served in context.served
        if served.node.network_unavailable is ConditionStatus.FALSE
        and not served.skip
        and any(cell.state in (State.MISSING, State.CONFLICT) for cell in _needed(context, served))
    ]
    return _about_condition(wrong, "condition")


@check("RT208", "nodes", "vswitches")
def overlapping(context: CheckContext) -> Findings:
    """The podCIDR overlaps another node's, a vSwitch or 100.64.0.0/10."""
    shared = context.examined.table_context
    facts: dict[str, Evidence] = {}
    for served in context.served:
        if served.network is None or served.skip:
            continue
        others = [*shared.nodes.containing(served.network), *shared.nodes.inside(served.network)]
        twin = next((other for other in others if other.name != served.name), None)
        held = [
            *shared.reserved.containing(served.network),
            *shared.reserved.inside(served.network),
        ]
        what = held[0] if held else f"node {twin.name} ({twin.network})" if twin else ""
        if what:
            facts[served.name] = fact("overlap", node=served.name, cidr=served.network, other=what)
    if facts:
        evidence = (*matching_messages(context, "RT208", nodes=facts), *facts.values())
        yield RawFinding(nodes(facts), evidence=evidence, cells=context.cells("RT208"))


@check("RT209", "nodes", "vswitches")
def outside_v_switches(context: CheckContext) -> Findings:
    """The node's address is in no vSwitch of the VPC."""
    found = (context.nodes[name] for name in context.examined.placement.outside_v_switches)
    wrong = [served.node for served in found if not _is_foreign(context, served)]
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
    for served in wrong:
        name = "young" if context.is_young(served.node.created) else variant_of(served)
        groups.setdefault(name, {})[served.name] = served
    for variant, group in sorted(groups.items()):
        messages = matching_messages(context, code, nodes=group)
        yield RawFinding(
            objects=nodes(group),
            variant=variant,
            severity=Severity.INFO if variant == "young" else None,
            values=values or {},
            each=tuple({"node": name, **each(served)} for name, served in group.items()),
            evidence=(*messages, *map(evidence, group.values())),
            cells=tuple(cell for cell in context.cells(code) if cell.node in group),
        )


def _free_blocks(context: CheckContext) -> Iterator[str]:
    """Blocks as large as the other podCIDRs that no node, entry or vSwitch overlaps."""
    shared = context.examined.table_context
    sizes = Counter(
        served.network.length for served in context.served if served.network is not None
    )
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
        fact(phrase, node=served.name, status=served.node.network_unavailable.value)
        for served in wrong
    )
    if wrong:
        yield RawFinding(nodes(served.name for served in wrong), variant, evidence=evidence)


def _needed(context: CheckContext, served: Served) -> list[Cell]:
    """The cells of the tables in which the node needs its route."""
    return needed_cells(context.rows[served.name], context.counted)


def _provider_fact(served: Served) -> Evidence:
    return fact("provider", node=served.name, id=served.node.provider_id)


def _wanted_ids(some_nodes: list[Served]) -> str:
    """The providerIDs that the nodes should have, as many as a sentence can hold."""
    ids = [f"{region_of(served.node.provider_id)}.{served.instance}" for served in some_nodes[:3]]
    return ", ".join((*ids, "…") if len(some_nodes) > 3 else ids)


def _label(served: Served) -> str:
    return next((label for label in served.node.labels if label.endswith("exclude-node")), "")
