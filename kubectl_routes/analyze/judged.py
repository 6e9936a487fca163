"""A Snapshot judged, and how objects and their fields are compared in two of them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_routes.analyze.matrix import Examination
from kubectl_routes.model.diff import Change, ChangeType, DiffPart
from kubectl_routes.model.finding import Diagnosis

# By name; None is a value that is not known, which differs from nothing.
Fields = dict[str, str | None]
# Under the name "" of an object's fields: its short description, where it is on one side only.
DESCRIPTION = ""


class Judged(Struct, frozen=True):
    """A Snapshot with what follows from it, judged by this release whatever release took it."""

    examined: Examination
    diagnosis: Diagnosis

    def read(self, *parts: str) -> bool:
        """Whether all of these parts were read."""
        return all(self.examined.snapshot.gap(part) is None for part in parts)


def changed_fields(
    part: DiffPart,
    kind: str,
    old: Fields,
    new: Fields,
    *,
    name: str = "",
    absent: str | None = None,
) -> Iterator[Change]:
    """The fields that differ; one that a side does not have is ``absent``."""
    for field in {**old, **new}:
        before, after = old.get(field, absent), new.get(field, absent)
        if field != DESCRIPTION and before is not None and after is not None and before != after:
            yield Change(part, ChangeType.CHANGED, kind, name, field, before, after)


def changed_objects(
    part: DiffPart, kind: str, old: dict[str, Fields], new: dict[str, Fields], *, whole: bool = True
) -> Iterator[Change]:
    """The objects, by name, that are on one side only, if all were read (``whole``), and the
    fields that differ of the others.
    """
    for name in {**new, **old}:
        if name in old and name in new:
            yield from changed_fields(part, kind, old[name], new[name], name=name)
        elif whole:
            before, after = (side.get(name, {}).get(DESCRIPTION) or "" for side in (old, new))
            change = ChangeType.ADDED if name in new else ChangeType.REMOVED
            yield Change(part, change, kind, name, "", before, after)


def change_type(before: str, after: str) -> ChangeType:
    """How a value differs; one that is empty is not there."""
    if not before:
        return ChangeType.ADDED
    return ChangeType.CHANGED if after else ChangeType.REMOVED


def yes(value: bool) -> str:
    """A value that is true or false as text."""
    return "yes" if value else "no"
