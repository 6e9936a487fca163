"""The top of the page: what is wrong, for whom, what fixes it, and which cluster was read."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_routes.model.finding import Finding, Outcome, Severity
from kubectl_routes.model.matrix import HealthVerdict, State
from kubectl_routes.model.message import Language
from kubectl_routes.render.findings import verdict
from kubectl_routes.render.header import facts
from kubectl_routes.render.html.cards import command_block, named
from kubectl_routes.render.html.contents import Contents
from kubectl_routes.render.html.markup import Element, element
from kubectl_routes.render.html.words import phrases

_LOOKS = (("good", "✓"), ("unsure", "?"), ("warning", "!"), ("error", "✗"))
_WRONG = (State.CONFLICT, State.SHADOWED, State.MISSING)


def title(contents: Contents) -> str:
    """The title of the page, which names the cluster."""
    some = phrases(contents.language)
    return some["title"].format(name=contents.matrix.cluster.context or some["nameless"])


def header(contents: Contents) -> Element:
    """Title, verdict, and what was read, when and by which version."""
    some = phrases(contents.language)
    known = [
        *facts(contents.matrix, replace(contents.page, wide=True)),
        ("Read", contents.time),
        ("Tool", contents.tool),
    ]
    pairs = (
        element("div", {}, element("dt", {}, some[name.lower()]), element("dd", {}, text))
        for name, text in known
    )
    return element(
        "header",
        {},
        element("h1", {}, title(contents)),
        _banner(contents),
        element("dl", {}, *pairs),
    )


def _banner(contents: Contents) -> Element:
    """The answer, in the look of the gravest thing that it or the matrix shows."""
    diagnosis = contents.diagnosis
    look, sign = _LOOKS[_grade(contents)]
    lines = [] if diagnosis.verdict is None else _answer(contents, diagnosis.verdict)
    counts = element("p", {"class": "counts"}, verdict(diagnosis))
    return element(
        "div",
        {"id": "verdict", "class": f"verdict {look}"},
        element("span", {"class": "sign", "aria-hidden": "true"}, sign),
        " ",
        element("div", {}, *lines, counts),
    )


def _answer(contents: Contents, answer: HealthVerdict) -> list[Element]:
    language = contents.language
    found = next(
        (
            (at, finding)
            for at, finding in enumerate(contents.diagnosis.shown)
            if finding.code == answer.code
        ),
        None,
    )
    if found is None:
        lines = [element("p", {"class": "headline"}, answer.text)]
    else:
        before, code, after = answer.text.partition(answer.code)
        link = element("a", {"href": f"#finding-{found[0]}"}, code)
        lines = [
            element("p", {"class": "headline"}, before, link, after),
            element("p", {}, found[1].cause),
        ]
    if answer.impact:
        lines.append(named("impact", answer.impact, language))
    return [*lines, *_fix(answer, None if found is None else found[1], language)]


def _fix(answer: HealthVerdict, finding: Finding | None, language: Language) -> list[Element]:
    """What to do, and the command where it is a single one."""
    remedy = finding.remedy if finding is not None else ""
    if not remedy and not answer.fix:
        return []
    command = [command_block(answer.fix, language)] if answer.fix else []
    return [named("fix", remedy, language), *command]


def _grade(contents: Contents) -> int:
    """How grave it is, a place in _LOOKS. A route that is missing is no error yet where CCM will
    write it, but nothing that is well either.
    """
    diagnosis, summary = contents.diagnosis, contents.matrix.summary
    found = {finding.severity for finding in diagnosis.findings}
    if Severity.ERROR in found:
        return 3
    if Severity.WARNING in found or any((summary or {}).get(state) for state in _WRONG):
        return 2
    unknown = any(result.outcome is Outcome.UNKNOWN for result in diagnosis.results)
    return 1 if unknown or diagnosis.gaps else 0
