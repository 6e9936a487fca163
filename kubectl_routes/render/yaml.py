"""YAML, written line by line: for the status of a large cluster PyYAML takes half a minute, and six
times as long as this even with libyaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubectl_routes.render.json import scalar

# Text that no YAML parser takes for anything but itself; everything else is quoted as in JSON.
_BARE = re.compile(r"[A-Za-z][\w./-]*", re.ASCII)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


# A longer key is none to a YAML parser, unless a question mark says that it is one.
_LONGEST_KEY = 1000


def yaml(value: dict[str, Any]) -> str:
    """The document as block-style YAML; it holds dicts, lists, text, integers, booleans, None."""
    return "\n".join([*_mapping(value, ""), ""])


def _mapping(value: dict[str, Any], indent: str) -> Iterator[str]:
    for key, item in value.items():
        name = _text(key)
        if len(name) > _LONGEST_KEY:
            yield f"{indent}? {name}"
            name = ""
        yield from _item(f"{indent}{name}:", item, indent)


def _item(start: str, item: Any, indent: str) -> Iterator[str]:
    """Lines of one value behind ``start``: on the same line where it is one word, else below."""
    if isinstance(item, dict) and item:
        yield start
        yield from _mapping(item, indent + "  ")
    elif isinstance(item, (list, tuple)) and item:
        yield start
        for element in item:
            yield from _element(element, indent)
    elif isinstance(item, str) and _is_block(item):
        yield f"{start} {'|' if item.endswith(chr(10)) else '|-'}"
        for line in item.splitlines():
            yield f"{indent}  {line}" if line else ""
    else:
        yield f"{start} {_scalar(item)}"


def _is_block(text: str) -> bool:
    """Whether a text of several lines can stand as a literal block, which reads better: its first
    line shows the indentation, and nothing at a line's end can be lost.
    """
    lines = text.split("\n")
    return (
        len(lines) > 1
        and lines[0] != ""
        and not lines[0][0].isspace()
        and not text.endswith("\n\n")
        and all(line.isprintable() and line == line.rstrip() for line in lines)
    )


def _element(element: Any, indent: str) -> Iterator[str]:
    """A list element: the first line of a mapping follows the dash."""
    if not isinstance(element, dict) or not element:
        yield f"{indent}- {_scalar(element)}"
        return
    dash = f"{indent}- "
    for line in _mapping(element, indent + "  "):
        yield dash + line[len(dash) :]
        dash = indent + "  "


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else scalar(value)


def _text(value: str) -> str:
    if _BARE.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return scalar(value)
