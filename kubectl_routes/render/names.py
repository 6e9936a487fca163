"""``-o name``: one object a line, as kubectl writes and reads it."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_routes.render.text import plain


def names(kind: str, objects: Iterable[str]) -> str:
    """``kind/name`` lines, or nothing when there is no object."""
    return "".join(f"{kind}/{plain(name)}\n" for name in objects)
