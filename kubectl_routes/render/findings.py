"""A Diagnosis as text: the verdict, the findings one by one, and how every check ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kubectl_routes.model.command import command
from kubectl_routes.model.finding import (
    CheckResult,
    Diagnosis,
    Finding,
    ObjectRef,
    Outcome,
    Severity,
    Suppression,
)
from kubectl_routes.model.message import Language
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.header import cluster_text
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import clipped, columns, plain, wrapped
from kubectl_routes.render.words import (
    caused,
    comma,
    number_of,
    object_name,
    theme,
    unread_parts,
    word,
)

OBJECTS_SHOWN = 3
COMMANDS_SHOWN = 5
# So many lines of the screen show evidence. A log line may be long: a piece takes two of them.
EVIDENCE_LINES = 3
PIECE_LINES = 2
# From so many lines on the beginning may have scrolled away, and the result is repeated.
LONG = 40

_PAINTS = {Severity.ERROR: Paint.BAD, Severity.WARNING: Paint.WARN, Severity.INFO: Paint.FAINT}
_SIGNS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "i"}
_ASCII = {"✗": "x", "✓": "+"}


def diagnosis_page(diagnosis: Diagnosis, page: Page) -> str:
    """The whole text: the result first, and again below a long page; the gravest finding next."""
    language = diagnosis.language
    symptoms = [finding for finding in diagnosis.shown if finding.symptom_of]
    causes = [finding for finding in diagnosis.shown if finding not in symptoms]
    result = _result(diagnosis, page)
    blocks = [
        result,
        _header(diagnosis, page),
        *(_finding(finding, symptoms, language, page) for finding in causes),
        _checks(diagnosis.results, diagnosis.findings, language, page),
        _suppressed(diagnosis, page),
    ]
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    return text if text.count("\n") < LONG else "\n".join((text, *result, ""))


def short_page(diagnosis: Diagnosis, page: Page) -> str:
    """One line for each finding, and the result, for a chat: of a snapshot with its time."""
    language = diagnosis.language
    lines = [_short(finding, language, page) for finding in diagnosis.shown]
    taken = word("replayed_short", language, time=plain(page.taken)) if page.taken else ""
    return "\n".join([*lines, verdict(diagnosis) + taken]) + "\n"


def _short(finding: Finding, language: Language, page: Page) -> str:
    objects = _objects(finding.objects, language, 1)
    about = word("reason", language, text=objects) if objects else ""
    return plain(f"{_sign(finding.severity, page)} {finding.code} {finding.title}{about}")


def verdict(diagnosis: Diagnosis) -> str:
    """The answer in one line."""
    language = diagnosis.language
    counts = Counter(finding.severity for finding in diagnosis.findings)
    unknown = sum(result.outcome is Outcome.UNKNOWN for result in diagnosis.results)
    parts = [
        number_of(severity, counts[severity], language) for severity in Severity if counts[severity]
    ]
    if not counts[Severity.ERROR] and not counts[Severity.WARNING]:
        made = sum(
            result.outcome in (Outcome.PASSED, Outcome.FOUND) for result in diagnosis.results
        )
        name = "clean_nodes" if diagnosis.narrowed else "clean"
        parts.insert(0, word(name, language, checks=made))
    hidden = len(diagnosis.findings) - len(diagnosis.shown)
    if hidden:
        parts.append(word("hidden", language, count=hidden))
    if unknown:
        parts.append(word("lacking" if unknown > 1 else "lacking_one", language, count=unknown))
    return comma(language).join(parts)


def _result(diagnosis: Diagnosis, page: Page) -> list[str]:
    language = diagnosis.language
    grades = list(Severity)
    worst = min((grades.index(finding.severity) for finding in diagnosis.findings), default=2)
    paint = Paint.GOOD if grades[worst] is Severity.INFO else _PAINTS[grades[worst]]
    # A full-width colon has its space in itself.
    start = word("result", language) + ("" if language is Language.CHINESE else " ")
    line = wrapped(verdict(diagnosis), page.width, " " * columns(start), start)
    return [painted(line, paint, page.colour)]


def _header(diagnosis: Diagnosis, page: Page) -> list[str]:
    language = diagnosis.language
    facts = {
        "cluster": cluster_text(diagnosis.cluster, page),
        "controller": plain(diagnosis.controller),
    }
    if page.taken:
        facts["snapshot"] = word("replayed", language, time=plain(page.taken))
    names = _starts(tuple(facts), language, 0)
    return [
        wrapped(text, page.width, " " * columns(names[name]), names[name])
        for name, text in facts.items()
    ]


def _starts(names: Sequence[str], language: Language, indent: int) -> dict[str, str]:
    """The names as the beginnings of lines, all of the same width."""
    texts = {name: word(name, language) for name in names}
    widest = max(map(columns, texts.values())) + 1
    return {
        name: " " * indent + text + " " * (widest - columns(text)) for name, text in texts.items()
    }


_NAMES = ("impact", "affects", "fix", "repair", "evidence", "also", "details")


def _finding(
    finding: Finding, symptoms: Sequence[Finding], language: Language, page: Page
) -> list[str]:
    """Title and cause, then impact and fix, and what shows it last."""
    starts = _starts(_NAMES, language, 2)
    margin = " " * columns(starts["fix"])

    def fact(name: str, text: str) -> str:
        return wrapped(plain(text), page.width, margin, starts[name])

    head = f"{_sign(finding.severity, page)} {finding.code} {plain(finding.title)}"
    lines = [painted(wrapped(head, page.width, "  "), _PAINTS[finding.severity], page.colour)]
    lines.append(_indented(finding.cause, page))
    impact = impact_text(finding, language)
    if impact:
        lines.append(fact("impact", impact))
    if finding.objects:
        most = len(finding.objects) if page.wide else OBJECTS_SHOWN
        lines.append(fact("affects", _objects(finding.objects, language, most)))
    lines.append(fact("fix", finding.remedy))
    shown = finding.commands if page.wide else finding.commands[:COMMANDS_SHOWN]
    # A command is there to be copied: it stays on one line, however narrow the screen is.
    lines += [f"{margin}$ {plain(text)}" for text in shown]
    lines += _rest(len(finding.commands) - len(shown), margin, language)
    lines += [f"{starts['repair']}$ {finding.repair}"] if finding.repair else []
    lines += _evidence(finding, starts["evidence"], language, page)
    lines += [
        fact("also", word("symptom", language, cause=symptom.cause, code=symptom.code))
        for symptom in symptoms
        if symptom.symptom_of == finding.code
    ]
    explain = command("kubectl routes explain {code}", {"code": finding.code})
    lines.append(fact("details", explain or ""))
    return lines


def impact_text(finding: Finding, language: Language) -> str:
    """``causes 11 missing routes: pods on 2 nodes cannot be reached …``."""
    if not finding.causes:
        return finding.impact
    text = word("caused", language, text=caused(finding.causes, language))
    return text + (word("reason", language, text=finding.impact) if finding.impact else "")


def _evidence(finding: Finding, start: str, language: Language, page: Page) -> list[str]:
    """What shows it: a few lines, in which a long piece is cut; all of it on a wide page."""
    margin = " " * columns(start)
    lines: list[str] = []
    for place, piece in enumerate(finding.evidence):
        text = wrapped(plain(piece), page.width, margin, margin if lines else start).split("\n")
        if not page.wide:
            room = min(PIECE_LINES, EVIDENCE_LINES - len(lines))
            if not room:
                return [*lines, *_rest(len(finding.evidence) - place, margin, language)]
            text = _cut(text, room, page)
        lines += text
    return lines


def _cut(lines: list[str], most: int, page: Page) -> list[str]:
    """The first of the lines; the last of them says whether something is left out."""
    if len(lines) <= most:
        return lines
    last = clipped(lines[most - 1], page.width - 2, "")
    return [*lines[: most - 1], f"{last} {page.ellipsis}"]


def _rest(count: int, margin: str, language: Language) -> list[str]:
    """How many are not shown, and what shows them; nothing where none is left out."""
    return [margin + word("more_wide", language, count=f"{count:,}")] if count else []


def _checks(
    results: Sequence[CheckResult], findings: Sequence[Finding], language: Language, page: Page
) -> list[str]:
    """One line a theme: what was found, what is not known, how many passed. Themes without
    a problem are counted together, except on a wide page.
    """
    worst: dict[str, Severity] = {}
    for finding in reversed(findings):
        worst[finding.code] = finding.severity
    themes = dict.fromkeys(result.theme for result in results)
    by = {name: [result for result in results if result.theme == name] for name in themes}
    shown = {
        name: some
        for name, some in by.items()
        if page.wide or any(_is_open(result, worst) for result in some)
    }
    starts = {name: theme(name, language) for name in shown}
    widest = max(map(columns, starts.values()), default=0)
    lines = [painted(word("checks", language), Paint.STRONG, page.colour)] if shown else []
    for name, some in shown.items():
        label = starts[name]
        start = f"{_theme_sign(some, worst, page)} {label}{' ' * (widest - columns(label))}  "
        text = comma(language).join(_told(some, worst, language))
        lines.append(wrapped(text, page.width, " " * columns(start), start))
    others = [result for name, some in by.items() if name not in shown for result in some]
    skipped = sum(result.outcome is Outcome.SKIPPED for result in others)
    if others:
        name = "others_passed" if shown else "all_passed"
        parts = [word(name, language, count=len(others) - skipped)]
        parts += [word("skipped", language, count=skipped)] if skipped else []
        sign = "✓" if page.unicode else _ASCII["✓"]
        lines.append(wrapped(comma(language).join(parts), page.width, "  ", f"{sign} "))
    return lines


def _is_open(result: CheckResult, worst: dict[str, Severity]) -> bool:
    """Whether a check found something that needs a hand, or could not run."""
    found = worst.get(result.code, Severity.INFO)
    return found is not Severity.INFO or result.outcome is Outcome.UNKNOWN


def _told(some: Sequence[CheckResult], worst: dict[str, Severity], language: Language) -> list[str]:
    by = {outcome: [result for result in some if result.outcome is outcome] for outcome in Outcome}
    parts = [result.code for result in by[Outcome.FOUND] if result.code in worst]
    unread: dict[tuple[str, ...], list[str]] = {}
    for result in by[Outcome.UNKNOWN]:
        unread.setdefault(result.lacking, []).append(result.code)
    for lacking, codes in unread.items():
        name = "unknown" if lacking else "undecided"
        parts.append(
            word(
                name,
                language,
                codes=" ".join(codes),
                parts=plain(unread_parts(lacking, language)),
            )
        )
    passed = len(by[Outcome.PASSED]) + sum(result.code not in worst for result in by[Outcome.FOUND])
    if passed:
        parts.append(word("passed", language, count=passed))
    if by[Outcome.SKIPPED]:
        parts.append(word("skipped", language, count=len(by[Outcome.SKIPPED])))
    return parts


def _theme_sign(some: Sequence[CheckResult], worst: dict[str, Severity], page: Page) -> str:
    severities = [worst[result.code] for result in some if result.code in worst]
    for severity in (Severity.ERROR, Severity.WARNING):
        if severity in severities:
            return _sign(severity, page)
    if any(result.outcome is Outcome.UNKNOWN for result in some):
        return "?"
    if all(result.outcome is Outcome.SKIPPED for result in some):
        return "-"
    return "✓" if page.unicode else _ASCII["✓"]


def _suppressed(diagnosis: Diagnosis, page: Page) -> list[str]:
    language = diagnosis.language
    lines = []
    for finding, by in diagnosis.suppressed:
        text = f"{finding.code} {finding.title}: {by.reason}"
        text += word("until", language, date=by.expires) if by.expires else ""
        lines.append(_indented(f"- {word('suppressed', language, text=text)}", page, 0, 2))
    return lines + [
        wrapped(f"! {expired_text(suppression, language)}", page.width, "  ")
        for suppression in diagnosis.expired
    ]


def expired_text(suppression: Suppression, language: Language) -> str:
    """That a suppression no longer counts."""
    return plain(
        word(
            "expired",
            language,
            code=suppression.code,
            date=suppression.expires,
            reason=suppression.reason,
        )
    )


def _objects(objects: Iterable[ObjectRef], language: Language, most: int = OBJECTS_SHOWN) -> str:
    names = [object_name(ref, language) for ref in objects]
    shown = comma(language).join(names[:most])
    more = len(names) - most
    return shown + (word("more", language, count=f"{more:,}") if more > 0 else "")


def _indented(text: str, page: Page, first: int = 2, later: int = 2) -> str:
    return wrapped(plain(text), page.width, " " * later, " " * first)


def _sign(severity: Severity, page: Page) -> str:
    sign = _SIGNS[severity]
    return sign if page.unicode else _ASCII.get(sign, sign)
