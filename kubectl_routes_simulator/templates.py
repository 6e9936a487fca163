"""Objects of the cluster and answers of the cloud, from the templates in the folder ``data``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import msgspec

Object = dict[str, Any]
_FILES = ("objects.yaml", "answers.yaml")


def filled(template: str, /, **values: Any) -> Object:
    """A new object of a template. A text that is nothing but ``$name`` becomes the value, of
    whatever type; within a longer text it must be text. Raises KeyError.
    """
    made: Object = _filled(_templates()[template], values)
    return made


@cache
def _templates() -> dict[str, Object]:
    folder = Path(__file__).with_name("data")
    texts = (folder.joinpath(name).read_bytes() for name in _FILES)
    found: dict[str, Object] = {}
    for text in texts:
        found |= msgspec.yaml.decode(text, type=dict[str, Object])
    return found


def _filled(value: Any, values: Object) -> Any:
    if isinstance(value, str) and "$" in value:
        whole = value[1:]
        return values[whole] if whole in values else Template(value).substitute(values)
    if isinstance(value, dict):
        return {key: _filled(part, values) for key, part in value.items()}
    return [_filled(part, values) for part in value] if isinstance(value, list) else value
