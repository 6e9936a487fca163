"""The four kinds of patch behind one door."""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_apply import applied
from kubectl_routes_simulator.kube_apply import wanted_fields
from kubectl_routes_simulator.kube_bodies import patched_object
from kubectl_routes_simulator.kube_bodies import yaml_document
from kubectl_routes_simulator.kube_managers import Manager
from kubectl_routes_simulator.kube_managers import Managers
from kubectl_routes_simulator.kube_managers import Ownership
from kubectl_routes_simulator.kube_options import APPLY_PATCH
from kubectl_routes_simulator.kube_options import WriteOptions
from kubectl_routes_simulator.kube_options import media_type
from kubectl_routes_simulator.kube_patch import json_patched
from kubectl_routes_simulator.kube_patch import merge_patched
from kubectl_routes_simulator.kube_resources import Resource
from kubectl_routes_simulator.kube_schema import schema_of
from kubectl_routes_simulator.kube_status import Refusal
from kubectl_routes_simulator.kube_status import bad_request
from kubectl_routes_simulator.kube_status import unsupported_media_type
from kubectl_routes_simulator.kube_strategic import strategic_patched
from kubectl_routes_simulator.kube_typed import Mistyped
from kubectl_routes_simulator.kube_typed import parsed
from kubectl_routes_simulator.kube_typed import typed
from kubectl_routes_simulator.server import Request

Object = dict[str, Any]


class PatchKind(Enum):
    """The media types, in the order in which the server lists them."""

    JSON = "application/json-patch+json"
    MERGE = "application/merge-patch+json"
    STRATEGIC = "application/strategic-merge-patch+json"
    APPLY = APPLY_PATCH


class Made(Struct, frozen=True):
    """What a patch has led to. ``managers`` is None when they follow from what has changed."""

    value: Object
    warnings: list[str] = []
    managers: Managers | None = None


class Patch:
    """One patch of one object of a resource."""

    def __init__(
        self, kind: PatchKind, document: Any, resource: Resource, options: WriteOptions
    ) -> None:
        self._kind = kind
        self._document = document
        self._resource = resource
        self._options = options
        self._schema = schema_of(resource.kind)

    @classmethod
    def of(cls, request: Request, resource: Resource, options: WriteOptions) -> Patch:
        """Read a PATCH. Raises Refusal: 415 for another kind of patch, 400 for a body that does
        not decode.
        """
        given = media_type(request)
        try:
            kind = PatchKind(given)
        except ValueError:
            accepted = ", ".join(one.value for one in PatchKind)
            raise unsupported_media_type(given, accepted) from None
        try:
            body = request.body
            document = yaml_document(body) if kind is PatchKind.APPLY else parsed(body)
        except ValueError as error:
            what = "YAML" if kind is PatchKind.APPLY else "patch"
            raise bad_request(f"error decoding {what}: {error}") from error
        if kind is not PatchKind.JSON and not isinstance(document, dict):
            raise bad_request("json: cannot unmarshal array into Go value of type map[string]any")
        return cls(kind, document, resource, options)

    @property
    def applies(self) -> bool:
        """Whether it is a server-side apply, which creates what is not there."""
        return self._kind is PatchKind.APPLY

    def created(self, manager: Manager, now: str) -> Made:
        """What an apply creates. Raises Refusal."""
        config = self._config()
        owned = Ownership(wanted_fields(config, self._schema), now)
        return Made(config, managers={manager: owned})

    def applied(self, live: Object, manager: Manager, now: str) -> Made:
        """What the patch makes of an object. Raises Refusal."""
        if self._kind is PatchKind.APPLY:
            config = self._config()
            value, managers = applied(
                live, config, self._schema, manager, now, force=self._options.force
            )
            return Made(value, managers=managers)
        if self._kind is PatchKind.JSON:
            patched = json_patched(live, self._document)
            about = msgspec.json.encode(patched).decode()
        elif self._kind is PatchKind.MERGE:
            patched = merge_patched(live, self._document)
            about = msgspec.json.encode(patched).decode()
        else:
            patched = strategic_patched(live, self._document, self._schema)
            about = msgspec.json.encode(self._document).decode()
        value, warnings = patched_object(patched, self._resource, self._options, about)
        return Made(value, warnings)

    def _config(self) -> Object:
        """The configuration to apply. Raises Refusal: 400 for another kind and for managedFields,
        500, as the server has it, for fields that there are not.
        """
        given = self._document
        kind, version = given.get("kind"), given.get("apiVersion")
        if (version, kind) != (self._resource.api_version, self._resource.kind):
            raise bad_request(
                f"incorrect object kind or version: given {version}, Kind={kind}, expected "
                f"{self._resource.api_version}, Kind={self._resource.kind}"
            )
        try:
            config, problems = typed(given, self._schema)
        except Mistyped as error:
            raise self._untyped(str(error)) from error
        if problems:
            raise self._untyped(_undeclared(problems[0]))
        config.setdefault("metadata", {})
        if "managedFields" in config["metadata"]:
            raise bad_request("metadata.managedFields must be nil")
        return config

    def _untyped(self, because: str) -> Refusal:
        given = self._document.get("metadata")
        meta = given if isinstance(given, dict) else {}
        place = f"{meta.get('namespace', '')}/{meta.get('name', '')}"
        kind = f"{self._resource.api_version}, Kind={self._resource.kind}"
        message = f"failed to create typed patch object ({place}; {kind}): {because}"
        return Refusal(500, "", message)


def _undeclared(problem: str) -> str:
    path = problem.partition('"')[2].rstrip('"')
    return f".{path}: field not declared in schema"
