"""The members of a JSON object as they stand in a text, for changing one and no other character."""

from __future__ import annotations

import json

from msgspec import Struct

_BLANK = " \t\r\n"


class Member(Struct, frozen=True):
    """A member: where its name begins and ends, and where its value does."""

    name: str
    start: int
    name_end: int
    value: int
    end: int


class Members(Struct, frozen=True):
    """A JSON object in a text, from its brace at ``start`` on."""

    start: int
    found: tuple[Member, ...]


def members_of(text: str, start: int = 0) -> Members:
    """The members of the first object from ``start`` on, in a text that is known to be JSON."""
    decode = json.JSONDecoder().raw_decode
    brace = _skip(text, start)
    found: list[Member] = []
    at = _skip(text, brace + 1)
    while text[at] != "}":
        name, name_end = decode(text, at)
        value = _skip(text, _skip(text, name_end) + 1)
        end = decode(text, value)[1]
        found.append(Member(name, at, name_end, value, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return Members(brace, tuple(found))


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def inserted(text: str, members: Members, name: str, token: str) -> str:
    """The text with a new last member, set apart as the others are."""
    if not members.found:
        place = members.start + 1
        return spliced(text, place, place, f'"{name}": {token}')
    last = members.found[-1]
    comma = f",{text[members.start + 1 : last.start]}"
    if len(members.found) > 1:
        comma = text[members.found[-2].end : last.start]
    colon = text[last.name_end : last.value]
    return spliced(text, last.end, last.end, f'{comma}"{name}"{colon}{token}')


def removed(text: str, members: Members, member: Member) -> str:
    """The text without one member and the comma that set it apart."""
    place = members.found.index(member)
    if place:
        return spliced(text, members.found[place - 1].end, member.end, "")
    if len(members.found) > 1:
        return spliced(text, member.start, members.found[1].start, "")
    return spliced(text, members.start + 1, member.end, "")


def spliced(text: str, start: int, end: int, piece: str) -> str:
    """The text with another piece between two places."""
    return text[:start] + piece + text[end:]
