"""The words of one language; the other is not even imported."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose
from kubectl_routes.model.catalogue import Unchecked
from kubectl_routes.model.finding import Language


def prose_of(language: Language) -> dict[str, Prose]:
    """What the language says of every code."""
    # ruff: noqa: PLC0415
    if language is Language.CHINESE:
        from kubectl_routes.catalog.chinese import PROSE as CHINESE

        return CHINESE
    from kubectl_routes.catalog.english import PROSE as ENGLISH

    return ENGLISH


def shared_of(language: Language) -> dict[str, str]:
    """The phrases of evidence that belong to no single code."""
    if language is Language.CHINESE:
        from kubectl_routes.catalog.chinese.shared import SHARED as CHINESE

        return CHINESE
    from kubectl_routes.catalog.english.shared import SHARED as ENGLISH

    return ENGLISH


def unchecked_of(language: Language) -> tuple[Unchecked, ...]:
    """What no check can see."""
    if language is Language.CHINESE:
        from kubectl_routes.catalog.chinese.unchecked import UNCHECKED as CHINESE

        return CHINESE
    from kubectl_routes.catalog.english.unchecked import UNCHECKED as ENGLISH

    return ENGLISH
