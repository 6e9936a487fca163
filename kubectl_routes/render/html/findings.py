"""The findings that need an operator, the gravest first."""

from __future__ import annotations

from kubectl_routes.model.finding import Severity
from kubectl_routes.render.html.cards import Card, card
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.html.words import phrases


def findings_section(contents: Contents) -> list[Element]:
    """Errors and warnings; nothing when there is neither."""
    grave = [item for item in cards(contents) if item.finding.severity is not Severity.INFO]
    if not grave:
        return []
    title = f"{phrases(contents.language)['findings']} ({len(grave)})"
    shown = (card(item, contents.language) for item in grave)
    return [element("section", {"id": "findings"}, element("h2", {}, title), *shown)]


def cards(contents: Contents) -> list[Card]:
    """A card for each finding that does not follow from another: what does stands in that card."""
    shown = list(enumerate(contents.diagnosis.shown))
    rows = frozenset(row.name for row in contents.matrix.nodes)
    return [
        Card(
            finding,
            place,
            len(rows.intersection(finding.nodes)),
            tuple(item for item in shown if item[1].symptom_of == finding.code),
        )
        for place, finding in shown
        if not finding.symptom_of
    ]
