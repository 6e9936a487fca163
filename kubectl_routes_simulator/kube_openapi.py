"""OpenAPI documents: the kinds with their fields as far as clients may write them, and which
parameters a patch takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from kubectl_routes_simulator.kube_resources import RESOURCES
from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_schema import Schema
from kubectl_routes_simulator.kube_schema import Shape
from kubectl_routes_simulator.kube_schema import schema_of

Document = dict[str, Any]

_PATCH_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")
_ANY: Document = {"x-kubernetes-preserve-unknown-fields": True}


def index(groups: Iterable[str]) -> Document:
    """``/openapi/v3``."""
    paths = ["api/v1", *(f"apis/{name}/v1" for name in groups)]
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in paths}}


@cache
def of_group(group: str, server_version: str) -> Document:
    """``/openapi/v3/…``: one group; ``server_version`` is a gitVersion."""
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": server_version},
        "paths": _paths(group),
        "components": {"schemas": _schemas(group)},
    }


def whole(groups: Iterable[str], server_version: str) -> Document:
    """``/openapi/v2``: all groups."""
    definitions: Document = {}
    paths: Document = {}
    for name in groups:
        definitions |= _schemas(name)
        paths |= _paths(name)
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": server_version},
        "paths": paths,
        "definitions": definitions,
    }


def _paths(group: str) -> Document:
    return {
        _path(item): {"patch": _patch(item)}
        for item in RESOURCES
        if item.group == group and item.writable
    }


def _path(item: Resource) -> str:
    root = f"/apis/{item.api_version}" if item.group else f"/api/{item.version}"
    scope = "/namespaces/{namespace}" if item.namespaced else ""
    return f"{root}{scope}/{item.name}/{{name}}"


def _patch(item: Resource) -> Document:
    return {
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": _group_version_kind(item),
        "parameters": [{"name": name, "in": "query"} for name in _PATCH_PARAMETERS],
    }


def _group_version_kind(item: Resource) -> Document:
    return {"group": item.group, "kind": item.kind, "version": item.version}


def _schemas(group: str) -> Document:
    return {
        f"io.k8s.api.{item.group.split('.')[0] or 'core'}.{item.version}.{item.kind}": {
            **(_shown(schema_of(item.kind)) if item.writable else {"type": "object"}),
            "x-kubernetes-group-version-kind": [_group_version_kind(item)],
        }
        for item in RESOURCES
        if item.group == group
    }


def _shown(schema: Schema) -> Document:
    if schema.shape is Shape.STRUCT:
        fields = {name: _shown(part) for name, part in schema.fields.items()}
        document: Document = {"type": "object", "properties": fields}
        strategy = "retainKeys" if schema.retains else ""
        return document | ({"x-kubernetes-patch-strategy": strategy} if strategy else {})
    if schema.shape is Shape.MAP:
        return {"type": "object", "additionalProperties": _shown(schema.of_item)}
    if schema.shape is Shape.LIST:
        return {"type": "array", "items": _shown(schema.of_item), **_list_marks(schema)}
    if schema.shape in (Shape.ANY, Shape.QUANTITY, Shape.SCALAR):
        return _ANY
    return {"type": schema.shape.value}


def _list_marks(schema: Schema) -> Document:
    if schema.keys:
        strategy = "merge,retainKeys" if schema.of_item.retains else "merge"
        return {
            "x-kubernetes-list-map-keys": list(schema.keys),
            "x-kubernetes-list-type": "map",
            "x-kubernetes-patch-merge-key": schema.keys[0],
            "x-kubernetes-patch-strategy": strategy,
        }
    if schema.is_set:
        return {"x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge"}
    return {"x-kubernetes-list-type": "atomic"}
