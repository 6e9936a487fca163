"""What is wrong with single nodes: RT201 to RT209."""

from __future__ import annotations

from collections.abc import Callable

from kubectl_routes.ccm.nodes import Served
from kubectl_routes.checks.case import Case
from kubectl_routes.checks.evidence import nodes
from kubectl_routes.checks.evidence import some
from kubectl_routes.checks.evidence import words
from kubectl_routes.checks.hit import Fact
from kubectl_routes.checks.hit import Found
from kubectl_routes.checks.hit import Hit
from kubectl_routes.checks.hit import fact
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import NodeRow
from kubectl_routes.model.matrix import State
from kubectl_routes.model.nodes import ConditionStatus

_VIRTUAL = "virtual-kubelet"
_EXEMPT = ("excluded by label", "hybrid node")
_EXCLUDE = "exclude-node"
_TAINT = "node.kubernetes.io/network-unavailable"


def no_pod_cidr(case: Case) -> Found:
    """RT201: nobody has given the node a podCIDR, or none of IPv4."""
    reasons = ("no podCIDR", "no usable IPv4 podCIDR")
    wrong = [one for one in case.served if one.skip in reasons and _is_real(one)]
    return _by_age(
        case,
        "RT201",
        wrong,
        lambda one: fact("podcidr", node=one.node.name, cidr=one.node.pod_cidr),
    )


def no_instance(case: Case) -> Found:
    """RT202: the providerID is empty, malformed, or of another region."""
    blamed = {cell.node for cell in case.cells("RT202")}
    wrong = [
        one
        for one in case.served
        if _is_real(one) and (one.skip == "no providerID" or one.node.name in blamed)
    ]
    return _by_age(case, "RT202", wrong, _provider_fact)


def prefixed_provider(case: Case) -> Found:
    """RT203: the providerID carries alicloud://, with which many releases do not get along."""
    family = case.examined.ccm.family
    wrong = [one for one in case.served if one.prefixed and not one.skip]
    if not wrong or (family.takes_prefix and not family.provider_text):
        return ()
    refuses = not family.takes_prefix
    flaps = family.deletes_same_cidr
    variants = ((refuses, "refused"), (flaps, ""), (True, "repeats"))
    cells = case.cells("RT203")
    return (
        Hit(
            objects=nodes(one.node.name for one in wrong),
            variant=next(name for applies, name in variants if applies),
            severity=Severity.ERROR if refuses or flaps else Severity.INFO,
            values={"count": str(len(wrong))},
            each=_names(wrong),
            evidence=(*some([_provider_fact(one) for one in wrong]), *words(case, "RT203")),
            cells=cells,
        ),
    )


def exempt(case: Case) -> Found:
    """RT204: exempted by label, or a hybrid node; most likely on purpose."""
    hits = []
    for reason, variant in zip(_EXEMPT, ("label", "hybrid"), strict=True):
        found = [one for one in case.served if one.skip == reason]
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
        hits.append(Hit(objects, variant, None, values, each, some(facts)))
    return tuple(hits)


def not_reporting(case: Case) -> Found:
    """RT205: Ready=Unknown, so that CCM does not serve the node."""
    found = [one for one in case.served if one.skip == "Ready=Unknown"]
    if not found:
        return ()
    bare = [one for one in found if _lacks_route(case, case.rows[one.node.name])]
    facts = [fact("bare" if one in bare else "kept", node=one.node.name) for one in found]
    return (
        Hit(
            objects=nodes(one.node.name for one in found),
            severity=None if bare else Severity.INFO,
            values={"count": str(len(found))},
            each=_names(found),
            evidence=some(facts),
        ),
    )


def wrongly_unavailable(case: Case) -> Found:
    """RT206: NetworkUnavailable=True, or its taint, although every route is there."""
    served = [
        one
        for one in case.served
        if not one.skip and not case.is_young(one.node) and _has_all(case, case.rows[one.node.name])
    ]
    marked = [one for one in served if one.node.network_unavailable is ConditionStatus.TRUE]
    tainted = [one for one in served if one not in marked and _is_tainted(one)]
    return (
        *_about_condition(marked, [_condition_fact(one) for one in marked]),
        *_about_condition(tainted, [fact("taint", node=one.node.name) for one in tainted], "taint"),
    )


