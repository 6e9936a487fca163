"""Tools that keep Kubernetes objects as a repository or a chart has them, and undo other changes.

Source: the field managers that the tools write under, as their documentation names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from kubectl_routes.model.controller import Controller

_TOOLS = re.compile(
    r"argo-?cd|flux|kustomize-controller|helm|fleet|rancher|kapp|config-?sync|pulumi|terraform",
    re.IGNORECASE,
)


class Ownership(Struct, frozen=True):
    """A tool, by its field manager, that writes an object: its kind, and ``namespace/name``."""

    manager: str
    kind: str
    name: str


def field_managers(metadata: object) -> tuple[str, ...]:
    """Who has written fields of an object, as its metadata keeps it, each once."""
    fields = metadata.get("managedFields") if isinstance(metadata, dict) else None
    names = [
        one.get("manager")
        for one in (fields if isinstance(fields, list) else ())
        if isinstance(one, dict)
    ]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


def owners(controller: Controller) -> tuple[Ownership, ...]:
    """The tools that will undo a change of CCM's workload, or of the ConfigMap that holds its
    cloud-config, made elsewhere.
    """
    return tuple(_owners(controller))


def _owners(controller: Controller) -> Iterator[Ownership]:
    objects = [(controller.kind.value, controller.namespace, controller.name, controller.managers)]
    config = controller.cloud_config
    if config is not None:
        objects.append((config.source.value, config.namespace, config.name, config.managers))
    for kind, namespace, name, managers in objects:
        for manager in managers:
            if _TOOLS.search(manager):
                yield Ownership(manager, kind, f"{namespace}/{name}")
