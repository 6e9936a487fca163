"""Strategic merge patch: a merge patch that knows which lists are keyed, with its directives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubectl_routes_simulator.kube_schema import ANY
from kubectl_routes_simulator.kube_schema import Schema
from kubectl_routes_simulator.kube_status import Refusal
from kubectl_routes_simulator.kube_status import bad_request

Object = dict[str, Any]

_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_ORDER = "$setElementOrder/"
_DELETE_FROM = "$deleteFromPrimitiveList/"
# What the server calls the directives that hold lists.
_LISTS = (
    (_RETAIN, "retainKeys"),
    (_ORDER, "setElementOrder list"),
    (_DELETE_FROM, "primitive list"),
)


def strategic_patched(live: Object, patch: Object, schema: Schema) -> Object:
    """A copy of the object after the patch. Raises Refusal: 400 for a directive that there is not,
    422 for ``$retainKeys`` that leave out a field of the patch, 500, as the server has it, for an
    item without its merge key.
    """
    directive = patch.get(_DIRECTIVE, "merge")
    if directive == "replace":
        bare = {key: patch[key] for key in patch if key != _DIRECTIVE}
        return strategic_patched({}, bare, schema)
    if directive == "delete":
        return {}
    if directive != "merge":
        raise bad_request(f"Wrong directive type: {directive}")
    _check_directives(patch)
    merged = _retained(live, patch)
    for key, part in patch.items():
        if key.startswith(_DELETE_FROM):
            _delete_from(merged, key.removeprefix(_DELETE_FROM), part)
    for key, part in patch.items():
        if key.startswith("$"):
            continue
        if part is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), part, schema.of_field(key))
    for key, order in patch.items():
        name = key.removeprefix(_ORDER)
        if key.startswith(_ORDER) and isinstance(merged.get(name), list):
            keyed = schema.of_field(name)
            merged[name] = _ordered(merged[name], live.get(name) or [], order, _key_of(keyed))
    return merged


def _check_directives(patch: Object) -> None:
    for key, part in patch.items():
        what = next((name for start, name in _LISTS if key.startswith(start)), "")
        if what and not isinstance(part, list):
            raise bad_request(f"invalid patch format of {what}")


def _retained(live: Object, patch: Object) -> Object:
    if _RETAIN not in patch:
        return dict(live)
    retained = patch[_RETAIN]
    named = [key for key in patch if not key.startswith("$") and patch[key] is not None]
    if any(key not in retained for key in named):
        raise Refusal(422, "Invalid", "patch has non-retained fields in $retainKeys", {})
    return {key: part for key, part in live.items() if key in retained}


def _delete_from(merged: Object, name: str, values: list[Any]) -> None:
    if isinstance(merged.get(name), list):
        merged[name] = [one for one in merged[name] if one not in values]


def _merged(live: Any, patch: Any, schema: Schema) -> Any:
    if isinstance(patch, dict):
        return strategic_patched(live if isinstance(live, dict) else {}, patch, schema)
    if isinstance(patch, list) and schema.is_set:
        kept = live or []
        return [*kept, *(one for one in patch if one not in kept)]
    if isinstance(patch, list) and schema.keys:
        return _merged_list(live or [], patch, schema)
    return _without_directives(patch)


def _merged_list(live: list[Any], patch: list[Any], schema: Schema) -> list[Any]:
    _check_items(patch)
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return [_without_directives(item) for item in patch if _DIRECTIVE not in item]
    key_of = _key_of(schema)
    merged = list(live)
    for item in patch:
        key = key_of(item)
        if key is None:
            raise Refusal(
                500, "", f"map: {item} does not contain declared merge key: {schema.keys[0]}"
            )
        found = [at for at, one in enumerate(merged) if key_of(one) == key]
        if item.get(_DIRECTIVE) == "delete":
            merged = [one for one in merged if key_of(one) != key]
        elif found:
            merged[found[0]] = strategic_patched(merged[found[0]], item, schema.of_item)
        else:
            merged.append(strategic_patched({}, item, schema.of_item))
    return merged


def _check_items(items: list[Any]) -> None:
    if not all(isinstance(item, dict) for item in items):
        raise bad_request(f"list element types are not identical: {items}")


def _key_of(schema: Schema) -> Callable[[Any], Any]:
    """What tells an item of a list apart: the value of the merge key, or the item itself."""
    if not schema.keys:
        return lambda item: item
    name = schema.keys[0]
    return lambda item: item.get(name)


def _ordered(
    merged: list[Any], live: list[Any], order: list[Any], key_of: Callable[[Any], Any]
) -> list[Any]:
    """The items of the patch in its order; those that only the server has stay before what they
    stood before.
    """
    if any(isinstance(one, dict) for one in merged):
        _check_items(order)
    wanted = [key_of(one) for one in order]
    places = [key_of(one) for one in live]
    ours = sorted((one for one in merged if key_of(one) in wanted), key=_index(wanted, key_of))
    theirs = [one for one in merged if key_of(one) not in wanted]
    sorted_out: list[Any] = []
    while ours and theirs:
        first, other = key_of(ours[0]), key_of(theirs[0])
        both_there = first in places and other in places
        other_first = both_there and places.index(other) < places.index(first)
        sorted_out.append((theirs if other_first else ours).pop(0))
    return [*sorted_out, *ours, *theirs]


def _index(wanted: list[Any], key_of: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda item: wanted.index(key_of(item))


def _without_directives(value: Any) -> Any:
    if isinstance(value, dict):
        return strategic_patched({}, value, ANY)
    return [_without_directives(one) for one in value] if isinstance(value, list) else value
