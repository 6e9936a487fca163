"""How every check ended."""

from __future__ import annotations

from kubectl_routes.model.finding import CheckResult, Diagnosis, Outcome
from kubectl_routes.model.message import Language
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.html.words import phrases
from kubectl_routes.render.words import theme, unread_parts

_OUTCOMES = {
    Outcome.PASSED: "✓",
    Outcome.FOUND: "✗",
    Outcome.UNKNOWN: "?",
    Outcome.SKIPPED: "–",
}


def checks_section(diagnosis: Diagnosis) -> Element:
    """Every check and how it ended, folded."""
    some = phrases(diagnosis.language)
    shown = {finding.code for finding in diagnosis.shown}
    rows = (
        _check(result, result.code in shown, diagnosis.language) for result in diagnosis.results
    )
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
