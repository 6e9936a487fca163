"""``status`` as text: header, tables, matrix, and beneath it what the reader should know."""

from __future__ import annotations

from kubectl_routes.analyze.needs import counted_tables
from kubectl_routes.analyze.order import Collapsed, collapsed
from kubectl_routes.model.matrix import HealthVerdict, Matrix
from kubectl_routes.render.colour import Mark
from kubectl_routes.render.header import header
from kubectl_routes.render.page import LONG, Page, blocks
from kubectl_routes.render.remarks import explanations, gap_lines, notice_lines
from kubectl_routes.render.routetables import table_block
from kubectl_routes.render.rows import labels, matrix_block, shown_tables, with_cells
from kubectl_routes.render.text import columns, padded, plain, quoted


def status_page(matrix: Matrix, page: Page, no_rows: str) -> str:
    """The whole text, rows in the order of ``matrix.nodes``.

    ``no_rows`` is the sentence that stands for the matrix when there is no row. Without headers
    there is one line a node and nothing else, as a script wants it.
    """
    if not page.headers:
        lines, _ = _matrix(matrix, page)
        return "".join(f"{line}\n" for line in lines)
    verdict = verdict_lines(matrix.verdict, page)
    text = blocks(
        (
            verdict,
            header(matrix, page),
            table_block(matrix.tables, page),
            *(_matrix(matrix, page) if matrix.nodes else [[no_rows]]),
            notice_lines(matrix.notices, page),
            gap_lines(matrix.gaps, page),
        )
    )
    if matrix.verdict is None or matrix.verdict.healthy or text.count("\n") < LONG:
        return text
    return "\n".join((text, *verdict, ""))


def verdict_lines(verdict: HealthVerdict | None, page: Page) -> list[str]:
    """What is wrong, for whom, and the command to run; one line where nothing is."""
    if verdict is None:
        return []
    lines = [page.marked(Mark.GOOD if verdict.healthy else Mark.BAD, plain(verdict.text))]
    if verdict.impact:
        lines.append(page.line(plain(verdict.impact), "  ", "  "))
    names = (page.say("Fix:"), page.say("Details:"))
    width = max(map(columns, names)) + 2
    # A command is there to be copied: it stays on one line.
    details = "" if verdict.healthy else "kubectl routes diagnose"
    for name, command in zip(names, (verdict.fix, details), strict=True):
        if command:
            lines.append(f"  {padded(name, width)}{plain(command)}")
    return lines


def _left_out(short: Collapsed, page: Page) -> list[str]:
    """How many rows like those shown are not shown, and what shows them."""
    texts = [
        page.say(
            "{count:more node|more nodes} like {node} in vSwitch {v_switch}",
            count=number,
            node=plain(row.name),
            v_switch=plain(row.v_switch) or page.say("unknown"),
        )
        for row, number in short.alike
    ]
    if short.healthy:
        texts.append(page.say("{count:more node|more nodes} ok", count=short.healthy))
    if texts:
        texts[-1] = page.say("{text}; --all shows them", text=texts[-1])
    return [f"{page.ellipsis} {text}" for text in texts]


def _matrix(matrix: Matrix, page: Page) -> tuple[list[str], list[str]]:
    """The lines of the matrix, and those that explain its cells."""
    candidates = with_cells(matrix.nodes, matrix.tables)
    tables = shown_tables(candidates, page)
    short = labels(matrix.tables, page.ellipsis)
    names = {table.id: quoted(table.id) for table in matrix.tables} if page.wide else short
    period = matrix.controller.period_seconds
    counted = counted_tables(matrix.tables)
    short_form = collapsed(matrix.nodes, counted) if page.collapse else None
    rows = matrix.nodes if short_form is None else short_form.rows
    lines = matrix_block(rows, tables, names, period, page)
    lines += _left_out(short_form, page) if short_form is not None else []
    hidden = len(candidates) - len(tables)
    if hidden and page.headers:
        text = page.say(
            "{count:table|tables} left out: not managed, used by no node; -o wide shows them",
            count=hidden,
        )
        lines.append(page.line(text, "  "))
    shown = {table.id: short[table.id] for table in tables}
    return lines, explanations(matrix.nodes, shown, period, page)
