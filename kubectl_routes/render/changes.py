"""The objects that a plan writes: their difference, and how they are to be, without credentials."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from copy import deepcopy

import msgspec
from msgspec import Struct

from kubectl_routes.model.plan import Change, Object, Plan
from kubectl_routes.model.undo import HISTORY, UNDO, WorkloadUndo
from kubectl_routes.render.yaml import yaml

# Makes an object fit to be shown: credentials out.
Mask = Callable[[Object], Object]

# What the server keeps for itself, and a difference does not need.
_NOISE = ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation")
# Our own records are for programs to read: a difference only says that they are there.
_RECORDS = {UNDO: "(undo record)", HISTORY: "(who did what, and when)"}


class ChangedObject(Struct, frozen=True, rename="camel"):
    """A write: ``action`` is create, change or delete; ``diff`` the unified difference of what may
    be shown.
    """

    kind: str
    namespace: str
    name: str
    action: str
    diff: str


def diff(plan: Plan, mask: Mask) -> str:
    """The unified difference of all objects, credentials taken out; empty when nothing changes."""
    return "".join(_difference(change, mask) for change in plan.changes)


def _difference(change: Change, mask: Mask) -> str:
    name = f"{change.kind}/{change.namespace}/{change.name}"
    before, after = (_text(value, mask) for value in (change.before, change.after))
    lines = difflib.unified_diff(
        before,
        after,
        "/dev/null" if change.before is None else f"a/{name}",
        "/dev/null" if change.after is None else f"b/{name}",
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def _text(value: Object | None, mask: Mask) -> list[str]:
    return [] if value is None else yaml(_bare(mask(value))).splitlines()


def _bare(value: Object, *, ours: bool = True) -> Object:
    """An object without what only the server can say; without our records unless ``ours``."""
    metadata = {**value["metadata"]}
    metadata["annotations"] = {
        name: _RECORDS.get(name, text)
        for name, text in metadata.get("annotations", {}).items()
        if ours or name not in _RECORDS
    }
    hidden = _NOISE if metadata["annotations"] else (*_NOISE, "annotations")
    metadata = {key: part for key, part in metadata.items() if key not in hidden}
    known = {key: part for key, part in value.items() if key != "status"}
    return {**known, "metadata": metadata}


def changed_objects(plan: Plan, mask: Mask) -> tuple[ChangedObject, ...]:
    """The writes of a plan, credentials taken out."""
    actions = {(True, False): "create", (False, True): "delete", (False, False): "change"}
    return tuple(
        ChangedObject(
            change.kind,
            change.namespace,
            change.name,
            actions[change.before is None, change.after is None],
            _difference(change, mask),
        )
        for change in plan.changes
    )


def manifests(plan: Plan, mask: Mask, hides: Callable[[Object], bool]) -> str:
    """The objects as they are to be, as YAML, for applying them from a repository.

    One with credentials in it comes as a comment: applied as it is shown, it would lose them.
    """
    parts = []
    for change in plan.changes:
        if change.after is None:
            parts.append(f"# delete {change.kind} {change.namespace}/{change.name}\n")
            continue
        text = yaml(_bare(_told(mask(change.after), change.undo), ours=False))
        if hides(change.after):
            text = _remark(plan, change) + "".join(f"# {line}\n" for line in text.splitlines())
        parts.append(text)
    return "---\n".join(parts)


def _remark(plan: Plan, change: Change) -> str:
    """What to do with an object that comes as a comment."""
    name = f"{change.kind} {change.namespace}/{change.name}"
    edit = "make in it\n# the changes that -o diff shows"
    if change.kind == "ConfigMap":
        edit = f"set in it\n# Global.routeTableIDs to {msgspec.json.encode(plan.now).decode()}"
    return f"# {name} holds values that are not shown: {edit} and leave the rest as it is.\n"


def _told(value: Object, undo: object) -> Object:
    """The object with ``readOnly: false`` where the plan leaves the field out: who applies the
    object upon the old one would keep what he does not mention.
    """
    if not isinstance(undo, WorkloadUndo) or undo.writable is None:
        return value
    shown = deepcopy(value)
    for container in shown["spec"]["template"]["spec"]["containers"]:
        for mount in container.get("volumeMounts") or []:
            if mount["mountPath"] == undo.writable.mount_path:
                mount["readOnly"] = False
    return shown
