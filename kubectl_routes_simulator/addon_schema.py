"""What the configuration of an add-on must be: a schema, and the part of JSON Schema it uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# The schema of the simulated cluster's CCM. Its list is spelled in another letter case than in
# cloud-config, and beside it is more that must survive a change.
CCM_SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "RouteTableIDs": {
            "type": "string",
            "description": "IDs of the route tables of the VPC, separated by commas",
            "pattern": "^$|^vtb-[a-z0-9-]+( ?, ?vtb-[a-z0-9-]+)*$",
        },
        "ServiceMaxConcurrentReconciles": {"type": "integer", "default": 3},
        "EnableEndpointSlice": {"type": "boolean", "default": False},
        "WebhookToken": {"type": "string", "description": "token of the notification hook"},
    },
}


def addon_config(listed: str | None, token: str) -> dict[str, Any]:
    """A configuration with this list of tables, None for none, among settings of other kinds."""
    return {
        "ServiceMaxConcurrentReconciles": 5,
        **({} if listed is None else {"RouteTableIDs": listed}),
        "WebhookToken": token,
        "EnableEndpointSlice": True,
    }


_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def violations(value: Any, schema: dict[str, Any], where: str = "config") -> Iterator[str]:
    """What is wrong with a value, in words."""
    wanted = schema.get("type")
    if wanted is not None and not _is_a(value, wanted):
        yield f"{where} is not of type {wanted}"
    elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{where} does not match {schema['pattern']}"
    elif isinstance(value, dict):
        properties = schema.get("properties", {})
        for name, item in value.items():
            if name in properties:
                yield from violations(item, properties[name], f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}.{name} is not a property of the component"


def _is_a(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])
