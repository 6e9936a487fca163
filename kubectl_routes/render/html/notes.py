"""What could not be read, and what is only worth knowing."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_routes.model.finding import Diagnosis, Severity
from kubectl_routes.render.findings import expired_text
from kubectl_routes.render.html.cards import card
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.findings import cards
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.html.words import phrases
from kubectl_routes.render.words import word


def gaps_section(contents: Contents) -> list[Element]:
    """What could not be read, why, and what to do about it; nothing when there is nothing."""
    gaps = contents.diagnosis.gaps
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
    title = element("h2", {}, phrases(contents.language)["gaps"])
    attributes = {"id": "gaps", "class": "gaps"}
    return [element("section", attributes, title, element("ul", {}, *items))]


def notes_section(contents: Contents) -> list[Element]:
    """Notices of the matrix, findings for information, folded, and what was left out; nothing when
    there is nothing.
    """
    language = contents.language
    notices = contents.matrix.notices
    listing = [element("ul", {}, *_items(notices))] if notices else []
    folded = [
        card(item, language) for item in cards(contents) if item.finding.severity is Severity.INFO
    ]
    notes = [*listing, *folded, *_left_out(contents.diagnosis)]
    if not notes:
        return []
    title = element("h2", {}, phrases(language)["notes"])
    return [element("section", {"id": "notes"}, title, *notes)]


def _left_out(diagnosis: Diagnosis) -> list[Element]:
    """Findings that are accepted, and suppressions that have expired."""
    language = diagnosis.language
    texts = [
        f"{finding.code} {finding.title}: {by.reason}"
        + (word("until", language, date=by.expires) if by.expires else "")
        for finding, by in diagnosis.suppressed
    ]
    notes = [f"! {expired_text(suppression, language)}" for suppression in diagnosis.expired]
    if not texts and not notes:
        return []
    title = element("h3", {}, phrases(language)["suppressed"])
    return [title, element("ul", {}, *_items([*texts, *notes]))]


def _items(texts: Iterable[str]) -> list[Element]:
    return [element("li", {}, text) for text in texts]
