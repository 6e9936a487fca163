"""``tables``: the VPC's route tables, who uses them, and which of them CCM writes to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.reading import INCOMPLETE, needed_gaps, read, tell_incomplete
from kubectl_routes.cli.terminal import Terminal

if TYPE_CHECKING:
    from kubectl_routes.model.matrix import Matrix

OUTPUTS = ("table", "wide", "json", "yaml", "name")


def declare(parser: Parser) -> None:
    """Add the flags of ``tables``."""
    parser.usage = "%(prog)s [flags]"
    parser.add_argument("-o", "--output", choices=OUTPUTS, default="table", help="output format")
    parser.add_argument("--no-headers", action="store_true", help="nothing but the rows")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show the tables and return the exit code."""
    from kubectl_routes.analyze.matrix import build  # noqa: PLC0415

    matrix = build(read(args, terminal))
    terminal.write(_text(matrix, args, terminal))
    gaps = needed_gaps(matrix.gaps)
    if not gaps:
        return 0
    alone = args.output == "name" or (args.output in ("table", "wide") and args.no_headers)
    tell_incomplete(gaps, not alone, terminal)
    return INCOMPLETE


def _text(matrix: Matrix, args: argparse.Namespace, terminal: Terminal) -> str:
    """The answer in the format asked for."""
    if args.output in ("json", "yaml"):
        from kubectl_routes.render import documents  # noqa: PLC0415

        write = documents.json if args.output == "json" else documents.yaml
        return write(documents.route_tables(matrix))
    if args.output == "name":
        from kubectl_routes.render.names import names  # noqa: PLC0415

        return names("routetable", (table.id for table in matrix.tables))
    from kubectl_routes.render.routetables import tables_page  # noqa: PLC0415

    page = terminal.page(args.color, args.output == "wide", not args.no_headers)
    return tables_page(matrix, page)
