"""What ``repair`` changes: which remedies of which findings, and what is left to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy

from msgspec import Struct, structs

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.ccm.needed_flags import FlagChange
from kubectl_routes.ccm.workload_patch import flag_operations
from kubectl_routes.checks.check import RawFinding
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.controller import needs_enable
from kubectl_routes.checks.registry import CHECKS, run_check, severity_of
from kubectl_routes.checks.remedies import is_repairable
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.finding import Finding, ObjectRef, Severity
from kubectl_routes.model.message import Message, joined, message
from kubectl_routes.model.plan import Change, Check, Manifests, Object, Plan, Refusal
from kubectl_routes.model.repair import Advice, EntryChange, NodeChange, RepairPlan, RepairStep
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.vpc import RouteEntry
from kubectl_routes.plan.annotations import restart
from kubectl_routes.plan.planner import plan
from kubectl_routes.plan.pods import container_of

ENTRY_CODES = ("RT306", "RT309", "RT302", "RT304", "RT305")
LIST_CODES = ("RT101", "RT102", "RT103", "RT107", "RT108", "RT110")
STALE, OLD_PODS = "RT109", "RT115"
RESTART_CODES = (STALE, OLD_PODS)
FLAGS, MARKED = "RT111", "RT206"
# Entries that a person may have made on purpose: only where their code is named.
ONLY_NAMED = frozenset({"RT304", "RT305"})
_TAINT = "node.kubernetes.io/network-unavailable"


class Goals(Struct, frozen=True):
    """What is to be repaired, before CCM's objects have been read. ``tables`` are the ids of the
    list that is to be set for the sake of ``list_code``; ``flags`` are to change, and for the sake
    of the code ``restart`` CCM's pods are to be replaced in any case.
    ``found`` is what the plan is to repair: codes with the names of objects. ``left`` is why
    entries of a code stay, ``doubts`` what speaks against deleting those whose code was named.
    """

    entries: tuple[EntryChange, ...] = ()
    nodes: tuple[NodeChange, ...] = ()
    tables: tuple[str, ...] = ()
    list_code: str = ""
    flags: tuple[FlagChange, ...] = ()
    restart: str = ""
    found: frozenset[tuple[str, str]] = frozenset()
    left: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def of_controller(self) -> bool:
        """Whether CCM's own objects have to change."""
        return bool(self.tables or self.flags or self.restart)


def repairable_codes() -> tuple[str, ...]:
    """The codes that can be named, in order."""
    return tuple(code for code, listed in all_codes().items() if listed.repair)


def choose(context: CheckContext, named: frozenset[str]) -> Goals:
    """The goals for the findings of a Snapshot: those that were ``named``, or all that can be
    repaired without.
    """
    raws = {code: _raw(code, context, named) for code in repairable_codes()}
    entries: dict[tuple[str, str], EntryChange] = {}
    left: list[tuple[str, str]] = []
    doubts: list[str] = []
    foreign = _claimed(context)
    for code in ENTRY_CODES:
        for change in _entries(code, raws[code], context):
            kept = _kept(change)
            doubt = _doubt(change, context, foreign)
            if not kept and doubt and code not in named:
                kept = message("{why}; name {code} to delete it", why=doubt, code=code)
            if kept:
                left.append((code, message("{name} stays: {why}", name=change.name, why=kept)))
                continue
            entries.setdefault((change.table, change.entry.cidr), change)
            if doubt:
                doubts.append(message("{name}: {why}", name=change.name, why=doubt))
    listing = next((code for code in LIST_CODES if raws[code]), "")
    flags = context.examined.ccm.needed_flags if raws[FLAGS] else ()
    if flags and not listing and needs_enable(context, flags):
        listing = FLAGS
    return Goals(
        entries=tuple(entries.values()),
        nodes=tuple(
            NodeChange(one.name, raw.variant == "taint")
            for raw in raws[MARKED]
            for one in raw.objects
        ),
        tables=_wanted(context) if listing else (),
        list_code=listing,
        flags=flags,
        restart=next((code for code in RESTART_CODES if raws[code]), ""),
        found=frozenset(
            (
                *((change.code, change.name) for change in entries.values()),
                *(
                    (code, one.name)
                    for code, some in raws.items()
                    if code not in ENTRY_CODES
                    for raw in some
                    for one in raw.objects
                ),
            )
        ),
        left=tuple(left),
        doubts=tuple(doubts),
    )