def wrongly_available(case: Case) -> Found:
    """RT207: NetworkUnavailable=False although a route is missing: one condition, many tables."""
    wrong = [
        one
        for one in case.served
        if one.node.network_unavailable is ConditionStatus.FALSE
        and not one.skip
        and any(
            cell.state in (State.MISSING, State.CONFLICT)
            for cell in case.needed_cells(case.rows[one.node.name])
        )
    ]
    return _about_condition(wrong, [_condition_fact(one) for one in wrong])


def overlapping(case: Case) -> Found:
    """RT208: the podCIDR overlaps another node's, a vSwitch or 100.64.0.0/10."""
    ground = case.examined.ground
    facts: dict[str, Fact] = {}
    for one in case.served:
        if one.network is None or one.skip:
            continue
        others = [*ground.nodes.containing(one.network), *ground.nodes.inside(one.network)]
        twin = next((other for other in others if other.node.name != one.node.name), None)
        held = [*ground.reserved.containing(one.network), *ground.reserved.inside(one.network)]
        what = held[0] if held else f"node {twin.node.name} ({twin.network})" if twin else ""
        if what:
            facts[one.node.name] = fact("overlap", node=one.node.name, cidr=one.network, other=what)
    if not facts:
        return ()
    proof = (*some(list(facts.values())), *words(case, "RT208"))
    values = {"count": str(len(facts))}
    each = tuple({"node": name} for name in facts)
    return (Hit(nodes(facts), "", None, values, each, proof, case.cells("RT208")),)


def astray(case: Case) -> Found:
    """RT209: the node's address is in no vSwitch of the VPC."""
    names = case.examined.placement.astray
    if not names:
        return ()
    known = {one.node.name: one.node for one in case.served}
    facts = [
        fact("address", node=name, ips=", ".join(known[name].internal_ips) or "?") for name in names
    ]
    return (Hit(nodes(names), values={"count": str(len(names))}, evidence=some(facts)),)


def _by_age(case: Case, code: str, wrong: list[Served], tell: Callable[[Served], Fact]) -> Found:
    """One hit for nodes that have been so for a while, and an aside for those that just joined."""
    young = [one for one in wrong if case.is_young(one.node)]
    old = [one for one in wrong if not case.is_young(one.node)]
    blamed = case.cells(code)
    hits = []
    for some_nodes, variant, severity in ((old, "", None), (young, "young", Severity.INFO)):
        if some_nodes:
            names = {one.node.name for one in some_nodes}
            hits.append(
                Hit(
                    objects=nodes(one.node.name for one in some_nodes),
                    variant=variant,
                    severity=severity,
                    values={"count": str(len(some_nodes))},
                    evidence=(*some([tell(one) for one in some_nodes]), *words(case, code)),
                    cells=tuple(cell for cell in blamed if cell.node in names),
                )
            )
    return tuple(hits)


def _about_condition(wrong: list[Served], facts: list[Fact], variant: str = "") -> tuple[Hit, ...]:
    if not wrong:
        return ()
    objects = nodes(one.node.name for one in wrong)
    values = {"count": str(len(wrong))}
    return (Hit(objects, variant, values=values, each=_names(wrong), evidence=some(facts)),)


def _condition_fact(one: Served) -> Fact:
    return fact("condition", node=one.node.name, status=one.node.network_unavailable.value)


def _is_tainted(one: Served) -> bool:
    return any(taint.key == _TAINT for taint in one.node.taints)


def _has_all(case: Case, row: NodeRow) -> bool:
    cells = case.needed_cells(row)
    return bool(cells) and all(cell.state is State.OK for cell in cells)


def _lacks_route(case: Case, row: NodeRow) -> bool:
    return any(not cell.next_hop for cell in case.needed_cells(row))


def _is_real(one: Served) -> bool:
    """A virtual-kubelet's node has neither podCIDR nor instance, and needs none."""
    return one.node.labels.get("type") != _VIRTUAL


def _provider_fact(one: Served) -> Fact:
    return fact("provider", node=one.node.name, id=one.node.provider_id)


def _names(some_nodes: list[Served]) -> tuple[dict[str, str], ...]:
    return tuple({"node": one.node.name} for one in some_nodes)


def _label(one: Served) -> str:
    return next((label for label in one.node.labels if label.endswith(_EXCLUDE)), "")
