"""``tables``: the VPC's route tables, who uses them, and which of them CCM writes to."""

from __future__ import annotations

import argparse

from kubectl_routes.analyze.matrix import build
from kubectl_routes.catalog.translation import translated
from kubectl_routes.cli.formats import DOCUMENTS
from kubectl_routes.cli.reading import (
    INCOMPLETE,
    needed_gaps,
    page_for,
    read,
    tell_incomplete,
    tell_taken,
)
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.render import documents
from kubectl_routes.render.names import names
from kubectl_routes.render.routetables import tables_page


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show the tables and return the exit code."""
    matrix = translated(build(read(args, terminal)), terminal.language)
    terminal.write(_text(matrix, args, terminal))
    alone = args.output == "name" or (args.output in ("table", "wide") and args.no_headers)
    if alone:
        tell_taken(args, terminal, matrix.time)
    gaps = needed_gaps(matrix.gaps)
    if not gaps:
        return 0
    tell_incomplete(gaps, not alone, terminal)
    return INCOMPLETE


def _text(matrix: Matrix, args: argparse.Namespace, terminal: Terminal) -> str:
    """The answer in the format asked for."""
    if args.output in DOCUMENTS:
        return DOCUMENTS[args.output](documents.route_tables(matrix))
    if args.output == "name":
        return names("routetable", (table.id for table in matrix.tables))
    page = page_for(
        args, terminal, matrix.time, wide=args.output == "wide", headers=not args.no_headers
    )
    return tables_page(matrix, page)
