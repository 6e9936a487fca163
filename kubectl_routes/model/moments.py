"""The RFC 3339 times that a Snapshot carries; there is no clock here."""

from __future__ import annotations

from datetime import datetime, timezone


def seconds_between(earlier: str, later: str) -> float | None:
    """Seconds from one RFC 3339 time to another; None when one of them is missing or malformed."""
    start, end = _parse(earlier), _parse(later)
    return None if start is None or end is None else (end - start).total_seconds()


def epoch_seconds(text: str) -> float | None:
    """Seconds from 1970 to an RFC 3339 time; None for one that is missing or malformed."""
    moment = _parse(text)
    return None if moment is None else moment.timestamp()


def _parse(text: str) -> datetime | None:
    try:
        # Python 3.10 does not know the letter Z.
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
