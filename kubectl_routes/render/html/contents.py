"""What goes into a report, and the page that its texts are laid out on."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.matrix import Matrix, State, TableColumn
from kubectl_routes.model.vpc import VSwitch
from kubectl_routes.render.page import Page
from kubectl_routes.render.rows import labels, with_cells

# Each state has a sign of its own, so that no reader depends on colour.
SIGNS = {
    State.OK: "✓",
    State.PENDING: "!",
    State.MISSING: "✗",
    State.CONFLICT: "≠",
    State.SHADOWED: "◐",
    State.SKIPPED: "–",
    State.UNKNOWN: "?",
}


class ReportPage(Page, frozen=True):
    """What renderers of text are given here: their lines are broken by the browser, and their
    states have the signs of the report.
    """

    width: int = 1_000_000

    def symbol(self, state: State) -> str:
        """The sign of a state."""
        return SIGNS[state]


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
    def page(self) -> ReportPage:
        """How texts are laid out, in the language of the findings."""
        return ReportPage(language=self.diagnosis.language)

    @property
    def columns(self) -> tuple[TableColumn, ...]:
        """The tables that rows have cells for."""
        return with_cells(self.matrix.nodes, self.matrix.tables)

    @property
    def labels(self) -> dict[str, str]:
        """What stands above the column of each table, by its id."""
        return labels(self.matrix.tables, self.page.ellipsis)

    @property
    def period(self) -> int | None:
        """The length of CCM's reconcile period in seconds."""
        return self.matrix.controller.period_seconds

    @property
    def used_switches(self) -> list[str]:
        """The vSwitches that nodes of the rows are in, sorted."""
        return sorted({row.v_switch for row in self.matrix.nodes if row.v_switch})


class Assets(Struct, frozen=True):
    """Frame, style and script of the page, as text: rendering reads no file."""

    frame: str
    style: str
    script: str
