"""The marks and the names of states and severities, for every page; in English the names are those
of the documents.
"""

from __future__ import annotations

from kubectl_routes.model.finding import Severity
from kubectl_routes.model.matrix import NextAction, State
from kubectl_routes.model.message import message
from kubectl_routes.render.colour import Mark

MARKS = {
    State.OK: Mark.GOOD,
    State.PENDING: Mark.WARN,
    State.MISSING: Mark.BAD,
    State.CONFLICT: Mark.BAD,
    State.SHADOWED: Mark.BAD,
    State.SKIPPED: Mark.SKIPPED,
    State.UNKNOWN: Mark.UNKNOWN,
}
SEVERITIES = {Severity.ERROR: Mark.BAD, Severity.WARNING: Mark.WARN, Severity.INFO: Mark.NOTE}
STATES = {
    State.OK: message("ok"),
    State.PENDING: message("pending"),
    State.MISSING: message("missing"),
    State.CONFLICT: message("conflict"),
    State.SHADOWED: message("shadowed"),
    State.SKIPPED: message("skipped"),
    State.UNKNOWN: message("unknown"),
}
ACTIONS = {
    NextAction.CREATE: message("create"),
    NextAction.REPLACE: message("replace"),
    NextAction.STUCK: message("stuck"),
}
LEVELS = {
    Severity.ERROR: message("error"),
    Severity.WARNING: message("warning"),
    Severity.INFO: message("info"),
}
