"""The pages of the finding codes: one for a terminal, all of them as Markdown for the docs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from kubectl_routes.catalog.pages import theme_name
from kubectl_routes.model.catalog import CodePage, NotChecked
from kubectl_routes.model.finding import Severity
from kubectl_routes.render.colour import Paint
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import columns, padded


class ListedCheck(Struct, frozen=True, rename="camel"):
    """One check: the code of what it finds."""

    code: str
    severity: Severity
    title: str


class CheckList(Struct, frozen=True, rename="camel"):
    """The answer of ``diagnose --list-checks``."""

    KIND: ClassVar[str] = "CheckList"

    checks: tuple[ListedCheck, ...]


def check_list(entries: Sequence[CodePage]) -> CheckList:
    """All codes, in their order."""
    checks = (ListedCheck(entry.code.code, entry.code.severity, entry.title) for entry in entries)
    return CheckList(tuple(checks))


def code_page(entry: CodePage, page: Page) -> str:
    """One page for a terminal."""
    code = entry.code
    about = (page.level(code.severity), theme_name(code.theme, page.language))
    head = page.line(f"{code.code} {entry.title}", "  ", "", Paint.STRONG)
    lines = [head, page.join(", ", about)]
    lines += [page.line(_preflight(page))] if code.preflight else []
    lines += ["", page.line(entry.why)]
    for title, items in _sections(entry, page):
        lines += ["", page.paint(title, Paint.STRONG)]
        lines += [page.line(f"- {item}", "    ", "  ") for item in items]
    if entry.commands:
        lines += ["", page.paint(page.say("Commands"), Paint.STRONG)]
        lines += [f"  $ {command}" for command in entry.commands]
    if code.link:
        lines += ["", page.say("More: {text}", text=code.link)]
    return "\n".join((*lines, ""))


def code_list(entries: Sequence[CodePage], page: Page) -> str:
    """All codes, one a line."""
    width = max(columns(page.level(entry.code.severity)) for entry in entries) + 2
    return "".join(
        f"{entry.code.code}  {padded(page.level(entry.code.severity), width)}{entry.title}\n"
        for entry in entries
    )


def unchecked_list(items: Sequence[NotChecked], page: Page) -> str:
    """What no check can see, and where to look."""
    lines = [page.paint(_unchecked(page), Paint.STRONG)]
    for item in items:
        lines.append(page.line(f"- {item.what}", "    ", "  "))
        lines.append(page.line(item.where, "    ", "    "))
    return "\n".join((*lines, ""))


def markdown(entries: Sequence[CodePage], unchecked: Sequence[NotChecked], page: Page) -> str:
    """All pages as one Markdown document, with a table of them in front."""
    lines = [
        f"# {page.say('Finding codes')}",
        "",
        page.say("Written by `kubectl routes explain --all`; do not edit."),
        "",
        f"| {page.say('CODE')} | {page.say('Severity')} | {page.say('WHAT')} |",
        "|---|---|---|",
    ]
    for entry in entries:
        code, level = entry.code.code, page.level(entry.code.severity)
        lines.append(f"| [{code}](#{code.lower()}) | {level} | {entry.title} |")
    for entry in entries:
        lines += ["", *_markdown_page(entry, page)]
    lines += ["", f"## {_unchecked(page)}", ""]
    lines += [f"- {_escaped(item.what)}: {_escaped(item.where)}" for item in unchecked]
    return "\n".join((*lines, ""))


def _markdown_page(entry: CodePage, page: Page) -> list[str]:
    code = entry.code
    title = f"**{entry.title}** ({page.level(code.severity)})"
    lines = [f"## {code.code}", "", title, "", _escaped(entry.why)]
    lines += ["", _preflight(page)] if code.preflight else []
    for name, items in _sections(entry, page):
        lines += ["", f"{name}:", "", *(f"- {_escaped(item)}" for item in items)]
    lines += ["", "```sh", *entry.commands, "```"] if entry.commands else []
    lines += ["", f"<{code.link}>"] if code.link else []
    return lines


def _sections(entry: CodePage, page: Page) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (page.say("What it means"), entry.causes),
        (page.say("Evidence to expect"), entry.evidence),
        (page.say("What to do"), entry.remedies),
    ]


def _preflight(page: Page) -> str:
    return page.say("found by enable before it writes; diagnose has no check for it")


def _unchecked(page: Page) -> str:
    return page.say("What is not checked")


def _escaped(text: str) -> str:
    """Text in which a placeholder is not taken for HTML."""
    return text.replace("<", "&lt;")
