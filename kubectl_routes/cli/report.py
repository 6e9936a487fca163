"""The HTML report of ``status`` and ``diagnose``: both answers to one Snapshot on one page."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from msgspec import structs

from kubectl_routes.analyze.matrix import build
from kubectl_routes.analyze.order import SortBy, ordered
from kubectl_routes.catalog.translation import said, translated
from kubectl_routes.cli.absence import rowless
from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.render.html.contents import Assets, Contents
from kubectl_routes.render.html.report import report
from kubectl_routes.render.page import Page

if TYPE_CHECKING:
    from kubectl_routes.cli.commands import diagnose, status

_PACKAGE = "kubectl_routes.render.html"
# One script in the page, in parts that can be read; each uses what stands before it.
SCRIPTS = ("rows.js", "grid.js", "overview.js", "tools.js")


def of_status(answer: status.Answer, _page: Page) -> str:
    """The page with the rows that ``status`` was asked for."""
    assert answer.source is not None
    snapshot, found = answer.source
    return report_text(snapshot, answer.matrix, found, answer.no_rows)


def of_diagnosis(answer: diagnose.Answer, page: Page) -> str:
    """The page with the rows of the nodes that ``diagnose`` was asked for."""
    snapshot = answer.snapshot
    matrix = build(snapshot)
    rows = ordered(matrix, SortBy.STATE)
    shown = tuple(row for row in rows if not answer.nodes or row.name in answer.nodes)
    matrix = translated(structs.replace(matrix, nodes=shown), page.language)
    return report_text(snapshot, matrix, answer.diagnosis, said(rowless(snapshot), page.language))


def report_text(snapshot: Snapshot, matrix: Matrix, diagnosis: Diagnosis, no_rows: str) -> str:
    """The page; ``matrix.nodes`` are the rows to show, ``no_rows`` stands there without any."""
    contents = Contents(
        matrix, diagnosis, snapshot.v_switches, snapshot.time, snapshot.tool, no_rows
    )
    return report(contents, read_assets())


def read_assets() -> Assets:
    """Frame, style and script, as they are installed with the package."""
    folder = files(_PACKAGE)

    def text(name: str) -> str:
        return folder.joinpath(name).read_text(encoding="utf-8")

    return Assets(text("report.html"), text("report.css"), "\n".join(map(text, SCRIPTS)))
