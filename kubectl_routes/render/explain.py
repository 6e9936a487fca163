"""The pages of the finding codes: one for a terminal, all of them as Markdown for the docs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from kubectl_routes.model.catalog import CodePage, NotChecked
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.message import Language
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import columns, wrapped
from kubectl_routes.render.words import comma, level, theme, word


def code_page(one: CodePage, language: Language, page: Page) -> str:
    """One page for a terminal."""
    head = f"{one.code.code} {one.title}"
    about = comma(language).join(
        (level(one.code.severity, language), theme(one.code.theme, language))
    )
    lines = [painted(wrapped(head, page.width, "  "), Paint.STRONG, page.colour), about]
    if one.code.preflight:
        lines.append(wrapped(word("preflight", language), page.width, ""))
    lines += ["", wrapped(one.why, page.width, "")]
    for name, items in _sections(one):
        lines += ["", painted(word(name, language), Paint.STRONG, page.colour)]
        lines += [wrapped(f"- {item}", page.width, "    ", "  ") for item in items]
    if one.commands:
        lines += ["", painted(word("commands", language), Paint.STRONG, page.colour)]
        lines += [f"  $ {command}" for command in one.commands]
    if one.code.link:
        lines += ["", word("more_at", language, text=one.code.link)]
    return "\n".join(lines) + "\n"


def code_list(entries: Sequence[CodePage], language: Language) -> str:
    """All codes, one a line."""
    widest = max(columns(level(one.code.severity, language)) for one in entries)
    lines = []
    for one in entries:
        name = level(one.code.severity, language)
        lines.append(f"{one.code.code}  {name}{' ' * (widest - columns(name))}  {one.title}")
    return "\n".join(lines) + "\n"


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
    checks = (ListedCheck(page.code.code, page.code.severity, page.title) for page in entries)
    return CheckList(tuple(checks))


def unchecked_list(items: Sequence[NotChecked], language: Language, page: Page) -> str:
    """What no check can see, and where to look."""
    lines = [painted(word("unchecked", language), Paint.STRONG, page.colour)]
    for one in items:
        lines.append(wrapped(f"- {one.what}", page.width, "    ", "  "))
        lines.append(wrapped(one.where, page.width, "    ", "    "))
    return "\n".join(lines) + "\n"


def markdown(
    entries: Sequence[CodePage], unchecked: Sequence[NotChecked], language: Language
) -> str:
    """All pages as one Markdown document, with a table of them in front."""
    names = {name: word(name, language) for name in ("code", "severity", "title")}
    lines = [
        f"# {word('catalogue', language)}",
        "",
        word("generated", language),
        "",
        f"| {names['code']} | {names['severity']} | {names['title']} |",
        "|---|---|---|",
    ]
    for one in entries:
        code = one.code.code
        lines.append(
            f"| [{code}](#{code.lower()}) | {level(one.code.severity, language)} | {one.title} |"
        )
    for one in entries:
        lines += ["", *_markdown_page(one, language)]
    lines += ["", f"## {word('unchecked', language)}", ""]
    lines += [f"- {_escaped(one.what)}: {_escaped(one.where)}" for one in unchecked]
    return "\n".join(lines) + "\n"


def _markdown_page(one: CodePage, language: Language) -> list[str]:
    code = one.code.code
    lines = [f"## {code}", "", f"**{one.title}** ({level(one.code.severity, language)})", ""]
    lines.append(_escaped(one.why))
    if one.code.preflight:
        lines += ["", word("preflight", language)]
    for name, items in _sections(one):
        lines += ["", f"{word(name, language)}:", ""]
        lines += [f"- {_escaped(item)}" for item in items]
    if one.commands:
        lines += ["", "```sh", *one.commands, "```"]
    if one.code.link:
        lines += ["", f"<{one.code.link}>"]
    return lines


def _sections(one: CodePage) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("causes", one.causes),
        ("evidence_page", one.evidence),
        ("remedies", one.remedies),
    ]


def _escaped(text: str) -> str:
    """Text in which a placeholder is not taken for HTML."""
    return text.replace("<", "&lt;")
