"""A Diagnosis as text: the verdict, the findings one by one, and how every check ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kubectl_routes.model.finding import (
    CheckResult,
    Diagnosis,
    Finding,
    Language,
    ObjectRef,
    Outcome,
    Severity,
    Suppression,
)
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.header import cluster_text
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import columns, flowed, plain
from kubectl_routes.render.words import comma, number_of, object_name, theme, unread_parts, word

OBJECTS_SHOWN = 3
COMMANDS_SHOWN = 5
EVIDENCE_SHOWN = 3

_PAINTS = {Severity.ERROR: Paint.BAD, Severity.WARNING: Paint.WARN, Severity.INFO: Paint.FAINT}
_SIGNS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "i"}
_ASCII = {"✗": "x", "✓": "+"}


def diagnosis_page(diagnosis: Diagnosis, page: Page) -> str:
    """The whole text: the verdict first, then the gravest finding."""
    language = diagnosis.language
    blocks = [
        _header(diagnosis, page),
        *(_finding(one, language, page) for one in diagnosis.shown),
        _checks(diagnosis.results, diagnosis.findings, language, page),
        _suppressed(diagnosis, page),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def short_page(diagnosis: Diagnosis, page: Page) -> str:
    """One line for each finding, and the verdict: to be pasted into a chat."""
    lines = [_short(one, diagnosis.language, page) for one in diagnosis.shown]
    return "\n".join([*lines, verdict(diagnosis)]) + "\n"


def _short(finding: Finding, language: Language, page: Page) -> str:
    about = f": {_objects(finding.objects, language, 1)}" if finding.objects else ""
    return plain(f"{_sign(finding.severity, page)} {finding.code} {finding.title}{about}")


def verdict(diagnosis: Diagnosis) -> str:
    """The answer in one line."""
    language = diagnosis.language
    counts = Counter(one.severity for one in diagnosis.findings)
    unknown = sum(one.outcome is Outcome.UNKNOWN for one in diagnosis.results)
    parts = [number_of(one, counts[one], language) for one in Severity if counts[one]]
    if not counts[Severity.ERROR] and not counts[Severity.WARNING]:
        made = sum(one.outcome in (Outcome.PASSED, Outcome.FOUND) for one in diagnosis.results)
        name = "clean_nodes" if diagnosis.narrowed else "clean"
        parts.insert(0, word(name, language, checks=made))
    hidden = len(diagnosis.findings) - len(diagnosis.shown)
    if hidden:
        parts.append(word("hidden", language, count=hidden))
    if unknown:
        parts.append(word("lacking", language, count=unknown))
    return comma(language).join(parts)


def _header(diagnosis: Diagnosis, page: Page) -> list[str]:
    language = diagnosis.language
    worst = min((list(Severity).index(one.severity) for one in diagnosis.findings), default=2)
    paint = Paint.GOOD if list(Severity)[worst] is Severity.INFO else _PAINTS[list(Severity)[worst]]
    facts = (
        ("cluster", cluster_text(diagnosis.cluster)),
        ("controller", plain(diagnosis.controller)),
        ("verdict", verdict(diagnosis)),
    )
    widest = max(columns(word(name, language)) for name, _ in facts) + 1
    lines = []
    for name, text in facts:
        start = word(name, language)
        start += " " * (widest - columns(start))
        line = flowed(text, page.width, " " * widest, start)
        lines.append(painted(line, paint, page.colour) if name == "verdict" else line)
    return lines


def _finding(finding: Finding, language: Language, page: Page) -> list[str]:
    explained = comma(language).join(finding.explains)
    head = f"{_sign(finding.severity, page)} {finding.code} {plain(finding.title)}"
    if explained:
        head += word("explains", language, text=_times(explained, page))
    lines = [painted(flowed(head, page.width, "  "), _PAINTS[finding.severity], page.colour)]
    lines.append(_indented(finding.cause, page))
    if finding.objects:
        about = word("about", language, text=_objects(finding.objects, language))
        lines.append(_indented(about, page))
    if finding.evidence:
        lines.append(f"  {word('evidence', language)}")
        evidence = finding.evidence if page.wide else finding.evidence[:EVIDENCE_SHOWN]
        lines += [_indented(f"- {one}", page, 4, 6) for one in evidence]
        if len(finding.evidence) > len(evidence):
            more = len(finding.evidence) - len(evidence)
            lines.append(f"    - {word('more', language, count=more)}")
    lines.append(_indented(word("remedy", language, text=finding.remedy), page))
    shown = finding.commands if page.wide else finding.commands[:COMMANDS_SHOWN]
    # A command is there to be copied: it stays on one line, however narrow the screen is.
    lines += [f"    $ {plain(one)}" for one in shown]
    if len(finding.commands) > len(shown):
        lines.append(f"    {word('more', language, count=len(finding.commands) - len(shown))}")
    return lines


def _checks(
    results: Sequence[CheckResult], findings: Sequence[Finding], language: Language, page: Page
) -> list[str]:
    """One line a theme: what was found, what is not known, how many passed."""
    names = list(dict.fromkeys(one.theme for one in results))
    worst: dict[str, Severity] = {}
    for finding in reversed(findings):
        worst[finding.code] = finding.severity
    widest = max(columns(theme(name, language)) for name in names)
    lines = [painted(word("checks", language), Paint.STRONG, page.colour)]
    for name in names:
        some = [one for one in results if one.theme == name]
        label = theme(name, language)
        start = f"{_theme_sign(some, worst, page)} {label}{' ' * (widest - columns(label))}  "
        text = comma(language).join(_told(some, worst, language))
        lines.append(flowed(text, page.width, " " * columns(start), start))
    return lines


def _told(some: Sequence[CheckResult], worst: dict[str, Severity], language: Language) -> list[str]:
    by = {outcome: [one for one in some if one.outcome is outcome] for outcome in Outcome}
    parts = [one.code for one in by[Outcome.FOUND] if one.code in worst]
    unread: dict[tuple[str, ...], list[str]] = {}
    for one in by[Outcome.UNKNOWN]:
        unread.setdefault(one.lacking, []).append(one.code)
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
    passed = len(by[Outcome.PASSED]) + sum(one.code not in worst for one in by[Outcome.FOUND])
    if passed:
        parts.append(word("passed", language, count=passed))
    if by[Outcome.SKIPPED]:
        parts.append(word("skipped", language, count=len(by[Outcome.SKIPPED])))
    return parts


def _theme_sign(some: Sequence[CheckResult], worst: dict[str, Severity], page: Page) -> str:
    severities = [worst[one.code] for one in some if one.code in worst]
    for severity in (Severity.ERROR, Severity.WARNING):
        if severity in severities:
            return _sign(severity, page)
    if any(one.outcome is Outcome.UNKNOWN for one in some):
        return "?"
    if all(one.outcome is Outcome.SKIPPED for one in some):
        return "-"
    return "✓" if page.unicode else _ASCII["✓"]


def _suppressed(diagnosis: Diagnosis, page: Page) -> list[str]:
    language = diagnosis.language
    lines = []
    for one, by in diagnosis.suppressed:
        text = f"{one.code} {one.title}: {by.reason}"
        text += word("until", language, date=by.expires) if by.expires else ""
        lines.append(_indented(f"- {word('suppressed', language, text=text)}", page, 0, 2))
    return lines + [
        flowed(f"! {expired_text(one, language)}", page.width, "  ") for one in diagnosis.expired
    ]


def expired_text(one: Suppression, language: Language) -> str:
    """That a suppression no longer counts."""
    return plain(word("expired", language, code=one.code, date=one.expires, reason=one.reason))


def _objects(objects: Iterable[ObjectRef], language: Language, most: int = OBJECTS_SHOWN) -> str:
    names = [object_name(one, language) for one in objects]
    shown = comma(language).join(names[:most])
    more = len(names) - most
    return f"{shown} {word('more', language, count=more)}" if more > 0 else shown


def _indented(text: str, page: Page, first: int = 2, later: int = 4) -> str:
    return flowed(plain(text), page.width, " " * later, " " * first)


def _sign(severity: Severity, page: Page) -> str:
    sign = _SIGNS[severity]
    return sign if page.unicode else _ASCII.get(sign, sign)


def _times(text: str, page: Page) -> str:
    return text if page.unicode else text.replace("×", "x")
