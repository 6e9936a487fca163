"""A Snapshot judged, and how a field, or the presence of an object, is compared in two of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from kubectl_routes.analyze.matrix import Examination
from kubectl_routes.model.diff import Change, ChangeType, DiffPart
from kubectl_routes.model.finding import Diagnosis


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
    name: str,
    fields: Iterable[tuple[str, str | None, str | None]],
) -> Iterator[Change]:
    """The fields that differ, each given as name, old and new value; None is a value that is not
    known, which differs from nothing.
    """
    for field, before, after in fields:
        if before is not None and after is not None and before != after:
            yield Change(part, ChangeType.CHANGED, kind, name, field, before, after)


def added_and_removed(
    part: DiffPart,
    kind: str,
    old: Mapping[str, str] | None,
    new: Mapping[str, str] | None,
) -> Iterator[Change]:
    """The objects that are on one side only; each maps names to a short description, and is None
    where it was not read to the end.
    """
    if old is None or new is None:
        return
    for name, text in new.items():
        if name not in old:
            yield Change(part, ChangeType.ADDED, kind, name, after=text)
    for name, text in old.items():
        if name not in new:
            yield Change(part, ChangeType.REMOVED, kind, name, before=text)
