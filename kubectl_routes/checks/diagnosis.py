"""From a Snapshot to a Diagnosis: every check run once, causes in words, the gravest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes.analyze.matrix import Examination, examine
from kubectl_routes.catalog.loader import all_codes, texts
from kubectl_routes.catalog.pages import (
    commands_of,
    filled,
    link,
    part_name,
    phrase,
    repair_of,
    sentence,
)
from kubectl_routes.catalog.translation import said
from kubectl_routes.checks.check import Check, Evidence, RawFinding
from kubectl_routes.checks.context import CheckContext, build_context
from kubectl_routes.checks.registry import CHECKS, run_check, severity_of
from kubectl_routes.checks.remedies import is_possible, is_repairable
from kubectl_routes.checks.verdict import BEFORE_ENABLE, impact, verdict
from kubectl_routes.model.command import commands
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.finding import (
    CausedSymptom,
    CheckResult,
    Diagnosis,
    Finding,
    Outcome,
    Severity,
    Suppression,
)
from kubectl_routes.model.message import Language
from kubectl_routes.model.snapshot import Snapshot

RANK = {severity: rank for rank, severity in enumerate(Severity)}

# What follows a full stop.
_SEPARATES = {Language.ENGLISH: " ", Language.CHINESE: ""}
_SEPARATOR = {Language.ENGLISH: ", ", Language.CHINESE: "、"}
# These checks tell what could not be read, which concerns every node.
_ALWAYS = "tool"


class DiagnoseOptions(Struct, frozen=True):
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


def diagnose(snapshot: Snapshot, options: DiagnoseOptions) -> Diagnosis:
    """Run the checks that were asked for."""
    return diagnose_examined(examine(snapshot), options)


def diagnose_examined(examined: Examination, options: DiagnoseOptions) -> Diagnosis:
    """Run the checks that were asked for on a Snapshot that was judged already."""
    snapshot = examined.snapshot
    context = build_context(examined)
    options = replace(options, only=_with_causes(options.only, context))
    ran = [_run(check, context, options) for check in CHECKS.values()]
    findings = sorted(
        (finding for _, some in ran for finding in some if _concerns(finding, options.nodes)),
        key=lambda one: (RANK[one.severity], one.code not in BEFORE_ENABLE, one.code),
    )
    expired = tuple(
        one for one in options.suppressions if one.expires and one.expires < options.today
    )
    valid = [one for one in options.suppressions if one not in expired]
    suppressed = [(one, by) for one in findings if (by := _suppressed(one, valid)) is not None]
    left_out = [one for one, _ in suppressed]
    left = [one for one in findings if one not in left_out]
    ccm = context.examined.matrix.controller
    return Diagnosis(
        cluster=snapshot.cluster,
        controller=_controller(ccm.kind, ccm.version or ccm.image, ccm.ready, ccm.desired),
        language=options.language,
        findings=tuple(_with_cause(one, left) for one in left),
        results=tuple(result for result, _ in ran),
        gaps=snapshot.gaps,
        suppressed=tuple(suppressed),
        expired=expired,
        narrowed=bool(options.nodes),
        least=options.least,
        tool=snapshot.tool,
        time=snapshot.time,
        verdict=verdict(examined, findings, options.nodes, options.language),
    )


def _with_causes(only: frozenset[str], context: CheckContext) -> frozenset[str]:
    """The codes, and those that explain the symptoms among them: a request for missing routes
    includes those that have a cause.
    """
    causes = {
        code
        for code, routes in context.affected.items()
        if not only.isdisjoint(route.symptom for route in routes)
    }
    return only | causes if only else only


def _run(
    check: Check, context: CheckContext, options: DiagnoseOptions
) -> tuple[CheckResult, tuple[Finding, ...]]:
    """One check. What it finds holds even if something that it would have looked at is unknown."""
    title = texts(options.language).codes[check.code].title
    theme = all_codes()[check.code].theme

    def ended(outcome: Outcome, lacking: tuple[str, ...] = ()) -> CheckResult:
        return CheckResult(check.code, theme, title, outcome, lacking)

    unwanted = check.code in options.skip or (options.only and check.code not in options.only)
    if unwanted or not (check.always or context.needs_routes):
        return ended(Outcome.SKIPPED), ()
    ran = run_check(check.code, context)
    worded = (_finding(check.code, raw, context, options) for raw in ran.raw_findings)
    return ended(ran.outcome, ran.lacking), tuple(worded)


def _finding(
    code: str, raw: RawFinding, context: CheckContext, options: DiagnoseOptions
) -> Finding:
    """A RawFinding in words; where nodes were asked for, of its evidence what is about them."""
    language = options.language
    prose = texts(language).codes[code]
    values = _named({**context.values, **raw.values}, language)
    wanted = commands_of(code, raw.variant, raw.steps)
    templates = [one for one in wanted if is_possible(one, context.snapshot.controller)]
    printed = _printed(templates, values, _repeated(raw, context))
    remedy = sentence(prose.remedies, raw.variant, values)
    if context.visible and len(templates) < len(wanted):
        remedy += _SEPARATES[language] + _by_hand(context.snapshot.controller, language)
    return Finding(
        code=code,
        severity=severity_of(code, raw, context),
        title=prose.titles.get(raw.variant, prose.title),
        objects=raw.objects,
        evidence=tuple(
            filled(phrase(code, one.phrase, language), _named(one.values, language))
            for one in _about(raw.evidence, options.nodes)
        ),
        cause=sentence(prose.causes, raw.variant, values),
        remedy=remedy,
        commands=tuple(dict.fromkeys(printed)),
        causes=_causes(code, raw),
        nodes=tuple(sorted({cell.node for cell in raw.cells})),
        link=link(code, language),
        impact=_impact(raw, context, language),
        repair=repair_of(code) if is_repairable(code, raw, context) else "",
    )


def _by_hand(controller: Controller, language: Language) -> str:
    """Where a CCM is changed that no workload manages."""
    name = "static-pod" if controller.static else "bare-pod"
    return filled(texts(language).shared[name], {"owner": controller.owner or "?"})


def _named(values: dict[str, str], language: Language) -> dict[str, str]:
    """The values in the language: parts that could not be read by their names, ids of tables
    with what stands between names.
    """
    named = {key: said(one, language) for key, one in values.items()}
    if "table" in named:
        named["table"] = named["table"].replace(", ", _SEPARATOR[language])
    for key in {"part", "parts"} & values.keys():
        names = (part_name(part, language) for part in values[key].split(", "))
        named[key] = _SEPARATOR[language].join(names)
    return named


def _impact(raw: RawFinding, context: CheckContext, language: Language) -> str:
    """What the routes that a finding accounts for mean for pods."""
    tables: dict[str, set[str]] = {}
    for cell in raw.cells:
        tables.setdefault(cell.node, set()).add(cell.table)
    rows = [context.rows[name] for name in tables]
    only = {name: frozenset(some) for name, some in tables.items()}
    return impact(context.examined, rows, language, only)


def _with_cause(finding: Finding, findings: Sequence[Finding]) -> Finding:
    """The finding; a symptom with the code of the gravest finding that it follows from, where the
    routes of all its nodes are accounted for.
    """
    if not all_codes()[finding.code].symptom:
        return finding
    nodes = {one.name for one in finding.objects}
    causes = [one for one in findings if not nodes.isdisjoint(one.nodes)]
    explained = {name for one in causes for name in one.nodes}
    return replace(finding, symptom_of=causes[0].code) if nodes <= explained and nodes else finding


# What differs from one repetition of a command to the next.
_Each = tuple[dict[str, str], ...]


def _repeated(raw: RawFinding, context: CheckContext) -> tuple[_Each, ...]:
    """What commands may be repeated for: what the finding names, its nodes, CCM's pods."""
    named = tuple({"node": one.name} for one in raw.objects if one.kind == "Node")
    pods = tuple({"pod": pod.name} for pod in context.snapshot.controller.pods)
    return (raw.each, named, pods)


