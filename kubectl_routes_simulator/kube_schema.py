"""The shape of what clients may write: read once from the table of fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache

from msgspec import Struct

from kubectl_routes_simulator.kube_fields_table import FIELDS


class Shape(Enum):
    """What a value looks like in JSON."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    QUANTITY = "quantity"
    SCALAR = "scalar"  # an int-or-string or a time
    ANY = "any"
    STRUCT = "struct"
    MAP = "map"
    LIST = "list"


class Schema(Struct, frozen=True):
    """One type. ``name`` is that of a struct, ``fields`` are its fields by their JSON names;
    ``item`` is the type of what a list or a map holds.

    ``keys`` tell the items of a list apart, ``is_set`` is a list whose values do that themselves;
    ``atomic`` values have one owner. ``retains`` admits ``$retainKeys``. ``pointer`` values are
    kept when they are zero.
    """

    shape: Shape
    name: str = ""
    fields: Mapping[str, Schema] = {}
    item: Schema | None = None
    keys: tuple[str, ...] = ()
    is_set: bool = False
    atomic: bool = False
    retains: bool = False
    pointer: bool = False

    def of_field(self, name: str) -> Schema:
        """The type of a field of a struct or of a value of a map; ANY for one not known."""
        if self.shape is Shape.STRUCT:
            return self.fields.get(name, ANY)
        return self.item or ANY

    @property
    def of_item(self) -> Schema:
        """The type of the items of a list."""
        return self.item or ANY


ANY = Schema(Shape.ANY)
_SCALARS = {
    "s": Shape.STRING,
    "i": Shape.INTEGER,
    "b": Shape.BOOLEAN,
    "q": Shape.QUANTITY,
    "n": Shape.SCALAR,
    "t": Shape.SCALAR,
    "x": Shape.ANY,
}
_TYPE = re.compile(r"(?P<core>\[.+\]|\{.+\}|\w+)(?P<mark>[?!~*]|#(?P<keys>[\w,]+))?")


@cache
def schema_of(kind: str) -> Schema:
    """The type of a kind. Raises KeyError for one that clients cannot write."""
    fields = dict(field.split(":", 1) for field in FIELDS[kind].split())
    read = {name: _read(text) for name, text in fields.items()}
    return Schema(Shape.STRUCT, name=kind, fields=read)


def _read(text: str) -> Schema:
    found = _TYPE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    core, mark, keys = found["core"], found["mark"] or "", found["keys"]
    if core[0] == "[":
        item = _read(core[1:-1])
        split = tuple(keys.split(",")) if keys else ()
        is_set = mark == "*"
        return Schema(
            Shape.LIST, item=item, keys=split, is_set=is_set, atomic=not split and not is_set
        )
    if core[0] == "{":
        return Schema(Shape.MAP, item=_read(core[1:-1]), atomic=mark == "!")
    if core in _SCALARS:
        return Schema(_SCALARS[core], atomic=mark == "!", pointer=mark == "?")
    named = schema_of(core)
    return Schema(Shape.STRUCT, named.name, named.fields, atomic=mark == "!", retains=mark == "~")
