"""Who owns which field: sets of field paths, and their form in managedFields (FieldsV1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from kubectl_routes_simulator.kube_schema import Schema
from kubectl_routes_simulator.kube_schema import Shape

Object = dict[str, Any]
# The steps of FieldsV1: ``f:name``, ``k:{"name":"x"}`` or ``v:"value"``.
Path = tuple[str, ...]
FieldSet = frozenset[Path]

# What the server says itself has no manager.
_UNMANAGED = (
    ("f:apiVersion",),
    ("f:kind",),
    *(
        ("f:metadata", f"f:{name}")
        for name in (
            *("name", "namespace", "creationTimestamp", "selfLink", "uid", "generation"),
            *("managedFields", "resourceVersion"),
        )
    ),
)
# A key of a list item that may be left out means its default.
_KEY_DEFAULTS = {"protocol": "TCP"}
_MEMBER = object()  # the presence of a map, or of an item of a list, whatever is in it


def members(value: Object, schema: Schema) -> dict[Path, Any]:
    """Every field of an object that can have an owner, with what it is compared by."""
    found: dict[Path, Any] = {}
    _walk(value, schema, (), found)
    return {path: part for path, part in found.items() if path[:2] not in _UNMANAGED_SET}


_UNMANAGED_SET = frozenset(_UNMANAGED)


def _walk(value: Any, schema: Schema, at: Path, found: dict[Path, Any]) -> None:
    if schema.atomic or not value or not isinstance(value, dict | list):
        found[at] = value
    elif isinstance(value, dict):
        if schema.shape is Shape.MAP:
            found[at] = _MEMBER
        for name, part in value.items():
            _walk(part, schema.of_field(name), (*at, f"f:{name}"), found)
    elif schema.keys:
        for item in value:
            here = (*at, item_step(item, schema))
            found[here] = _MEMBER
            if isinstance(item, dict) and item:
                _walk(item, schema.of_item, here, found)
    elif schema.is_set:
        for item in value:
            found[(*at, f"v:{json.dumps(item)}")] = _MEMBER
    else:
        found[at] = value


def item_step(item: Any, schema: Schema) -> str:
    """The step of an item of a list with keys."""
    named = {key: item.get(key, _KEY_DEFAULTS.get(key)) for key in sorted(schema.keys)}
    given = {key: value for key, value in named.items() if value is not None}
    return f"k:{json.dumps(given, separators=(',', ':'))}"


def shown(path: Path) -> str:
    """A path as messages write it: ``.spec.containers[name="x"].image``."""
    text = ""
    for step in path:
        kind, _, rest = step.partition(":")
        if kind == "f":
            text += f".{rest}"
        elif kind == "v":
            text += f"[={rest}]"
        else:
            pairs = json.loads(rest).items()
            text += f"[{','.join(f'{key}={json.dumps(value)}' for key, value in pairs)}]"
    return text


def encoded(paths: Iterable[Path]) -> Object:
    """A set as FieldsV1."""
    tree: Object = {}
    for path in sorted(paths):
        at = tree
        for step in path:
            at = at.setdefault(step, {})
        at["."] = {}
    return _pruned(tree)


def _pruned(tree: Object) -> Object:
    """A leaf needs no dot: only what has fields of its own is marked as a member."""
    return {} if set(tree) == {"."} else {step: _pruned(part) for step, part in tree.items()}


def decoded(fields: Object) -> FieldSet:
    """FieldsV1 as a set."""
    return frozenset(_paths(fields, ()))


def _paths(tree: Object, at: Path) -> Iterable[Path]:
    for step, part in tree.items():
        if step == ".":
            yield at
        elif part and isinstance(part, dict):
            yield from _paths(part, (*at, step))
        else:
            yield (*at, step)
