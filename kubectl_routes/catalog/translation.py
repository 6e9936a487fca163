"""From the English of a Message to another language; what has no translation stays as it is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct, structs, yaml

from kubectl_routes.catalog.loader import texts
from kubectl_routes.model.message import Language, Message, filled

_T = TypeVar("_T")

# What stands between placeholders where a template has no words of its own.
_MARKS = {
    " and ": "和",
    ", ": "，",
    "; ": "；",
    ": ": "：",
    " (": "（",
    "(": "（",
    ")": "）",
    ".": "。",
    ":": "：",
}
_PLACEHOLDER = re.compile(r"(\{[^}]*\})")


class Sentence(Struct, frozen=True, forbid_unknown_fields=True):
    """A template in both languages; placeholders have the same names."""

    en: str
    zh: str


@cache
def sentences() -> dict[str, str]:
    """The Chinese template of every English one: those of sentences.yaml, and of what the catalog
    keeps by name: notices, parts, clauses, evidence, and what it says of the codes.
    """
    content = Path(__file__).with_name("sentences.yaml").read_bytes()
    pairs = yaml.decode(content, type=tuple[Sentence, ...])
    english, chinese = texts(Language.ENGLISH), texts(Language.CHINESE)
    of_codes = {
        text: getattr(chinese.codes[code], kind)[name]
        for code, prose in english.codes.items()
        for kind in ("causes", "evidence", "remedies", "preflight")
        for name, text in getattr(prose, kind).items()
    }
    return {
        **of_codes,
        **{text: chinese.shared[name] for name, text in english.shared.items()},
        **chinese.parts,
        **{one.table: chinese.codes[code].table for code, one in english.codes.items()},
        **{text: chinese.notices[name] for name, text in english.notices.items()},
        **{pair.en: pair.zh for pair in pairs},
    }


def said(text: str, language: Language) -> str:
    """A text in the language. One that is no Message, such as a name or the words of a server, has
    no other language.
    """
    if not isinstance(text, Message):
        return text
    if language is Language.ENGLISH:
        return str(text)
    template = sentences().get(text.template)
    if template is None:
        template = _marked(text.template)
    return filled(template, {name: said(one, language) for name, one in text.values.items()})


def _marked(template: str) -> str:
    """A template that has no translation: where it is punctuation only, that of Chinese."""
    parts = _PLACEHOLDER.split(template)
    return "".join(part if part[:1] == "{" else _MARKS.get(part, part) for part in parts)


def translated(value: _T, language: Language) -> _T:
    """A struct, tuple or dict with all Messages in it said in the language; in English as it is."""
    return value if language is Language.ENGLISH else _translated(value, language)


def _translated(value: Any, language: Language) -> Any:
    if isinstance(value, str):
        return said(value, language)
    if isinstance(value, tuple):
        return tuple(_translated(one, language) for one in value)
    if isinstance(value, dict):
        return {key: _translated(one, language) for key, one in value.items()}
    if isinstance(value, Struct):
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return structs.replace(value, **{name: _translated(one, language) for name, one in fields})
    return value
