"""JSON that is safe to show on a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from json import dumps
from typing import Any

import msgspec

from kubectl_routes.model.message import Message

# JSON itself escapes control characters below the space only. These are the others that a
# terminal could obey, or that hide or turn text: DEL, C1 controls, all of Unicode's category Cf
# (zero-width and bidi marks, tags), its line separators, and the two that are no characters, which
# no YAML parser takes.
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)


def encoded(value: Any) -> bytes:
    """Compact JSON; a Message as its text, of which msgspec knows only the plain kind."""
    return msgspec.json.encode(value, enc_hook=_as_text)


def _as_text(value: Any) -> str:
    if isinstance(value, Message):
        return str(value)
    raise NotImplementedError(type(value))


def json(value: Any, encode: Callable[[Any], bytes] = encoded) -> str:
    """The value as indented JSON, ending in a line feed; ``encode`` makes JSON of it."""
    text = msgspec.json.format(encode(value), indent=2).decode()
    # Beyond 16 bits JSON escapes a character as two halves.
    text = _safe(text, lambda char: dumps(char)[1:-1])
    # A sum would be a second copy, and 150,000 routes are 45 MB.
    text += "\n"
    return text


def literal(value: Any) -> str:
    """The value as JSON on one line."""
    return _safe(encoded(value).decode(), lambda char: dumps(char)[1:-1])


def scalar(value: Any) -> str:
    """The value as JSON on one line that YAML reads alike: it knows no halves of characters."""
    return _safe(encoded(value).decode(), _for_yaml)


def _for_yaml(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _safe(text: str, escaped: Callable[[str], str]) -> str:
    # Outside of strings JSON is ASCII, so what is replaced is always inside one.
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNSAFE.sub(lambda match: escaped(match[0]), text)
