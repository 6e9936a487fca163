"""One transaction for each command that writes: plan, confirm, write, wait, prove, or roll back."""

from __future__ import annotations

import argparse
from abc import ABC, abstractmethod
from contextlib import closing
from typing import ClassVar

from msgspec import structs

from kubectl_routes.apply.executor import Executor
from kubectl_routes.apply.managed_executor import ManagedExecutor
from kubectl_routes.apply.session import Session, looks
from kubectl_routes.cli.changing import Draft, needed
from kubectl_routes.cli.plan_output import UNCHANGED, PlanOutput
from kubectl_routes.cli.progress import Progress
from kubectl_routes.cli.terminal import OutputClosed, Terminal
from kubectl_routes.collect.manifests import read_object
from kubectl_routes.collect.permissions import ask, who_am_i
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.errors import (
    ChangedMeanwhile,
    ClusterError,
    RolledBack,
    RoutesError,
    UsageError,
    WaitTimeout,
)
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.plan import Manifests, Permission, Plan
from kubectl_routes.model.repair import NodeChange
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.undo import RECORD, HistoryEntry
from kubectl_routes.plan.history import with_entry
from kubectl_routes.plan.managed_plan import NAMESPACE, Setting
from kubectl_routes.plan.preflight import exit_code
from kubectl_routes.render import plan as render

# A dry run that shows changes, as kubectl diff says it; also a plan that was not agreed to.
WOULD_CHANGE = 1
# How long the old pods may take to be well again after a rollback, in seconds: as long as --timeout
# says, but within these two.
SHORTEST_RECOVERY = 30.0
LONGEST_RECOVERY = 300.0
# How often another client may come first before we give up.
ROUNDS = 4
INTERRUPTED = 130
# Seconds between two readings of what has come of it: soon at first, for a small cluster.
FIRST_INTERVAL = 0.2
INTERVAL = 3.0
ALL_BACK = message("all changes were rolled back")
_ROLLED_BACK = "rolled back"


