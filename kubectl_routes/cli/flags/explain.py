"""The flags of ``explain``."""

from __future__ import annotations

from kubectl_routes.cli.options import switch
from kubectl_routes.cli.parser import Parser

GROUP = "routes"
SUMMARY = "explain a finding code and how to fix it (works offline)"
USAGE = ("[CODE ...] [flags]",)
EXAMPLES = {
    "{prog} explain": "all codes",
    "{prog} explain RT101": "the page of one code",
    "{prog} explain RT101 --lang zh": "the same in Chinese",
}


def declare(parser: Parser) -> None:
    """Add the flags of ``explain``."""
    parser.add_argument(
        "codes", metavar="CODE", nargs="*", help="a finding code like RT103 (default: list all)"
    )
    switch(parser, "--all", "the pages of all codes, as Markdown for the docs")
