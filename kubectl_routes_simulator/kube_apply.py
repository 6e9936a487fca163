"""Server-side apply: merge what a manager wants, take away what it no longer wants, and refuse what
others own.
"""

from __future__ import annotations

from typing import Any

from kubectl_routes_simulator.kube_fields import FieldSet
from kubectl_routes_simulator.kube_fields import Path
from kubectl_routes_simulator.kube_fields import item_step
from kubectl_routes_simulator.kube_fields import members
from kubectl_routes_simulator.kube_fields import shown
from kubectl_routes_simulator.kube_managers import Difference
from kubectl_routes_simulator.kube_managers import Manager
from kubectl_routes_simulator.kube_managers import Managers
from kubectl_routes_simulator.kube_managers import Ownership
from kubectl_routes_simulator.kube_managers import difference
from kubectl_routes_simulator.kube_managers import managers_of
from kubectl_routes_simulator.kube_schema import Schema
from kubectl_routes_simulator.kube_schema import Shape
from kubectl_routes_simulator.kube_status import Refusal

Object = dict[str, Any]

_BEFORE = "before-first-apply"


def wanted_fields(config: Object, schema: Schema) -> FieldSet:
    """The fields that an applied configuration wants: the leaves and the items of keyed lists."""
    found = members(config, schema)
    inner = {path[:at] for path in found for at in range(1, len(path))}
    return frozenset(path for path in found if path not in inner or not path[-1].startswith("f:"))


def applied(
    live: Object, config: Object, schema: Schema, manager: Manager, now: str, *, force: bool
) -> tuple[Object, Managers]:
    """The object after an apply, and its managers. Raises Refusal (409) when other managers own a
    field that would change, unless it is done with ``force``.
    """
    before = managers_of(live) or _everything(live, schema, manager, now)
    wanted = wanted_fields(config, schema)
    others = {one: owned for one, owned in before.items() if one != manager}
    kept = wanted.union(*(owned.fields for owned in others.values()))
    own = before.get(manager)
    gone = own.fields - wanted if own else frozenset()
    value = _without(_merged(live, config, schema), schema, _unowned(gone, kept))
    differs = difference(live, value, schema)
    if not force:
        _refuse_conflicts(others, differs)
    lost = differs.changed | differs.removed
    after = {one: Ownership(owned.fields - lost, owned.time) for one, owned in others.items()}
    return value, {**after, manager: Ownership(wanted, now)}


def _everything(live: Object, schema: Schema, manager: Manager, now: str) -> Managers:
    """The one who owns an object that nobody has managed so far."""
    fields = (path for path in members(live, schema) if path[0] != "f:status")
    first = Manager("Update", _BEFORE, manager.api_version)
    return {first: Ownership(frozenset(fields), now)}


def _unowned(gone: FieldSet, kept: FieldSet) -> FieldSet:
    """Of the fields given up, those that nobody has, neither themselves nor anything in them."""
    held = {path[:at] for path in kept for at in range(1, len(path) + 1)}
    return gone - held


def _merged(live: Any, config: Any, schema: Schema) -> Any:
    if schema.atomic or type(live) is not type(config):
        return config
    if isinstance(config, dict):
        both = {
            name: _merged(live[name], part, schema.of_field(name)) if name in live else part
            for name, part in config.items()
        }
        return {**live, **both}
    if isinstance(config, list) and schema.shape is Shape.LIST:
        return _merged_list(live, config, schema)
    return config


def _merged_list(live: list[Any], config: list[Any], schema: Schema) -> list[Any]:
    if schema.is_set:
        return [*live, *(one for one in config if one not in live)]
    wanted = {item_step(one, schema): one for one in config}
    both = [_merged(one, wanted.pop(item_step(one, schema), one), schema.of_item) for one in live]
    return [*both, *wanted.values()]


def _without(value: Any, schema: Schema, gone: FieldSet, at: Path = ()) -> Any:
    """The value without the fields at these paths."""
    if not gone or schema.atomic:
        return value
    if isinstance(value, dict):
        steps = {name: (*at, f"f:{name}") for name in value}
        return {
            name: _without(part, schema.of_field(name), gone, steps[name])
            for name, part in value.items()
            if steps[name] not in gone
        }
    if isinstance(value, list) and schema.keys:
        places = [((*at, item_step(one, schema)), one) for one in value]
        return [
            _without(one, schema.of_item, gone, here) for here, one in places if here not in gone
        ]
    return value


def _refuse_conflicts(others: Managers, differs: Difference) -> None:
    found = sorted(
        (_named(one), shown(path))
        for one, owned in others.items()
        for path in owned.fields & differs.changed
    )
    if not found:
        return
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {name}", "field": path}
        for name, path in found
    ]
    if len(found) == 1:
        name, path = found[0]
        said = f"Apply failed with 1 conflict: conflict with {name}: {path}"
    else:
        listed = []
        for name in dict.fromkeys(name for name, _ in found):
            paths = "".join(f"\n- {path}" for one, path in found if one == name)
            listed.append(f"conflicts with {name}:{paths}")
        said = f"Apply failed with {len(found)} conflicts: " + "\n".join(listed)
    raise Refusal(409, "Conflict", said, {"causes": causes})


def _named(manager: Manager) -> str:
    if manager.operation == "Apply":
        return f'"{manager.name}"'
    part = f' with subresource "{manager.subresource}"' if manager.subresource else ""
    return f'"{manager.name}"{part} using {manager.api_version}'
