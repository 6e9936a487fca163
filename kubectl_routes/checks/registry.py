"""All checks by their codes, in order: what the files of the themes declare; and running one."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.checks import controller, entries, nodes, operation, running, tables, tool, vpc
from kubectl_routes.checks.check import Check, RawFinding
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.model.finding import Outcome, Severity

_THEMES = (controller, entries, nodes, operation, running, tables, tool, vpc)
_DECLARED = [one for theme in _THEMES for one in vars(theme).values() if isinstance(one, Check)]

CHECKS = {check.code: check for check in sorted(_DECLARED, key=lambda check: check.code)}


class Ran(Struct, frozen=True):
    """What a check came to, before it is worded. ``lacking`` are the parts of the Snapshot for
    want of which it is unknown.
    """

    outcome: Outcome
    raw_findings: tuple[RawFinding, ...] = ()
    lacking: tuple[str, ...] = ()


def run_check(code: str, context: CheckContext) -> Ran:
    """Run the check of a code. Raises KeyError for a code without a check."""
    check = CHECKS[code]
    found = check.run(context)
    if raw_findings := tuple(found or ()):
        return Ran(Outcome.FOUND, raw_findings)
    unread = (part for part in check.unless if context.snapshot.gap(part) is not None)
    lacking = tuple(dict.fromkeys((*context.lacking(check.needs), *unread)))
    if found is None or lacking:
        return Ran(Outcome.UNKNOWN, lacking=lacking)
    return Ran(Outcome.PASSED)


def severity_of(code: str, raw: RawFinding, context: CheckContext) -> Severity:
    """How grave it is. Of routes that no pod needs nothing is more than an aside, but that CCM
    writes them.
    """
    if context.examined.ccm.need.needless and not CHECKS[code].always:
        return Severity.INFO
    return raw.severity or all_codes()[code].severity
