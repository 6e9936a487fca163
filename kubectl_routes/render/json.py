"""JSON that is safe to show on a terminal."""

from __future__ import annotations

import re
from typing import Any

import msgspec

# JSON itself escapes control characters below the blank only. These are the others that a
# terminal could obey, or that hide or turn text: DEL, C1 controls, zero-width and bidi marks, and
# the two that are no characters, which no YAML parser takes.
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
)


def json(document: Any) -> str:
    """The document as indented JSON, ending in a line feed."""
    text = _safe(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    # A sum would be a second copy, and 150,000 routes are 45 MB.
    text += "\n"
    return text


def literal(value: Any) -> str:
    """The value as JSON on one line."""
    return _safe(msgspec.json.encode(value).decode())


def _safe(text: str) -> str:
    # Outside of strings JSON is ASCII, so what is replaced always stands inside of one.
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
