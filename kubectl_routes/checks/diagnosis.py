"""From a Snapshot to a Diagnosis: every check run once, causes in words, the gravest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.catalog.loader import texts
from kubectl_routes.catalog.pages import commands_of
from kubectl_routes.catalog.pages import filled
from kubectl_routes.catalog.pages import phrase
from kubectl_routes.catalog.pages import sentence
from kubectl_routes.checks.case import Case
from kubectl_routes.checks.case import open_case
from kubectl_routes.checks.hit import Hit
from kubectl_routes.checks.registry import CHECKS
from kubectl_routes.checks.registry import Check
from kubectl_routes.model.command import commands
from kubectl_routes.model.finding import CheckResult
from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.finding import Finding
from kubectl_routes.model.finding import Language
from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.finding import Suppression
from kubectl_routes.model.snapshot import Snapshot

RANK = {severity: rank for rank, severity in enumerate(Severity)}

# These checks tell what could not be read, which concerns every node.
_ALWAYS = "tool"


class Wish(Struct, frozen=True):
    """What was asked for.

    ``only`` and ``skip`` are codes, ``nodes`` names of nodes; empty means all, or none to skip.
    ``today`` is a date in ISO 8601, for suppressions that have expired. ``least`` is the severity
    from which on findings are shown.
    """

    language: Language = Language.ENGLISH
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    suppressions: tuple[Suppression, ...] = ()
    today: str = ""
    least: Severity = Severity.INFO


def diagnose(snapshot: Snapshot, wish: Wish) -> Diagnosis:
    """Run the checks that are wished for."""
    case = open_case(examine(snapshot))
    ran = [_run(check, case, wish) for check in CHECKS]
    findings = sorted(
        (finding for _, some in ran for finding in some if _concerns(finding, wish.nodes)),
        key=lambda one: (RANK[one.severity], one.code),
    )
    expired = tuple(one for one in wish.suppressions if one.expires and one.expires < wish.today)
    valid = [one for one in wish.suppressions if one not in expired]
    suppressed = [(one, by) for one in findings if (by := _suppressed(one, valid)) is not None]
    left_out = [one for one, _ in suppressed]
    ccm = case.examined.matrix.controller
    return Diagnosis(
        cluster=snapshot.cluster,
        controller=_controller(ccm.kind, ccm.version or ccm.image, ccm.ready, ccm.desired),
        language=wish.language,
        findings=tuple(one for one in findings if one not in left_out),
        results=tuple(result for result, _ in ran),
        gaps=snapshot.gaps,
        suppressed=tuple(suppressed),
        expired=expired,
        narrowed=bool(wish.nodes),
        least=wish.least,
    )


def _run(check: Check, case: Case, wish: Wish) -> tuple[CheckResult, tuple[Finding, ...]]:
    """One check. What it finds holds even if something that it would have looked at is unknown."""
    title = texts(wish.language).codes[check.code].title
    theme = all_codes()[check.code].theme

    def ended(outcome: Outcome, lacking: tuple[str, ...] = ()) -> CheckResult:
        return CheckResult(check.code, theme, title, outcome, lacking)

    unwanted = check.code in wish.skip or (wish.only and check.code not in wish.only)
    if unwanted or not (check.always or case.needs_routes):
        return ended(Outcome.SKIPPED), ()
    hits = check.run(case)
    lacking = case.lacking(check.needs)
    if hits:
        worded = (_finding(check.code, hit, case, wish.language) for hit in hits)
        return ended(Outcome.FOUND), tuple(worded)
    if hits is None or lacking:
        return ended(Outcome.UNKNOWN, lacking), ()
    return ended(Outcome.PASSED), ()


def _finding(code: str, hit: Hit, case: Case, language: Language) -> Finding:
    """A hit in words."""
    prose = texts(language).codes[code]
    values = {**case.values, **hit.values}
    templates = tuple(
        one
        for one in commands_of(code, hit.how or hit.variant)
        # A CCM out of sight has no workload here that a command could change.
        if case.visible or "{workload}" not in one
    )
    repeated = hit.each or ({},)
    printed = (line for each in repeated for line in commands(templates, {**values, **each}))
    return Finding(
        code=code,
        severity=hit.severity or all_codes()[code].severity,
        title=prose.title,
        objects=hit.objects,
        evidence=tuple(
            filled(phrase(code, one.phrase, language), one.values) for one in hit.evidence
        ),
        cause=sentence(prose.causes, hit.variant, values),
        remedy=sentence(prose.remedies, hit.variant, values),
        commands=tuple(dict.fromkeys(printed)),
        explains=_explains(code, hit),
        nodes=frozenset(cell.node for cell in hit.cells),
    )


def _explains(code: str, hit: Hit) -> tuple[str, ...]:
    """``RT301 × 38``: the symptoms that a cause accounts for, other than itself."""
    counts = Counter(cell.symptom for cell in hit.cells if cell.symptom not in ("", code))
    return tuple(f"{symptom} × {count}" for symptom, count in sorted(counts.items()))


def _concerns(finding: Finding, nodes: frozenset[str]) -> bool:
    """Whether a finding is about one of the nodes: it names one, or explains a route of one."""
    if not nodes or all_codes()[finding.code].theme == _ALWAYS:
        return True
    named = {one.name for one in finding.objects if one.kind == "Node"}
    return not nodes.isdisjoint(finding.nodes | named)


def _suppressed(finding: Finding, suppressions: Iterable[Suppression]) -> Suppression | None:
    """The suppression that covers every object of a finding, if there is one."""
    names = [f"{one.kind}/{one.name}" for one in finding.objects] or [""]
    for one in suppressions:
        if one.code == finding.code and all(fnmatchcase(name, one.object) for name in names):
            return one
    return None


def _controller(kind: str, version: str, ready: int, desired: int) -> str:
    """CCM in words that need no translation."""
    return f"{kind} {version} {ready}/{desired}" if desired else f"{kind} {version}".strip()
