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
# Any other error code of the API: the finding shows it as it was reported.
_OTHER = "RT301"
_ERROR_CODE = re.compile(r"\b(?:Error)?Code\s*[:=]\s*\"?([A-Za-z][\w.]*)")
_ERROR_MESSAGE = re.compile(r"\bMessage: (.+)", re.DOTALL)
# What passes without a change, or is over once nothing uses the CIDR.
_PASSING = re.compile(
    r"Throttl|Conflict|Incorrect\w*Status|Busy|Unavailable|Internal|Unknown|Processing|Duplicate"
    r"|Time(?:d )?-?out|try again|later|too (?:many|frequent)",
    re.IGNORECASE,
)


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
    """Whether CCM lately reported an event reconcile that was refused for lack of a RAM permission.

    From v2.11 on it needs vpc:CreateRouteEntries, which the policies of older clusters lack;
    the periodic reconcile still uses vpc:CreateRouteEntry.
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
    the table that the refusal names or, where it names none, for its node. What the API refuses of
    one node alone is overcome by a route of that node in that table.
    """
    created: dict[tuple[str, str], str] = {}
    for event in events:
        if event.reason == _CREATED:
            tables = TABLE_ID.findall(event.message)
            places = [(name, table) for table in tables for name in ("", event.name)]
            for place in ((event.name, ""), *places):
                created[place] = max(created.get(place, ""), event.last_seen)
    return tuple(
        event
        for event in events
        if (found := _refusal(event)) is None or event.last_seen >= created.get(found[0], "")
    )


def _refusal(event: Event) -> tuple[tuple[str, str], str] | None:
    """Node name and table id that a refusal is true of, empty: of all of them; and its code."""
    if event.kind != "Node" or event.type != "Warning" or event.reason not in _REASONS:
        return None
    table, code = TABLE_ID.search(event.message), _code(event.message)
    whole = table is not None and code != _OTHER
    return ("" if whole else event.name, table[0] if table else ""), code


def refusals(events: tuple[Event, ...], recent: Period) -> dict[tuple[str, str], str]:
    """RT code by (node name, table id), from recent Warning Events, the newest last.

    A full quota and a missing permission are true of every entry that CCM would create in a table,
    and stand under the node name "" where the Event names the table: a table that is full has no
    room for the nodes either whose Events were not read. An Event that names no table stands under
    its node and the table id "". Any other refusal is one of that node.
    """
    found: dict[tuple[str, str], str] = {}
    for event in sorted(still_true(events), key=lambda one: one.last_seen):
        refusal = _refusal(event)
        if refusal is not None and refusal[1] and recent.holds(event.last_seen):
            found[refusal[0]] = refusal[1]
    return found


def _code(message: str) -> str:
    """The finding that a refusal belongs to; empty where trying again may help."""
    for words, code in _CODES:
        if words.search(message):
            return code
    named = _ERROR_CODE.findall(message) or _ERROR_MESSAGE.findall(message)
    return _OTHER if named and not _PASSING.search(named[-1]) else ""
