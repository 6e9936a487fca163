"""``explain``: what a finding code means, why it matters, and how to fix it. Asks no server."""

from __future__ import annotations

import argparse

from kubectl_routes.catalog.loader import all_codes, texts
from kubectl_routes.catalog.pages import page as page_of, pages
from kubectl_routes.cli.language import language_of
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import UsageError
from kubectl_routes.render import explain


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write the pages and return 0."""
    language = language_of(args.lang, terminal.env)
    page = terminal.page(args.color, False, True)
    wanted = [code.upper() for code in args.codes]
    for code in wanted:
        if code not in all_codes():
            raise UsageError(f"there is no finding code {code}", "kubectl routes explain lists all")
    if args.all:
        if wanted:
            raise UsageError("--all has the pages of all codes", "leave the codes out")
        terminal.write(explain.markdown(pages(language), texts(language).unchecked, language))
    elif wanted:
        found = (explain.code_page(page_of(code, language), language, page) for code in wanted)
        terminal.write("\n".join(found))
    else:
        listed = explain.code_list(pages(language), language)
        terminal.write(
            f"{listed}\n{explain.unchecked_list(texts(language).unchecked, language, page)}"
        )
    return 0
