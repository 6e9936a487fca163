"""JSON Patch, merge patch, and strategic merge patch, which knows the keyed lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonpatch
import jsonpointer

from kubectl_routes_simulator.kube_objects import media_type
from kubectl_routes_simulator.kube_status import (
    Refusal,
    bad_request,
    too_large,
    unsupported_media_type,
)
from kubectl_routes_simulator.server import Request

Object = dict[str, Any]

_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_ORDER = "$setElementOrder/"
_DELETE_FROM = "$deleteFromPrimitiveList/"
# What distinguishes the items of a list, by the name of the field: it means the same in every kind
# that is served. Source: the struct tags patchMergeKey of k8s.io/api.
_KEYS = {
    "addresses": "type",
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "ports": "containerPort",
    "secrets": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
_SETS = ("finalizers", "podCIDRs")


def strategic_patched(live: Object, patch: Object) -> Object:
    """A copy of the object after the patch. Raises Refusal: 400 for a directive that there is not,
    422 for ``$retainKeys`` that leave out a field of the patch, 500, as the server has it, for an
    item without its merge key.
    """
    directive = patch.get(_DIRECTIVE, "merge")
    if directive == "replace":
        return strategic_patched({}, {key: patch[key] for key in patch if key != _DIRECTIVE})
    if directive == "delete":
        return {}
    if directive != "merge":
        raise bad_request(f"Wrong directive type: {directive}")
    merged = _retained(live, patch)
    for key, part in patch.items():
        name = key.removeprefix(_DELETE_FROM)
        if key.startswith(_DELETE_FROM) and isinstance(merged.get(name), list):
            merged[name] = [item for item in merged[name] if item not in _listed(part)]
    for key, part in patch.items():
        if not key.startswith("$") and part is None:
            merged.pop(key, None)
        elif not key.startswith("$"):
            merged[key] = _merged(merged.get(key), part, key)
    for key, order in patch.items():
        name = key.removeprefix(_ORDER)
        if key.startswith(_ORDER) and isinstance(merged.get(name), list):
            merged[name] = _ordered(merged[name], live.get(name) or [], _listed(order), name)
    return merged


def _listed(part: Any) -> list[Any]:
    if not isinstance(part, list):
        raise bad_request(f"invalid patch format of {part}")
    return part


def _retained(live: Object, patch: Object) -> Object:
    if _RETAIN not in patch:
        return dict(live)
    retained = _listed(patch[_RETAIN])
    named = [key for key in patch if not key.startswith("$") and patch[key] is not None]
    if any(key not in retained for key in named):
        raise Refusal(422, "Invalid", "patch has non-retained fields in $retainKeys", {})
    return {key: part for key, part in live.items() if key in retained}


def _merged(live: Any, patch: Any, name: str) -> Any:
    if isinstance(patch, dict):
        return strategic_patched(live if isinstance(live, dict) else {}, patch)
    if isinstance(patch, list) and name in _SETS:
        kept = live or []
        return [*kept, *(item for item in patch if item not in kept)]
    if isinstance(patch, list) and name in _KEYS:
        return _merged_list(live or [], patch, name)
    return [_merged(None, item, "") for item in patch] if isinstance(patch, list) else patch


def _merged_list(live: list[Any], patch: list[Any], name: str) -> list[Any]:
    if not all(isinstance(item, dict) for item in patch):
        raise bad_request(f"list element types are not identical: {patch}")
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return [strategic_patched({}, item) for item in patch if _DIRECTIVE not in item]
    key_of = _key_of(name)
    merged = list(live)
    for item in patch:
        key = key_of(item)
        if key is None:
            raise Refusal(
                500, "", f"map: {item} does not contain declared merge key: {_KEYS[name]}"
            )
        found = [at for at, other in enumerate(merged) if key_of(other) == key]
        if item.get(_DIRECTIVE) == "delete":
            merged = [other for other in merged if key_of(other) != key]
        elif found:
            merged[found[0]] = strategic_patched(merged[found[0]], item)
        else:
            merged.append(strategic_patched({}, item))
    return merged


def _key_of(name: str) -> Callable[[Any], Any]:
    """What distinguishes an item of a list: the value of the merge key, or the item itself."""
    key = _KEYS.get(name)
    return lambda item: item if key is None else item.get(key)


def _ordered(merged: list[Any], live: list[Any], order: list[Any], name: str) -> list[Any]:
    """The items of the patch in its order; those that only the server has stay before what they
    stood before.
    """
    key_of = _key_of(name)
    wanted, places = [key_of(item) for item in order], [key_of(item) for item in live]
    ours = [item for item in merged if key_of(item) in wanted]
    ours.sort(key=lambda item: wanted.index(key_of(item)))
    theirs = [item for item in merged if key_of(item) not in wanted]
    sorted_out: list[Any] = []
    while ours and theirs:
        first, other = key_of(ours[0]), key_of(theirs[0])
        both_there = first in places and other in places
        other_first = both_there and places.index(other) < places.index(first)
        sorted_out.append((theirs if other_first else ours).pop(0))
    return [*sorted_out, *ours, *theirs]


_JSON = "application/json-patch+json"
_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
# The API server's own limit.
_MOST_OPERATIONS = 10_000


def patch_of(request: Request) -> Any:
    """The patch in a request. Raises Refusal: 415 for another kind of patch, 400 for a body that
    does not decode, 413 for too many operations.
    """
    given = media_type(request)
    if given not in (_JSON, _MERGE, _STRATEGIC):
        raise unsupported_media_type(given, f"{_JSON}, {_MERGE}, {_STRATEGIC}")
    try:
        patch = json.loads(request.body)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from error
    if given != _JSON and not isinstance(patch, dict):
        raise bad_request("json: cannot unmarshal array into Go value of type map[string]any")
    if given == _JSON and not (isinstance(patch, list) and all(isinstance(x, dict) for x in patch)):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    if given == _JSON and len(patch) > _MOST_OPERATIONS:
        most = f"The allowed maximum operations in a JSON patch is {_MOST_OPERATIONS}"
        raise too_large(f"{most}, got {len(patch)}")
    return patch


def patched(live: Object, request: Request) -> Any:
    """A copy of the object after the patch in the request. Raises Refusal: 400, 413, 415, 422."""
    patch, given = patch_of(request), media_type(request)
    if given == _MERGE:
        return _merge_patched(live, patch)
    if given == _STRATEGIC:
        return strategic_patched(live, patch)
    try:
        changed = jsonpatch.apply_patch(live, patch)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError):
        changed = None
    if not isinstance(changed, dict):
        # A failed ``test`` among others.
        message = "the server rejected our request due to an error in our request"
        raise Refusal(422, "Invalid", message, {})
    return changed


def _merge_patched(live: Any, patch: Any) -> Any:
    """By RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(live) if isinstance(live, dict) else {}
    for key, part in patch.items():
        if part is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge_patched(merged.get(key), part)
    return merged
