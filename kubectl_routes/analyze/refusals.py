"""Refusals of the VPC API, as CCM reported them in Events on its nodes."""

from __future__ import annotations

import re

from kubectl_routes.analyze.moments import seconds_between
from kubectl_routes.model.controller import Event

_REASONS = ("CreateRouteFailed", "FailedToCreateRoute", "Failed")
_TABLE = re.compile(r"vtb-[0-9a-zA-Z-]+")
# Codes of the VPC API that no repetition heals, and the finding that explains each.
_CODES = (
    (re.compile(r"\bQuotaExceeded|CheckEntryRuleQuota"), "RT401"),
    (re.compile(r"\bForbidden\.RAM\b|\bNoPermission\b"), "RT116"),
)


def refusals(events: tuple[Event, ...], now: str, period: int) -> dict[tuple[str, str], str]:
    """RT code by (node name, table id), from Warning Events no older than two periods.

    Older ones prove nothing: what they complain of may have been mended, and CCM would have said
    it again. An Event that names no table stands under the table id "".
    """
    found: dict[tuple[str, str], str] = {}
    for event in events:
        if event.kind != "Node" or event.type != "Warning" or event.reason not in _REASONS:
            continue
        age = seconds_between(event.last_seen, now)
        if age is None or age > max(2 * period, 120):
            continue
        code = next((code for words, code in _CODES if words.search(event.message)), None)
        table = _TABLE.search(event.message)
        if code is not None:
            found[event.name, table[0] if table else ""] = code
    return found
