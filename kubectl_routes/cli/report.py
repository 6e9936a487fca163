"""The HTML report of ``status`` and ``diagnose``: both answers to one Snapshot on one page."""

from __future__ import annotations

from importlib.resources import files

from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.render.html.contents import Assets, Contents
from kubectl_routes.render.html.report import report

_PACKAGE = "kubectl_routes.render.html"
# One script in the page, in parts that can be read; each uses what stands before it.
SCRIPTS = ("rows.js", "grid.js", "overview.js", "tools.js")


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
