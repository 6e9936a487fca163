"""Why there can be no plan, and what to do."""

from __future__ import annotations

from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Refusal


def refusal(code: str, reason: str, hint: str, **values: str) -> Refusal:
    """A refusal of two templates of sentences, both filled with the same values."""
    return Refusal(code, message(reason, **values), message(hint, **values))
