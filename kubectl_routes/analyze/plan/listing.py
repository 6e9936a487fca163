"""Changing routeTableIDs in a cloud-config text, and nothing else in it.

A text that is JSON is edited in place: every other character stays. Anything else that CCM could
read is YAML, and is rewritten as JSON with its keys in their order, because that is the one form
that every release reads alike.
"""

from __future__ import annotations

import json
from typing import Any
from typing import NoReturn

from msgspec import Struct

from kubectl_routes.analyze.ccm.cloudconfig import go_text
from kubectl_routes.analyze.ccm.cloudconfig import is_text_field
from kubectl_routes.model.undo import ListChange
from kubectl_routes.model.undo import ListUndo

KEY = "routeTableIDs"
SECTION = "Global"
# What a rewritten text may grow to through YAML aliases: a ConfigMap holds 1 MiB at the most.
MOST_VALUES = 100_000

_BLANK = " \t\r\n"


class Edited(Struct, frozen=True):
    """The new text and how to take it back."""

    text: str
    undo: ListUndo

    def __repr__(self) -> str:
        """Not the text: it may hold credentials."""
        return f"Edited({self.undo!r})"


class Unreadable(Exception):
    """The text cannot be edited: ``str()`` says where and why, never quoting a value."""


class _Member(Struct, frozen=True):
    """A member of a JSON object: where its name begins and where its value stands."""

    name: str
    start: int
    name_end: int
    value: int
    end: int


class _Members(Struct, frozen=True):
    """A JSON object in a text, from its brace at ``start`` on."""

    start: int
    found: tuple[_Member, ...]

    def named(self, name: str) -> _Member | None:
        """The member that CCM takes for ``name``: letter case does not matter to it."""
        alike = [one for one in self.found if one.name.lower() == name.lower()]
        if len(alike) > 1:
            names = " and ".join(one.name for one in alike)
            raise Unreadable(f"{names} stand side by side, and CCM would read one over the other")
        return alike[0] if alike else None


def fresh(tables: str) -> str:
    """A cloud-config text that holds a list and nothing else."""
    return json.dumps({SECTION: {KEY: tables}}, indent=4)


def list_of(text: str) -> str | None:
    """The list in a text, None when there is none. Raises Unreadable."""
    tree = _strict(text) if text.strip() else {}
    if tree is None:
        tree = _yaml_tree(text)
    section = _alike(tree, SECTION)
    value = _alike(section, KEY) if isinstance(section, dict) else None
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return None if value is None else go_text(value)


def edit(text: str, tables: str) -> Edited:
    """The text with ``tables`` as its list. Raises Unreadable."""
    if not text.strip():
        return Edited(fresh(tables), ListUndo(ListChange.WRITTEN, text))
    if _strict(text) is None:
        return _rewrite(text, tables)
    before = list_of(text)
    token = json.dumps(tables)
    top = _members(text, len(text) - len(text.lstrip(_BLANK)))
    section = top.named(SECTION)
    if section is None:
        added = _inserted(text, top, SECTION, json.dumps({KEY: tables}))
        return Edited(added, ListUndo(ListChange.SECTION))
    if text[section.value : section.end] == "null":
        filled = _spliced(text, section.value, section.end, json.dumps({KEY: tables}))
        return Edited(filled, ListUndo(ListChange.SECTION, "null"))
    if text[section.value] != "{":
        raise Unreadable(f"{section.name} is no object")
    inner = _members(text, section.value)
    listed = inner.named(KEY)
    if listed is None:
        return Edited(_inserted(text, inner, KEY, token), ListUndo(ListChange.INSERTED))
    was = text[listed.value : listed.end]
    replaced = _spliced(text, listed.value, listed.end, token)
    return Edited(replaced, ListUndo(ListChange.REPLACED, was, before))


def revert(text: str, undo: ListUndo, backup: str | None) -> str:
    """The text as it was before an edit. What others have changed since then stays.

    ``backup`` is the text that was rewritten, where it was. Raises Unreadable.
    """
    if not text.strip():
        return text
    tables = list_of(text) or ""
    if undo.change is ListChange.WRITTEN and text == fresh(tables):
        return undo.was
    if undo.change is ListChange.REWRITTEN and backup is not None:
        if edit(backup, tables).text == text:
            return backup
        return without_list(text) if undo.tables is None else edit(text, undo.tables).text
    if _strict(text) is None:  # somebody has rewritten it since
        return without_list(text) if undo.tables is None else edit(text, undo.tables).text
    if undo.change is ListChange.SECTION:
        return _without_section(text, undo.was)
    if undo.change is ListChange.REPLACED:
        return _with_token(text, undo.was)
    return without_list(text)


def without_list(text: str) -> str:
    """The text without its list. Raises Unreadable."""
    if _strict(text) is None:
        text = edit(text, "").text
    top = _members(text, len(text) - len(text.lstrip(_BLANK)))
    section = top.named(SECTION)
    if section is None or text[section.value] != "{":
        return text
    inner = _members(text, section.value)
    listed = inner.named(KEY)
    return text if listed is None else _removed(text, inner, listed)


