"""What is kept in annotations: the undo record, and the hash that lets pods be replaced."""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.plan import Object
from kubectl_routes.model.undo import CONFIG_HASH, UNDO, ConfigMapUndo, ValueChange, WorkloadUndo
from kubectl_routes.plan.pods import template_of

Record = TypeVar("Record", ConfigMapUndo, ValueChange, WorkloadUndo)


def annotations_of(value: Object | None) -> dict[str, str]:
    """The annotations of an object, a pod, or a pod template."""
    return ((value or {}).get("metadata") or {}).get("annotations") or {}


def set_annotation(value: Object, name: str, text: str | None) -> None:
    """Set an annotation of an object or a pod template, or take it away."""
    if text is not None:
        value.setdefault("metadata", {})["annotations"] = {**annotations_of(value), name: text}
    elif name in annotations_of(value):
        del value["metadata"]["annotations"][name]


def record_of(value: Object | None) -> str:
    """The text of the undo record that an object carries, or empty."""
    return str(annotations_of(value).get(UNDO, ""))


def record_in(value: Object | None, form: type[Record]) -> Record | None:
    """The undo record of an object; None when there is none, or none that can be read."""
    try:
        return msgspec.json.decode(record_of(value), type=form)
    except UNREADABLE:
        return None


def encoded(undo: WorkloadUndo | ConfigMapUndo | ValueChange) -> str:
    """A record as the text of an annotation."""
    return msgspec.json.encode(undo).decode()


def hash_of(value: Object) -> str | None:
    """What stands for the list in a pod or a pod template."""
    return annotations_of(value).get(CONFIG_HASH)


def another_hash(told: str, present: str | None) -> str:
    """What stands for ``told``. It differs from ``present``, so that the pods are replaced."""
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    return f"{digest}-again" if present == digest else digest


def restart(workload: Object, why: str) -> None:
    """Let the pods of a workload be replaced, by a pod template that differs."""
    template = template_of(workload)
    set_annotation(template, CONFIG_HASH, another_hash(why, hash_of(template)))
