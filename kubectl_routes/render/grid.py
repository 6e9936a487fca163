"""Columns of text, as kubectl lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import columns

GAP = 2


def grid(headers: Sequence[str], rows: Sequence[Sequence[str]], page: Page) -> list[str]:
    """Lines of a table, header first unless the page has none; cells may carry colour."""
    import tabulate  # noqa: PLC0415 - only text output needs it

    shown = [[painted(header, Paint.STRONG, page.colour) for header in headers]]
    cells = [*(shown if page.headers else []), *rows]
    text = tabulate.tabulate(cells, tablefmt="plain", disable_numparse=True)
    return [line.rstrip() for line in text.splitlines()]


def needed(headers: Sequence[str], cells: Sequence[Iterable[str]]) -> int:
    """Terminal columns that a table takes; ``cells`` holds its columns, without colour."""
    widths = [
        max(map(columns, {header, *column})) for header, column in zip(headers, cells, strict=True)
    ]
    return sum(widths) + GAP * (len(widths) - 1)
