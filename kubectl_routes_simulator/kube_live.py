"""An object as it is now, beside what a write would make of it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.kube_store import Stored


class Live(Struct, frozen=True):
    """An object as it is: ``stored``, and ``value`` with the defaults, which may be changed."""

    stored: Stored
    value: Object


def same(before: Object, after: Object) -> bool:
    """Whether nothing but the times of managers differs."""
    return _without_times(before) == _without_times(after)


def _without_times(value: Object) -> Object:
    meta = dict(value["metadata"])
    listed = meta.pop("managedFields", ())
    timeless = [{key: one[key] for key in one if key != "time"} for one in listed]
    return {**value, "metadata": meta, "managedFields": timeless}


def as_stored(stored: Any, live: Any, new: Any) -> Any:
    """The new value, but what means the same as before stays exactly as it is stored: defaults
    that a scenario left out are no change of a template.
    """
    if new == live:
        return stored
    if not isinstance(stored, dict) or not isinstance(live, dict) or not isinstance(new, dict):
        return new
    return {
        key: as_stored(stored[key], live.get(key), part) if key in stored else part
        for key, part in new.items()
    }
