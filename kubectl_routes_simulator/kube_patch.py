"""Patches of the kinds that change an object step by step or key by key."""

from __future__ import annotations

from typing import Any

import jsonpatch
import jsonpointer

from kubectl_routes_simulator.kube_status import bad_request
from kubectl_routes_simulator.kube_status import patch_does_not_apply
from kubectl_routes_simulator.kube_status import too_large

Object = dict[str, Any]

# The API server's own limit.
_MOST_OPERATIONS = 10_000


def json_patched(live: Object, patch: Any) -> Object:
    """A copy of the object after a JSON Patch (RFC 6902). Raises Refusal: 400 for what is no
    patch, 413 for too many operations, 422 for one that does not apply.
    """
    if not isinstance(patch, list) or not all(isinstance(one, dict) for one in patch):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    if len(patch) > _MOST_OPERATIONS:
        raise too_large(
            f"The allowed maximum operations in a JSON patch is {_MOST_OPERATIONS}, got "
            f"{len(patch)}"
        )
    try:
        patched = jsonpatch.apply_patch(live, patch)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise patch_does_not_apply() from error
    if not isinstance(patched, dict):
        raise patch_does_not_apply()
    return patched


def merge_patched(live: Any, patch: Any) -> Any:
    """A copy of the value after a JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(live) if isinstance(live, dict) else {}
    for key, part in patch.items():
        if part is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patched(merged.get(key), part)
    return merged
