"""YAML as CCM v2 reads it: go-yaml, which is libyaml in Go, and then by way of JSON.

The syntax is left to libyaml itself, where PyYAML has it; newer than go-yaml's, it refuses a word
that ends in a colon within brackets, as ``{a:}``. What a plain scalar means is go-yaml's
``resolve``, told in the order in which that function tries.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The tag of scalars that are not quoted and have none of their own.
_PLAIN = "!plain"
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "yes", "on", "true"), True),
    **dict.fromkeys(("n", "no", "off", "false"), False),
    **dict.fromkeys(("", "~", "null"), None),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OLD_OCTAL = re.compile(r"([-+]?)0o?([0-7]+)")
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool")
_MERGE = "<<"


class _Loader(_Base):  # type: ignore[misc] # which of the two is known at run time
    yaml_implicit_resolvers = {None: [(_PLAIN, re.compile(""))]}  # noqa: RUF012


def first_document(text: str) -> Any:
    """The first document of a text as JSON would hold it; what follows is never looked at.

    Raises yaml.YAMLError, and ValueError where a tag does not fit its value.
    """
    loader = _Loader(text)
    try:
        if not loader.check_node():
            return None
        return _value(loader.get_node())
    finally:
        loader.dispose()


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(one) for one in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    return _scalar(node.value) if node.tag in (_PLAIN, *_NUMBERS) else node.value


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    """Merged keys give way to the mapping's own."""
    found: dict[str, Any] = {}
    for key, value in node.value:
        if _is_merge(key):
            merged = _value(value)
            for one in reversed(merged) if isinstance(merged, list) else [merged]:
                if not isinstance(one, dict):
                    raise ValueError("map merge requires a map")  # noqa: TRY004 a fault of the text
                found |= one
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or _value(key) is None:
            raise ValueError("unsupported map key")
        if not _is_merge(key):
            found[as_text(_value(key))] = _value(value)
    return found


def _is_merge(key: yaml.Node) -> bool:
    return key.tag == _PLAIN and key.value == _MERGE


def _scalar(text: str) -> Any:
    if text.lower() in _WORDS and text in (text.lower(), text.upper(), text.capitalize()):
        return _WORDS[text.lower()]
    if not text[:1].isdigit() and text[:1] not in "+-.":
        return text
    plain = text.replace("_", "")
    octal = _OLD_OCTAL.fullmatch(plain)
    try:
        return int(f"{octal[1]}0o{octal[2]}" if octal else plain, 0)
    except ValueError:
        return float(plain) if _FLOAT.fullmatch(plain) else text


def as_text(value: Any) -> str:
    """What a number or boolean becomes where text is wanted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
