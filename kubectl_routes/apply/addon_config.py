"""The configuration of an add-on: where its schema keeps the list of tables, and how to change it
without touching anything else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct, structs

from kubectl_routes.collect.document import Document
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import message

_BRANCHES = ("allOf", "anyOf", "oneOf")

Path = tuple[str, ...]


class Addon(Struct, frozen=True):
    """CCM as an add-on.

    ``state`` is the API's word for it; ``text`` is the configuration, a JSON object. It may hold
    secrets, and ``repr`` does not show it. ``path`` are the names that lead to the list of tables
    in it, as the schema spells them.
    """

    version: str
    state: str
    text: str
    path: Path = ()

    def __repr__(self) -> str:
        return f"Addon({self.version}, {self.state}, {self.where})"

    @property
    def where(self) -> str:
        """The property that holds the list, for an operator: ``routeTableIDs``, ``a.b``."""
        return ".".join(self.path)

    @property
    def tables(self) -> str | None:
        """The list as the configuration has it, spaces included; None when it has none."""
        return list_in(self.text, self.path)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text in the configuration from four characters on, but the list, the longest first.
        Any of them may be a secret, and an API may repeat it in what it says.
        """
        found = {one for one in _texts(json.loads(self.text)) if len(one) >= 4}
        return tuple(sorted(found - {self.tables}, key=len, reverse=True))

    def with_list(self, tables: str | None) -> Addon:
        """With exactly this text as the list, as ``tables`` gave it before.

        The text of every other value and the order of the keys stay as they are.
        """
        value = None if tables is None else msgspec.json.encode(tables)
        return structs.replace(self, text=_changed(self.text.encode(), self.path, value).decode())

    def holds(self, other: Addon) -> bool:
        """Whether two configurations hold the same values; order and spaces do not matter."""
        return bool(json.loads(self.text) == json.loads(other.text))


def list_in(text: str, path: Path) -> str | None:
    """The text at ``path`` of a configuration, None when there is none.

    Raises CloudError when something else is there, or the property a second time in another
    letter case: which of the two counts cannot be known.
    """
    value = json.loads(text)
    for name in path:
        level = {} if value is None else value
        if not isinstance(level, dict):
            raise CloudError(
                message("the add-on's configuration has no object around {name}", name=name)
            )
        twins = [other for other in level if other.lower() == name.lower() and other != name]
        if twins:
            raise CloudError(
                message(
                    "the add-on's configuration holds {twins}, but its schema says {name}",
                    twins=twins[0],
                    name=name,
                ),
                message(
                    "remove one of them in the console: ACK, Add-ons, Cloud Controller Manager"
                ),
            )
        value = level.get(name)
    if value is not None and not isinstance(value, str):
        raise CloudError(
            message("the add-on's configuration holds no text at {path}", path=".".join(path))
        )
    return value


def path_to_list(schema: object, wanted: str) -> Path:
    """Where the configuration that a JSON schema describes holds the list of tables.

    The property has the ``wanted`` name in any letter case, at any depth of nested objects and in
    any branch of the schema. Raises CloudError when there is not exactly one, or it is no string.
    """
    root = Document(schema)
    found: dict[Path, list[Document]] = {}
    try:
        for path, described in _properties(root, root, (), frozenset()):
            if path[-1].lower() == wanted.lower():
                found.setdefault(path, []).append(described)
    except RecursionError:
        raise CloudError(message("the add-on's schema is nested too deep to be read")) from None
    if not found:
        raise CloudError(
            message("the add-on's schema has no property {wanted}", wanted=wanted),
            message(
                "Cloud Controller Manager from v2.4.0 on has it: update it in the console, Add-ons"
            ),
        )
    if len(found) > 1:
        names = ", ".join(sorted(".".join(path) for path in found))
        raise CloudError(
            message(
                "the add-on's schema has several properties {wanted}: {names}",
                wanted=wanted,
                names=names,
            )
        )
    path, schemas = found.popitem()
    if not any(_takes_text(one) for one in schemas):
        raise CloudError(
            message(
                "the add-on's schema wants something else than text for {path}", path=".".join(path)
            ),
            message("set the list in the console: ACK, Add-ons, Cloud Controller Manager"),
        )
    return path


def _properties(
    node: Document, root: Document, path: Path, followed: frozenset[str]
) -> Iterator[tuple[Path, Document]]:
    """Every property below ``node``, with its schema. No reference is followed twice on the way to
    it: a schema may contain itself.
    """
    properties = node.under("properties").value
    for name in properties if isinstance(properties, dict) else ():
        inner = node.under("properties", name)
        yield (*path, name), inner
        yield from _properties(inner, root, (*path, name), followed)
    # What says more about the same object.
    parts = [(part, followed) for name in _BRANCHES for part in node.items(name)]
    parts += [(node.under(name), followed) for name in ("then", "else")]
    reference = node.text("$ref")
    if reference.startswith("#") and reference not in followed:
        target = root.under(*filter(None, reference[1:].split("/")))
        parts.append((target, followed | {reference}))
    for part, trail in parts:
        if isinstance(part.value, dict):
            yield from _properties(part, root, path, trail)


def _takes_text(described: Document) -> bool:
    return (
        described.value is True
        or described.under("type").value in (None, "string")
        or ("string" in described.texts("type"))
    )


def _changed(text: bytes, path: Path, value: bytes | None) -> bytes:
    """A JSON object with ``value`` at ``path``, or nothing there; the rest is copied unread."""
    level = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    name, *deeper = path
    if value is not None or name in level:
        if deeper:
            inner = bytes(level.get(name, b"null"))
            value = _changed(b"{}" if inner == b"null" else inner, tuple(deeper), value)
        if value is None:
            del level[name]
        else:
            level[name] = msgspec.Raw(value)
    return msgspec.json.encode(level)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
