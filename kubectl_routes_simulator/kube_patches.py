"""JSON Patch, merge patch and strategic merge patch."""

from __future__ import annotations

import json
from typing import Any

import jsonpatch
import jsonpointer

from kubectl_routes_simulator.kube_objects import media_type
from kubectl_routes_simulator.kube_status import (
    bad_request,
    patch_does_not_apply,
    too_large,
    unsupported_media_type,
)
from kubectl_routes_simulator.kube_strategic import strategic_patched
from kubectl_routes_simulator.server import Request

Object = dict[str, Any]

_JSON = "application/json-patch+json"
_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
# The API server's own limit.
_MOST_OPERATIONS = 10_000


def patch_of(request: Request) -> Any:
    """The patch in a request. Raises Refusal: 415 for another kind of patch, 400 for a body that
    does not decode.
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
    return patch


def patched(live: Object, request: Request) -> Any:
    """A copy of the object after the patch in the request. Raises Refusal: 400, 413, 415, 422."""
    patch, given = patch_of(request), media_type(request)
    if given == _JSON:
        return _json_patched(live, patch)
    if given == _MERGE:
        return _merge_patched(live, patch)
    return strategic_patched(live, patch)


def _json_patched(live: Object, patch: Any) -> Object:
    """By RFC 6902. Raises Refusal: 400 for what is no patch, 413 for too many operations, 422 for
    one that does not apply.
    """
    if not isinstance(patch, list) or not all(isinstance(one, dict) for one in patch):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    if len(patch) > _MOST_OPERATIONS:
        raise too_large(
            f"The allowed maximum operations in a JSON patch is {_MOST_OPERATIONS}, got "
            f"{len(patch)}"
        )
    try:
        changed = jsonpatch.apply_patch(live, patch)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise patch_does_not_apply() from error
    if not isinstance(changed, dict):
        raise patch_does_not_apply()
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
