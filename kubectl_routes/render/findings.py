"""A Diagnosis as text: the verdict, the findings one by one, and how every check ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kubectl_routes.catalog.pages import theme_name
from kubectl_routes.model.command import command
from kubectl_routes.model.finding import (
    CheckResult,
    Diagnosis,
    Finding,
    Outcome,
    Severity,
)
from kubectl_routes.model.message import message
from kubectl_routes.render.colour import Mark, Paint
from kubectl_routes.render.finding_texts import (
    AFFECTS,
    ALSO,
    EVIDENCE,
    FIX,
    IMPACT,
    REPAIR,
    expired_text,
    impact_text,
    left_out_texts,
    objects_text,
    symptom_text,
    unread_parts,
    verdict,
)
from kubectl_routes.render.header import cluster_text, taken
from kubectl_routes.render.looks import SEVERITIES
from kubectl_routes.render.page import LONG, Page, blocks
from kubectl_routes.render.text import clipped, columns, padded, plain, wrapped

OBJECTS_SHOWN = 3
COMMANDS_SHOWN = 5
# So many lines of the screen show evidence. A log line may be long: a piece takes two of them.
EVIDENCE_LINES = 3
PIECE_LINES = 2

_DETAILS = message("Details:")
# The names of the facts stand in one column behind this indentation.
_NAMES = (IMPACT, AFFECTS, FIX, REPAIR, EVIDENCE, ALSO, _DETAILS)
_INDENT = 2


def diagnosis_page(diagnosis: Diagnosis, page: Page) -> str:
    """The whole text: the result first, and again below a long page; the gravest finding next."""
    symptoms = [finding for finding in diagnosis.shown if finding.symptom_of]
    causes = [finding for finding in diagnosis.shown if finding not in symptoms]
    result = _result(diagnosis, page)
    text = blocks(
        (
            result,
            _header(diagnosis, page),
            *(_finding(finding, symptoms, page) for finding in causes),
            _checks(diagnosis, page),
            _suppressed(diagnosis, page),
        )
    )
    return text if text.count("\n") < LONG else "\n".join((text, *result, ""))


def short_page(diagnosis: Diagnosis, page: Page) -> str:
    """One line for each finding, and the result, for a chat: of a snapshot with its time."""
    lines = []
    for finding in diagnosis.shown:
        sign = page.sign(SEVERITIES[finding.severity])
        about = objects_text(finding.objects, page, 1)
        lines.append(plain(page.join(": ", (f"{sign} {finding.code} {finding.title}", about))))
    result = verdict(diagnosis, page)
    if page.taken:
        time = plain(page.taken)
        result = page.say("{verdict} (snapshot taken at {time})", verdict=result, time=time)
    return "\n".join((*lines, result, ""))


def _result(diagnosis: Diagnosis, page: Page) -> list[str]:
    grades = list(Severity)
    worst = min((grades.index(finding.severity) for finding in diagnosis.findings), default=2)
    mark = Mark.GOOD if grades[worst] is Severity.INFO else SEVERITIES[grades[worst]]
    start = page.say("Result: ")
    return [page.line(verdict(diagnosis, page), " " * columns(start), start, mark.paint)]


def _header(diagnosis: Diagnosis, page: Page) -> list[str]:
    facts = [
        (page.say("Cluster:"), cluster_text(diagnosis.cluster, page)),
        (page.say("Controller:"), plain(diagnosis.controller)),
        *taken(page),
    ]
    width = max(columns(name) for name, _ in facts) + 1
    return [page.fact(name, text, width) for name, text in facts]


def _finding(finding: Finding, symptoms: Sequence[Finding], page: Page) -> list[str]:
    """Title and cause, then impact and fix, and what shows it last."""
    width = max(columns(page.said(name)) for name in _NAMES) + 1
    margin = " " * (_INDENT + width)

    def start(name: str) -> str:
        return " " * _INDENT + padded(page.said(name), width)

    def fact(name: str, text: str) -> str:
        return page.line(plain(text), margin, start(name))

    mark = SEVERITIES[finding.severity]
    lines = [page.marked(mark, f"{finding.code} {plain(finding.title)}")]
    lines.append(page.line(plain(finding.cause), "  ", "  "))
    impact = impact_text(finding, page)
    if impact:
        lines.append(fact(IMPACT, impact))
    if finding.objects:
        most = len(finding.objects) if page.wide else OBJECTS_SHOWN
        lines.append(fact(AFFECTS, objects_text(finding.objects, page, most)))
    lines.append(fact(FIX, finding.remedy))
    shown = finding.commands if page.wide else finding.commands[:COMMANDS_SHOWN]
    # A command is there to be copied: it stays on one line, however narrow the screen is.
    lines += [f"{margin}$ {plain(text)}" for text in shown]
    lines += _rest(len(finding.commands) - len(shown), margin, page)
    lines += [f"{start(REPAIR)}$ {finding.repair}"] if finding.repair else []
    lines += _evidence(finding, start(EVIDENCE), page)
    lines += [
        fact(ALSO, symptom_text(symptom, page))
        for symptom in symptoms
        if symptom.symptom_of == finding.code
    ]
    explain = command("kubectl routes explain {code}", {"code": finding.code})
    lines.append(fact(_DETAILS, explain or ""))
    return lines


def _evidence(finding: Finding, start: str, page: Page) -> list[str]:
    """What shows it: a few lines, in which a long piece is cut; all of it on a wide page."""
    margin = " " * columns(start)
    lines: list[str] = []
    for place, piece in enumerate(finding.evidence):
        text = wrapped(plain(piece), page.width, margin, margin if lines else start).split("\n")
        if not page.wide:
            room = min(PIECE_LINES, EVIDENCE_LINES - len(lines))
            if not room:
                return [*lines, *_rest(len(finding.evidence) - place, margin, page)]
            if len(text) > room:
                last = clipped(text[room - 1], page.width - 2, "")
                text = [*text[: room - 1], f"{last} {page.ellipsis}"]
        lines += text
    return lines


def _rest(count: int, margin: str, page: Page) -> list[str]:
    """How many are not shown, and what shows them; nothing where none is left out."""
    return [margin + page.say("and {count} more (-o wide)", count=count)] if count else []


def _checks(diagnosis: Diagnosis, page: Page) -> list[str]:
    """One line a theme: what was found, what is not known, how many passed. Themes without
    a problem are counted together, except on a wide page.
    """
    worst = {finding.code: finding.severity for finding in reversed(diagnosis.findings)}
    by: dict[str, list[CheckResult]] = {}
    for result in diagnosis.results:
        by.setdefault(result.theme, []).append(result)
    shown = {
        theme_name(theme, page.language): some
        for theme, some in by.items()
        if page.wide or any(_is_open(result, worst) for result in some)
    }
    width = max(map(columns, shown), default=0) + 2
    lines = [page.paint(page.say("CHECKS"), Paint.STRONG)] if shown else []
    for name, some in shown.items():
        start = f"{page.sign(_theme_mark(some, worst))} {padded(name, width)}"
        text = page.join(", ", _ended(some, worst, page))
        lines.append(page.line(text, " " * columns(start), start))
    others = [result for some in by.values() if some not in shown.values() for result in some]
    if others:
        skipped = sum(result.outcome is Outcome.SKIPPED for result in others)
        count = len(others) - skipped
        passed = message("no problems in {count:check|checks}", count=count)
        if shown:
            passed = message("no problems in the other {count:check|checks}", count=count)
        text = page.join(", ", (passed, _skipped(skipped)))
        lines.append(page.line(text, "  ", f"{page.sign(Mark.GOOD)} "))
    return lines


def _is_open(result: CheckResult, worst: Mapping[str, Severity]) -> bool:
    """Whether a check found something that needs a hand, or could not run."""
    found = worst.get(result.code, Severity.INFO)
    return found is not Severity.INFO or result.outcome is Outcome.UNKNOWN


def _ended(some: Sequence[CheckResult], worst: Mapping[str, Severity], page: Page) -> Iterable[str]:
    """How the checks of a theme ended."""
    by = {outcome: [result for result in some if result.outcome is outcome] for outcome in Outcome}
    found = [result.code for result in by[Outcome.FOUND] if result.code in worst]
    yield from found
    unread: dict[tuple[str, ...], list[str]] = {}
    for result in by[Outcome.UNKNOWN]:
        unread.setdefault(result.lacking, []).append(result.code)
    for lacking, codes in unread.items():
        parts = plain(unread_parts(lacking, page))
        unknown = message("{codes} unknown", codes=" ".join(codes))
        not_read = message("not read: {parts}", parts=parts) if parts else ""
        yield page.join(", ", (unknown, not_read))
    passed = len(by[Outcome.PASSED]) + len(by[Outcome.FOUND]) - len(found)
    if passed:
        yield message("{count} passed", count=passed)
    yield _skipped(len(by[Outcome.SKIPPED]))


def _skipped(count: int) -> str:
    return message("{count} skipped", count=count) if count else ""


def _theme_mark(some: Sequence[CheckResult], worst: Mapping[str, Severity]) -> Mark:
    severities = [worst[result.code] for result in some if result.code in worst]
    for severity in (Severity.ERROR, Severity.WARNING):
        if severity in severities:
            return SEVERITIES[severity]
    outcomes = {result.outcome for result in some}
    if Outcome.UNKNOWN in outcomes:
        return Mark.UNKNOWN
    return Mark.SKIPPED if outcomes == {Outcome.SKIPPED} else Mark.GOOD


def _suppressed(diagnosis: Diagnosis, page: Page) -> list[str]:
    left_out = (
        page.say("suppressed: {text}", text=text) for text in left_out_texts(diagnosis, page)
    )
    return [
        *(page.line(plain(f"- {text}"), "  ") for text in left_out),
        *(page.line(f"! {page.said(expired_text(one))}", "  ") for one in diagnosis.expired),
    ]
