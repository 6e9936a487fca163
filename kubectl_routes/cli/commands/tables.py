"""``tables``: the VPC's route tables, who uses them, and which of them CCM writes to."""

from __future__ import annotations

import argparse

from kubectl_routes.analyze.matrix import build
from kubectl_routes.catalog.translation import translated
from kubectl_routes.cli.formats import is_bare, text_of
from kubectl_routes.cli.reading import read, tell_incomplete, tell_taken
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.render.documents import route_tables
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import names


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show the tables and return the exit code."""
    matrix = translated(build(read(args, terminal)), terminal.language)
    terminal.write(text_of(args, terminal, matrix, route_tables(matrix), matrix.time))
    if is_bare(args):
        tell_taken(args, terminal, matrix.time)
    return tell_incomplete(matrix.gaps, not is_bare(args), terminal)


def only_names(matrix: Matrix, _page: Page) -> str:
    """The ids alone."""
    return names("routetable", (table.id for table in matrix.tables))
