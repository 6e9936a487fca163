"""What goes into a report."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.message import Language
from kubectl_routes.model.vpc import VSwitch
from kubectl_routes.render.html.marks import ReportPage


class Contents(Struct, frozen=True):
    """Both answers to one Snapshot. ``matrix.nodes`` are the rows to show, in order; ``no_rows`` is
    the sentence in their place when there is none; ``time`` is RFC 3339, as in the Snapshot.
    """

    matrix: Matrix
    diagnosis: Diagnosis
    v_switches: tuple[VSwitch, ...]
    time: str
    tool: str
    no_rows: str

    @property
    def language(self) -> Language:
        """The language of the findings, and so of the whole page."""
        return self.diagnosis.language

    @property
    def page(self) -> ReportPage:
        """How texts are laid out that renderers of text write."""
        return ReportPage(language=self.language)


class Assets(Struct, frozen=True):
    """Frame, style and script of the page, as text: rendering reads no file."""

    frame: str
    style: str
    script: str
