"""``explain``: what a finding code means, why it matters, and how to fix it. Asks no server."""

from __future__ import annotations

import argparse

from kubectl_routes.catalog.loader import all_codes, texts
from kubectl_routes.catalog.pages import page as page_of, pages
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message
from kubectl_routes.render import explain


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write the pages and return 0."""
    language = terminal.language
    page = terminal.page(args.color, False, True)
    wanted = [code.upper() for code in args.codes]
    for code in wanted:
        if code not in all_codes():
            raise UsageError(
                message("there is no finding code {code}", code=code),
                message("kubectl routes explain lists all"),
            )
    if args.all:
        if wanted:
            raise UsageError(
                message("--all has the pages of all codes"), message("leave the codes out")
            )
        terminal.write(explain.markdown(pages(language), texts(language).unchecked, page))
    elif wanted:
        found = (explain.code_page(page_of(code, language), page) for code in wanted)
        terminal.write("\n".join(found))
    else:
        listed = explain.code_list(pages(language), page)
        unchecked = explain.unchecked_list(texts(language).unchecked, page)
        terminal.write(f"{listed}\n{unchecked}")
    return 0
