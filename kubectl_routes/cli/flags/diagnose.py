"""The flags of ``diagnose``."""

from __future__ import annotations

from kubectl_routes.cli.options import (
    DOCUMENTS,
    add_contexts,
    add_output,
    add_watch,
    node_name,
    switch,
    value,
    values,
)
from kubectl_routes.cli.parser import Parser

GROUP = "routes"
SUMMARY = "explain why routes are missing, with evidence and commands to fix them"
USAGE = ("[NODE ...] [flags]",)
EXAMPLES = {
    "{prog} diagnose": "every problem of the cluster",
    "{prog} diagnose --min-severity warning -o short": "one line for each warning and error",
    "{prog} diagnose --fail-on warning -o junit": "in a pipeline: fail on warnings",
    "{prog} diagnose --contexts prod,test": "two clusters, one line each",
    "{prog} diagnose --list-checks": "every check",
}

OUTPUTS = {
    "table": "cli.commands.diagnose.page",
    "wide": "cli.commands.diagnose.page",
    "short": "cli.commands.diagnose.short",
    **DOCUMENTS,
    "junit": "cli.commands.diagnose.junit",
    "sarif": "cli.commands.diagnose.sarif",
    "html": "cli.report.of_diagnosis",
}
SEVERITIES = ("error", "warning", "info")


def declare(parser: Parser) -> None:
    """Add the flags of ``diagnose``."""
    parser.add_argument(
        "nodes",
        metavar="NODE",
        type=node_name,
        nargs="*",
        help="show findings for these nodes only",
    )
    add_output(parser, OUTPUTS)
    values(parser, "--check", "CODE,CODE", "run only these checks", codes)
    values(parser, "--skip", "CODE,CODE", "skip these checks", codes)
    parser.add_argument(
        "--min-severity",
        choices=SEVERITIES,
        default="info",
        help="show findings of this severity or higher (the exit code considers all)",
    )
    parser.add_argument(
        "--fail-on",
        choices=[*SEVERITIES, "none"],
        default="error",
        help="exit 1 for findings of this severity or higher",
    )
    value(parser, "--suppress", "FILE", "suppress the findings listed in this file")
    add_watch(parser)
    add_contexts(parser)
    switch(parser, "--list-checks", "list all checks and exit")


def codes(text: str) -> list[str]:
    """The codes of a ``--check`` or ``--skip`` list, as they are written in the catalog."""
    return [item.strip().upper() for item in text.split(",")]
