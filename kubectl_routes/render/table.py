"""``status`` as text: header, tables, matrix, and beneath it what the reader should know."""

from __future__ import annotations

from kubectl_routes.model.matrix import Matrix
from kubectl_routes.render.header import header
from kubectl_routes.render.labels import labels
from kubectl_routes.render.page import Page
from kubectl_routes.render.remarks import explanations
from kubectl_routes.render.remarks import gap_lines
from kubectl_routes.render.remarks import notice_lines
from kubectl_routes.render.routetables import table_block
from kubectl_routes.render.rows import matrix_block
from kubectl_routes.render.rows import shown_tables
from kubectl_routes.render.rows import with_cells
from kubectl_routes.render.text import count
from kubectl_routes.render.text import quoted
from kubectl_routes.render.text import wrapped


def status_page(matrix: Matrix, page: Page, no_rows: str) -> str:
    """The whole text, rows in the order of ``matrix.nodes``.

    ``no_rows`` is the sentence that stands for the matrix when there is no row. Without headers
    there is one line a node and nothing else, as a script wants it.
    """
    if not page.headers:
        lines, _ = _matrix(matrix, page)
        return "".join(f"{line}\n" for line in lines)
    blocks = [
        header(matrix, page),
        table_block(matrix.tables, page),
        *(_matrix(matrix, page) if matrix.nodes else [[no_rows]]),
        notice_lines(matrix.notices, page),
        gap_lines(matrix.gaps, page),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _matrix(matrix: Matrix, page: Page) -> tuple[list[str], list[str]]:
    """The lines of the matrix, and those that explain its cells."""
    candidates = with_cells(matrix.nodes, matrix.tables)
    tables = shown_tables(candidates, page)
    short = labels(matrix.tables, page.ellipsis)
    names = {table.id: quoted(table.id) for table in matrix.tables} if page.wide else short
    period = matrix.controller.period_seconds
    lines = matrix_block(matrix.nodes, tables, names, period, page)
    hidden = len(candidates) - len(tables)
    if hidden and page.headers:
        told = f"{count(hidden, 'table')} left out, not managed, no node seen behind; see -o wide"
        lines.append(wrapped(told, page.width, "  "))
    shown = {table.id: short[table.id] for table in tables}
    return lines, explanations(matrix.nodes, shown, period, page)
