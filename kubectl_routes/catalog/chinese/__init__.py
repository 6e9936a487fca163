"""The catalogue in Chinese."""

from __future__ import annotations

from kubectl_routes.catalog.chinese import controller
from kubectl_routes.catalog.chinese import entries
from kubectl_routes.catalog.chinese import nodes
from kubectl_routes.catalog.chinese import operation
from kubectl_routes.catalog.chinese import tables
from kubectl_routes.catalog.chinese import tool
from kubectl_routes.catalog.chinese import vpc
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