def _raw(code: str, context: CheckContext, named: frozenset[str]) -> tuple[RawFinding, ...]:
    """What the check of a code found, as far as ``repair`` may do something about it. Where a part
    that the check needs was not read, what it found is no ground for a write: without the nodes
    every entry is an orphan.
    """
    unnamed = code in ONLY_NAMED and code not in named
    if unnamed or (named and code not in named) or not context.needs_routes:
        return ()
    if context.lacking(CHECKS[code].needs):
        return ()
    return tuple(
        raw
        for raw in run_check(code, context).raw_findings
        if is_repairable(code, raw, context)
        and severity_of(code, raw, context) is not Severity.INFO
    )


def _wanted(context: CheckContext) -> tuple[str, ...]:
    """The tables of the list that enable would set for this finding."""
    told = context.values["tables"]
    return () if told == "auto" else tuple(told.split(","))


def _entries(code: str, raws: Iterable[RawFinding], context: CheckContext) -> Iterator[EntryChange]:
    """The entries that the findings of a code name: by id, or by table, CIDR and next hop."""
    known = {
        (table, key): entry
        for table, entries in context.snapshot.entries.items()
        for entry in entries
        for key in (entry.id, (entry.cidr, next_hop_text(entry)))
    }
    for raw in raws:
        for each in raw.each:
            key = each.get("entry") or (each.get("cidr", ""), each["hop"])
            entry = known.get((each["table"], key))
            if entry is not None:
                yield EntryChange(code, each["table"], entry)


def _claimed(context: CheckContext) -> tuple[str, ...]:
    """The CIDRs that another client writes (RT403): of its entries, and of those fought about."""
    return tuple(
        cidr
        for raw in run_check("RT403", context).raw_findings
        for cidr in (
            *(one.name.partition("/")[2] for one in raw.objects if one.kind == "RouteEntry"),
            *(one.values["cidr"] for one in raw.evidence if one.phrase == "fight"),
        )
    )


def _kept(change: EntryChange) -> str:
    """Why an entry is never deleted; empty where it may be."""
    if len(change.entry.next_hops) == 1:
        return ""
    return message("it has {hop}, which cannot be undone", hop=next_hop_text(change.entry))


def _doubt(change: EntryChange, context: CheckContext, foreign: tuple[str, ...]) -> str:
    """What speaks against deleting an entry; empty where nothing does. CCM gives its entries
    neither name nor description: one that has was made by another client.
    """
    entry = change.entry
    if entry.name or entry.description:
        return message("its name or description shows that CCM did not create it")
    networks = context.examined.table_context.networks
    own = networks.parse(entry.cidr)
    theirs = [networks.parse(cidr) for cidr in foreign]
    if own is not None and any(one and (one.holds(own) or own.holds(one)) for one in theirs):
        return message("another client writes entries there (RT403)")
    return ""


# An entry by table, CIDR and next hop.
Seen = frozenset[tuple[str, str, str]]


def seen_entries(snapshot: Snapshot) -> Seen:
    """The entries of a Snapshot."""
    return frozenset(
        (table, entry.cidr, next_hop_text(entry))
        for table, entries in snapshot.entries.items()
        for entry in entries
    )


def only_seen(goals: Goals, seen: Seen) -> Goals:
    """The goals without entries that were not there when the first plan was shown: another client
    has just created or changed them.
    """
    new = [
        change
        for change in goals.entries
        if (change.table, change.entry.cidr, next_hop_text(change.entry)) not in seen
    ]
    kept = tuple(change for change in goals.entries if change not in new)
    found = goals.found - {(change.code, change.name) for change in new}
    left = [
        (
            change.code,
            message(
                "{name} stays: {why}", name=change.name, why=message("it has just been changed")
            ),
        )
        for change in new
    ]
    return structs.replace(goals, entries=kept, found=found, left=(*goals.left, *left))


def without_controller(goals: Goals) -> Goals:
    """The goals without CCM's own objects, where those cannot be changed."""
    kept = {*ENTRY_CODES, MARKED}
    found = frozenset(one for one in goals.found if one[0] in kept)
    return structs.replace(goals, tables=(), list_code="", flags=(), restart="", found=found)


