"""Sentences for people: written in English where they are used, said in other languages at the end.

As with gettext the English template is the key; the catalog has the translations
(``catalog/translation.py``). Until then a Message is its English text, and goes wherever text goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum


class Language(Enum):
    """The languages that the catalogue is written in."""

    ENGLISH = "en"
    CHINESE = "zh"


class Value(str):
    """A value of a template. With the format ``node|nodes`` a number takes the noun that fits it:
    ``{count:node|nodes}`` is ``1 node`` or ``2 nodes``.
    """

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)  # it may be a name of thousands of digits, which int() refuses
        one, _, many = spec.partition("|")
        number = f"{int(self):,}" if self.isascii() and self.isdigit() else str(self)
        return f"{number} {one if self == '1' else many}"


class Message(str):
    """The English text; ``template`` and ``values`` are what another language makes its own of."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, str]

    def __new__(
        cls, text: str, template: str = "", values: Mapping[str, str] | None = None
    ) -> Message:
        """The text as it reads in English, and what it was made of."""
        made = super().__new__(cls, text)
        made.template, made.values = template or text, values or {}
        return made


def message(template: str, **values: str | int) -> Message:
    """The sentence of an English template. Numbers are grouped: ``5,000``. Raises KeyError for a
    placeholder without a value.
    """
    texts = {name: f"{one:,}" if isinstance(one, int) else one for name, one in values.items()}
    return Message(filled(template, texts), template, texts)


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its values in place. Raises KeyError for a placeholder without a value."""
    return template.format_map({name: Value(one) for name, one in values.items()})


def joined(separator: str, parts: Iterable[str]) -> str:
    """Parts of a sentence, the empty ones left out; ``separator`` is ``", "``, ``"; "`` or a space,
    and becomes that of the language.
    """
    texts = {f"part{number}": part for number, part in enumerate(filter(None, parts))}
    if len(texts) < 2:
        return next(iter(texts.values()), "")
    return message(separator.join(f"{{{name}}}" for name in texts), **texts)
