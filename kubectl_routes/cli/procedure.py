"""From a draft to the end: show, ask, write, wait, verify, and roll back where it fails."""

from __future__ import annotations

import argparse
from functools import partial

from msgspec import structs

from kubectl_routes.apply.session import Session
from kubectl_routes.cli.change_command import ChangeCommand
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.terminal import OutputClosed, Terminal
from kubectl_routes.collect.permissions import who_am_i
from kubectl_routes.collect.redact_manifest import hides, masked
from kubectl_routes.model.errors import (
    ChangedMeanwhile,
    ClusterError,
    RolledBack,
    RoutesError,
    UsageError,
    WaitTimeout,
)
from kubectl_routes.model.undo import HistoryEntry
from kubectl_routes.plan.history import with_entry
from kubectl_routes.plan.preflight import exit_code
from kubectl_routes.render import plan as render
from kubectl_routes.render.plan import restarts

# A dry run that shows changes, as kubectl diff says it; also a plan that was not agreed to.
WOULD_CHANGE = 1
# How long the old pods may take to be well again after a rollback, in seconds: as long as --timeout
# says, but within these two.
SHORTEST_RECOVERY = 30.0
LONGEST_RECOVERY = 300.0
# How often another client may come first before we give up.
ROUNDS = 4
INTERRUPTED = 130
UNCHANGED = "nothing was changed"
MANUAL = (
    "run kubectl routes disable once the cause is gone; or go back by hand with these, as far as it"
    " is not done yet:"
)
ALL_BACK = "all changes were rolled back"


