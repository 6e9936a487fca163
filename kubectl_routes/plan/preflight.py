"""What must be known before anything is written.

The checks of ``diagnose`` run on the cluster as it is and as it would be: what a plan does not
cure, and what it would bring, stops it. Only what concerns the writing itself is asked here: the
permissions, and whether there can be a plan at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.catalog.loader import all_codes, texts
from kubectl_routes.catalog.pages import phrase, worded
from kubectl_routes.ccm.startup import NO_IMAGE, not_running
from kubectl_routes.checks.check import Evidence, RawFinding, fact
from kubectl_routes.checks.context import CheckContext, build_context
from kubectl_routes.checks.registry import CHECKS, run_check, severity_of
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.finding import Outcome, Severity
from kubectl_routes.model.message import Language, Message, joined, message
from kubectl_routes.model.plan import Check, Permission, Plan, Refusal, Verdict
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_CLUSTER_CIDR,
    PART_CONTROLLER,
    PART_CREDENTIALS,
    PART_ENTRIES,
    PART_NODES,
    PART_REGION,
    PART_TABLES,
    PART_VPC_ID,
    Snapshot,
)
from kubectl_routes.plan.projection import project_list, with_needed_flags

# What may be skipped, because it may be meant, or known better by the operator.
SKIPPABLE = ("RT107", "RT108", "RT112", "RT120", "RT307", "RT401", "RT402")

_NEEDED = {
    PART_NODES: "RT901",
    PART_CONTROLLER: "RT901",
    PART_CLOUD_CONFIG: "RT901",
    PART_CLUSTER_CIDR: "RT901",
    PART_REGION: "RT902",
    PART_VPC_ID: "RT902",
    PART_CREDENTIALS: "RT902",
    PART_TABLES: "RT902",
}
# The given ids alone are to blame for these: exit code 2.
_OF_IDS = ("RT104", "RT105", "RT106")
# Each of these has a line of its own; of the others only what would keep CCM from its work, or
# what the plan would bring, is said.
_OWN_LINE = (*_OF_IDS, "RT107", "RT108", "RT119", "RT120")
_THEMES = ("tables", "controller", "operation")
# What keeps CCM from starting that a plan fixes: a cloud-config that it refuses, or does not find.
_FIXED = ("RT102", "RT110")
# Pieces of evidence that name one flag each.
_FLAGS = ("flag", "flags")


class PreflightInput(Struct, frozen=True):
    """What was asked for, and what is known in addition to the Snapshot.

    ``projection`` is the Snapshot as the plan would leave it, None where there is no plan.
    """

    tables: tuple[str, ...]
    outcome: Plan | Refusal | None
    projection: Snapshot | None
    permissions: tuple[Permission, ...]
    skip: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Not the projection: its cloud-config may hold credentials."""
        return f"PreflightInput({self.tables!r})"


def preflight(snapshot: Snapshot, given: PreflightInput) -> tuple[Check, ...]:
    """All checks in the order in which they should be read. Raises nothing: what cannot be judged
    is unknown, and stops as a failure does.
    """
    checks = _Preflight(snapshot, given).checks()
    return tuple(_skipped(check, given.skip) for check in checks)


def preflight_back(
    permissions: tuple[Permission, ...],
    stalled: str = "",
    *,
    runs: bool = True,
    skip: frozenset[str] = frozenset(),
) -> tuple[Check, ...]:
    """What must be known before ``disable``: that it may do what it is about to, and that CCM
    starts afterwards. ``stalled`` is why it will not, ``runs`` whether it does now.
    """
    checks = [_permissions(permissions)] if permissions else []
    if stalled:
        failed = Verdict.FAILED if runs else Verdict.WARNED
        checks.append(_check("RT112", failed, (stalled,), "undo", mandatory=False))
    return tuple(_skipped(check, skip) for check in checks)


def exit_code(checks: tuple[Check, ...]) -> int:
    """2 where only the given tables are to blame, else 3; 0 when nothing stops."""
    stopping = [check.code for check in checks if check.stops]
    if not stopping:
        return 0
    return 2 if all(code in _OF_IDS for code in stopping) else 3


def _skipped(check: Check, skip: frozenset[str]) -> Check:
    if check.stops and not check.mandatory and check.code in skip:
        return structs.replace(check, verdict=Verdict.SKIPPED)
    return check


