"""The word that was meant by one that is not known."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_routes.model.message import message


def nearest_hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """``Did you mean …?`` where a known word is like this one, else ``otherwise``."""
    from difflib import get_close_matches  # noqa: PLC0415 - a wrong word is rare, and it is slow

    by_letters = {_letters(each): each for each in known}
    found = get_close_matches(_letters(word), by_letters, n=1)
    return message("Did you mean '{word}'?", word=by_letters[found[0]]) if found else otherwise


def _letters(word: str) -> str:
    """The word without what all flags begin with, and without case."""
    return word.lstrip("-").lower()
