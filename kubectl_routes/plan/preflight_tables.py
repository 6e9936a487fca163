"""What preflight says of the route tables: those that were given, and those that nodes use."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_routes.catalog.loader import texts
from kubectl_routes.checks.check import Evidence, RawFinding, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.registry import run_check
from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.message import Language
from kubectl_routes.model.plan import Check, Verdict
from kubectl_routes.plan.preflight_lines import checked, evidence_of, optional, say, sentence

# The given ids alone are to blame for these.
OF_IDS = ("RT104", "RT105", "RT106")


class TableChecks:
    """The checks of tables, on the cluster as it is and as far as the list alone decides.

    ``planned``: there is a plan, so that what it would delete, and its room, are known.
    """

    def __init__(
        self, tables: tuple[str, ...], now: CheckContext, listed: CheckContext, *, planned: bool
    ) -> None:
        self._tables = tables
        self._now = now
        self._listed = listed
        self._planned = planned

    def ids(self) -> Iterator[Check]:
        """Each id is one that CCM can work with: RT104 to RT106."""
        tables, vpc = self._tables, self._now.snapshot.cluster.vpc_id
        there = [table for table in tables if table not in self._tables_of("RT104")]
        known = ", ".join(table.id for table in self._now.examined.ccm.vpc_tables)
        for code in OF_IDS:
            if run_check(code, self._listed).outcome is Outcome.UNKNOWN:
                continue
            bad = self._tables_of(code)
            if bad:
                yield checked(code, Verdict.FAILED, bad, vpc=vpc, known=known)
            elif there:  # of a table that does not exist nothing else is true
                count = say(code, "count", found=len(there), count=len(tables))
                yield checked(code, Verdict.PASSED, (count,))

    def _tables_of(self, *codes: str) -> tuple[str, ...]:
        """The tables that the checks of codes name once the list is there."""
        named = (
            each.name
            for code in codes
            for raw in raw_findings(code, self._listed)
            for each in raw.objects
            if each.kind == "RouteTable"
        )
        return tuple(dict.fromkeys(named))

    def listed(self) -> Iterator[Check]:
        """What the list decides: RT107, RT108, RT402, RT401 and RT307."""
        # RT107 and RT108 name each table that is not listed under one of them; a system table that
        # nodes use concerns both.
        unlisted = self._tables_of("RT107", "RT108")
        system = {table.id for table in self._now.tables if table.type == "System"}
        yield optional("RT107", tuple(table for table in unlisted if table in system))
        yield self._nodes_listed(unlisted)
        states = (line for table in self._tables for line in self._states(table))
        yield optional("RT402", tuple(states))
        if self._planned:
            yield self._quota()
            today = _deleted(self._now)
            more = tuple(entry for entry in _deleted(self._listed) if entry not in today)
            yield optional("RT307", evidence_of("RT307", more))

    def _nodes_listed(self, unlisted: tuple[str, ...]) -> Check:
        """RT108, also of the system route table."""
        context = self._listed
        lacking = run_check("RT108", context).lacking
        if lacking:
            reasons = tuple(gap.reason for gap in context.snapshot.gaps if gap.part in lacking)
            return checked("RT108", Verdict.UNKNOWN, reasons, "read", mandatory=False)
        used = {table.id for table in context.tables if table.nodes_behind}
        evidence = tuple(
            piece
            for code in ("RT107", "RT108")
            for raw in raw_findings(code, context)
            for piece in raw.evidence
            if piece.phrase == "behind" and piece.values["count"] != "0"
        )
        states = [self._states(table) for table in unlisted if table in used]
        found = (*evidence_of("RT108", evidence), *(line for lines in states for line in lines))
        hint = say("RT108", "unusable") if states and all(states) else None
        return optional("RT108", found, hint=hint)

    def _states(self, table: str) -> tuple[str, ...]:
        """That a table is not Available, as RT402 says it; empty where it is."""
        evidence = tuple(
            piece
            for raw in raw_findings("RT402", self._listed)
            for piece in raw.evidence
            if piece.phrase == "status" and piece.values["table"] == table
        )
        return evidence_of("RT402", evidence)

    def _quota(self) -> Check:
        """Room for every node in every table. The quota may be assumed, where the Quota Center did
        not give it; that is why the check can be skipped.
        """
        listed = [table for table in self._listed.tables if table.id in self._tables]
        causes = texts(Language.ENGLISH).codes["RT401"].causes
        full = tuple(
            sentence(causes, raw, self._listed)
            for raw in raw_findings("RT401", self._listed)
            if raw.cells
        )
        use = tuple(
            fact("use", table=table.id, custom=table.custom, quota=table.quota or "?")
            for table in listed
        )
        assumed = any(table.quota_source == "assumed" for table in listed)
        hint = say("RT401", "assumed") if assumed else None
        return optional("RT401", full, passed=evidence_of("RT401", use), hint=hint)


def raw_findings(code: str, context: CheckContext) -> tuple[RawFinding, ...]:
    """What the check of a code finds."""
    return run_check(code, context).raw_findings


def _deleted(context: CheckContext) -> tuple[Evidence, ...]:
    """The entries that CCM would delete."""
    return tuple(
        fact("entry", table=table.id, cidr=entry.cidr, hop=entry.next_hop)
        for table in context.tables
        for entry in table.will_delete or ()
    )
