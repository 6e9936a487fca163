"""The findings as cards: title, cause, impact, fix to copy, and what shows it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_routes.model.finding import Finding, ObjectRef, Severity
from kubectl_routes.render.finding_texts import (
    AFFECTS,
    ALSO,
    EVIDENCE,
    FIX,
    IMPACT,
    REPAIR,
    impact_text,
    objects_text,
    symptom_text,
)
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.markup import Element, element, section
from kubectl_routes.render.looks import SEVERITIES
from kubectl_routes.render.page import Page

# How many of a long list stand there at once; the rest is folded.
SHOWN = 5


class Card(Struct, frozen=True):
    """A finding, its place among those shown, how many rows of the matrix it is about, and the
    symptoms that follow from it, with their places.
    """

    finding: Finding
    place: int
    rows: int
    symptoms: tuple[tuple[int, Finding], ...]


def findings_section(contents: Contents) -> list[Element]:
    """Errors and warnings, the gravest first; nothing when there is neither."""
    page = contents.page
    grave = [item for item in cards(contents) if item.finding.severity is not Severity.INFO]
    title = f"{page.say('Findings')} ({len(grave)})"
    shown = (card(item, page) for item in grave)
    return [section({"id": "findings"}, title, *shown)] if grave else []


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


def card(item: Card, page: Page) -> Element:
    """The card; of a finding that is only worth knowing all but title and cause is folded."""
    finding = item.finding
    look = {"id": f"finding-{item.place}", "class": f"finding {finding.severity.value}"}
    head = _head(finding, page)
    body = _body(item, page)
    if finding.severity is not Severity.INFO:
        return element("article", look, head, element("p", {}, finding.cause), *body)
    cause = element("span", {"class": "cause"}, finding.cause)
    summary = element("summary", {}, head, cause)
    return element("article", look, element("details", {}, summary, *body))


def named(name: str, text: str, page: Page) -> Element:
    """A line that begins with the name of what it says: ``Impact: …``."""
    label = element("strong", {}, page.said(name))
    return element("p", {"class": "named"}, label, f" {text}")


def command_block(command: str, page: Page) -> Element:
    """A command, and the button that copies it."""
    look = {"type": "button", "class": "copy", "hidden": ""}
    code = element("pre", {"tabindex": "0"}, element("code", {}, command))
    return element("div", {"class": "command"}, code, element("button", look, page.say("Copy")))


def _head(finding: Finding, page: Page) -> Element:
    code: Element = element("code", {}, finding.code)
    if finding.link:
        code = element("a", {"href": finding.link, "rel": "noreferrer"}, code)
    mark = f"{page.sign(SEVERITIES[finding.severity])} {page.level(finding.severity)}"
    severity = element("span", {"class": "severity"}, mark)
    return element("h3", {}, severity, " ", code, f" {finding.title}")


def _body(item: Card, page: Page) -> list[Element]:
    finding = item.finding
    impact = impact_text(finding, page)
    body = [named(IMPACT, impact, page)] if impact else []
    body += _objects(finding.objects, page)
    body.append(named(FIX, finding.remedy, page))
    body += _folded([command_block(text, page) for text in finding.commands], page)
    if finding.repair:
        body += [named(REPAIR, "", page), command_block(finding.repair, page)]
    if finding.evidence:
        pieces = [element("p", {"class": "item"}, text) for text in finding.evidence]
        body += [named(EVIDENCE, "", page), *_folded(pieces, page)]
    for place, symptom in item.symptoms:
        line = named(ALSO, symptom_text(symptom, page), page)
        line.set("id", f"finding-{place}")
        body.append(line)
    if item.rows:
        text = page.say("Show the node in the matrix")
        if item.rows > 1:
            text = page.say("Show the {count} nodes in the matrix", count=item.rows)
        look = {"type": "button", "data-finding": str(item.place), "hidden": ""}
        body.append(element("button", look, text))
    return body


def _objects(objects: Sequence[ObjectRef], page: Page) -> list[Element]:
    """What it is about, one behind the other; nothing for none."""
    if not objects:
        return []
    first, rest = objects[:SHOWN], objects[SHOWN:]
    made = [named(AFFECTS, objects_text(first, page, SHOWN), page)]
    if rest:
        names = element("p", {"class": "item"}, objects_text(rest, page, len(rest)))
        made.append(_fold([names], len(rest), page))
    return made


def _folded(items: Sequence[Element], page: Page) -> list[Element]:
    """The first of the items, the rest behind a fold."""
    first, rest = items[:SHOWN], items[SHOWN:]
    return [*first, *([_fold(rest, len(rest), page)] if rest else [])]


def _fold(items: Sequence[Element], count: int, page: Page) -> Element:
    more = page.say("and {count} more", count=count)
    return element("details", {}, element("summary", {}, more), *items)
