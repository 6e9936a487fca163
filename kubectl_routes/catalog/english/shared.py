"""Phrases of evidence that belong to no single code."""

from __future__ import annotations

SHARED = {
    "event": "Event {reason} on {object}, {count:time|times}, last at {time}: {message}",
    "log": "pod {pod} wrote: {line}",
    "missing": "no entry for {cidr} of node {node} in {table}",
    "conflict": "{table}: {cidr} of node {node} goes to {hop}",
    "pending": "{table}: the entry of {cidr} of node {node} does not work yet",
    "shadowed": "{table}: {cidr} of node {node} is shadowed by a more specific entry",
    "unsafe": "{table}: the entry of {cidr} of node {node} is going to be deleted, not to be"
    " written again",
    "entry": "{table}: {cidr} goes to {hop}",
    "more": "and {count} more like these",
    "list": 'routeTableIDs in {place} is "{text}"',
    "pod": "pod {pod}: {state}, {restarts:restart|restarts} {message}",
    "gap": "{part}: {reason} {hint}",
}
