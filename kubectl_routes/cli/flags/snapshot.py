"""The flags of ``snapshot``."""

from __future__ import annotations

from kubectl_routes.cli.parser import Parser

GROUP = "tickets and trials"
SUMMARY = "save everything read to a file, secrets redacted, for a support ticket"
USAGE = ("-o FILE [flags]",)
EXAMPLES = {
    "{prog} snapshot -o snapshot.json": "write the file",
    "{prog} diagnose --snapshot snapshot.json": "read it in place of the cluster",
}


def declare(parser: Parser) -> None:
    """Add the flags of ``snapshot``."""
    parser.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="file to write; - is stdout"
    )
