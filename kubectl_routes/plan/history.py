"""The history: who switched multi-table mode on or off, and when."""

from __future__ import annotations

from copy import deepcopy

import msgspec
from msgspec import structs

from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.plan import Change, Object, Plan
from kubectl_routes.model.undo import HISTORY, RECORD, HistoryEntry
from kubectl_routes.plan.annotations import annotations_of, set_annotation

# An annotation is for a few lines; who needs more keeps an audit log of the API server.
MOST = 20


def history_of(carrier: Object | None) -> tuple[HistoryEntry, ...]:
    """What the annotation holds, oldest first; what cannot be read there is left out."""
    text = annotations_of(carrier).get(HISTORY, "[]")
    try:
        return msgspec.json.decode(text, type=tuple[HistoryEntry, ...])
    except UNREADABLE:
        return ()


def with_entry(plan: Plan, entry: HistoryEntry) -> Plan:
    """The plan, its write of the workload noting the entry as well."""
    changes = tuple(noted(change, entry) for change in plan.changes)
    return structs.replace(plan, changes=changes)


def noted(change: Change, entry: HistoryEntry) -> Change:
    """The change of what carries the history with a line more in it; other changes as they are."""
    carries = change.kind in ("DaemonSet", "Deployment") or change.name == RECORD
    if not carries or change.after is None:
        return change
    after = deepcopy(change.after)
    entries = (*history_of(after), entry)[-MOST:]
    set_annotation(after, HISTORY, msgspec.json.encode(entries).decode())
    return structs.replace(change, after=after)