def _say(code: str, name: str, **values: object) -> Message:
    """A preflight line of a code."""
    return worded(texts(Language.ENGLISH).codes[code].preflight[name], values)


def _evidence(code: str, found: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Pieces of evidence, worded."""
    return tuple(
        worded(phrase(code, piece.phrase, Language.ENGLISH), piece.values) for piece in found
    )


def _check(
    code: str,
    verdict: Verdict,
    found: tuple[str, ...] = (),
    line: str = "",
    *,
    mandatory: bool = True,
    hint: str | None = None,
    **values: object,
) -> Check:
    """A Check. ``line`` names the preflight line of the code that is to be true; unless a hint is
    given, the line ``hint`` or ``LINE-hint`` beside it says what to do where it is not.
    """
    title = _say(code, line, **values)
    if verdict is Verdict.PASSED:
        return Check(code, title, verdict, found, mandatory)
    if hint is None:
        hint = _say(code, f"{line}-hint" if line else "hint", **values)
    return Check(code, title, verdict, found, mandatory, hint)


def _permissions(permissions: tuple[Permission, ...]) -> Check:
    denied = tuple(
        _say("RT904", "denied", right=one) for one in permissions if one.allowed is False
    )
    unsure = tuple(
        message("{right}: {reason}", right=str(one), reason=one.reason)
        for one in permissions
        if one.allowed is None
    )
    if denied or unsure:
        verdict = Verdict.FAILED if denied else Verdict.UNKNOWN
        return _check("RT904", verdict, denied or unsure)
    return _check("RT904", Verdict.PASSED, (_say("RT904", "granted", count=len(permissions)),))


class _Preflight:
    """The checks on the cluster as it is, as the plan would leave it, and as far as the list alone
    decides: with all flags that CCM needs.
    """

    def __init__(self, snapshot: Snapshot, given: PreflightInput) -> None:
        self._snapshot = snapshot
        self._given = given
        planned = given.projection or project_list(snapshot, given.tables)
        self._now = build_context(examine(snapshot))
        self._then = build_context(examine(planned))
        self._listed = build_context(examine(with_needed_flags(planned)))

    def checks(self) -> Iterator[Check]:
        """Every line, in order."""
        given, visible = self._given, self._snapshot.controller.visible
        yield self._found()
        gaps, ids = list(self._gaps()), list(self._ids())
        yield from (*gaps, *ids)
        if isinstance(given.outcome, Refusal):
            for refusal in (given.outcome, *given.outcome.more):
                title = _say(refusal.code, "planned")
                yield Check(
                    refusal.code, title, Verdict.FAILED, (refusal.reason,), hint=refusal.hint
                )
        elif visible:
            yield _check("RT110", Verdict.PASSED, line="planned")
        if given.permissions:
            yield _permissions(given.permissions)
        # A warning, not a stop: the objects may be left alone by that tool in this field.
        yield from self._said_by("RT119", Verdict.WARNED, self._then)
        # Where another workload runs CCM, a list that is set here may not be the leader's.
        yield from self._said_by("RT120", Verdict.FAILED, self._now)
        if gaps:
            return  # everything below would only say the same again
        if visible or given.projection is not None:
            yield from self._starts()
        if not any(check.stops for check in ids):
            yield from self._tables()
        if visible:
            yield self._runs()

    def _found(self) -> Check:
        """CCM is there, or in a managed control plane."""
        controller = self._snapshot.controller
        if controller.kind is ControllerKind.ABSENT:
            absent = (_say("RT112", "absent"),)
            return _check("RT112", Verdict.FAILED, absent, "found")
        if controller.kind is ControllerKind.UNKNOWN:
            unread = (_say("RT901", "unread"),)
            return _check("RT901", Verdict.UNKNOWN, unread, "found", hint="")
        kind = controller.kind.value
        place = f"{kind} {controller.namespace}/{controller.name}, {controller.image}"
        if controller.kind is ControllerKind.MANAGED:
            place = _say("RT112", "managed")
        return _check("RT112", Verdict.PASSED, (place,), "found")

    def _gaps(self) -> Iterator[Check]:
        """Everything that the plan depends on was read."""
        entries = {f"{PART_ENTRIES}{table}": "RT902" for table in self._given.tables}
        needed = {**_NEEDED, **entries}
        for gap in self._snapshot.gaps:
            if gap.part in needed:
                yield _check(
                    needed[gap.part], Verdict.UNKNOWN, (gap.reason,), hint=gap.hint, part=gap.part
                )

    def _ids(self) -> Iterator[Check]:
        """Each id is one that CCM can work with: RT104 to RT106."""
        tables, vpc = self._given.tables, self._snapshot.cluster.vpc_id
        there = [table for table in tables if table not in self._tables_of("RT104")]
        known = ", ".join(table.id for table in self._now.examined.ccm.vpc_tables)
        for code in _OF_IDS:
            if run_check(code, self._listed).outcome is Outcome.UNKNOWN:
                continue
            bad = self._tables_of(code)
            if bad:
                yield _check(code, Verdict.FAILED, bad, vpc=vpc, known=known)
            elif there:  # of a table that does not exist nothing else is true
                count = _say(code, "count", found=len(there), count=len(tables))
                yield _check(code, Verdict.PASSED, (count,))

    def _tables_of(self, *codes: str) -> tuple[str, ...]:
        """The tables that the checks of codes name once the list is there."""
        named = (
            each.name
            for code in codes
            for raw in _raw(code, self._listed)
            for each in raw.objects
            if each.kind == "RouteTable"
        )
        return tuple(dict.fromkeys(named))

    def _said_by(self, code: str, verdict: Verdict, context: CheckContext) -> Iterator[Check]:
        """What a check finds, in its own words."""
        for raw in _raw(code, context):
            evidence = _evidence(code, raw.evidence)
            yield _check(code, verdict, evidence, mandatory=False)

    def _starts(self) -> Iterator[Check]:
        """What this CCM makes of the configuration that is planned for it: all that stands in its
        way, so that one rollout after the other does not find one blocker after the other; and
        what else the plan would bring.
        """
        found = list(self._against())
        if not found and not isinstance(self._given.outcome, Refusal):
            yield _check("RT112", Verdict.PASSED, line="starts")
        yield from found

    def _against(self) -> Iterator[Check]:
        context = self._then
        blockers = {blocker.code: blocker for blocker in reversed(context.examined.ccm.blockers)}
        for code in CHECKS:
            if all_codes()[code].theme not in _THEMES or code in _OWN_LINE:
                continue
            raws, blocker = _raw(code, context), blockers.pop(code, None)
            before = {raw.variant for raw in _raw(code, self._now)}
            for raw in raws:
                severity = severity_of(code, raw, context)
                if blocker is not None or (
                    severity is Severity.ERROR and raw.variant not in before
                ):
                    yield self._stopping(code, Verdict.FAILED, raw)
                elif severity is Severity.WARNING and raw.variant not in before:
                    yield self._stopping(code, Verdict.WARNED, raw)
            if blocker is not None and not raws:  # the checks have no finding for what is right
                own = "starts-hint" in texts(Language.ENGLISH).codes[code].preflight
                hint = _say(code, "starts-hint") if own else _say("RT112", "again")
                title = _say("RT112", "starts")
                yield Check(code, title, Verdict.FAILED, (blocker.reason,), hint=hint)

    def _sentence(self, sentences: Mapping[str, str], raw: RawFinding) -> Message:
        """The sentence for the variant of a finding, or the usual one."""
        template = sentences.get(raw.variant, sentences.get("", ""))
        return worded(template, {**self._then.values, **raw.values})

    def _stopping(self, code: str, verdict: Verdict, raw: RawFinding) -> Check:
        """The cause, the flags that it is about, and what to do."""
        prose = texts(Language.ENGLISH).codes[code]
        named = tuple(piece for piece in raw.evidence if piece.phrase in _FLAGS)
        found = (self._sentence(prose.causes, raw), *_evidence(code, named))
        hint = joined(" ", (self._sentence(prose.remedies, raw), _say("RT112", "again")))
        flags = self._then.examined.ccm.needed_flags
        if flags and code in ("RT111", "RT112"):
            changes = ", ".join(flag.described for flag in flags)
            hint = _say("RT112", "flags-hint", flags=changes)
        title, mandatory = _say("RT112", "starts"), verdict is Verdict.FAILED
        return Check(code, title, verdict, found, mandatory, hint)

    def _tables(self) -> Iterator[Check]:
        """What the list decides."""
        # RT107 and RT108 name each table that is not listed under one of them; a system table that
        # nodes use concerns both.
        unlisted = self._tables_of("RT107", "RT108")
        system = {table.id for table in self._now.tables if table.type == "System"}
        yield self._optional("RT107", tuple(table for table in unlisted if table in system))
        yield self._nodes_listed(unlisted)
        states = (line for table in self._given.tables for line in self._states(table))
        yield self._optional("RT402", tuple(states))
        if self._given.projection is not None:
            yield self._quota()
            today = _deleted(self._now)
            more = tuple(entry for entry in _deleted(self._listed) if entry not in today)
            yield self._optional("RT307", _evidence("RT307", more))

    def _nodes_listed(self, unlisted: tuple[str, ...]) -> Check:
        """RT108, also of the system route table."""
        context = self._listed
        lacking = run_check("RT108", context).lacking
        if lacking:
            reasons = tuple(gap.reason for gap in self._snapshot.gaps if gap.part in lacking)
            return _check("RT108", Verdict.UNKNOWN, reasons, "read", mandatory=False)
        used = {table.id for table in context.tables if table.nodes_behind}
        evidence = tuple(
            piece
            for code in ("RT107", "RT108")
            for raw in _raw(code, context)
            for piece in raw.evidence
            if piece.phrase == "behind" and piece.values["count"] != "0"
        )
        states = [self._states(table) for table in unlisted if table in used]
        found = (*_evidence("RT108", evidence), *(line for lines in states for line in lines))
        hint = _say("RT108", "unusable") if states and all(states) else None
        return self._optional("RT108", found, hint=hint)

    def _states(self, table: str) -> tuple[str, ...]:
        """That a table is not Available, as RT402 says it; empty where it is."""
        evidence = tuple(
            piece
            for raw in _raw("RT402", self._listed)
            for piece in raw.evidence
            if piece.phrase == "status" and piece.values["table"] == table
        )
        return _evidence("RT402", evidence)

    def _quota(self) -> Check:
        """Room for every node in every table. The quota may be assumed, where the Quota Center did
        not give it; that is why the check can be skipped.
        """
        listed = [table for table in self._listed.tables if table.id in self._given.tables]
        causes = texts(Language.ENGLISH).codes["RT401"].causes
        full = tuple(
            self._sentence(causes, raw) for raw in _raw("RT401", self._listed) if raw.cells
        )
        use = tuple(
            fact("use", table=table.id, custom=table.custom, quota=table.quota or "?")
            for table in listed
        )
        assumed = any(table.quota_source == "assumed" for table in listed)
        hint = _say("RT401", "assumed") if assumed else None
        return self._optional("RT401", full, passed=_evidence("RT401", use), hint=hint)

    def _runs(self) -> Check:
        """CCM that is down is to be looked at first, unless what keeps it down is what the plan
        fixes; that it will start then is a check of its own.
        """
        controller = self._snapshot.controller
        trouble = not_running(controller)
        if trouble is None:
            ready = _say("RT112", "ready", ready=controller.ready, desired=controller.desired)
            return _check("RT112", Verdict.PASSED, (ready,), "runs", mandatory=False)
        cause = self._now.examined.ccm.blocker
        fixes = not isinstance(self._given.outcome, Refusal) and trouble.variant != NO_IMAGE
        if cause is not None and cause.code in _FIXED and fixes:
            why = message("{code}: {reason}", code=cause.code, reason=cause.reason)
            found = (trouble.reason, _say("RT112", "fixed", why=why))
            return _check("RT112", Verdict.WARNED, found, "runs", mandatory=False, hint="")
        return _check("RT112", Verdict.FAILED, (trouble.reason,), "runs", mandatory=False)

    def _optional(
        self,
        code: str,
        found: tuple[str, ...],
        passed: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> Check:
        """A check that may be skipped, failed by what was found; ``passed`` is what speaks for
        it.
        """
        if not found:
            return _check(code, Verdict.PASSED, passed, mandatory=False)
        shown = (*passed, *found)
        return _check(code, Verdict.FAILED, shown, mandatory=False, hint=hint)


def _raw(code: str, context: CheckContext) -> tuple[RawFinding, ...]:
    return run_check(code, context).raw_findings


def _deleted(context: CheckContext) -> tuple[Evidence, ...]:
    """The entries that CCM would delete."""
    return tuple(
        fact("entry", table=table.id, cidr=entry.cidr, hop=entry.next_hop)
        for table in context.tables
        for entry in table.will_delete or ()
    )
