"""The flags of ``repair``."""

from __future__ import annotations

from kubectl_routes.cli.options import add_output, add_timeout, add_yes, value
from kubectl_routes.cli.parser import Parser

GROUP = "changes"
SUMMARY = "carry out the fixes that diagnose advises, and verify them"
USAGE = ("[CODE ...] [flags]", "--undo FILE [flags]")
EXAMPLES = {
    "{prog} repair --dry-run": "show what would be repaired, and change nothing",
    "{prog} repair": "show the plan, ask, repair and verify",
    "{prog} repair RT306": "delete the entries of nodes that are gone, and nothing else",
}


def declare(parser: Parser) -> None:
    """Add the flags of ``repair``."""
    parser.add_argument(
        "codes",
        metavar="CODE",
        nargs="*",
        help="repair only the findings with these codes (default: all but RT304 and RT305)",
    )
    parser.add_argument(
        "--dry-run",
        action="store_const",
        const="client",
        default="none",
        help="show the plan only; exit 1 if there is anything to repair",
    )
    formats = ("text", "json", "yaml")
    add_output(parser, formats, "format of the plan (json, yaml: with the result)")
    add_yes(parser)
    add_timeout(parser)
    record = "file that deleted entries are written to (default: kubectl-routes-repair-TIME.json)"
    value(parser, "--record", "FILE", record)
    value(parser, "--undo", "FILE", "create the entries of this record again")
    parser.set_defaults(wait=True, rollback_on_failure=True)
