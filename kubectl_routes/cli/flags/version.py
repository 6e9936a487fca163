"""The flags of ``version``."""

from __future__ import annotations

from kubectl_routes.cli.options import DOCUMENTS, add_output
from kubectl_routes.cli.parser import Parser

GROUP = "others"
SUMMARY = "show the version of this plugin and of its libraries"
USAGE = ("[flags]",)
EXAMPLES = {
    "{prog} version": "for an issue",
    "{prog} version -o json": "for a program",
}

OUTPUTS = {"text": "cli.commands.version.text", **DOCUMENTS}


def declare(parser: Parser) -> None:
    """Add the flags of ``version``."""
    add_output(parser, OUTPUTS)
