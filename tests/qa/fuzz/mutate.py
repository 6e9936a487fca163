"""Hostile inputs out of good ones: documents with parts that do not belong there, texts and bytes
that are damaged. All from one seeded source of chance, so that each can be made again.
"""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

TEXTS = (
    "",
    " ",
    "\x00",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "line\nbreak\r\n\ttab",
    "\u202eright to left\u200b",
    "\ud800",
    "\U0001f4a5\uffff",
    "]]><script>alert(1)</script><!--",
    "${jndi:x} {{7*7}} %s %n",
    "172.16.0.0/16",
    "172.16.1.0/33",
    "0.0.0.0/0",
    "::/0",
    "255.255.255.255/-1",
    "alicloud://cn-hangzhou.i-1",
    "vtb-a,vtb-b",
    " , ",
    "null",
    "true",
    "9" * 5000,
    "2026-99-99T99:99:99Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "x" * 10_000,
)
NUMBERS = (0, -1, 1, 2**31, 2**63 - 1, 2**64, -(2**63), 10**400, 0.5, 1e308)
ODD: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": None}, [None], "NaN")
# JSON that no encoder of Python's would write.
TOKENS = (
    b"NaN", b"-Infinity", b"1e999", b"-0", b"1" * 5000, b'"\\ud800"', b'"\\u0000"', b"[" * 2000,
    b'{"a":' * 2000, b"{}{}", b"\xff\xfe", b"\xef\xbb\xbf", b"/*x*/", b"'", b"\x00", b"01", b"tru",
)  # fmt: skip
YAML = (
    "&a [*a]", "*none", "!!binary x", "!!timestamp 1", "!!int x", "!!set {a}", "!!omap [a]",
    "!!python/object:os.system x", "!<tag:x> y", "<<: *a", "&a {<<: *a}", "? [a, b]\n: c",
    "{[a]: b}", "2026-01-01", "1:30", "0x_", "0b", "1" * 5000, ".nan", "|\n  x", ">-\n", "---\n",
    "...\n", "%YAML 9.9\n", "\t", "@", "`", "!!float x", "!!bool x", "!!null x", "=", "<<",
)  # fmt: skip


def value(chance: Random, document: Any) -> Any:
    """The document with one to four of its parts changed, repeated, taken away or put elsewhere.

    Every other document keeps its shape: what is odd then gets past the decoder.
    """
    changed = deepcopy(document)
    shaped = chance.random() < 0.5
    for _ in range(chance.randint(1, 4)):
        owner, key = _place(chance, changed)
        if owner is None:
            return odd(chance)
        deed = chance.randrange(10)
        if shaped:
            owner[key] = _alike(chance, owner[key])
        elif deed < 5:
            owner[key] = odd(chance)
        elif deed == 5:
            del owner[key]
        elif deed == 6 and isinstance(owner, list):
            owner.extend(deepcopy([owner[key]] * chance.choice((1, 2, 40))))
        elif deed == 7 and isinstance(owner, dict):
            owner[chance.choice(TEXTS)] = owner.pop(key)
        elif deed == 8:
            owner[key] = _nested(chance, owner[key])
        else:
            other, place = _place(chance, changed)
            if other is not None:
                owner[key] = deepcopy(other[place])
    return changed


def odd(chance: Random) -> Any:
    """A value that is out of place almost everywhere."""
    return deepcopy(chance.choice(chance.choice((TEXTS, NUMBERS, ODD))))


def _alike(chance: Random, old: Any) -> Any:
    """Another value of the same type, which may be hostile nevertheless."""
    if isinstance(old, str):
        text = chance.choice((*TEXTS, old * 2, old[: len(old) // 2], f" {old}", old.upper()))
        # Half a character gets past no decoder.
        return text.replace("\ud800", "")
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return chance.choice((0, -1, 2**31, 2**62, 1000 * old))
    if isinstance(old, list):
        return chance.choice(([], old * 2, old * 30, old[::-1]))
    if isinstance(old, dict):
        return chance.choice(({}, dict(reversed(old.items())), dict(list(old.items())[:1])))
    return old


def encoded(chance: Random, document: Any) -> bytes:
    """The document as JSON, in one of the forms that it may have."""
    text = json.dumps(
        document,
        ensure_ascii=chance.random() < 0.5,
        indent=chance.choice((None, 1)),
    )
    return text.encode("utf-8", "surrogatepass")


def damaged(chance: Random, body: bytes) -> bytes:
    """The bytes with one to three places cut, flipped, doubled or overwritten."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.choice((1, 1, 2, 8, 64)))
        deed = chance.randrange(7)
        if deed == 0:
            del changed[at:]
        elif deed == 1:
            del changed[at:end]
        elif deed == 2:
            changed[at:end] = bytes(one ^ 1 << chance.randrange(8) for one in changed[at:end])
        elif deed == 3:
            changed[at:at] = changed[at:end] * chance.choice((1, 2, 50))
        elif deed == 4:
            changed[at:at] = chance.choice(TOKENS)
        elif deed == 5:
            changed[at:end] = chance.choice(TEXTS).encode("utf-8", "surrogatepass")
        else:
            changed[at:at] = chance.choice(YAML).encode()
    return bytes(changed)


def raw(chance: Random) -> bytes:
    """Bytes that were never a document."""
    if chance.random() < 0.5:
        return chance.randbytes(chance.choice((0, 1, 7, 100, 3000)))
    pieces = [
        chance.choice((chance.choice(TOKENS), chance.choice(YAML).encode(), b"\n", b" ", b": "))
        for _ in range(chance.randint(1, 12))
    ]
    return b"".join(pieces)


def hostile(chance: Random, document: Any) -> bytes:
    """Of ten inputs six are whole JSON with odd parts, three are damaged, one is noise."""
    lot = chance.random()
    if lot < 0.1:
        return raw(chance)
    body = encoded(chance, value(chance, document) if lot < 0.8 else document)
    return body if lot < 0.7 else damaged(chance, body)


def _place(chance: Random, document: Any) -> tuple[Any, Any]:
    """A list or mapping somewhere in the document, and one of its keys; (None, None): no such."""
    places = [
        (one, key)
        for one in _walk(document)
        for key in (range(len(one)) if isinstance(one, list) else list(one))
    ]
    return chance.choice(places) if places else (None, None)


def _walk(document: Any) -> list[Any]:
    found, waiting = [], [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (dict, list)):
            found.append(one)
            waiting.extend(one.values() if isinstance(one, dict) else one)
    return found


def _nested(chance: Random, inner: Any) -> Any:
    for _ in range(chance.choice((1, 3, 60))):
        inner = [inner] if chance.random() < 0.5 else {"a": inner}
    return inner
