"""The language of the output: ``--lang``, else what the locale says."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_routes.model.message import Language

# In the order in which gettext asks.
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def language_of(given: str | None, env: Mapping[str, str]) -> Language:
    """The language asked for: the flag, else the first variable that is set, else English."""
    if given is not None:
        return Language(given)
    locale = next((env[name] for name in _VARIABLES if env.get(name)), "")
    return Language.CHINESE if locale.lower().startswith("zh") else Language.ENGLISH
