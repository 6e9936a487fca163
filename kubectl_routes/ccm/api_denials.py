"""Refusals of the VPC API, as CCM reported them in Events."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_routes.model.controller import Event
from kubectl_routes.model.moments import seconds_between

_CREATED = "CreatedRoute"
_REASONS = ("CreateRouteFailed", "FailedToCreateRoute", "Failed")
TABLE_ID = re.compile(r"vtb-[0-9a-zA-Z-]+")
# v2 leaves the API's code out of most Events of nodes and keeps the API's message, so both count.
DENIED = re.compile(r"\bForbidden\.RAM\b|\bNoPermission\b|\bnot authorized\b", re.IGNORECASE)
QUOTA = re.compile(r"\bQuotaExceeded\b|CheckEntryRuleQuota|quota exceeded", re.IGNORECASE)
# What no repetition heals, and the finding that explains each.
_CODES = ((QUOTA, "RT401"), (DENIED, "RT116"))


class Period(Struct, frozen=True):
    """What is recent enough to prove something at ``now`` (RFC 3339).

    ``seconds`` is CCM's reconcile period. ``restarted`` is when every CCM pod had been started
    again (RFC 3339), empty when that is not known: what the pods before them reported may have been
    fixed since, and the new ones would report it again.
    """

    now: str
    seconds: int
    restarted: str = ""

    def holds(self, time: str) -> bool:
        """Whether ``time`` is no more than two periods ago, and not before the restart."""
        age = seconds_between(time, self.now)
        since = seconds_between(self.restarted, time)
        return (
            age is not None and age <= max(2 * self.seconds, 120) and (since is None or since >= 0)
        )


def event_pass_refused(events: tuple[Event, ...], recent: Period) -> bool:
    """Whether CCM lately reported that a whole event pass was refused for lack of a RAM permission.

    From v2.11 on that pass needs vpc:CreateRouteEntries, which the policies of older clusters lack;
    the periodic pass still uses vpc:CreateRouteEntry.
    """
    return any(
        event.kind == "Event"
        and event.reason == "SyncRouteFailed"
        and DENIED.search(event.message) is not None
        and recent.holds(event.last_seen)
        for event in events
    )


def still_true(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The Events without the refusals that CCM has overcome: since then it has created a route in
    the table that the refusal names or, where it names none, for its node.
    """
    created: dict[str, str] = {}
    for event in events:
        if event.reason == _CREATED:
            for name in (event.name, *TABLE_ID.findall(event.message)):
                created[name] = max(created.get(name, ""), event.last_seen)
    return tuple(event for event in events if not _is_overcome(event, created))


def _is_overcome(event: Event, created: dict[str, str]) -> bool:
    if not _is_refusal(event):
        return False
    table = TABLE_ID.search(event.message)
    return event.last_seen < created.get(table[0] if table else event.name, "")


def _is_refusal(event: Event) -> bool:
    return event.kind == "Node" and event.type == "Warning" and event.reason in _REASONS


def refusals(events: tuple[Event, ...], recent: Period) -> dict[tuple[str, str], str]:
    """RT code by (node name, table id), from recent Warning Events.

    A refusal that names a table is true of every entry that CCM would create there, and stands
    under the node name "": a table that is full has no room for the nodes either whose Events were
    not read. An Event that names no table stands under its node and the table id "".
    """
    found: dict[tuple[str, str], str] = {}
    for event in still_true(events):
        if not _is_refusal(event) or not recent.holds(event.last_seen):
            continue
        code = next((code for words, code in _CODES if words.search(event.message)), None)
        table = TABLE_ID.search(event.message)
        if code is not None:
            found["" if table else event.name, table[0] if table else ""] = code
    return found
