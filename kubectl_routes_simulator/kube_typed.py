"""From decoded JSON to an object of a known type: what the decoder keeps and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from kubectl_routes_simulator.kube_schema import ANY
from kubectl_routes_simulator.kube_schema import Schema
from kubectl_routes_simulator.kube_schema import Shape

Object = dict[str, Any]


class Mistyped(Exception):
    """A value has another type than its field; the message is the decoder's."""


class Keyed(dict[str, Any]):
    """A JSON object that remembers the keys it was given more than once."""

    duplicates: tuple[str, ...] = ()


def parsed(body: bytes) -> Any:
    """JSON, its objects being Keyed. Raises ValueError."""
    return json.loads(body, object_pairs_hook=_keyed)


def _keyed(pairs: list[tuple[str, Any]]) -> Keyed:
    made = Keyed(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        made.duplicates = tuple(name for name in made if names.count(name) > 1)
    return made


def typed(value: Any, schema: Schema) -> tuple[Object, tuple[str, ...]]:
    """A copy of the object with the known fields only, and what was wrong with the others
    (``unknown field "spec.x"``, ``duplicate field "data.a"``).

    Nulls and empty values that the server would not show are left out. Raises Mistyped.
    """
    reader = _Reader()
    return reader.struct(value, schema, "", ""), tuple(reader.problems)


class _Reader:
    """One pass over one object. ``at`` is a path with indexes, ``field`` the same without."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def value(self, value: Any, schema: Schema, at: str, field: str, owner: str) -> Any:
        shape = schema.shape
        if shape is Shape.ANY or isinstance(value, msgspec.Raw):
            self._duplicates(value, at)
            return _plain(value)
        if not _fits(value, shape):
            raise Mistyped(_mismatch(value, schema, field, owner))
        if shape is Shape.STRUCT:
            return self.struct(value, schema, at, field)
        if shape is Shape.MAP:
            self._duplicates(value, at)
            return {
                key: self._of_map(part, schema, f"{at}.{key}", field, owner)
                for key, part in value.items()
            }
        if shape is Shape.QUANTITY:
            return str(value)
        if shape is Shape.LIST:
            item = schema.of_item
            # A null in a list is the zero value of its items.
            items = [_ZERO.get(item.shape) if one is None else one for one in value]
            for one in items:
                if schema.keys and not isinstance(one, dict):
                    raise Mistyped(_mismatch(one, item, field, owner))
            found = enumerate(items)
            return [self.value(one, item, f"{at}[{i}]", field, owner) for i, one in found]
        return value

    def struct(self, value: Any, schema: Schema, at: str, field: str) -> Object:
        self._duplicates(value, at)
        kept: Object = {}
        for name, part in value.items():
            inner = f"{at}.{name}" if at else name
            known = schema.fields.get(name)
            if known is None:
                self.problems.append(f'unknown field "{inner}"')
            elif part is not None:
                below = f"{field}.{name}" if field else name
                read = self.value(part, known, inner, below, schema.name)
                if not _left_out(read, known):
                    kept[name] = read
        return kept

    def _of_map(self, value: Any, schema: Schema, at: str, field: str, owner: str) -> Any:
        item = schema.of_item
        if value is None and item.shape is Shape.STRING:
            return ""
        return self.value(value, item, at, field, owner)

    def _duplicates(self, value: Any, at: str) -> None:
        if isinstance(value, Keyed):
            prefix = f"{at}." if at else ""
            self.problems += [f'duplicate field "{prefix}{one}"' for one in value.duplicates]


_ZERO: dict[Shape, Any] = {Shape.STRUCT: {}, Shape.STRING: "", Shape.INTEGER: 0}


def _fits(value: Any, shape: Shape) -> bool:
    if shape in (Shape.STRUCT, Shape.MAP):
        return isinstance(value, dict)
    if shape is Shape.LIST:
        return isinstance(value, list)
    if shape is Shape.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if shape is Shape.BOOLEAN:
        return isinstance(value, bool)
    if shape is Shape.STRING:
        return isinstance(value, str)
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _left_out(value: Any, schema: Schema) -> bool:
    """Whether the server leaves a field of this value out of what it shows."""
    if schema.shape in (Shape.MAP, Shape.LIST):
        return not value
    if schema.shape in (Shape.STRING, Shape.INTEGER, Shape.BOOLEAN):
        return not value and not schema.pointer
    return False


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items() if part is not None}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _mismatch(value: Any, schema: Schema, field: str, owner: str) -> str:
    """The message of Go's encoding/json."""
    given = next((name for kind, name in _JSON_NAMES if isinstance(value, kind)), "null")
    wanted = _go_type(schema)
    return f"json: cannot unmarshal {given} into Go struct field {owner}.{field} of type {wanted}"


_JSON_NAMES: tuple[tuple[Any, str], ...] = (
    (str, "string"),
    (bool, "bool"),
    (int | float, "number"),
    (list, "array"),
    (dict, "object"),
)
_GO_NAMES = {
    Shape.STRING: "string",
    Shape.BOOLEAN: "bool",
    Shape.INTEGER: "int32",
    Shape.QUANTITY: "resource.Quantity",
    Shape.SCALAR: "intstr.IntOrString",
}


def _go_type(schema: Schema) -> str:
    if schema.shape is Shape.LIST:
        return f"[]{_go_type(schema.item or ANY)}"
    if schema.shape is Shape.MAP:
        return f"map[string]{_go_type(schema.item or ANY)}"
    return _GO_NAMES.get(schema.shape, f"v1.{schema.name}")
