"""Changing routeTableIDs in a cloud-config text, and nothing else in it.

A text that is JSON is edited in place: every other character stays. Anything else that CCM could
read is rewritten as JSON with its keys in their order, because that is the one form that every
release reads alike; what follows the first document, which no release reads, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from kubectl_routes.ccm.cloudconfig import (
    MalformedError,
    go_text,
    is_text_field,
    is_whole_json,
    parse,
)
from kubectl_routes.model.message import message
from kubectl_routes.model.undo import BACKUP, ListChange, ListUndo
from kubectl_routes.plan.json_members import Member, Members, inserted, members_of, removed, spliced

KEY = "routeTableIDs"
SECTION = "Global"
# What a rewritten text may grow to: a ConfigMap holds at most 1 MiB.
MOST = 1 << 20


class Edited(Struct, frozen=True):
    """The new text and how to undo the edit."""

    text: str
    undo: ListUndo

    def __repr__(self) -> str:
        """Not the text: it may hold credentials."""
        return f"Edited({self.undo!r})"


class NotEditable(Exception):
    """The text cannot be edited: ``str()`` says where and why, never quoting a value."""


def fresh(tables: str) -> str:
    """A cloud-config text that holds a list and nothing else."""
    return json.dumps({SECTION: {KEY: tables}}, indent=4)


def list_of(text: str) -> str | None:
    """The list in a text, None when there is none. Raises NotEditable."""
    tree = _strict(text) if text.strip() else {}
    if tree is None:
        tree = _first_tree(text)
    section = _alike(tree, SECTION)
    value = _alike(section, KEY) if isinstance(section, dict) else None
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return None if value is None else go_text(value)


def edit(text: str, tables: str) -> Edited:
    """The text with ``tables`` as its list. Raises NotEditable."""
    if not text.strip():
        return Edited(fresh(tables), ListUndo(ListChange.WRITTEN, text))
    if _strict(text) is None:
        return _rewrite(text, tables)
    spot, token = _spot(text), json.dumps(tables)
    listed, section = spot.listed, spot.section
    if listed is not None:
        was = text[listed.value : listed.end]
        replaced = spliced(text, listed.value, listed.end, token)
        return Edited(replaced, ListUndo(ListChange.REPLACED, was, list_of(text)))
    if spot.inner is not None:
        return Edited(inserted(text, spot.inner, KEY, token), ListUndo(ListChange.INSERTED))
    added = json.dumps({KEY: tables})
    if section is None:
        return Edited(inserted(text, spot.top, SECTION, added), ListUndo(ListChange.SECTION))
    if text[section.value : section.end] != "null":
        raise NotEditable(message("{section} is not an object", section=section.name))
    filled = spliced(text, section.value, section.end, added)
    return Edited(filled, ListUndo(ListChange.SECTION, "null"))


def revert(text: str, undo: ListUndo, backup: str | None) -> str:
    """The text as it was before an edit. What others have changed since then stays.

    ``backup`` is the text that was rewritten, where one was. Raises NotEditable.
    """
    if not text.strip():
        return text
    tables = list_of(text) or ""
    if undo.change is ListChange.WRITTEN and text == fresh(tables):
        return undo.was
    if backup is not None and _leads_to(backup, undo.tables, tables, text):
        return backup
    if undo.change is ListChange.REWRITTEN or _strict(text) is None:
        return without_list(text) if undo.tables is None else edit(text, undo.tables).text
    listed = _spot(text).listed
    if undo.change is ListChange.REPLACED:
        return text if listed is None else spliced(text, listed.value, listed.end, undo.was)
    bare = without_list(text)
    return _without_section(bare, undo.was) if undo.change is ListChange.SECTION else bare


def leads(data: dict[str, str], kept: str, key: str, before: str | None) -> bool:
    """Whether the text under ``kept`` is what ``key`` held, with the list ``before``, until an edit
    rewrote it. Raises NotEditable.
    """
    if not kept.startswith(f"{key}{BACKUP}"):
        return False
    return _leads_to(data[kept], before, list_of(data[key]) or "", data[key])


def _leads_to(backup: str, before: str | None, tables: str, text: str) -> bool:
    """Whether ``text`` is what an edit has made of ``backup``, which had the list ``before``."""
    try:
        return list_of(backup) == before and edit(backup, tables).text == text
    except NotEditable:
        return False


def without_list(text: str) -> str:
    """The text without its list. Raises NotEditable."""
    if _strict(text) is None:
        text = edit(text, "").text
    spot = _spot(text)
    if spot.inner is None or spot.listed is None:
        return text
    return removed(text, spot.inner, spot.listed)


def is_json(text: str) -> bool:
    """Whether a text is a JSON object. Raises NotEditable when it is another JSON value."""
    return _strict(text) is not None


def is_bare(text: str) -> bool:
    """Whether a text has no content: no section, or an empty one. Raises NotEditable."""
    tree = (_strict(text) if text.strip() else {}) or {}
    others = [key for key in tree if key.lower() != SECTION.lower()]
    return not others and not _alike(tree, SECTION)


def _without_section(text: str, was: str) -> str:
    """The text without the section that was added for the list, unless it has come to hold more."""
    spot = _spot(text)
    if spot.section is None or spot.inner is None or spot.inner.found:
        return text
    if was:
        return spliced(text, spot.section.value, spot.section.end, was)
    return removed(text, spot.top, spot.section)


class _Spot(Struct, frozen=True):
    """Where a JSON text holds the list, or would: ``inner`` is None where the section is none, or
    no object.
    """

    top: Members
    section: Member | None
    inner: Members | None
    listed: Member | None


def _spot(text: str) -> _Spot:
    """The place of the list in a JSON text. Raises NotEditable."""
    top = members_of(text)
    section = _named(top, SECTION)
    if section is None or text[section.value] != "{":
        return _Spot(top, section, None, None)
    inner = members_of(text, section.value)
    return _Spot(top, section, inner, _named(inner, KEY))


def _strict(text: str) -> dict[str, Any] | None:
    """The object that a JSON text is, None when it is no JSON, or more. Raises NotEditable."""
    if not is_whole_json(text):
        return None
    tree = parse(text, yaml=False)
    if not isinstance(tree, dict):
        raise NotEditable(message("it is not an object"))
    return tree


def _first_tree(text: str) -> dict[str, Any]:
    """The first document, which is all that CCM reads, in JSON or YAML. Raises NotEditable."""
    try:
        tree = parse(text, yaml=False)
    except MalformedError:
        try:
            tree = parse(text, yaml=True)
        except MalformedError as error:
            # What the library says is in English anyway.
            said = str(error).removeprefix("not valid YAML")
            raise NotEditable(message("it is neither JSON nor YAML{said}", said=said)) from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise NotEditable(message("it is not an object"))
    return tree


def _rewrite(text: str, tables: str) -> Edited:
    """The same content as JSON, with the list in it."""
    tree = _first_tree(text)
    before = list_of(text)
    name = _name(tree, SECTION)
    section = tree.get(name)
    if section is not None and not isinstance(section, dict):
        raise NotEditable(message("{name} is not an object", name=name))
    try:
        fields = {_key(key): _as_json(_key(key), value) for key, value in (section or {}).items()}
        fields[_name(fields, KEY)] = tables
        rewritten = _dumped({**tree, name: fields})
    except (ValueError, TypeError):
        raise NotEditable(message("it holds values that JSON has no form for")) from None
    return Edited(rewritten, ListUndo(ListChange.REWRITTEN, tables=before))


def _dumped(tree: dict[str, Any]) -> str:
    """JSON, as long as it is not blown up by aliases. Raises NotEditable, ValueError, TypeError."""
    left, parts = MOST, []
    for part in json.JSONEncoder(indent=4, ensure_ascii=False, allow_nan=False).iterencode(tree):
        left -= len(part.encode())  # half a character cannot be encoded
        if left < 0:
            raise NotEditable(message("it is too large"))
        parts.append(part)
    return "".join(parts)


def _key(value: Any) -> str:
    """The key of a mapping as JSON has it."""
    return value if isinstance(value, str) else json.dumps(value)


def _as_json(key: str, value: Any) -> Any:
    """Where CCM wants text, v2 takes a YAML number for it; in JSON only text will do."""
    scalar = isinstance(value, (bool, int, float))
    return go_text(value) if scalar and is_text_field(key) else value


def _name(tree: dict[str, Any], name: str) -> str:
    """The key of a mapping that CCM takes for ``name``; ``name`` itself when there is none."""
    return _sole((key for key in tree if isinstance(key, str)), name) or name


def _named(members: Members, name: str) -> Member | None:
    """The member that CCM takes for ``name``."""
    found = _sole((member.name for member in members.found), name)
    return next((member for member in members.found if member.name == found), None)


def _sole(names: Iterable[str], name: str) -> str | None:
    """The key that CCM takes for ``name``, in any letter case. Raises NotEditable."""
    alike = [other for other in names if other.lower() == name.lower()]
    if len(alike) > 1:
        both = " and ".join(alike)
        raise NotEditable(
            message("{both} stand side by side, and CCM would read one over the other", both=both)
        )
    return alike[0] if alike else None


def _alike(tree: dict[str, Any], name: str) -> Any:
    return tree.get(_name(tree, name))
