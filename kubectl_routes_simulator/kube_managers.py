"""managedFields: which manager owns which fields after a write."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.kube_fields import FieldSet
from kubectl_routes_simulator.kube_fields import decoded
from kubectl_routes_simulator.kube_fields import encoded
from kubectl_routes_simulator.kube_fields import members
from kubectl_routes_simulator.kube_schema import Schema

Object = dict[str, Any]


class Manager(Struct, frozen=True, order=True):
    """Who manages, and how: ``operation`` is Apply or Update. Orders as the server lists."""

    operation: str
    name: str
    api_version: str
    subresource: str = ""


class Ownership(Struct, frozen=True):
    """The fields of one manager, and the RFC 3339 time at which it last changed one."""

    fields: FieldSet
    time: str


Managers = dict[Manager, Ownership]


def managers_of(value: Object | None) -> Managers:
    """The managers of an object."""
    listed = value["metadata"].get("managedFields", ()) if value else ()
    return {
        Manager(
            operation=entry.get("operation", ""),
            name=entry.get("manager", ""),
            api_version=entry.get("apiVersion", ""),
            subresource=entry.get("subresource", ""),
        ): Ownership(decoded(entry.get("fieldsV1", {})), entry.get("time", ""))
        for entry in listed
        if entry
    }


def with_managers(value: Object, managers: Managers) -> Object:
    """The object with these managedFields; managers of nothing are left out."""
    meta = {key: part for key, part in value["metadata"].items() if key != "managedFields"}
    held = {manager: owned for manager, owned in managers.items() if owned.fields}
    entries = sorted(held, key=lambda one: (one.operation, held[one].time, one))
    if entries:
        meta["managedFields"] = [_entry(one, held[one]) for one in entries]
    return {**value, "metadata": meta}


def _entry(manager: Manager, owned: Ownership) -> Object:
    entry = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": manager.api_version,
        "time": owned.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": encoded(owned.fields),
    }
    return {**entry, "subresource": manager.subresource} if manager.subresource else entry


class Difference(Struct, frozen=True):
    """Which fields differ between two versions of an object."""

    changed: FieldSet  # added, or with another value
    removed: FieldSet


def difference(before: Object | None, after: Object, schema: Schema) -> Difference:
    """From one version to the next; ``before`` None is a creation."""
    old = members(before, schema) if before else {}
    new = members(after, schema)
    return Difference(
        changed=frozenset(path for path in new if path not in old or old[path] != new[path]),
        removed=frozenset(path for path in old if path not in new),
    )


def after_update(managers: Managers, differs: Difference, manager: Manager, now: str) -> Managers:
    """The managers after an update: what the manager changed is its own from now on."""
    lost = differs.changed | differs.removed
    left = {
        one: Ownership(owned.fields - (differs.removed if one == manager else lost), owned.time)
        for one, owned in managers.items()
    }
    if differs.changed:
        before = left.get(manager)
        kept = before.fields if before else frozenset()
        left[manager] = Ownership(kept | differs.changed, now)
    return left
