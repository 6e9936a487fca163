"""Verdict and findings, what is not known, and how every check ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_routes.model.finding import (
    CheckResult,
    Diagnosis,
    Finding,
    Language,
    ObjectRef,
    Outcome,
    Severity,
)
from kubectl_routes.model.matrix import State
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.render.findings import expired_text, verdict
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.marks import SEVERITIES
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.html.words import phrases
from kubectl_routes.render.words import comma, level, object_name, theme, unread_parts, word

# How many of a long list stand there at once; the rest is folded.
SHOWN = 5

_LOOKS = (("good", "✓"), ("unsure", "?"), ("warning", "!"), ("error", "✗"))
_WRONG = (State.CONFLICT, State.SHADOWED, State.MISSING)
_OUTCOMES = {
    Outcome.PASSED: "✓",
    Outcome.FOUND: "✗",
    Outcome.UNKNOWN: "?",
    Outcome.SKIPPED: "–",
}


def verdict_line(contents: Contents) -> Element:
    """The answer in one line, in the look of the gravest thing that it or the matrix shows."""
    look, sign = _LOOKS[_grade(contents)]
    return element(
        "p",
        {"class": f"verdict {look}"},
        element("span", {"class": "sign", "aria-hidden": "true"}, sign),
        verdict(contents.diagnosis),
    )


def _grade(contents: Contents) -> int:
    """How grave it is, a place in _LOOKS. A route that is missing is no error yet where CCM will
    write it, but nothing that is well either.
    """
    diagnosis, summary = contents.diagnosis, contents.matrix.summary
    found = {one.severity for one in diagnosis.findings}
    if Severity.ERROR in found:
        return 3
    if Severity.WARNING in found or any(summary.get(state) for state in _WRONG):
        return 2
    unknown = any(one.outcome is Outcome.UNKNOWN for one in diagnosis.results)
    return 1 if unknown or diagnosis.gaps else 0


def gaps_section(gaps: Sequence[Gap], language: Language) -> list[Element]:
    """What could not be read, why, and what to do about it; nothing when there is nothing."""
    if not gaps:
        return []
    items = (
        element(
            "li",
            {},
            element("code", {}, gap.part),
            f" {gap.reason}",
            *([element("p", {}, gap.hint)] if gap.hint else []),
        )
        for gap in gaps
    )
    return [
        element(
            "section",
            {"id": "gaps", "class": "gaps"},
            element("h2", {}, phrases(language)["gaps"]),
            element("ul", {}, *items),
        )
    ]


def findings_section(contents: Contents) -> list[Element]:
    """The findings, the gravest first, and what was left out of them."""
    diagnosis = contents.diagnosis
    left_out = _left_out(diagnosis)
    if not diagnosis.shown and not left_out:
        return []
    rows = frozenset(row.name for row in contents.matrix.nodes)
    cards = (
        _card(place, one, len(rows.intersection(one.nodes)), diagnosis.language)
        for place, one in enumerate(diagnosis.shown)
    )
    title = phrases(diagnosis.language)["findings"]
    return [element("section", {"id": "findings"}, element("h2", {}, title), *cards, *left_out)]


def checks_section(diagnosis: Diagnosis) -> Element:
    """Every check and how it ended, folded."""
    some = phrases(diagnosis.language)
    shown = {one.code for one in diagnosis.shown}
    rows = (_check(one, one.code in shown, diagnosis.language) for one in diagnosis.results)
    return element(
        "section",
        {"id": "checks"},
        element(
            "details",
            {},
            element(
                "summary",
                {},
                element("h2", {}, f"{some['checks']} ({len(diagnosis.results)})"),
            ),
            element("div", {"class": "wide"}, element("table", {"class": "list"}, *rows)),
        ),
    )


def _card(place: int, finding: Finding, nodes: int, language: Language) -> Element:
    some = phrases(language)
    body = [
        element("p", {"class": "cause"}, finding.cause),
        *_objects(finding.objects, language),
        *_evidence(finding.evidence, language),
        element("h4", {}, some["remedy"]),
        element("p", {"class": "remedy"}, finding.remedy),
    ]
    if finding.commands:
        body.append(element("h4", {}, some["commands"]))
        body += _folded([_command(one, language) for one in finding.commands], language)
    if nodes:
        text = some["show_nodes"].format(count=f"{nodes:,}")
        attributes = {"type": "button", "data-finding": str(place), "hidden": ""}
        body.append(element("button", attributes, text))
    look = {"id": f"finding-{place}", "class": f"finding {finding.severity.value}"}
    return element("article", look, _head(finding, language), *body)


def _head(finding: Finding, language: Language) -> Element:
    head = element(
        "h3",
        {},
        element(
            "span",
            {"class": "severity"},
            f"{SEVERITIES[finding.severity]} {level(finding.severity, language)}",
        ),
        " ",
        element("code", {}, finding.code),
        f" {finding.title} ",
    )
    if finding.explains:
        explained = comma(language).join(finding.explains)
        text = phrases(language)["explains"].format(text=explained)
        head.append(element("small", {}, text))
    return head


def _objects(objects: Sequence[ObjectRef], language: Language) -> list[Element]:
    """What it is about, one behind the other; nothing for none."""
    if not objects:
        return []
    names = [object_name(one, language) for one in objects]
    first, rest = names[:SHOWN], names[SHOWN:]
    made = [element("h4", {}, phrases(language)["about"]), _enumeration(first, language)]
    if rest:
        made.append(_fold([_enumeration(rest, language)], len(rest), language))
    return made


def _enumeration(names: Sequence[str], language: Language) -> Element:
    return element("p", {"class": "item"}, comma(language).join(names))


def _evidence(texts: Sequence[str], language: Language) -> list[Element]:
    if not texts:
        return []
    items = [element("p", {"class": "item"}, text) for text in texts]
    return [element("h4", {}, phrases(language)["evidence"]), *_folded(items, language)]


def _folded(items: Sequence[Element], language: Language) -> list[Element]:
    """The first of the items, the rest behind a fold."""
    first, rest = items[:SHOWN], items[SHOWN:]
    return [*first, *([_fold(rest, len(rest), language)] if rest else [])]


def _fold(items: Sequence[Element], count: int, language: Language) -> Element:
    more = phrases(language)["more"].format(count=f"{count:,}")
    return element("details", {}, element("summary", {}, more), *items)


def _command(command: str, language: Language) -> Element:
    copy = element(
        "button",
        {"type": "button", "class": "copy", "hidden": ""},
        phrases(language)["copy"],
    )
    code = element("pre", {"tabindex": "0"}, element("code", {}, command))
    return element("div", {"class": "command"}, code, copy)


def _left_out(diagnosis: Diagnosis) -> list[Element]:
    """Findings that are accepted, and suppressions that have expired."""
    language = diagnosis.language
    texts = [
        f"{one.code} {one.title}: {by.reason}"
        + (word("until", language, date=by.expires) if by.expires else "")
        for one, by in diagnosis.suppressed
    ]
    notes = [f"! {expired_text(one, language)}" for one in diagnosis.expired]
    if not texts and not notes:
        return []
    title = element("h3", {}, phrases(language)["suppressed"])
    return [title, element("ul", {}, *_items([*texts, *notes]))]


def _items(texts: Iterable[str]) -> list[Element]:
    return [element("li", {}, text) for text in texts]


def _check(result: CheckResult, shown: bool, language: Language) -> Element:
    some = phrases(language)
    ended = some[f"check_{result.outcome.value}"]
    sign = _OUTCOMES[result.outcome]
    if result.outcome is Outcome.FOUND and not shown:
        ended, sign = some["check_below"], "i"
    if result.lacking:
        names = unread_parts(result.lacking, language)
        ended = f"{ended}, {some['not_read'].format(parts=names)}"
    return element(
        "tr",
        {},
        element("td", {}, element("code", {}, result.code)),
        element("td", {}, theme(result.theme, language)),
        element("td", {}, result.title),
        element("td", {}, f"{sign} {ended}"),
    )