def _printed(
    templates: Sequence[str], values: dict[str, str], repeated: tuple[_Each, ...]
) -> Iterator[str]:
    """The commands in their order. Those that follow one another and name what differs are repeated
    together for each of it; the others are printed once.
    """

    def each_of(template: str) -> _Each:
        fits = (each for each in repeated if any(f"{{{name}}}" in template for name in first(each)))
        return next(fits, ({},))

    def first(each: _Each) -> dict[str, str]:
        return each[0] if each else {}

    for each, group in groupby(templates, each_of):
        some_templates = tuple(group)
        for differs in each:
            yield from commands(some_templates, {**values, **differs})


def _about(evidence: tuple[Evidence, ...], nodes: frozenset[str]) -> tuple[Evidence, ...]:
    """The evidence without what is about other nodes than these; all of it where none is named."""
    return tuple(one for one in evidence if not nodes or one.values.get("node", "") in ("", *nodes))


def _causes(code: str, raw: RawFinding) -> tuple[CausedSymptom, ...]:
    """The symptoms that a cause accounts for, other than itself, and how many of each."""
    counts = Counter(cell.symptom for cell in raw.cells if cell.symptom not in ("", code))
    return tuple(CausedSymptom(symptom, count) for symptom, count in sorted(counts.items()))


def _concerns(finding: Finding, nodes: frozenset[str]) -> bool:
    """Whether a finding is about one of the nodes: it names one, or explains a route of one."""
    if not nodes or all_codes()[finding.code].theme == _ALWAYS:
        return True
    named = {one.name for one in finding.objects if one.kind == "Node"}
    return not nodes.isdisjoint(named.union(finding.nodes))


def _suppressed(finding: Finding, suppressions: Iterable[Suppression]) -> Suppression | None:
    """The suppression that covers every object of a finding, if there is one."""
    names = [f"{one.kind}/{one.name}" for one in finding.objects] or [""]
    for one in suppressions:
        if one.code == finding.code and all(fnmatchcase(name, one.object) for name in names):
            return one
    return None


def _controller(kind: str, version: str, ready: int | None, desired: int | None) -> str:
    """CCM in words that need no translation."""
    return f"{kind} {version} {ready}/{desired}" if desired else f"{kind} {version}".strip()
