"""The flags of ``disable``."""

from __future__ import annotations

from kubectl_routes.cli.options import add_change, switch
from kubectl_routes.cli.parser import Parser

GROUP = "changes"
SUMMARY = "undo the changes made by enable"
USAGE = ("[flags]",)
EXAMPLES = {
    "{prog} disable --dry-run": "show what would be undone, and change nothing",
    "{prog} disable": "show the plan, ask, undo and verify",
}


def declare(parser: Parser) -> None:
    """Add the flags of ``disable``."""
    stay = "flags, mounts and image of CCM stay, and the undo record is deleted"
    switch(parser, "--list-only", f"remove routeTableIDs only: {stay}")
    add_change(parser)
