"""What must be known before anything is written.

The checks of ``diagnose`` run on the cluster as it is and as it would be: what a plan does not
cure, and what it would bring, stops it. Only what concerns the writing itself is asked here: the
permissions, and whether there can be a plan at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, structs

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.catalog.loader import all_codes, texts
from kubectl_routes.ccm.startup import NO_IMAGE, not_running
from kubectl_routes.checks.check import RawFinding
from kubectl_routes.checks.context import CheckContext, build_context
from kubectl_routes.checks.registry import CHECKS, severity_of
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.message import Language, joined, message
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
from kubectl_routes.plan.preflight_lines import (
    checked,
    evidence_of,
    permissions_check,
    say,
    sentence,
)
from kubectl_routes.plan.preflight_tables import OF_IDS, TableChecks, raw_findings
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
# Each of these has a line of its own; of the others only what would keep CCM from its work, or
# what the plan would bring, is said.
_OWN_LINE = (*OF_IDS, "RT107", "RT108", "RT119", "RT120")
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
    checks = [permissions_check(permissions)] if permissions else []
    if stalled:
        failed = Verdict.FAILED if runs else Verdict.WARNED
        checks.append(checked("RT112", failed, (stalled,), "undo", mandatory=False))
    return tuple(_skipped(check, skip) for check in checks)


def exit_code(checks: tuple[Check, ...]) -> int:
    """2 where only the given tables are to blame, else 3; 0 when nothing stops."""
    stopping = [check.code for check in checks if check.stops]
    if not stopping:
        return 0
    return 2 if all(code in OF_IDS for code in stopping) else 3


def _skipped(check: Check, skip: frozenset[str]) -> Check:
    if check.stops and not check.mandatory and check.code in skip:
        return structs.replace(check, verdict=Verdict.SKIPPED)
    return check


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
        tables = TableChecks(
            given.tables, self._now, self._listed, planned=given.projection is not None
        )
        gaps, ids = list(self._gaps()), list(tables.ids())
        yield from (*gaps, *ids)
        if isinstance(given.outcome, Refusal):
            for refusal in (given.outcome, *given.outcome.more):
                title = say(refusal.code, "planned")
                yield Check(
                    refusal.code, title, Verdict.FAILED, (refusal.reason,), hint=refusal.hint
                )
        elif visible:
            yield checked("RT110", Verdict.PASSED, line="planned")
        if given.permissions:
            yield permissions_check(given.permissions)
        # A warning, not a stop: the objects may be left alone by that tool in this field.
        yield from self._said_by("RT119", Verdict.WARNED, self._then)
        # Where another workload runs CCM, a list that is set here may not be the leader's.
        yield from self._said_by("RT120", Verdict.FAILED, self._now)
        if gaps:
            return  # everything below would only say the same again
        if visible or given.projection is not None:
            yield from self._starts()
        if not any(check.stops for check in ids):
            yield from tables.listed()
        if visible:
            yield self._runs()

    def _found(self) -> Check:
        """CCM is there, or in a managed control plane."""
        controller = self._snapshot.controller
        if controller.kind is ControllerKind.ABSENT:
            absent = (say("RT112", "absent"),)
            return checked("RT112", Verdict.FAILED, absent, "found")
        if controller.kind is ControllerKind.UNKNOWN:
            unread = (say("RT901", "unread"),)
            return checked("RT901", Verdict.UNKNOWN, unread, "found", hint="")
        kind = controller.kind.value
        place = f"{kind} {controller.namespace}/{controller.name}, {controller.image}"
        if controller.kind is ControllerKind.MANAGED:
            place = say("RT112", "managed")
        return checked("RT112", Verdict.PASSED, (place,), "found")

    def _gaps(self) -> Iterator[Check]:
        """Everything that the plan depends on was read."""
        entries = {f"{PART_ENTRIES}{table}": "RT902" for table in self._given.tables}
        needed = {**_NEEDED, **entries}
        for gap in self._snapshot.gaps:
            if gap.part in needed:
                yield checked(
                    needed[gap.part], Verdict.UNKNOWN, (gap.reason,), hint=gap.hint, part=gap.part
                )

    def _said_by(self, code: str, verdict: Verdict, context: CheckContext) -> Iterator[Check]:
        """What a check finds, in its own words."""
        for raw in raw_findings(code, context):
            evidence = evidence_of(code, raw.evidence)
            yield checked(code, verdict, evidence, mandatory=False)

    def _starts(self) -> Iterator[Check]:
        """What this CCM makes of the configuration that is planned for it: all that stands in its
        way, so that one rollout after the other does not find one blocker after the other; and
        what else the plan would bring.
        """
        found = list(self._against())
        if not found and not isinstance(self._given.outcome, Refusal):
            yield checked("RT112", Verdict.PASSED, line="starts")
        yield from found

    def _against(self) -> Iterator[Check]:
        context = self._then
        blockers = {blocker.code: blocker for blocker in reversed(context.examined.ccm.blockers)}
        for code in CHECKS:
            if all_codes()[code].theme not in _THEMES or code in _OWN_LINE:
                continue
            raws, blocker = raw_findings(code, context), blockers.pop(code, None)
            before = {raw.variant for raw in raw_findings(code, self._now)}
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
                hint = say(code, "starts-hint") if own else say("RT112", "again")
                title = say("RT112", "starts")
                yield Check(code, title, Verdict.FAILED, (blocker.reason,), hint=hint)

    def _stopping(self, code: str, verdict: Verdict, raw: RawFinding) -> Check:
        """The cause, the flags that it is about, and what to do."""
        prose = texts(Language.ENGLISH).codes[code]
        named = tuple(piece for piece in raw.evidence if piece.phrase in _FLAGS)
        found = (sentence(prose.causes, raw, self._then), *evidence_of(code, named))
        hint = joined(" ", (sentence(prose.remedies, raw, self._then), say("RT112", "again")))
        flags = self._then.examined.ccm.needed_flags
        if flags and code in ("RT111", "RT112"):
            changes = ", ".join(flag.described for flag in flags)
            hint = say("RT112", "flags-hint", flags=changes)
        title, mandatory = say("RT112", "starts"), verdict is Verdict.FAILED
        return Check(code, title, verdict, found, mandatory, hint)

    def _runs(self) -> Check:
        """CCM that is down is to be looked at first, unless what keeps it down is what the plan
        fixes; that it will start then is a check of its own.
        """
        controller = self._snapshot.controller
        trouble = not_running(controller)
        if trouble is None:
            ready = say("RT112", "ready", ready=controller.ready, desired=controller.desired)
            return checked("RT112", Verdict.PASSED, (ready,), "runs", mandatory=False)
        cause = self._now.examined.ccm.blocker
        fixes = not isinstance(self._given.outcome, Refusal) and trouble.variant != NO_IMAGE
        if cause is not None and cause.code in _FIXED and fixes:
            why = message("{code}: {reason}", code=cause.code, reason=cause.reason)
            found = (trouble.reason, say("RT112", "fixed", why=why))
            return checked("RT112", Verdict.WARNED, found, "runs", mandatory=False, hint="")
        return checked("RT112", Verdict.FAILED, (trouble.reason,), "runs", mandatory=False)
