"""The plan of ``repair``: what it changes for its goals, and what is left to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy

from msgspec import structs

from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.ccm.workload_patch import flag_operations
from kubectl_routes.model.finding import Finding, ObjectRef, Severity
from kubectl_routes.model.message import Message, joined, message
from kubectl_routes.model.plan import Check, Manifests, Object, Plan, Refusal
from kubectl_routes.model.repair import Advice, EntryChange, NodeChange, RepairPlan, RepairStep
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.vpc import RouteEntry
from kubectl_routes.plan.annotations import restart
from kubectl_routes.plan.edit import Edit
from kubectl_routes.plan.planner import plan
from kubectl_routes.plan.pods import container_of
from kubectl_routes.plan.projection import with_words
from kubectl_routes.plan.refusal import refusal
from kubectl_routes.plan.repair_goals import FLAGS, MARKED, ONLY_NAMED, Goals

_TAINT = "node.kubernetes.io/network-unavailable"


def controller_plan(
    snapshot: Snapshot, manifests: Manifests, goals: Goals, *, rolling: bool = False
) -> Plan | Refusal:
    """The changes of CCM's own objects; ``rolling``: some pods are being replaced already."""
    controller, before = snapshot.controller, manifests.workload
    workload = deepcopy(before)
    if goals.flags:
        operations = flag_operations(controller, goals.flags)
        if not _patched(workload, operations) or any("<" in flag.text for flag in goals.flags):
            flags = ", ".join(change.described for change in goals.flags)
            return refusal(
                FLAGS,
                "the flags have to be set by hand: {flags}",
                "edit the workload",
                flags=flags,
            )
        controller = with_words(controller, container_of(workload, controller.container))
    if not goals.tables:
        if goals.flags or goals.restart:
            restart(workload, snapshot.time)
        change = Edit(before, workload).change
        changes = () if change is None else (change,)
        return Plan((), changes, (), None, None, controller.image, rolling=rolling)
    outcome = plan(
        controller,
        Manifests(workload, manifests.config_map),
        goals.tables,
        restart=bool(goals.restart),
        rolling=rolling,
    )
    if isinstance(outcome, Refusal):
        return outcome
    # One change of the workload: of its flags, and what the plan makes of it then.
    last = outcome.workload
    if last is None and goals.flags:
        restart(workload, snapshot.time)
    whole = Edit(before, last.after if last else workload, undo=last.undo if last else None).change
    others = tuple(change for change in outcome.changes if change is not last)
    return structs.replace(outcome, changes=(*others, whole) if whole else others)


def _patched(workload: Object, operations: tuple[Object, ...]) -> bool:
    """Whether the operations could be done in place: there are some, and its words are the same."""
    import jsonpatch  # noqa: PLC0415 - only the flags of a CCM need it

    try:
        jsonpatch.apply_patch(workload, list(operations), in_place=True)
    except jsonpatch.JsonPatchException:
        return False
    return bool(operations)


def repair_plan(
    snapshot: Snapshot, goals: Goals, planned: Plan | None, advice: tuple[Advice, ...] = ()
) -> RepairPlan:
    """The whole plan. ``planned`` are the changes of CCM's objects, None where there are none to
    make.
    """
    base = planned or Plan((), (), (), None, None, snapshot.controller.image)
    repairs = (
        *map(_entry_step, goals.entries),
        *map(_node_step, goals.nodes),
        *_controller_steps(snapshot, goals, base),
    )
    return RepairPlan(
        tables=base.tables,
        changes=base.changes,
        steps=tuple(step.text for step in repairs),
        was=base.was,
        now=base.now,
        image=base.image,
        notes=(*goals.doubts, *base.notes),
        rolling=base.rolling,
        repairs=repairs,
        entries=goals.entries,
        nodes=goals.nodes,
        advice=advice,
        found=goals.found,
    )


def _entry_step(change: EntryChange) -> RepairStep:
    hop = message("next hop {hop}", hop=next_hop_text(change.entry))
    before, after = (message("not there"), hop) if change.create else (hop, message("deleted"))
    return RepairStep(change.code, ObjectRef("RouteEntry", change.name), before, after)


def _node_step(change: NodeChange) -> RepairStep:
    before, after = "NetworkUnavailable=True", "NetworkUnavailable=False"
    if change.taint:
        before, after = message("taint {name}", name=_TAINT), message("no such taint")
    return RepairStep(MARKED, ObjectRef("Node", change.name), before, after)


def _controller_steps(snapshot: Snapshot, goals: Goals, base: Plan) -> Iterator[RepairStep]:
    controller = snapshot.controller
    workload = ObjectRef(controller.kind.value, f"{controller.namespace}/{controller.name}")
    for flag in goals.flags if base.changes else ():
        given = f"--{flag.name}={flag.given}" if flag.given else ""
        yield RepairStep(FLAGS, workload, given, flag.described)
    for line in base.steps:
        assert isinstance(line, Message)
        kind, _, name = line.values["where"].partition(" ")
        before, arrow, after = line.values["step"].partition(" -> ")
        swap = (before, after) if arrow else ("", line.values["step"])
        yield RepairStep(goals.list_code, ObjectRef(kind, name), *swap)
    if base.workload is not None and not base.steps:
        yield RepairStep(goals.restart or FLAGS, workload, "", message("rolling restart"))


def advice(
    findings: Iterable[Finding], goals: Goals, checks: Iterable[Check], named: frozenset[str]
) -> tuple[Advice, ...]:
    """What is left to a person: findings without a goal, entries that are kept, and what preflight
    has against a change of CCM's objects.
    """
    planned = {code for code, _ in goals.found}
    told = [
        Advice(
            finding.code, finding.severity, finding.title, finding.remedy, _commands(finding, named)
        )
        for finding in findings
        if finding.code not in planned
        and finding.severity is not Severity.INFO
        and not finding.symptom_of
        and (not named or finding.code in named)
    ]
    told += [Advice(code, Severity.WARNING, why, "") for code, why in goals.left]
    for check in checks:
        if check.stops:
            failed = message('preflight check "{check}" failed', check=check.title)
            why = joined(": ", (failed, *check.evidence[:1]))
            told.append(Advice(check.code, Severity.ERROR, why, check.hint))
    return tuple(told)


def _commands(finding: Finding, named: frozenset[str]) -> tuple[str, ...]:
    """What leads on: repair itself, where the code has only to be named."""
    by_name = finding.code in ONLY_NAMED and finding.code not in named and finding.repair
    return (finding.repair,) if by_name else finding.commands


def restored(
    wanted: Iterable[EntryChange], entries: dict[str, tuple[RouteEntry, ...]]
) -> tuple[tuple[EntryChange, ...], tuple[str, ...]]:
    """Of the entries of a record those that have to be created, and why that cannot be: another
    entry has the CIDR now, or the table cannot be read. One that is there already needs nothing.
    """
    missing, conflicts = [], []
    for change in wanted:
        if change.table not in entries:
            conflicts.append(
                message(
                    "route table {table} is not there, or could not be read", table=change.table
                )
            )
            continue
        held = [entry for entry in entries[change.table] if entry.cidr == change.entry.cidr]
        if not held:
            missing.append(change)
        elif next_hop_text(held[0]) != next_hop_text(change.entry):
            conflicts.append(
                message(
                    "{change} leads to {hop} now, and led to {was}",
                    change=change.name,
                    hop=next_hop_text(held[0]),
                    was=next_hop_text(change.entry),
                )
            )
    return tuple(missing), tuple(conflicts)
