"""One object on its way from what it is to what it is to be."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy

from msgspec import Struct

from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Object
from kubectl_routes.model.undo import ConfigMapUndo, WorkloadUndo


class Edit(Struct):
    """An object before and after; None stands for one that is not there.

    ``steps`` say what is changed, ``left`` what should have been, and stays; ``undo`` is how to
    undo this very change.
    """

    before: Object | None
    after: Object | None
    steps: list[str] = []
    left: list[str] = []
    undo: WorkloadUndo | ConfigMapUndo | None = None

    def __repr__(self) -> str:
        """Not the object: it may hold credentials."""
        return f"Edit({self.steps!r}, {self.left!r})"

    @property
    def value(self) -> Object:
        """The object as it is to be, where it is not deleted."""
        assert self.after is not None
        return self.after

    @property
    def change(self) -> Change | None:
        """The write, unless it would change nothing."""
        if self.before == self.after:
            return None
        shown = self.before or self.value
        metadata = shown["metadata"]
        return Change(
            shown["kind"],
            metadata["namespace"],
            metadata["name"],
            self.before,
            self.after,
            self.undo,
        )


def edit_of(value: Object | None) -> Edit:
    """An edit that has changed nothing yet."""
    return Edit(value, deepcopy(value))


def written(edits: Iterable[Edit]) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """The writes of those edits that change something, and their steps."""
    changes, steps = [], []
    for edit in edits:
        change = edit.change
        if change is not None:
            changes.append(change)
            where = str(change)
            steps += [message("{where}: {step}", where=where, step=step) for step in edit.steps]
    return tuple(changes), tuple(steps)