def without_entries(snapshot: Snapshot, changes: Iterable[EntryChange]) -> Snapshot:
    """The Snapshot as it will be once the entries are deleted."""
    gone = {(change.table, change.entry.cidr) for change in changes}
    entries = {
        table: tuple(entry for entry in held if (table, entry.cidr) not in gone)
        for table, held in snapshot.entries.items()
    }
    return structs.replace(snapshot, entries=entries)


def controller_plan(
    snapshot: Snapshot, manifests: Manifests, goals: Goals, *, rolling: bool = False
) -> Plan | Refusal:
    """The changes of CCM's own objects; ``rolling``: some pods are being replaced already."""
    controller, workload = snapshot.controller, manifests.workload
    if goals.flags:
        patched = _patched(workload, flag_operations(controller, goals.flags))
        if patched is None or any("<" in change.text for change in goals.flags):
            flags = ", ".join(change.described for change in goals.flags)
            return Refusal(
                FLAGS,
                message("the flags have to be set by hand: {flags}", flags=flags),
                message("edit the workload"),
            )
        workload = patched
        controller = _with_words(controller, workload)
    if goals.tables:
        outcome = plan(
            controller,
            Manifests(workload, manifests.config_map),
            goals.tables,
            restart=bool(goals.restart),
            rolling=rolling,
        )
        if isinstance(outcome, Refusal):
            return outcome
        return _from_before(outcome, controller, manifests.workload, workload)
    if goals.flags or goals.restart:
        workload = deepcopy(workload)
        restart(workload, snapshot.time)
    nothing = Plan((), (), (), None, None, controller.image, rolling=rolling)
    return _from_before(nothing, controller, manifests.workload, workload)


def _from_before(planned: Plan, controller: Controller, before: Object, flagged: Object) -> Plan:
    """The plan with one change of the workload, from what it is now to what the flags and the plan
    make of it.
    """
    change = planned.workload
    if change is not None:
        whole = structs.replace(change, before=before)
        changes = tuple(whole if one is change else one for one in planned.changes)
    elif flagged != before:
        kind = controller.kind.value
        made = Change(kind, controller.namespace, controller.name, before, flagged)
        changes = (*planned.changes, made)
    else:
        changes = planned.changes
    return structs.replace(planned, changes=changes)


def _patched(workload: Object, operations: tuple[Object, ...]) -> Object | None:
    """The workload with the operations done; None where there are none, or its words are others."""
    import jsonpatch  # noqa: PLC0415 - only the flags of a CCM need it

    try:
        patched: Object = jsonpatch.apply_patch(workload, list(operations))
    except jsonpatch.JsonPatchException:
        return None
    return patched if operations else None


def _with_words(controller: Controller, workload: Object) -> Controller:
    """CCM with the command and args of the workload, ``$(NAME)`` expanded where it was before."""
    known = dict(zip(controller.written, controller.command + controller.args, strict=False))
    container = container_of(workload, controller.container)
    command, args = (tuple(container.get(name) or ()) for name in ("command", "args"))
    return structs.replace(
        controller,
        command=tuple(known.get(word, word) for word in command),
        args=tuple(known.get(word, word) for word in args),
        written=command + args if controller.written else (),
    )


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


def _parts(line: str) -> tuple[str, str]:
    """The object of a step of a plan, and what is done with it."""
    values = line.values if isinstance(line, Message) else {}
    about, _, text = line.partition(": ")
    return values.get("where", about), values.get("step", text)


def _controller_steps(snapshot: Snapshot, goals: Goals, base: Plan) -> Iterator[RepairStep]:
    controller = snapshot.controller
    name = f"{controller.namespace}/{controller.name}"
    workload = ObjectRef(controller.kind.value, name)
    for flag in goals.flags if base.changes else ():
        given = f"--{flag.name}={flag.given}" if flag.given else ""
        yield RepairStep(FLAGS, workload, given, flag.described)
    for line in base.steps:
        about, text = _parts(line)
        kind, _, which = about.partition(" ")
        before, arrow, after = text.partition(" -> ")
        told = (before, after) if arrow else ("", text)
        yield RepairStep(goals.list_code, ObjectRef(kind, which), *told)
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
        Advice(one.code, one.severity, one.title, one.remedy, _commands(one, named))
        for one in findings
        if one.code not in planned
        and one.severity is not Severity.INFO
        and not one.symptom_of
        and (not named or one.code in named)
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
        held = [one for one in entries[change.table] if one.cidr == change.entry.cidr]
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
