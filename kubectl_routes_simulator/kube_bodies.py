"""What the requests of writes hold: options, an object, or a patch: JSON Patch, merge patch, and
strategic merge patch, which knows the keyed lists.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonpatch
import jsonpointer
from msgspec import Struct

from kubectl_routes_simulator.kube_protobuf import MEDIA_TYPE, UnknownMessage, decoded
from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_status import (
    Refusal,
    bad_request,
    invalid,
    problem,
    too_large,
    unsupported_media_type,
)
from kubectl_routes_simulator.server import Request

Object = dict[str, Any]

_PLAIN = "application/json"
_LONGEST_MANAGER = 128
# Truth values that the server leaves out when they are false, as they are no pointers.
_SWITCHES = frozenset(
    ("hostIPC", "hostNetwork", "hostPID", "paused", "readOnly", "stdin", "tty", "unschedulable")
)


class WriteOptions(Struct, frozen=True):
    """``manager`` is never empty: without fieldManager it is the first word of the user agent."""

    dry_run: bool = False
    manager: str = "unknown"

    @classmethod
    def of(cls, request: Request, kind: str) -> WriteOptions:
        """Read the parameters of ``kind`` (``CreateOptions``). Raises Refusal (422)."""
        asked = request.query.get("dryRun", [])
        words = 'Unsupported value: "{}": supported values: "All"'
        odd = [problem("dryRun", "NotSupported", words.format(x)) for x in asked if x != "All"]
        if odd:
            raise invalid("meta.k8s.io", kind, "", odd)
        agent = request.headers.get("user-agent", "").partition("/")[0]
        manager = request.first("fieldManager") or agent or "unknown"
        return cls(dry_run=bool(asked), manager=manager[:_LONGEST_MANAGER])


def media_type(request: Request) -> str:
    """The Content-Type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip()


def document(request: Request) -> Any:
    """The body of a POST, PUT or DELETE. Raises Refusal: 415, or 400 where it does not decode."""
    given = media_type(request)
    try:
        if given in ("", _PLAIN):
            return json.loads(request.body)
        if given == MEDIA_TYPE:
            return decoded(request.body)
    except UnknownMessage as error:
        raise unsupported_media_type(given, _PLAIN) from error
    except ValueError as error:
        raise bad_request(
            f"the object provided is unrecognized: couldn't get version/kind; {error}"
        ) from error
    raise unsupported_media_type(given, f"{_PLAIN}, {MEDIA_TYPE}")


def object_of(body: Any, resource: Resource) -> Object:
    """The object in a body, or that a patch has led to. Raises Refusal (400) for another kind."""
    if not isinstance(body, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {resource.kind})")
    version, kind = body.get("apiVersion"), body.get("kind")
    if version and version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version "
            f"({resource.api_version})"
        )
    if kind and kind != resource.kind:
        raise bad_request(
            f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
            f"converting (v1.{kind}) to (v1.{resource.kind}): unknown conversion"
        )
    value: Object = _pruned({**body, "kind": resource.kind, "apiVersion": resource.api_version})
    value.setdefault("metadata", {})
    return value


def _pruned(value: Any) -> Any:
    """A copy without nulls, empty lists, and switches that are off."""
    if isinstance(value, dict):
        return {
            key: _pruned(part)
            for key, part in value.items()
            if part is not None and part != [] and not (part is False and key in _SWITCHES)
        }
    return [_pruned(part) for part in value] if isinstance(value, list) else value


_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_ORDER = "$setElementOrder/"
# What distinguishes the items of a list, by the name of the field: it means the same in every kind
# that is served. Source: the struct tags patchMergeKey of k8s.io/api.
_NAMED = ("containers", "env", "imagePullSecrets", "initContainers", "secrets", "volumes")
_KEYS = {
    **dict.fromkeys(_NAMED, "name"),
    **dict.fromkeys(("addresses", "conditions"), "type"),
    "hostAliases": "ip",
    "ownerReferences": "uid",
    "ports": "containerPort",
    "topologySpreadConstraints": "topologyKey",
    "volumeMounts": "mountPath",
}
_SETS = ("finalizers", "podCIDRs")


def strategic_patched(live: Object, patch: Object) -> Object:
    """A copy of the object after the patch. Raises Refusal: 400, 422 or 500."""
    directive = patch.get(_DIRECTIVE, "merge")
    if directive == "replace":
        return strategic_patched({}, {key: patch[key] for key in patch if key != _DIRECTIVE})
    if directive == "delete":
        return {}
    if directive != "merge":
        raise bad_request(f"Wrong directive type: {directive}")
    merged = _retained(live, patch)
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
    """The items in the order of the patch; others stay before what they stood before."""
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
    """The patch in a request. Raises Refusal: 400, 413 or 415."""
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
