"""How the states look: each has a sign of its own, so that no reader depends on colour."""

from __future__ import annotations

from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import State
from kubectl_routes.render.page import Page

SIGNS = {
    State.OK: "✓",
    State.PENDING: "!",
    State.MISSING: "✗",
    State.CONFLICT: "≠",
    State.SHADOWED: "◐",
    State.SKIPPED: "–",
    State.UNKNOWN: "?",
}
SEVERITIES = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "i"}


class ReportPage(Page, frozen=True):
    """What renderers of text are given here: their lines are broken by the browser, and their
    states have the signs of the report.
    """

    width: int = 1_000_000

    def symbol(self, state: State) -> str:
        """The sign of a state."""
        return SIGNS[state]
