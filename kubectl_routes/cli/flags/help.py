"""The flags of ``help``."""

from __future__ import annotations

from kubectl_routes.cli.parser import Parser

GROUP = "others"
SUMMARY = "show the help of a command"
USAGE = ("[COMMAND]",)
EXAMPLES = {
    "{prog} help": "all commands",
    "{prog} help enable": "the flags of one command",
}


def declare(parser: Parser) -> None:
    """Add the flags of ``help``."""
    parser.add_argument("topic", metavar="COMMAND", nargs="?", help="a command")
