"""Taking back one write of this very run, when what should follow it has failed."""

from __future__ import annotations

from copy import deepcopy

from msgspec import Struct

from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change
from kubectl_routes.model.undo import UNDO, ConfigMapUndo, WorkloadUndo
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.pods import Object
from kubectl_routes.plan.undo import (
    Reverted,
    record_of,
    revert_config_map,
    revert_workload,
    set_annotation,
)

# What the server fills in: an object that is made again must not bring it along.
_SERVER_SET = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")


class Reversal(Struct, frozen=True):
    """The write that reverses a change, None when there is nothing left, and what has to stay."""

    change: Change | None
    left: tuple[str, ...] = ()


def reverse_change(change: Change, stored: Object | None, now: Object | None) -> Reversal:
    """How to reverse a change.

    ``stored`` is what the server kept of it, ``now`` what is there at present; None stands for an
    object that is not there. Where no one else wrote since, what was there before comes back
    whole; else the pieces of this change are taken out, as far as they can be told.
    """
    name = f"{change.kind} {change.namespace}/{change.name}"
    if now is None:
        if change.after is not None or change.before is None:
            return Reversal(
                None, (message("{name} is gone", name=name),) if change.before is not None else ()
            )
        again = deepcopy(change.before)
        for field in _SERVER_SET:
            again["metadata"].pop(field, None)
        return Reversal(_change(change, None, again))
    if change.after is None:
        return Reversal(
            None, (message("{name} is there again, created by another client", name=name),)
        )
    if stored is not None and _content(now) == _content(stored):
        return Reversal(_whole(change, now))
    if change.undo is None:
        return Reversal(
            None,
            (message("{name} was changed by another client, and is left as it is", name=name),),
        )
    try:
        reverted = _pieces(change.undo, now)
    except cloud_config_edit.NotEditable as error:
        return Reversal(
            None, (message("{name} cannot be undone: {error}", name=name, error=error.args[0]),)
        )
    if reverted.after is not None:
        set_annotation(reverted.after, UNDO, record_of(change.before) or None)
    return Reversal(_change(change, now, reverted.after), reverted.left)


def _content(value: Object) -> object:
    if value["kind"] == "ConfigMap":
        return value.get("data"), value.get("binaryData"), record_of(value)
    return value.get("spec"), record_of(value)


def _whole(change: Change, now: Object) -> Change:
    if change.before is None:
        return _change(change, now, None)
    after = deepcopy(now)
    for part in ("data", "spec"):
        if part in change.before:
            after[part] = deepcopy(change.before[part])
        else:
            after.pop(part, None)
    set_annotation(after, UNDO, record_of(change.before) or None)
    metadata = after["metadata"]
    if "annotations" not in change.before["metadata"] and not metadata.get("annotations"):
        metadata.pop("annotations", None)
    return _change(change, now, after)


def _pieces(undo: WorkloadUndo | ConfigMapUndo, now: Object) -> Reverted:
    if isinstance(undo, WorkloadUndo):
        return revert_workload(now, undo)
    return revert_config_map(now, undo)


def _change(change: Change, before: Object | None, after: Object | None) -> Change:
    return Change(change.kind, change.namespace, change.name, before, after)
