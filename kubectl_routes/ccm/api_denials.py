"""Refusals of the VPC API, as CCM reported them in Events."""

from __future__ import annotations

import re

from kubectl_routes.model.controller import Event
from kubectl_routes.model.moments import seconds_between

_REASONS = ("CreateRouteFailed", "FailedToCreateRoute", "Failed")
_TABLE = re.compile(r"vtb-[0-9a-zA-Z-]+")
# v2 leaves the API's code out of most Events of nodes and keeps the API's message, so both count.
DENIED = re.compile(r"\bForbidden\.RAM\b|\bNoPermission\b|\bnot authorized\b", re.IGNORECASE)
QUOTA = re.compile(r"\bQuotaExceeded\b|CheckEntryRuleQuota|quota exceeded", re.IGNORECASE)
# What no repetition heals, and the finding that explains each.
_CODES = ((QUOTA, "RT401"), (DENIED, "RT116"))


def event_pass_refused(events: tuple[Event, ...], now: str, period: int) -> bool:
    """Whether CCM lately reported that a whole event pass was refused for want of a RAM permission.

    From v2.11 on that pass needs vpc:CreateRouteEntries, which the policies of older clusters lack;
    the periodic pass still makes do with vpc:CreateRouteEntry.
    """
    return any(
        event.kind == "Event"
        and event.reason == "SyncRouteFailed"
        and DENIED.search(event.message) is not None
        and is_fresh(event.last_seen, now, period)
        for event in events
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
        if not is_fresh(event.last_seen, now, period):
            continue
        code = next((code for words, code in _CODES if words.search(event.message)), None)
        table = _TABLE.search(event.message)
        if code is not None:
            found[event.name, table[0] if table else ""] = code
    return found


def is_fresh(time: str, now: str, period: int) -> bool:
    """Whether what was said at ``time`` is no older than two periods."""
    age = seconds_between(time, now)
    return age is not None and age <= max(2 * period, 120)
