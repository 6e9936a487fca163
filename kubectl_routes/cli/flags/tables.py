"""The flags of ``tables``."""

from __future__ import annotations

from kubectl_routes.cli.options import DOCUMENTS, add_output, switch
from kubectl_routes.cli.parser import Parser

GROUP = "routes"
SUMMARY = "list the VPC's route tables, their usage, and which ones CCM manages"
USAGE = ("[flags]",)
EXAMPLES = {
    "{prog} tables": "all route tables of the VPC",
    "{prog} tables -o name": "only their IDs",
}

EPILOG = (
    "ENTRIES: custom entries, and how many the quota allows. ROOM: for how many nodes without a\n"
    "route in the table it has room. What is not known is ?."
)

OUTPUTS = {
    "table": "render.routetables.tables_page",
    "wide": "render.routetables.tables_page",
    **DOCUMENTS,
    "name": "cli.commands.tables.only_names",
}


def declare(parser: Parser) -> None:
    """Add the flags of ``tables``."""
    add_output(parser, OUTPUTS)
    switch(parser, "--no-headers", "print only the rows")