class Transaction(PlanOutput, ABC):
    """What is particular to a command is ``plan`` and ``check``; all else is the same for each.

    ``action`` is the word for the history, ``nothing`` what to say when there is nothing to do.
    ``executor`` does the writing; on a managed cluster it is known once a draft has been made.
    ``manual`` says how to go back where the rollback has failed, ``going_on`` how to continue where
    nothing is rolled back. ``unfinished``: what was verified has brought something to light that is
    to be planned next.
    """

    action: ClassVar[str]
    nothing: ClassVar[str]
    manual: ClassVar[str] = message(
        "run kubectl routes disable once the cause is gone; or roll back by hand"
        " with these commands, leaving out what is already done:"
    )
    going_on: ClassVar[str] = message(
        "the changes that were written remain: run kubectl routes enable with"
        " the same flags to continue, or kubectl routes disable to undo"
    )
    executor: Executor
    unfinished = False

    def __init__(self, args: argparse.Namespace, terminal: Terminal, session: Session) -> None:
        super().__init__(args, terminal)
        self.session = session
        self.executor = Executor(session, terminal.tell, terminal.show)
        self._by = ""
        self._agreed: frozenset[str] = frozenset()
        self._first: Draft | None = None
        self._lacking = ""

    @abstractmethod
    def plan(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""

    @abstractmethod
    def check(self, draft: Draft) -> int:
        """Read again and say that it worked; the exit code. Raises RoutesError as long as something
        is lacking.
        """

    @abstractmethod
    def unverified(self, draft: Draft, error: RoutesError) -> int:
        """Say what ``check`` raised last, as the time is up; the exit code. Raises RoutesError."""

    def present(self, draft: Draft) -> tuple[str, bool]:  # noqa: ARG002
        """A line about a cluster that needs no write, and whether that is verified already."""
        return self.nothing, True

    def leave(self, draft: Draft) -> int:  # noqa: ARG002
        """End without waiting; the exit code. Raises RoutesError."""
        return self.say(self.not_waited)

    @property
    def not_waited(self) -> str:
        """The last line where nothing was waited for."""
        return message(
            "{action}; not waited for: kubectl routes status shows the rest",
            action=render.ACTIONS[self.action],
        )

    def run(self) -> int:
        """All of it; the exit code. Raises RolledBack and every other RoutesError.

        A signal breaks off only what reads, asks and waits; writes, and what undoes them, come to
        their end, whatever arrives before it.
        """
        with closing(self), self.terminal.interrupts.held():
            try:
                code = self._rounds()
            except OutputClosed:
                raise
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                outcome = "rolled-back" if isinstance(error, RolledBack) else "failed"
                self.report(outcome, _code(error), _cause(error))
                raise
            self.report(self.outcome, code, self.told)
            return code

    def _rounds(self) -> int:
        """Until it is done, or fails: where another client comes first, or something more has come
        to light, plan again.
        """
        for _ in range(ROUNDS):
            try:
                code = self._round()
                if code or not self.unfinished:
                    return code
                self._first, self._agreed, self.unfinished = None, frozenset(), False
            except ChangedMeanwhile as error:
                self.terminal.tell(message("{reason}; planning again", reason=error.message))
            except OutputClosed:
                raise  # nothing failed but the telling
            except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - raised again
                failure = self._failed(error)
                raise failure from (None if failure is error else error)
        raise self._failed(
            ClusterError(
                message("the objects keep changing during the update"),
                message("find out who, and run it again"),
            )
        )

    def _round(self) -> int:
        """Plan, confirm, write, wait, prove; the exit code."""
        with self.terminal.interrupts.admitted():
            draft = self.plan()
            self._first = self._first or draft
            code = self._settled(draft)
        if code is not None:
            if code and self.executor.has_written:  # by an earlier round
                self.executor.roll_back(self._entry(_ROLLED_BACK, None))
                self.terminal.tell(ALL_BACK)
            return code
        self._agreed |= frozenset(draft.plan.steps)
        self.shown = self.shown or draft
        until = self.session.clock.monotonic() + self.args.timeout
        entry = self._entry(self.action, self._first)
        self.executor.apply(with_entry(draft.plan, entry))
        self.outcome = self.action
        with self.terminal.interrupts.admitted():
            if self.args.wait and not draft.stalled:
                self.executor.wait(draft.controller, draft.plan, until)
            code = self.prove(draft, until) if self.args.wait else self.leave(draft)
        self.outcome = "not-verified" if code else self.action
        self._record(draft, entry)
        return code

    def _settled(self, draft: Draft) -> int | None:
        """The exit code where nothing is to be written, None where it is and all agree."""
        stopped = self._stopped(draft)
        if stopped:
            return stopped
        if not draft.plan.writes:
            return self._caught_up(draft)
        if self.args.dry_run != "client":
            self.executor.dry_run(draft.plan)
        if self._agreed and self._agreed >= set(draft.plan.steps):
            return None  # what was agreed to, upon what another client has made of the objects
        return self._agree(draft)

    def _stopped(self, draft: Draft) -> int:
        """The exit code of a preflight that stops; the checks are shown then."""
        code = exit_code(draft.checks)
        if not code:
            return 0
        # What will not be done is not shown.
        bare = structs.replace(draft.plan, changes=(), steps=(), notes=())
        self.outcome = "stopped"
        self.show(draft._replace(plan=bare))
        for check in draft.checks:
            if check.stops:
                name = joined(" ", (check.code, check.title))
                failed = message('preflight check "{check}" failed', check=name)
                reason = joined(": ", (failed, *check.evidence[:1]))
                self.terminal.tell(message("error: {reason}", reason=reason))
                if check.hint:
                    self.terminal.tell(check.hint)
        self._tell_unchanged()
        return code

    def _tell_unchanged(self) -> None:
        if not self.executor.has_written:
            self.terminal.tell(UNCHANGED)

    def _caught_up(self, draft: Draft) -> int:
        """Nothing is to be written; see to the end what an earlier run has written, and verify it
        anyway. Raises RoutesError.
        """
        self.shown = self.shown or draft
        self.outcome = "unchanged"
        line, complete = self.present(draft)
        if draft.plan.rolling:
            line = joined("; ", (line, message("CCM pods are still being replaced")))
        verified = complete and not draft.plan.rolling
        if verified or self.args.dry_run != "none" or not self.args.wait:
            return self.say(line)
        self.terminal.tell(message("{text}: waiting", text=line))
        until = self.session.clock.monotonic() + self.args.timeout
        try:
            self.executor.wait(draft.controller, draft.plan, until)
        except RoutesError as error:
            raise self._standing(error, error.message) from None
        code = self.prove(draft, until)
        self.outcome = "not-verified" if code else "unchanged"
        return code

    def _agree(self, draft: Draft) -> int | None:
        """None when it may be done, else the exit code with which to leave it."""
        self.show(draft)
        if self.args.dry_run != "none":
            self.outcome = "dry-run"
            self.terminal.tell(
                message(
                    "dry run ({dry_run}): {unchanged}",
                    dry_run=self.args.dry_run,
                    unchanged=UNCHANGED,
                )
            )
            return WOULD_CHANGE
        if self.args.yes and self._agreed:
            raise ClusterError(
                message(
                    "another client has changed CCM's objects, and with them the plan that"
                    " --yes was given for"
                ),
                message("read the new plan, and run it again"),
            )
        if self.args.yes:
            return None
        self.outcome = "stopped"
        if self.ask(draft):
            return None
        self._tell_unchanged()
        return WOULD_CHANGE

    def prove(self, draft: Draft, until: float) -> int:
        """Check until all is verified, or the time is up; the exit code. Raises RoutesError."""
        for _ in looks(self.session.clock, until, FIRST_INTERVAL, INTERVAL):
            try:
                return self.check(draft)
            except UsageError:
                raise
            except RoutesError as error:
                self.show_lacking(error)
                lacking = error
        return self.unverified(draft, lacking)

    def show_lacking(self, error: RoutesError) -> None:
        """How far it has come, while it is waited for."""
        if error.message != self._lacking:
            self.terminal.show(message("waiting: {reason}", reason=error.message))
            self._lacking = error.message

    def _failed(self, error: BaseException) -> BaseException:
        """What to raise for a failure, once everything that was written is rolled back.

        Without anything written, or with --no-rollback-on-failure, it is the failure itself.
        """
        cause, draft = _cause(error), self._first
        if draft is None or not self.executor.has_written:
            if isinstance(error, KeyboardInterrupt) and draft is not None:
                self.terminal.tell(UNCHANGED)
            return error
        if not self.args.rollback_on_failure:
            return self._standing(error, cause)
        self.terminal.tell(message("error: {reason}", reason=cause))
        self.terminal.tell(message("rolling back"))
        commands = self.executor.manual_commands(draft.plan)
        manual = joined("\n", (self.manual, *commands))
        try:
            entry = self._entry(_ROLLED_BACK, None)
            left = self.executor.roll_back(entry)
            self.terminal.tell(message("rolled back; waiting until CCM runs as before"))
            seconds = min(LONGEST_RECOVERY, max(SHORTEST_RECOVERY, self.args.timeout))
            until = self.session.clock.monotonic() + seconds
            with self.terminal.interrupts.admitted(again=True):
                verified = self.executor.recover(draft.controller, draft.plan, until)
        except KeyboardInterrupt:
            verified = message("interrupted before CCM was seen to run as before")
        except (Exception, SystemExit) as failure:  # noqa: BLE001 - how to restore it is printed in any case
            return RoutesError(
                message(
                    "{cause}; and the rollback failed: {failure}",
                    cause=cause,
                    failure=_cause(failure),
                ),
                manual,
            )
        self._record(draft, entry)
        for line in left:
            self.terminal.tell(message("left as it is: {what}", what=line))
        back = message("the changes that are still there were rolled back") if left else ALL_BACK
        return RolledBack(joined("; ", (cause, joined(", ", (back, verified)))))

    def _standing(self, error: BaseException, cause: str) -> RoutesError:
        """The failure, with the way on and back, where nothing is rolled back."""
        standing = WaitTimeout if isinstance(error, WaitTimeout) else RoutesError
        return standing(cause, self.going_on)

    def _entry(self, action: str, draft: Draft | None) -> HistoryEntry:
        """The line of the history for what is about to be done."""
        self._by = self._by or who_am_i(self.session.client())
        plan = draft.plan if draft is not None else None
        now = self.session.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        raised = draft is not None and draft.plan.image != draft.controller.image
        return HistoryEntry(
            time=now,
            action=action,
            by=self._by,
            was=plan.was if plan else None,
            now=plan.now if plan else None,
            image=plan.image if plan and raised else "",
        )

    def _record(self, draft: Draft, entry: HistoryEntry) -> None:
        """An Event. It is for people; that it cannot be written changes nothing."""
        try:
            self.executor.record(draft.subject, entry)
        except RoutesError as error:
            self.terminal.tell(
                message("note: no Event was written: {reason}", reason=error.message)
            )

    def read(self) -> Snapshot:
        """Everything, with a sign of life. Raises RoutesError."""
        reads = message("reading the cluster and its VPC")
        with Progress(self.terminal, reads) as sign:
            return self.session.take(sign.tell)

    def read_setting(self, snapshot: Snapshot) -> tuple[Setting, Manifests]:
        """The add-on of a managed cluster, and our record beside it. Raises RoutesError."""
        managed = self.executor
        if not isinstance(managed, ManagedExecutor):
            cluster, say = snapshot.cluster, (self.terminal.tell, self.terminal.show)
            cluster_id = self.args.cluster_id or cluster.cluster_id
            managed = ManagedExecutor(self.session, *say, cluster_id, cluster.region)
            self.executor = managed
        record = read_object(self.session.client(), "ConfigMap", NAMESPACE, RECORD)
        return managed.setting(), Manifests({}, record)

    def permissions(
        self, controller: Controller, plan: Plan, nodes: tuple[NodeChange, ...] = ()
    ) -> tuple[Permission, ...]:
        """The server's word on every right that the plan and the nodes take. Raises RoutesError."""
        wanted = needed(controller, plan, nodes)
        return ask(self.session.client(), wanted) if wanted else ()

    def close(self) -> None:
        """End what was opened beside the session."""
        self.executor.close()


def _cause(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return message("interrupted")
    if isinstance(error, RoutesError):
        return error.message
    # Its text may hold anything; -v 8 shows it.
    return message("internal: {kind}", kind=type(error).__name__)


def _code(error: BaseException) -> int:
    """What main makes of it."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return error.exit_code if isinstance(error, RoutesError) else RoutesError.exit_code
