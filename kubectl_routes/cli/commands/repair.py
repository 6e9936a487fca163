"""``repair``: carries out what diagnose advises: plan, confirm, write, wait, prove."""

from __future__ import annotations

import argparse

from msgspec import structs

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.analyze.needs import needed_cells
from kubectl_routes.apply.repair_executor import RepairExecutor
from kubectl_routes.apply.repair_record import RecordFile, read_record, recorded_changes
from kubectl_routes.apply.session import Session
from kubectl_routes.catalog.translation import translated
from kubectl_routes.checks.context import CheckContext, build_context
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.cli import changing
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.formats import DOCUMENTS
from kubectl_routes.cli.plan_output import UNCHANGED
from kubectl_routes.cli.reading import INCOMPLETE, needed_gaps, tell_incomplete
from kubectl_routes.cli.route_count import RouteCount, count
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.transaction import Transaction
from kubectl_routes.model.errors import ClusterError, RoutesError, UsageError, WaitTimeout
from kubectl_routes.model.finding import Finding, Severity
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.plan import Check, Manifests, Plan
from kubectl_routes.model.repair import Advice, EntryChange, RepairPlan, RepairRecord, RepairStep
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.plan import preflight
from kubectl_routes.plan.projection import project
from kubectl_routes.plan.repair import advice, controller_plan, repair_plan, restored
from kubectl_routes.plan.repair_goals import (
    STALE,
    Goals,
    Seen,
    choose,
    only_seen,
    repairable_codes,
    seen_entries,
    without_controller,
    without_entries,
)
from kubectl_routes.render.plan import ACTIONS, Result, advice_lines, repair_document

