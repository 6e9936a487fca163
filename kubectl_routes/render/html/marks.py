"""How the states look: each has a sign of its own, so that no reader depends on colour."""

from __future__ import annotations

from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import State

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
