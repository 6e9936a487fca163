"""What is wrong with single nodes: RT201 to RT209."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator

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
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import matching_messages, nodes
from kubectl_routes.checks.raw_finding import Evidence, Found, RawFinding, fact
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import NodeRow, State
from kubectl_routes.model.networks import Index, Network
from kubectl_routes.model.nodes import ConditionStatus

# So many IDs stand in a sentence.
_IDS_SHOWN = 3
_EXEMPT = (EXCLUDED, HYBRID_NODE)
_EXCLUDE = "exclude-node"
_TAINT = "node.kubernetes.io/network-unavailable"


def no_pod_cidr(context: CheckContext) -> Found:
    """RT201: the node was given no podCIDR, or none of IPv4."""
    wrong = [one for one in context.served if one.skip in (NO_POD_CIDR, NO_IPV4)]
    free = _free_blocks(context)
    bare = [one for one in wrong if one.skip == NO_POD_CIDR]
    blocks = {one.node.name: next(free, "") for one in bare}
    return _by_age(
        context,
        "RT201",
        wrong,
        tell=lambda one: fact("podcidr", node=one.node.name, cidr=one.node.pod_cidr),
        variant=lambda one: "" if one.node.name in blocks else "other",
        each=lambda one: {"node": one.node.name, "pod-cidr": blocks.get(one.node.name, "")},
    )


def no_instance(context: CheckContext) -> Found:
    """RT202: the providerID is empty, malformed, in another region, or of another provider."""
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
        tell=_provider_fact,
        variant=lambda one: _id_variant(context, one, label),
        each=lambda one: {"node": one.node.name, "addresses": _addresses(one), "label": label},
        values={"label": label},
    )


def _id_variant(context: CheckContext, one: Served, label: str) -> str:
    """What is wrong with a providerID. A node of another provider needs no route in this VPC:
    ``label`` excludes it, where this release knows one.
    """
    if label and _is_foreign(context, one):
        return "foreign"
    return "other" if one.node.provider_id else ""


def _is_foreign(context: CheckContext, one: Served) -> bool:
    """Whether the node is another provider's: by the scheme of its providerID, or because it has
    none and its address is in no vSwitch.
    """
    provider_id, placement = one.node.provider_id, context.examined.placement
    if provider_id:
        return "://" in provider_id and not provider_id.startswith((PREFIX, HYBRID))
    outside = one.node.name not in placement.v_switch
    return placement.known and outside and bool(one.node.internal_ips)


def prefixed_provider(context: CheckContext) -> Found:
    """RT203: the providerID carries alicloud://, with which many releases do not get along."""
    behavior = context.examined.ccm.behavior
    wrong = [one for one in context.served if one.prefixed and not one.skip]
    if not wrong or (behavior.takes_prefix and not behavior.provider_text):
        return ()
    refuses = not behavior.takes_prefix
    flaps = behavior.deletes_same_cidr
    variants = ((refuses, "refused"), (flaps, ""), (True, "repeats"))
    cells = context.cells("RT203")
    return (
        RawFinding(
            objects=nodes(one.node.name for one in wrong),
            variant=next(name for applies, name in variants if applies),
            severity=Severity.ERROR if refuses or flaps else Severity.INFO,
            values={"count": str(len(wrong)), "ids": _wanted_ids(wrong)},
            each=_names(wrong),
            evidence=(
                *matching_messages(context, "RT203", nodes={one.node.name for one in wrong}),
                *(_provider_fact(one) for one in wrong),
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
        raw_findings.append(RawFinding(objects, variant, None, values, each, tuple(facts)))
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
            evidence=tuple(facts),
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
    if not facts:
        return ()
    evidence = (*matching_messages(context, "RT208", nodes=facts), *facts.values())
    values = {"count": str(len(facts))}
    each = tuple({"node": name} for name in facts)
    return (RawFinding(nodes(facts), "", None, values, each, evidence, context.cells("RT208")),)


def outside_v_switches(context: CheckContext) -> Found:
    """RT209: the node's address is in no vSwitch of the VPC."""
    foreign = {one.node.name for one in context.served if _is_foreign(context, one)}
    names = tuple(
        name for name in context.examined.placement.outside_v_switches if name not in foreign
    )
    if not names:
        return ()
    known = {one.node.name: one.node for one in context.served}
    facts = [
        fact("address", node=name, ips=", ".join(known[name].internal_ips) or "?") for name in names
    ]
    return (RawFinding(nodes(names), values={"count": str(len(names))}, evidence=tuple(facts)),)


def _by_age(
    context: CheckContext,
    code: str,
    wrong: list[Served],
    *,
    tell: Callable[[Served], Evidence],
    variant: Callable[[Served], str],
    each: Callable[[Served], dict[str, str]],
    values: dict[str, str] | None = None,
) -> Found:
    """A finding for each variant of the nodes that have been so for a while, and an aside for those
    that just joined.
    """
    groups: dict[str, list[Served]] = {}
    for one in wrong:
        young = context.is_young(one.node)
        groups.setdefault("young" if young else variant(one), []).append(one)
    affected = context.cells(code)
    return tuple(
        RawFinding(
            objects=nodes(one.node.name for one in group),
            variant=name,
            severity=Severity.INFO if name == "young" else None,
            values={"count": str(len(group)), **(values or {})},
            each=tuple(each(one) for one in group),
            evidence=(
                *matching_messages(context, code, nodes={one.node.name for one in group}),
                *(tell(one) for one in group),
            ),
            cells=tuple(cell for cell in affected if cell.node in {one.node.name for one in group}),
        )
        for name, group in sorted(groups.items())
    )


def _free_blocks(context: CheckContext) -> Iterator[str]:
    """Blocks of the cluster's pod CIDR block, as large as the other nodes' podCIDRs, that no node,
    no entry and no vSwitch overlaps; none where the block or a size is not known.
    """
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


def _addresses(one: Served) -> str:
    """The node's addresses as the list that DescribeInstances takes."""
    return json.dumps(list(one.node.internal_ips)) if one.node.internal_ips else ""


def _about_condition(
    wrong: list[Served], facts: list[Evidence], variant: str = ""
) -> tuple[RawFinding, ...]:
    if not wrong:
        return ()
    objects = nodes(one.node.name for one in wrong)
    values = {"count": str(len(wrong))}
    return (RawFinding(objects, variant, values=values, each=_names(wrong), evidence=tuple(facts)),)


def _condition_fact(one: Served) -> Evidence:
    return fact("condition", node=one.node.name, status=one.node.network_unavailable.value)


def _is_tainted(one: Served) -> bool:
    return any(taint.key == _TAINT for taint in one.node.taints)


def _has_all(context: CheckContext, row: NodeRow) -> bool:
    cells = context.needed_cells(row)
    return bool(cells) and all(cell.state is State.OK for cell in cells)


def _lacks_route(context: CheckContext, row: NodeRow) -> bool:
    return any(not cell.next_hop for cell in context.needed_cells(row))


def _provider_fact(one: Served) -> Evidence:
    return fact("provider", node=one.node.name, id=one.node.provider_id)


def _wanted_ids(some_nodes: list[Served]) -> str:
    """The providerIDs that the nodes should have."""
    ids = [f"{region_of(one.node.provider_id)}.{one.instance}" for one in some_nodes[:_IDS_SHOWN]]
    return ", ".join((*ids, "…") if len(some_nodes) > _IDS_SHOWN else ids)


def _names(some_nodes: list[Served]) -> tuple[dict[str, str], ...]:
    return tuple({"node": one.node.name} for one in some_nodes)


def _label(one: Served) -> str:
    return next((label for label in one.node.labels if label.endswith(_EXCLUDE)), "")
