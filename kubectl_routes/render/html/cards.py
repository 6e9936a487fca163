"""One finding as a card: title, cause, impact, fix to copy, and what shows it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_routes.model.finding import Finding, ObjectRef, Severity
from kubectl_routes.model.message import Language
from kubectl_routes.render.findings import impact_text
from kubectl_routes.render.html.marks import SEVERITIES
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.html.words import phrases
from kubectl_routes.render.words import comma, level, object_name, word

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


def card(item: Card, language: Language) -> Element:
    """The card; of a finding that is only worth knowing all but title and cause is folded."""
    finding = item.finding
    look = {"id": f"finding-{item.place}", "class": f"finding {finding.severity.value}"}
    head = _head(finding, language)
    body = _body(item, language)
    if finding.severity is not Severity.INFO:
        return element("article", look, head, element("p", {}, finding.cause), *body)
    cause = element("span", {"class": "cause"}, finding.cause)
    summary = element("summary", {}, head, cause)
    return element("article", look, element("details", {}, summary, *body))


def named(name: str, text: str, language: Language) -> Element:
    """A line that begins with the name of what it says: ``Impact: …``."""
    label = element("strong", {}, word(name, language))
    return element("p", {"class": "named"}, label, f" {text}")


def command_block(command: str, language: Language) -> Element:
    """A command, and the button that copies it."""
    copy = element(
        "button",
        {"type": "button", "class": "copy", "hidden": ""},
        phrases(language)["copy"],
    )
    code = element("pre", {"tabindex": "0"}, element("code", {}, command))
    return element("div", {"class": "command"}, code, copy)


def _head(finding: Finding, language: Language) -> Element:
    code: Element = element("code", {}, finding.code)
    if finding.link:
        code = element("a", {"href": finding.link, "rel": "noreferrer"}, code)
    sign = f"{SEVERITIES[finding.severity]} {level(finding.severity, language)}"
    return element(
        "h3", {}, element("span", {"class": "severity"}, sign), " ", code, f" {finding.title}"
    )


def _body(item: Card, language: Language) -> list[Element]:
    finding = item.finding
    body = []
    impact = impact_text(finding, language)
    if impact:
        body.append(named("impact", impact, language))
    body += _objects(finding.objects, language)
    body.append(named("fix", finding.remedy, language))
    body += _folded([command_block(text, language) for text in finding.commands], language)
    if finding.repair:
        body += [named("repair", "", language), command_block(finding.repair, language)]
    body += _evidence(finding.evidence, language)
    body += [_symptom(place, symptom, language) for place, symptom in item.symptoms]
    if item.rows:
        text = phrases(language)["show_nodes" if item.rows > 1 else "show_node"]
        attributes = {"type": "button", "data-finding": str(item.place), "hidden": ""}
        body.append(element("button", attributes, text.format(count=f"{item.rows:,}")))
    return body


def _objects(objects: Sequence[ObjectRef], language: Language) -> list[Element]:
    """What it is about, one behind the other; nothing for none."""
    if not objects:
        return []
    names = [object_name(ref, language) for ref in objects]
    first, rest = names[:SHOWN], names[SHOWN:]
    made = [named("affects", comma(language).join(first), language)]
    if rest:
        items = [element("p", {"class": "item"}, comma(language).join(rest))]
        made.append(_fold(items, len(rest), language))
    return made


def _evidence(texts: Sequence[str], language: Language) -> list[Element]:
    if not texts:
        return []
    items = [element("p", {"class": "item"}, text) for text in texts]
    return [named("evidence", "", language), *_folded(items, language)]


def _symptom(place: int, symptom: Finding, language: Language) -> Element:
    text = word("symptom", language, cause=symptom.cause, code=symptom.code)
    line = named("also", text, language)
    line.set("id", f"finding-{place}")
    return line


def _folded(items: Sequence[Element], language: Language) -> list[Element]:
    """The first of the items, the rest behind a fold."""
    first, rest = items[:SHOWN], items[SHOWN:]
    return [*first, *([_fold(rest, len(rest), language)] if rest else [])]


def _fold(items: Sequence[Element], count: int, language: Language) -> Element:
    more = phrases(language)["more"].format(count=f"{count:,}")
    return element("details", {}, element("summary", {}, more), *items)
