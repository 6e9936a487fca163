"""The catalogue in English."""

from __future__ import annotations

from kubectl_routes.catalog.english import controller
from kubectl_routes.catalog.english import entries
from kubectl_routes.catalog.english import nodes
from kubectl_routes.catalog.english import operation
from kubectl_routes.catalog.english import tables
from kubectl_routes.catalog.english import tool
from kubectl_routes.catalog.english import vpc
from kubectl_routes.model.catalogue import Prose

PROSE: dict[str, Prose] = {
    **tables.PROSE,
    **controller.PROSE,
    **operation.PROSE,
    **nodes.PROSE,
    **entries.PROSE,
    **vpc.PROSE,
    **tool.PROSE,
}
