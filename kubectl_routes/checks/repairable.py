"""Which findings ``kubectl routes repair`` can carry out the remedy of."""

from __future__ import annotations

import re

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.catalog.pages import commands_of, repair_of
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.raw_finding import RawFinding

# What a person has to edit, and what is only to be waited for.
_LEFT = re.compile(r"kubectl (?:-n \{namespace\} (?:edit|rollout status)|routes status)\b")
_ENTRIES = "entries"


def is_repairable(code: str, raw: RawFinding, context: CheckContext) -> bool:
    """Whether ``repair`` does what this finding advises. Where no workload of CCM can be changed,
    only entries can be repaired.
    """
    listed = all_codes()[code]
    editable = context.snapshot.controller.editable
    if not listed.repair or not (editable or listed.theme == _ENTRIES):
        return False
    commands = commands_of(code, raw.variant, raw.steps)
    return bool(commands) and not any(map(_LEFT.match, commands))


def repair_command(code: str, raw: RawFinding, context: CheckContext) -> str:
    """The command that repairs a finding, empty where none does."""
    return repair_of(code) if is_repairable(code, raw, context) else ""
