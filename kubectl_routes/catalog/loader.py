"""The catalog's files, read once when the first sentence is asked for; a language that is not
asked for is not read.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeVar

from msgspec import yaml

from kubectl_routes.model.catalog import Code, Texts
from kubectl_routes.model.message import Language

THEMES = ("tables", "controller", "operation", "nodes", "entries", "vpc", "tool")

_T = TypeVar("_T")


@cache
def all_codes() -> dict[str, Code]:
    """Every finding code by its name, in order."""
    return {entry.code: entry for entry in _read("codes", tuple[Code, ...])}


@cache
def texts(language: Language) -> Texts:
    """What the language says. Decoded with libyaml, where PyYAML has it."""
    return _read(language.value, Texts)


def _read(name: str, kind: type[_T]) -> _T:
    content = Path(__file__).with_name(f"{name}.yaml").read_bytes()
    return yaml.decode(content, type=kind)
