"""Discovery, which is recorded, and as much of OpenAPI as kubectl asks before it sends a patch."""

from __future__ import annotations

from typing import Any

import msgspec

from kubectl_routes_simulator.kube_resources import DISCOVERY, RESOURCES, Resource

Document = dict[str, Any]

_PATCH_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")
_GROUPS = ("api/v1", *(f"apis/{one}/v1" for one in sorted({r.group for r in RESOURCES if r.group})))


def document(path: str, version: str, address: str) -> Document | None:
    """The document at a path, or None. ``version`` is the server's gitVersion, ``address`` its
    host:port.
    """
    if path == "/version":
        return _version(version)
    if path.startswith("/openapi/"):
        return _openapi(path, version)
    recorded = DISCOVERY.get(path)
    if path != "/api" or recorded is None:
        return recorded
    every = {"clientCIDR": "0.0.0.0/0", "serverAddress": address}
    return {**recorded, "serverAddressByClientCIDRs": [every]}


def aggregated(path: str, accept: str) -> tuple[Document, str] | None:
    """``/api`` or ``/apis`` with everything below it, where an Accept header asks for that; and
    the version of the group apidiscovery.k8s.io that it asks for.
    """
    for offer in accept.split(",") if path in ("/api", "/apis") else ():
        parameters = {part.strip() for part in offer.split(";")[1:]}
        if not {"g=apidiscovery.k8s.io", "as=APIGroupDiscoveryList"} <= parameters:
            continue
        for version in ("v2", "v2beta1"):
            if f"v={version}" in parameters:
                recorded = DISCOVERY[f"aggregated {path}"]
                return {**recorded, "apiVersion": f"apidiscovery.k8s.io/{version}"}, version
    return None


def _openapi(path: str, version: str) -> Document | None:
    """Without the fields of the kinds: kubectl knows those of the kinds that are served itself."""
    info = {"info": {"title": "Kubernetes", "version": version}}
    if path == "/openapi/v2":
        return {"swagger": "2.0", **info, "paths": {}, "definitions": {}}
    if path == "/openapi/v3":
        return {"paths": {one: {"serverRelativeURL": f"/openapi/v3/{one}"} for one in _GROUPS}}
    group = path.removeprefix("/openapi/v3/")
    if group not in _GROUPS:
        return None
    paths = dict(_patch(one) for one in RESOURCES if _root(one) == group and "patch" in one.verbs)
    return {"openapi": "3.0.0", **info, "paths": paths, "components": {"schemas": {}}}


def _root(resource: Resource) -> str:
    return f"{'apis' if resource.group else 'api'}/{resource.api_version}"


def _patch(resource: Resource) -> tuple[str, Document]:
    scope = "namespaces/{namespace}/" if resource.namespaced else ""
    kind = {"group": resource.group, "kind": resource.kind, "version": resource.version}
    patch = {
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": kind,
        "parameters": [{"name": name, "in": "query"} for name in _PATCH_PARAMETERS],
    }
    return f"/{_root(resource)}/{scope}{resource.name}/{{name}}", {"patch": patch}


def _version(git_version: str) -> Document:
    """``git_version`` is like ``v1.30.4`` or ``v1.28.3-aliyun.1``."""
    major, minor = git_version.lstrip("v").split(".")[:2]
    recorded: Document = msgspec.convert(DISCOVERY["/version"], dict)
    return {**recorded, "major": major, "minor": minor, "gitVersion": git_version}
