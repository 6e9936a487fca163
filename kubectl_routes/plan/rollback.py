"""Taking back one write of this very run, when what should follow it has failed."""

from __future__ import annotations

from copy import deepcopy

from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Object
from kubectl_routes.model.undo import UNDO, WorkloadUndo
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.annotations import record_of, set_annotation
from kubectl_routes.plan.edit import Edit
from kubectl_routes.plan.undo import revert_config_map, revert_workload

# What the server fills in: an object that is made again must not bring it along.
_SERVER_SET = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")


def reverse_change(change: Change, stored: Object | None, now: Object | None) -> Edit:
    """How to reverse a change, and what has to stay; it has no write where nothing is left to do.

    ``stored`` is what the server kept of it, ``now`` what is there at present; None stands for an
    object that is not there. Where no one else wrote since, what was there before comes back
    whole; else the pieces of this change are taken out, as far as they can be told.
    """
    name = str(change)
    if now is None:
        if change.before is None:
            return Edit(None, None)
        if change.after is not None:
            return Edit(None, None, left=[message("{name} is gone", name=name)])
        again = deepcopy(change.before)
        for field in _SERVER_SET:
            again["metadata"].pop(field, None)
        return Edit(None, again)
    if change.after is None:
        why = message("{name} is there again, created by another client", name=name)
        return Edit(now, now, left=[why])
    if stored is not None and _content(now) == _content(stored):
        return Edit(now, _whole(change, now))
    if change.undo is None:
        why = message("{name} was changed by another client, and is left as it is", name=name)
        return Edit(now, now, left=[why])
    try:
        edit = (
            revert_workload(now, change.undo)
            if isinstance(change.undo, WorkloadUndo)
            else revert_config_map(now, change.undo)
        )
    except cloud_config_edit.NotEditable as error:
        why = message("{name} cannot be undone: {error}", name=name, error=error.args[0])
        return Edit(now, now, left=[why])
    if edit.after is not None:
        set_annotation(edit.after, UNDO, record_of(change.before) or None)
    return edit


def _content(value: Object) -> object:
    if value["kind"] == "ConfigMap":
        return value.get("data"), value.get("binaryData"), record_of(value)
    return value.get("spec"), record_of(value)


def _whole(change: Change, now: Object) -> Object | None:
    """What was there before, with what the server keeps beside it."""
    if change.before is None:
        return None
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
    return after