DENIED = "RT904"
LEFT = 1
NOT_PROVEN = 4


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Do it and return the exit code."""
    args.codes = _codes(args)
    with changing.session(args, terminal, logs=True) as session:
        kind = UndoCommand if args.undo is not None else RepairCommand
        return kind(args, terminal, session).run()


def _codes(args: argparse.Namespace) -> frozenset[str]:
    named = frozenset(code.upper() for code in args.codes)
    unknown = sorted(named - set(repairable_codes()))
    if unknown:
        raise UsageError(
            message("{code} cannot be repaired by this command", code=unknown[0]),
            message(
                "those that can be are {names}; kubectl routes explain CODE says what to"
                " do about another",
                names=", ".join(repairable_codes()),
            ),
        )
    if args.undo is not None and (named or args.record is not None):
        raise UsageError(
            message("--undo takes neither codes nor --record"), message("leave them out")
        )
    return named


class EntryTransaction(Transaction):
    """What repair and its undo have in common. ``steps`` are those of all rounds."""

    going_on = message(
        "the changes that were written remain: run kubectl routes repair again"
        " to continue, or kubectl routes repair --undo FILE to bring deleted"
        " entries back"
    )
    or_try = message(", or --dry-run to see it alone")
    documents = ("json", "yaml")
    executor: RepairExecutor
    manual = message("roll back by hand with these commands, leaving out what is already done:")

    def __init__(self, args: argparse.Namespace, terminal: Terminal, session: Session) -> None:
        super().__init__(args, terminal, session)
        self.executor = RepairExecutor(session, terminal.tell, terminal.show)
        self._steps: tuple[RepairStep, ...] = ()

    def unverified(self, draft: Draft, error: RoutesError) -> int:  # noqa: ARG002
        """Say what was not verified; a way on and back is only where something was written."""
        reason = error.message
        if not self.done():
            self.fail(message("not verified in time: {reason}", reason=reason), UNCHANGED)
            return NOT_PROVEN
        done = ACTIONS[self.action]
        line = message("{action}, but not verified in time: {reason}", action=done, reason=reason)
        self.fail(line, self.going_on)
        return NOT_PROVEN

    def document(self, draft: Draft, result: Result) -> str:
        """The plan and how it ended, with the steps of all rounds."""
        plan = _repairs(draft)
        done = result.outcome in (self.action, "not-verified")
        file = self.executor.record_file
        return DOCUMENTS[self.args.output](
            repair_document(
                structs.replace(plan, repairs=self.done() if done else plan.repairs),
                draft.checks,
                draft.mask,
                draft.target,
                record=file.path if file is not None and plan.entries else "",
                result=result,
            )
        )

    def done(self) -> tuple[RepairStep, ...]:
        """The steps of all rounds, without entries that were left alone after all."""
        return tuple(
            step
            for step in dict.fromkeys(self._steps)
            if step.object.kind != "RouteEntry" or step.object.name in self.executor.written
        )


class RepairCommand(EntryTransaction):
    """What is particular to repairing: how its plan is made, and that the findings are gone."""

    action = "repaired"
    nothing = message("nothing to repair")

    def __init__(self, args: argparse.Namespace, terminal: Terminal, session: Session) -> None:
        super().__init__(args, terminal, session)
        self._advice: tuple[Advice, ...] = ()
        self._seen: Seen | None = None
        self._late: set[str] = set()
        self._before: frozenset[str] | None = None
        self._grave: frozenset[str] = frozenset()
        self._ever: frozenset[str] = frozenset()
        self._gaps: list[Gap] = []

    def plan(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""
        snapshot = self.read()
        context, findings = self._judge(snapshot)
        goals = self._goals(context)
        manifests, planned, checks = self._of_controller(snapshot, goals)
        against = tuple(check for check in checks if check.stops)
        if planned is None and goals.of_controller:
            goals, checks = without_controller(goals), ()
        told = advice(findings, goals, against, self.args.codes)
        plan = repair_plan(snapshot, goals, planned, told)
        self.executor.region = snapshot.cluster.region
        if plan.entries:
            file = self.executor.record_file = self.executor.record_file or self._record_file(
                snapshot
            )
            note = message(
                "deleted entries are kept in {path}, for kubectl routes repair --undo",
                path=file.path,
            )
            plan = structs.replace(plan, notes=(*plan.notes, note))
        self._steps += plan.repairs
        self._advice = plan.advice
        return Draft(snapshot, manifests, plan, checks)

    def _goals(self, context: CheckContext) -> Goals:
        """What is to be repaired, without what appeared only after the first plan."""
        self._seen = seen_entries(context.snapshot) if self._seen is None else self._seen
        return only_seen(choose(context, self.args.codes), self._seen)

    def _judge(self, snapshot: Snapshot) -> tuple[CheckContext, tuple[Finding, ...]]:
        """What diagnose finds, and what it looked at."""
        examined = examine(snapshot)
        self._gaps = needed_gaps(snapshot.gaps)
        findings = diagnose_examined(examined, DiagnoseOptions(self.terminal.language)).findings
        grave = frozenset(one.code for one in findings if one.severity is not Severity.INFO)
        self._before = grave if self._before is None else self._before
        self._grave = grave
        self._ever |= grave
        return build_context(examined), findings

    def _of_controller(
        self, snapshot: Snapshot, goals: Goals
    ) -> tuple[Manifests, Plan | None, tuple[Check, ...]]:
        """The changes of CCM's objects, and what preflight says of them; no changes where there is
        something against them. Raises RoutesError.
        """
        if not goals.of_controller:
            nothing = Plan((), (), (), None, None, snapshot.controller.image)
            checks = self._rights(snapshot, nothing, goals) if goals.nodes else ()
            return Manifests({}, None), None, checks
        manifests = changing.read_manifests(self.session, snapshot)
        stale, rolling = changing.replacement(self.session, snapshot, manifests)
        then = without_entries(snapshot, goals.entries)
        if goals.restart == STALE and not stale:
            goals = structs.replace(goals, restart="")
        outcome = controller_plan(then, manifests, goals, rolling=rolling)
        if isinstance(outcome, Plan) and not goals.tables:
            return manifests, outcome, self._rights(snapshot, outcome, goals)
        projection = permissions = None
        if isinstance(outcome, Plan):
            projection = project(then, outcome, manifests.config_map)
            permissions = self.permissions(snapshot.controller, outcome, goals.nodes)
        given = preflight.PreflightInput(
            goals.tables,
            outcome,
            projection,
            permissions or (),
        )
        checks = preflight.preflight(then, given)
        # What the key may not do stops it all; what speaks against a list concerns the list alone.
        against = [check for check in checks if check.stops and check.code != DENIED]
        return manifests, outcome if isinstance(outcome, Plan) and not against else None, checks

    def _rights(self, snapshot: Snapshot, plan: Plan, goals: Goals) -> tuple[Check, ...]:
        rights = self.permissions(snapshot.controller, plan, goals.nodes)
        return preflight.preflight_back(rights)

    def _record_file(self, snapshot: Snapshot) -> RecordFile:
        """The record of the entries that will be deleted. Raises UsageError."""
        cluster, moment = snapshot.cluster, snapshot.time.replace(":", "").replace("-", "")
        path = self.args.record or f"kubectl-routes-repair-{moment}.json"
        record = RepairRecord(
            snapshot.tool, snapshot.time, cluster.server, cluster.region, cluster.vpc_id, ()
        )
        return RecordFile(path, record)

    def present(self, draft: Draft) -> tuple[str, bool]:
        """How many of the routes are in place, and what is left to a person."""
        context = build_context(examine(draft.snapshot))
        routes = self._count(context)
        if self.args.output == "text":
            page = self.terminal.page(self.args.color, wide=False, headers=True)
            left = translated(self._advice, page.language)
            self.terminal.write("".join(f"{line}\n" for line in advice_lines(left, page)))
        return joined("; ", (self._nothing, routes.text)), not routes.coming

    @property
    def _nothing(self) -> str:
        """That there is nothing to repair, as far as was read."""
        return message("nothing to repair in what was read") if self._gaps else self.nothing

    def _count(self, context: CheckContext) -> RouteCount:
        rows = [row for row in context.examined.matrix.nodes if row.skipped is None]
        routes = count([cell for row in rows for cell in needed_cells(row, context.counted)])
        self.counted = (None if routes.unknown else routes.found, routes.wanted)
        return routes

    def check(self, draft: Draft) -> int:
        """The findings are gone, routes that are on their way have come, and nothing has become
        worse. Raises RoutesError.
        """
        context, _ = self._judge(self.session.take())
        goals, planned = self._goals(context), _repairs(draft).found
        routes = self._count(context)
        for code, name in sorted(planned & goals.found)[:1]:
            raise WaitTimeout(message("{code} {name} is still found", code=code, name=name))
        if routes.coming:
            raise WaitTimeout(routes.text)
        self._late = {code for code, _ in goals.left}
        known = self._late.union(code for code, _ in goals.found)
        for code in sorted(self._grave - (self._before or frozenset()) - known)[:1]:
            raise WaitTimeout(message("{code} is found, and was not before", code=code))
        self.unfinished = bool(goals.found - planned)
        if self.unfinished:
            self.executor.forget()
            self.terminal.tell(message("something more can be repaired now; planning again"))
            return 0
        done = (
            message("repaired: {count:step|steps} done", count=len(self.done()))
            if self._steps
            else self._nothing
        )
        return self.say(joined("; ", (done, routes.text)))

    def say(self, line: str) -> int:
        """The result; the exit code says whether something is left, or was not read."""
        healed = self._ever - self._grave
        told = [one for one in self._advice if one.code not in healed]
        left = ", ".join(dict.fromkeys((*(one.code for one in told), *sorted(self._late))))
        not_done = message("not repaired: {codes}", codes=left) if left else ""
        super().say(joined("; ", (line, not_done)))
        if self._gaps:
            tell_incomplete(self._gaps, False, self.terminal)
            return INCOMPLETE
        return LEFT if any(one.severity is Severity.ERROR for one in told) else 0


class UndoCommand(EntryTransaction):
    """Creates the entries of a record again."""

    action = "restored"
    nothing = message("nothing to restore: every entry of the record is there")

    def plan(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""
        snapshot = self.read()
        plan = repair_plan(snapshot, Goals(entries=self._missing(snapshot)), None)
        self.executor.region = snapshot.cluster.region
        self._steps = plan.repairs
        return Draft(snapshot, Manifests({}, None), plan, ())

    def _missing(self, snapshot: Snapshot) -> tuple[EntryChange, ...]:
        recorded = read_record(self.args.undo, snapshot.cluster.vpc_id)
        missing, conflicts = restored(recorded_changes(recorded), snapshot.entries)
        if conflicts:
            raise ClusterError(
                message(
                    "{path} cannot be undone: {conflicts}",
                    path=self.args.undo,
                    conflicts=joined("; ", conflicts),
                ),
                message("delete the entry that is in the way, or take it out of the record"),
            )
        return missing

    def check(self, draft: Draft) -> int:
        """The entries are back, but for those whose next hop is gone. Raises RoutesError."""
        impossible = self.executor.impossible
        missing = self._missing(self.session.take())
        waited = [one for one in missing if one.name not in impossible]
        if waited:
            raise WaitTimeout(message("{count:entry|entries} not there yet", count=len(waited)))
        created = len(_repairs(draft).entries) - len(impossible)
        code = self.say(
            message("restored: {count:route entry|route entries} created", count=created)
        )
        for why in impossible.values():
            self.terminal.tell(message("not created: {why}", why=why))
        return INCOMPLETE if impossible else code


def _repairs(draft: Draft) -> RepairPlan:
    """The plan of a draft that was made here."""
    assert isinstance(draft.plan, RepairPlan)
    return draft.plan
