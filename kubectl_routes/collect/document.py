"""JSON whose shape cannot be trusted."""

from __future__ import annotations

import json
from typing import Any, TypeVar

T = TypeVar("T")


class Document:
    """A decoded JSON value, read so that what is missing or of a wrong type reads as empty.

    One malformed field then costs that field alone, never the object or the list around it.
    """

    def __init__(self, value: object) -> None:
        self.value = value

    def under(self, *path: str) -> Document:
        """The value at ``path``, an empty document when there is none."""
        value = self.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Document(value)

    def text(self, *path: str) -> str:
        """The text at ``path``; a number or another odd value as its JSON, so it can be shown."""
        value = self.under(*path).value
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, *path: str) -> int:
        """The whole number at ``path``, or 0."""
        value = self.under(*path).value
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def flag(self, *path: str) -> bool:
        """Whether ``path`` is exactly true."""
        return self.under(*path).value is True

    def items(self, *path: str) -> tuple[Document, ...]:
        """The items of the list at ``path``."""
        value = self.under(*path).value
        return tuple(Document(item) for item in value) if isinstance(value, list) else ()

    def texts(self, *path: str) -> tuple[str, ...]:
        """The items of the list at ``path``, each as text."""
        return tuple(item.text() for item in self.items(*path))

    def mapping(self, *path: str) -> dict[str, str]:
        """The object at ``path``, its values as text."""
        value = self.under(*path).value
        if not isinstance(value, dict):
            return {}
        return {str(name): Document(item).text() for name, item in value.items()}

    def as_struct(self, kind: type[T]) -> T:
        """The object as a msgspec struct, whatever its parts are: to be used where decoding as that
        struct has failed.
        """
        from msgspec import inspect  # noqa: PLC0415

        found: T = self._as(inspect.type_info(kind))
        return found

    def _as(self, kind: Any) -> Any:
        from msgspec import inspect  # noqa: PLC0415

        value = self.value
        if isinstance(kind, inspect.UnionType):  # with null
            kind = next(one for one in kind.types if not isinstance(one, inspect.NoneType))
            return None if value is None else self._as(kind)
        if isinstance(kind, inspect.ListType):
            return [item._as(kind.item_type) for item in self.items()]
        if isinstance(kind, inspect.DictType):
            return self.mapping()
        if isinstance(kind, inspect.IntType):  # 1, true and "1" have one sensible meaning
            return int(self.text()) if self.text().isdecimal() else int(value is True)
        if isinstance(kind, inspect.StrType):
            return self.text()
        return kind.cls(
            **{each.name: self.under(each.encode_name)._as(each.type) for each in kind.fields}
        )


def printable(text: str) -> str:
    """Text that can be written: halves of characters, which YAML and command lines let through, are
    put together where they fit, and replaced where they do not.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
