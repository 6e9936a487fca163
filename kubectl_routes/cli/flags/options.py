"""The flags of ``options``."""

from __future__ import annotations

from kubectl_routes.cli.parser import Parser

GROUP = "others"
SUMMARY = "list the flags that all commands share"
USAGE = ("",)
EXAMPLES = {
    "{prog} options": "the shared flags",
    "{prog} status --context prod": "one of them, with a command",
}


def declare(parser: Parser) -> None:
    """It has no flags of its own."""
