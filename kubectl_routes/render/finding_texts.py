"""What pages say of findings, those of text and those of HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kubectl_routes.catalog.pages import part_name
from kubectl_routes.model.finding import (
    CausedSymptom,
    Diagnosis,
    Finding,
    ObjectRef,
    Outcome,
    Severity,
    Suppression,
)
from kubectl_routes.model.message import Language, message
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import plain

# The names of the facts of a finding.
IMPACT, AFFECTS, FIX = message("Impact:"), message("Affects:"), message("Fix:")
REPAIR, EVIDENCE, ALSO = message("Or:"), message("Evidence:"), message("Also:")


def verdict(diagnosis: Diagnosis, page: Page) -> str:
    """The answer in one line."""
    counts = Counter(finding.severity for finding in diagnosis.findings)
    ended = Counter(result.outcome for result in diagnosis.results)
    hidden = len(diagnosis.findings) - len(diagnosis.shown)
    texts = {
        Severity.ERROR: message("{count:error|errors}", count=counts[Severity.ERROR]),
        Severity.WARNING: message("{count:warning|warnings}", count=counts[Severity.WARNING]),
        Severity.INFO: message("{count:info|info}", count=counts[Severity.INFO]),
    }
    parts: list[str] = [text for severity, text in texts.items() if counts[severity]]
    if not counts[Severity.ERROR] and not counts[Severity.WARNING]:
        made = ended[Outcome.PASSED] + ended[Outcome.FOUND]
        clean = message("no problems found, {checks:check|checks} run", checks=made)
        if diagnosis.narrowed:
            clean = message(
                "no problems found with these nodes, {checks:check|checks} run", checks=made
            )
        parts.insert(0, clean)
    if hidden:
        parts.append(message("{count} not shown (--min-severity)", count=hidden))
    if ended[Outcome.UNKNOWN]:
        unknown = ended[Outcome.UNKNOWN]
        parts.append(message("{count:check|checks} could not run", count=unknown))
    return page.join(", ", parts)


def impact_text(finding: Finding, page: Page) -> str:
    """``causes 11 missing routes: pods on 2 nodes cannot be reached …``."""
    if not finding.causes:
        return finding.impact
    routes = page.join(", ", map(_caused, finding.causes))
    return page.join(": ", (message("causes {text}", text=routes), finding.impact))


def _caused(symptom: CausedSymptom) -> str:
    """``11 missing routes``: the routes that a finding accounts for."""
    count = symptom.count
    return {
        "RT301": message("{count:missing route|missing routes}", count=count),
        "RT302": message("{count:conflicting route|conflicting routes}", count=count),
        "RT303": message("{count:pending route|pending routes}", count=count),
        "RT304": message("{count:shadowed route|shadowed routes}", count=count),
    }[symptom.code]


def symptom_text(symptom: Finding, page: Page) -> str:
    """What follows from another finding."""
    return page.say("{cause} ({code})", cause=symptom.cause, code=symptom.code)


def objects_text(objects: Sequence[ObjectRef], page: Page, most: int) -> str:
    """What a finding is about, at most so many objects: ``Node n1``; a part that could not be read
    by its name.
    """
    names = [
        part_name(ref.name, page.language)
        if ref.kind == "Part"
        else f"{ref.kind} {ref.name}".strip()
        for ref in objects
    ]
    shown = page.join(", ", names[:most])
    more = len(names) - most
    return page.say("{names} and {count} more", names=shown, count=more) if more > 0 else shown


def unread_parts(parts: Iterable[str], page: Page) -> str:
    """The names of parts that could not be read, one behind the other."""
    names = (part_name(part.rstrip("/"), page.language) for part in parts)
    return ("、" if page.language is Language.CHINESE else " ").join(names)


def left_out_texts(diagnosis: Diagnosis, page: Page) -> list[str]:
    """The findings that are accepted, why, and until when."""
    return [
        f"{finding.code} {finding.title}: {by.reason}"
        + (page.say(" (until {date})", date=by.expires) if by.expires else "")
        for finding, by in diagnosis.suppressed
    ]


def expired_text(suppression: Suppression) -> str:
    """That a suppression no longer counts."""
    return message(
        "suppression of {code} has expired on {date}: {reason}",
        code=plain(suppression.code),
        date=plain(suppression.expires),
        reason=plain(suppression.reason),
    )
