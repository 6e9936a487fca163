"""The top of the page: what is wrong, for whom, what fixes it, and which cluster was read."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_routes.model.finding import Finding, Outcome, Severity
from kubectl_routes.model.matrix import HealthVerdict
from kubectl_routes.render.cells import WRONG
from kubectl_routes.render.finding_texts import FIX, IMPACT, verdict
from kubectl_routes.render.header import facts
from kubectl_routes.render.html.cards import command_block, named
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.page import Page

_LOOKS = (("good", "✓"), ("unsure", "?"), ("warning", "!"), ("error", "✗"))


def title(contents: Contents) -> str:
    """The title of the page, which names the cluster."""
    page = contents.page
    name = contents.matrix.cluster.context or page.say("unknown cluster")
    return page.say("VPC routes: {name}", name=name)


def header(contents: Contents) -> Element:
    """Title, verdict, and what was read, when and by which version."""
    page = contents.page
    known = [
        *(
            (name.rstrip(":："), text)
            for name, text in facts(contents.matrix, replace(page, wide=True))
        ),
        (page.say("Read at"), contents.time),
        (page.say("Written by"), contents.tool),
    ]
    pairs = (
        element("div", {}, element("dt", {}, name), element("dd", {}, text)) for name, text in known
    )
    heading = element("h1", {}, title(contents))
    return element("header", {}, heading, _banner(contents), element("dl", {}, *pairs))


def _banner(contents: Contents) -> Element:
    """The answer, in the look of the gravest thing that it or the matrix shows."""
    answer = contents.diagnosis.verdict
    look, sign = _LOOKS[_grade(contents)]
    lines = [] if answer is None else _answer(contents, answer)
    counts = element("p", {"class": "counts"}, verdict(contents.diagnosis, contents.page))
    return element(
        "div",
        {"id": "verdict", "class": f"verdict {look}"},
        element("span", {"class": "sign", "aria-hidden": "true"}, sign),
        " ",
        element("div", {}, *lines, counts),
    )


def _answer(contents: Contents, answer: HealthVerdict) -> list[Element]:
    page, shown = contents.page, contents.diagnosis.shown
    place = next((at for at, one in enumerate(shown) if one.code == answer.code), None)
    if place is None:
        lines = [element("p", {"class": "headline"}, answer.text)]
    else:
        before, code, after = answer.text.partition(answer.code)
        link = element("a", {"href": f"#finding-{place}"}, code)
        headline = element("p", {"class": "headline"}, before, link, after)
        lines = [headline, element("p", {}, shown[place].cause)]
    if answer.impact:
        lines.append(named(IMPACT, answer.impact, page))
    return [*lines, *_fix(answer, None if place is None else shown[place], page)]


def _fix(answer: HealthVerdict, finding: Finding | None, page: Page) -> list[Element]:
    """What to do, and the command where it is a single one."""
    remedy = finding.remedy if finding is not None else ""
    if not remedy and not answer.fix:
        return []
    command = [command_block(answer.fix, page)] if answer.fix else []
    return [named(FIX, remedy, page), *command]


def _grade(contents: Contents) -> int:
    """How grave it is, a place in _LOOKS. A route that is missing is no error yet where CCM will
    write it, but nothing that is well either.
    """
    diagnosis, summary = contents.diagnosis, contents.matrix.summary
    found = {finding.severity for finding in diagnosis.findings}
    if Severity.ERROR in found:
        return 3
    if Severity.WARNING in found or any((summary or {}).get(state) for state in WRONG):
        return 2
    unknown = any(result.outcome is Outcome.UNKNOWN for result in diagnosis.results)
    return 1 if unknown or diagnosis.gaps else 0
