"""The formats that write a result as it is, for programs; each command has its own for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kubectl_routes.render import documents

DOCUMENTS: Mapping[str, Callable[[documents.Document], str]] = {
    "json": documents.json,
    "yaml": documents.yaml,
}