class Procedure:
    """From a draft to the end, for one of the two commands."""

    def __init__(
        self, args: argparse.Namespace, terminal: Terminal, session: Session, scheme: ChangeCommand
    ) -> None:
        self._args = args
        self._terminal = terminal
        self._session = session
        self._scheme = scheme
        self._interrupts = terminal.interrupts
        self._by = ""
        self._shown: Draft | None = None
        self._outcome = "failed"

    def run(self, action: str, nothing: str) -> int:
        """All of it. ``action`` is the word for the history, ``nothing`` what to say when there is
        nothing to do.

        A signal breaks off only what reads, asks and waits; writes, and what undoes them, come to
        their end, whatever arrives before it.
        """
        with self._interrupts.held():
            try:
                code = self._run(action, nothing)
            except OutputClosed:
                raise
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                outcome = "rolled-back" if isinstance(error, RolledBack) else "failed"
                self._report(outcome, _code(error), _cause(error))
                raise
            self._report(self._outcome, code, self._scheme.told)
            return code

    def _run(self, action: str, nothing: str) -> int:
        agreed: frozenset[str] = frozenset()
        first: Draft | None = None
        for _ in range(ROUNDS):
            try:
                with self._interrupts.admitted():
                    draft = self._scheme.draw()
                    again, first = first is not None, first or draft
                    code = self._settled(draft, agreed, nothing, again=again)
                if code is not None:
                    return self._unless_written(code)
                agreed |= frozenset(draft.plan.steps)
                return self._do(draft, first, action)
            except ChangedMeanwhile as error:
                self._terminal.tell(f"{error.message}; planning again")
            except OutputClosed:
                raise  # nothing failed but the telling
            except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - raised again
                failure = self._failed(error, first)
                raise failure from (None if failure is error else error)
        beaten = ClusterError(
            "the objects keep changing during the update", "find out who, and run it again"
        )
        raise self._failed(beaten, first)

    def _settled(
        self, draft: Draft, agreed: frozenset[str], nothing: str, *, again: bool
    ) -> int | None:
        """The exit code where nothing is to be written, None where it is and all agree."""
        stopped = self._stopped(draft)
        if stopped:
            return stopped
        if not draft.plan.changes:
            return self._caught_up(draft, nothing)
        if self._args.dry_run != "client":
            self._scheme.hands.dry_run(draft.plan)
        if again and agreed >= set(draft.plan.steps):
            return None  # what was agreed to, upon what another client has made of the objects
        return self._agree(draft, again=again and bool(agreed))

    def _caught_up(self, draft: Draft, nothing: str) -> int:
        """Nothing is to be written; see to the end what an earlier run has written, and verify it
        anyway. Raises RoutesError.
        """
        self._shown = self._shown or draft
        self._outcome = "unchanged"
        line, complete = self._scheme.present(draft, nothing)
        if draft.plan.rolling:
            line += "; CCM pods are still being replaced"
        if self._args.dry_run != "none" or not self._args.wait:
            return self._scheme.say(line)
        if complete and not draft.plan.rolling:
            return self._scheme.say(line)
        self._terminal.tell(f"{line}: waiting")
        until = self._session.clock.monotonic() + self._args.timeout
        try:
            self._scheme.wait(draft, until)
        except RoutesError as error:
            raise _standing(error, error.message) from None
        code = self._scheme.verify(draft, until)
        self._outcome = "not-verified" if code else "unchanged"
        return code

    def _stopped(self, draft: Draft) -> int:
        """The exit code of a preflight that stops; the checks are shown then."""
        code = exit_code(draft.checks)
        if not code:
            return 0
        # What will not be done is not shown.
        bare = structs.replace(draft.plan, changes=(), steps=(), notes=())
        self._outcome = "stopped"
        self._show(draft._replace(plan=bare))
        for check in draft.checks:
            if check.stops:
                found = f": {check.evidence[0]}" if check.evidence else ""
                self._terminal.tell(f"error: {check.code} {check.title}: not so{found}")
                if check.hint:
                    self._terminal.tell(check.hint)
        if not self._scheme.hands.has_written:
            self._terminal.tell(UNCHANGED)
        return code

    def _unless_written(self, code: int) -> int:
        """The exit code; what an earlier round of this run has written is rolled back first, unless
        another client has done the rest of it.
        """
        if code and self._scheme.hands.has_written:
            self._scheme.hands.roll_back(self._deed("rolled back", None))
            self._terminal.tell("all changes were rolled back")
        return code

    def _show(self, draft: Draft) -> None:
        """The plan as -o asks; JSON comes at the end, with the result in it."""
        self._shown = draft
        mask = partial(masked, config_key=draft.config_key)
        if self._args.output == "json":
            return
        if self._args.output == "diff":
            text = render.diff(draft.plan, mask)
        elif self._args.output == "yaml":
            text = render.manifests(draft.plan, mask, partial(hides, config_key=draft.config_key))
        else:
            text = self._page(draft, self._args.color)
        self._terminal.write(text)

    def _page(self, draft: Draft, color: str) -> str:
        """The plan for people."""
        mask = partial(masked, config_key=draft.config_key)
        page = self._terminal.page(color, wide=False, headers=True)
        return render.plan_page(draft.plan, draft.checks, mask, page, draft.target)

    def _report(self, outcome: str, code: int, message: str) -> None:
        """With -o json the plan and how it ended, as one document on stdout."""
        draft = self._shown
        if self._args.output != "json" or draft is None:
            return
        mask = partial(masked, config_key=draft.config_key)
        found, wanted = self._scheme.counted
        result = render.Result(outcome, code, message, found, wanted)
        self._terminal.write(render.document(draft.plan, draft.checks, mask, draft.target, result))

    def _agree(self, draft: Draft, *, again: bool) -> int | None:
        """None when it may be done, else the exit code with which to leave it."""
        self._show(draft)
        if self._args.dry_run != "none":
            self._outcome = "dry-run"
            self._terminal.tell(f"dry run ({self._args.dry_run}): {UNCHANGED}")
            return WOULD_CHANGE
        if self._args.yes and again:
            raise ClusterError(
                "another client has changed CCM's objects, and with them the plan that --yes was"
                " given for",
                "read the new plan, and run it again",
            )
        if self._args.yes:
            return None
        if not self._terminal.can_ask:
            raise UsageError(
                f"cannot ask for confirmation: stdin is not a terminal; {UNCHANGED}",
                "read the plan, and add --yes; or --dry-run=server to try it without changing"
                " anything",
            )
        if self._args.output == "json":
            self._terminal.tell_lines(self._page(draft, "never"))
        target = draft.target
        question = " ".join(
            filter(None, (f"Apply to {target.where}?", _ended(restarts(target.restarts))))
        )
        if self._terminal.ask(question):
            return None
        if not self._scheme.hands.has_written:
            self._terminal.tell(UNCHANGED)
        self._outcome = "stopped"
        return WOULD_CHANGE

    def _do(self, draft: Draft, first: Draft, action: str) -> int:
        """Write, wait, verify. Raises RolledBack and every other RoutesError."""
        self._shown = self._shown or draft
        until = self._session.clock.monotonic() + self._args.timeout
        deed = self._deed(action, first)
        self._scheme.hands.apply(with_entry(draft.plan, deed))
        self._outcome = action
        with self._interrupts.admitted():
            code = self._awaited(draft, until, action)
        self._outcome = "not-verified" if code else action
        self._record(draft, deed)
        return code

    def _awaited(self, draft: Draft, until: float, action: str) -> int:
        if not self._args.wait:
            return self._scheme.leave(draft, action)
        self._scheme.wait(draft, until)
        return self._scheme.verify(draft, until)

    def _failed(self, error: BaseException, draft: Draft | None) -> BaseException:
        """What to raise for a failure, once everything that was written is rolled back.

        Without anything written, or with --no-rollback-on-failure, it is the failure itself.
        """
        cause = _cause(error)
        if draft is None or not self._scheme.hands.has_written:
            if isinstance(error, KeyboardInterrupt) and draft is not None:
                self._terminal.tell(UNCHANGED)
            return error
        if not self._args.rollback_on_failure:
            return _standing(error, cause)
        self._terminal.tell(f"error: {cause}")
        self._terminal.tell("rolling back")
        commands = self._scheme.hands.manual_commands(draft.controller, draft.plan)
        manual = "\n".join((MANUAL, *commands))
        try:
            deed = self._deed("rolled back", None)
            left = self._scheme.hands.roll_back(deed)
            self._terminal.tell("rolled back; waiting until CCM runs as before")
            seconds = min(LONGEST_RECOVERY, max(SHORTEST_RECOVERY, self._args.timeout))
            until = self._session.clock.monotonic() + seconds
            with self._interrupts.admitted(again=True):
                verified = self._scheme.hands.recover(draft.controller, draft.plan, until)
        except KeyboardInterrupt:
            verified = "interrupted before CCM was seen to run as before"
        except (Exception, SystemExit) as failure:  # noqa: BLE001 - how to restore it is printed in any case
            return RoutesError(f"{cause}; and the rollback failed: {_cause(failure)}", manual)
        self._record(draft, deed)
        for one in left:
            self._terminal.tell(f"left as it is: {one}")
        back = "the changes that are still there were rolled back" if left else ALL_BACK
        return RolledBack(f"{cause}; {back}, {verified}")

    def _deed(self, action: str, draft: Draft | None) -> HistoryEntry:
        if not self._by:
            self._by = who_am_i(self._session.client())
        plan = draft.plan if draft is not None else None
        now = self._session.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        raised = draft is not None and draft.plan.image != draft.controller.image
        return HistoryEntry(
            time=now,
            action=action,
            by=self._by,
            was=plan.was if plan else None,
            now=plan.now if plan else None,
            image=plan.image if plan and raised else "",
        )

    def _record(self, draft: Draft, deed: HistoryEntry) -> None:
        """An Event. It is for people; that it cannot be written changes nothing."""
        try:
            self._scheme.hands.record(draft.subject, deed)
        except RoutesError as error:
            self._terminal.tell(f"note: no Event was written: {error.message}")


def _cause(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, RoutesError):
        return error.message
    # Its text may hold anything; -v 8 shows it.
    return f"internal: {type(error).__name__}"


def _code(error: BaseException) -> int:
    """What main makes of it."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return error.exit_code if isinstance(error, RoutesError) else RoutesError.exit_code


def _ended(sentence: str) -> str:
    return f"{sentence}." if sentence else ""


def _standing(error: BaseException, cause: str) -> RoutesError:
    """The failure, with the way on and back, where nothing is rolled back."""
    hint = (
        "the changes that were written remain: run kubectl routes enable with the same flags to"
        " continue, or kubectl routes disable to undo"
    )
    standing = WaitTimeout if isinstance(error, WaitTimeout) else RoutesError
    return standing(cause, hint)