def is_bare(text: str) -> bool:
    """Whether a text says nothing at all: no section, or an empty one. Raises Unreadable."""
    tree = (_strict(text) if text.strip() else {}) or {}
    others = [key for key in tree if key.lower() != SECTION.lower()]
    return not others and not _alike(tree, SECTION)


def _without_section(text: str, was: str) -> str:
    """The text without the section that was added for the list, unless it has come to hold more."""
    bare = without_list(text)
    top = _members(bare, len(bare) - len(bare.lstrip(_BLANK)))
    section = top.named(SECTION)
    if section is None or bare[section.value] != "{" or _members(bare, section.value).found:
        return bare
    if was:
        return _spliced(bare, section.value, section.end, was)
    return _removed(bare, top, section)


def _with_token(text: str, token: str) -> str:
    """The text with this JSON as the value of its list, as long as it has one."""
    top = _members(text, len(text) - len(text.lstrip(_BLANK)))
    section = top.named(SECTION)
    if section is None or text[section.value] != "{":
        return text
    listed = _members(text, section.value).named(KEY)
    return text if listed is None else _spliced(text, listed.value, listed.end, token)


def _strict(text: str) -> dict[str, Any] | None:
    """The object that a JSON text is, None when it is no JSON. Raises Unreadable."""
    try:
        tree = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(tree, dict):
        raise Unreadable("it is no object")
    return tree


def _no_constant(name: str) -> NoReturn:
    # Python takes NaN and Infinity for numbers; JSON has none.
    raise ValueError(name)


def _yaml_tree(text: str) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - costs 20 ms, needed only for what is not JSON

    from kubectl_routes.analyze.ccm import goyaml  # noqa: PLC0415

    try:
        tree = goyaml.load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise Unreadable(f"it is neither JSON nor YAML{where}: {error.problem}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise Unreadable("it is neither JSON nor YAML") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise Unreadable("it is no object")
    return tree


def _rewrite(text: str, tables: str) -> Edited:
    """The same content as JSON, with the list in it."""
    tree = _yaml_tree(text)
    _bound(tree)
    before = list_of(text)
    name = _name(tree, SECTION)
    section = tree.get(name)
    if section is not None and not isinstance(section, dict):
        raise Unreadable(f"{name} is no object")
    fields = {str(key): _as_json(str(key), value) for key, value in (section or {}).items()}
    fields[_name(fields, KEY)] = tables
    try:
        rewritten = json.dumps(
            {**tree, name: fields}, indent=4, ensure_ascii=False, allow_nan=False
        )
    except (ValueError, TypeError):
        raise Unreadable("it holds values that JSON has no form for") from None
    return Edited(rewritten, ListUndo(ListChange.REWRITTEN, tables=before))


def _as_json(key: str, value: Any) -> Any:
    """Where CCM wants text, v2 takes a YAML number for it; in JSON only text will do."""
    scalar = isinstance(value, (bool, int, float))
    return go_text(value) if scalar and is_text_field(key) else value


def _bound(tree: dict[str, Any]) -> None:
    """Refuse what aliases have blown up. Raises Unreadable."""
    left = MOST_VALUES
    waiting: list[Any] = [tree]
    while waiting:
        value = waiting.pop()
        left -= 1
        if left < 0:
            raise Unreadable("it is too large")
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _name(tree: dict[str, Any], name: str) -> str:
    """The key of a mapping that CCM takes for ``name``; ``name`` itself when there is none."""
    alike = [key for key in tree if str(key).lower() == name.lower()]
    if len(alike) > 1:
        names = " and ".join(map(str, alike))
        raise Unreadable(f"{names} stand side by side, and CCM would read one over the other")
    return alike[0] if alike else name


def _alike(tree: dict[str, Any], name: str) -> Any:
    return tree.get(_name(tree, name))


def _members(text: str, start: int) -> _Members:
    """The members of the object that begins at ``start``; the text is known to be JSON."""
    decode = json.JSONDecoder().raw_decode
    found: list[_Member] = []
    at = _skip(text, start + 1)
    while text[at] != "}":
        name, name_end = decode(text, at)
        value = _skip(text, _skip(text, name_end) + 1)
        end = decode(text, value)[1]
        found.append(_Member(name, at, name_end, value, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return _Members(start, tuple(found))


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def _inserted(text: str, members: _Members, name: str, token: str) -> str:
    """The text with a new last member, set apart as the others are."""
    if not members.found:
        place = members.start + 1
        return _spliced(text, place, place, f'"{name}": {token}')
    first, last = members.found[0], members.found[-1]
    apart = text[members.start + 1 : first.start]
    colon = text[first.name_end : first.value]
    return _spliced(text, last.end, last.end, f',{apart}"{name}"{colon}{token}')


def _removed(text: str, members: _Members, member: _Member) -> str:
    """The text without one member and the comma that set it apart."""
    place = members.found.index(member)
    if place:
        return _spliced(text, members.found[place - 1].end, member.end, "")
    if len(members.found) > 1:
        return _spliced(text, member.start, members.found[1].start, "")
    return _spliced(text, members.start + 1, member.end, "")


def _spliced(text: str, start: int, end: int, piece: str) -> str:
    return text[:start] + piece + text[end:]
