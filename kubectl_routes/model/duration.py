"""Durations as text."""

from __future__ import annotations


def duration(seconds: int) -> str:
    """Seconds as Kubernetes writes them: ``45s``, ``5m``, ``1m30s``, ``2h``."""
    if seconds <= 0:
        return "0s"
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    parts = ((hour, "h"), (minute, "m"), (second, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)
