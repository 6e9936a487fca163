"""The flags of ``diff``."""

from __future__ import annotations

from kubectl_routes.cli.options import DOCUMENTS, add_output
from kubectl_routes.cli.parser import Parser

GROUP = "routes"
SUMMARY = "compare two snapshots, or a snapshot with the cluster now"
USAGE = ("OLD [NEW] [flags]",)
EXAMPLES = {
    "{prog} diff snapshot.json": "what has changed since the snapshot was taken",
    "{prog} diff snapshot.json after.json": "compare two snapshot files; works offline",
    "{prog} diff snapshot.json after.json -o markdown": "a summary for a ticket",
}
EPILOG = (
    "What was not read on one side is not compared, and said to be so.\n"
    "exit codes: 0 no differences, 1 differences, 3 not all could be compared"
)

OUTPUTS = {
    "table": "render.diff.diff_page",
    **DOCUMENTS,
    "markdown": "render.diff.markdown",
}


def declare(parser: Parser) -> None:
    """Add the flags of ``diff``."""
    parser.add_argument("old", metavar="OLD", help="snapshot file")
    parser.add_argument(
        "new", metavar="NEW", nargs="?", help="snapshot file (default: the cluster now)"
    )
    add_output(parser, OUTPUTS)
