"""What could not be read, what is only worth knowing, and how every check ended."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_routes.catalog.pages import theme_name
from kubectl_routes.model.finding import CheckResult, Diagnosis, Outcome, Severity
from kubectl_routes.model.message import message
from kubectl_routes.render.finding_texts import expired_text, left_out_texts, unread_parts
from kubectl_routes.render.html.cards import card, cards
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.markup import Element, element, section
from kubectl_routes.render.page import Page

_OUTCOMES = {
    Outcome.PASSED: ("✓", message("passed")),
    Outcome.FOUND: ("✗", message("found")),
    Outcome.UNKNOWN: ("?", message("unknown")),
    Outcome.SKIPPED: ("–", message("skipped")),
}
_BELOW = ("i", message("found, below what is shown"))


def gaps_section(contents: Contents) -> list[Element]:
    """What could not be read, why, and what to do about it; nothing when there is nothing."""
    items = [
        element(
            "li",
            {},
            element("code", {}, gap.part),
            f" {gap.reason}",
            *([element("p", {}, gap.hint)] if gap.hint else []),
        )
        for gap in contents.diagnosis.gaps
    ]
    look, page = {"id": "gaps", "class": "gaps"}, contents.page
    return [section(look, page.say("Unread data"), element("ul", {}, *items))] if items else []


def notes_section(contents: Contents) -> list[Element]:
    """Notices of the matrix, findings for information, folded, and what was left out; nothing when
    there is nothing.
    """
    page, notices = contents.page, contents.matrix.notices
    notes = [
        *([_list(notices)] if notices else []),
        *(card(item, page) for item in cards(contents) if item.finding.severity is Severity.INFO),
        *_left_out(contents.diagnosis, page),
    ]
    return [section({"id": "notes"}, page.say("Notes"), *notes)] if notes else []


def _left_out(diagnosis: Diagnosis, page: Page) -> list[Element]:
    """Findings that are accepted, and suppressions that have expired."""
    expired = (page.said(expired_text(suppression)) for suppression in diagnosis.expired)
    texts = [*left_out_texts(diagnosis, page), *(f"! {text}" for text in expired)]
    title = element("h3", {}, page.say("Suppressed findings"))
    return [title, _list(texts)] if texts else []


def _list(texts: Iterable[str]) -> Element:
    return element("ul", {}, *(element("li", {}, text) for text in texts))


def checks_section(contents: Contents) -> Element:
    """Every check and how it ended, folded."""
    page, results = contents.page, contents.diagnosis.results
    shown = {finding.code for finding in contents.diagnosis.shown}
    rows = (_check(result, result.code in shown, page) for result in results)
    title = element("h2", {}, f"{page.say('Checks')} ({len(results)})")
    table = element("div", {"class": "wide"}, element("table", {"class": "list"}, *rows))
    fold = element("details", {}, element("summary", {}, title), table)
    return element("section", {"id": "checks"}, fold)


def _check(result: CheckResult, shown: bool, page: Page) -> Element:
    below = result.outcome is Outcome.FOUND and not shown
    sign, ended = _BELOW if below else _OUTCOMES[result.outcome]
    parts = unread_parts(result.lacking, page)
    not_read = message("not read: {parts}", parts=parts) if parts else ""
    cells = (
        element("code", {}, result.code),
        theme_name(result.theme, page.language),
        result.title,
        f"{sign} {page.join(', ', (ended, not_read))}",
    )
    return element("tr", {}, *(element("td", {}, cell) for cell in cells))
