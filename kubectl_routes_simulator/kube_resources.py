"""The resources that are served, their discovery, and what a request path asks of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

_RECORDED = Path(__file__).with_name("data") / "discovery.json"
# What a server answers at each path of discovery; ``aggregated /apis`` is the same in one document.
DISCOVERY: dict[str, Any] = msgspec.json.decode(_RECORDED.read_bytes())


class Resource(Struct, frozen=True, cache_hash=True):
    """One resource as discovery shows it. ``name`` is the plural in lower case; ``group`` is empty
    for the core group. ``subresources`` are names with their verbs; ``fields`` are the field labels
    that selectors may use beside metadata.name and metadata.namespace.
    """

    group: str
    version: str
    name: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]
    subresources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fields: tuple[str, ...] = ()

    def verbs_of(self, subresource: str) -> tuple[str, ...]:
        """The verbs of a subresource, or of the resource itself for an empty name; none of a
        subresource that there is not.
        """
        return dict(self.subresources).get(subresource, ()) if subresource else self.verbs

    @property
    def api_version(self) -> str:
        """``v1`` or ``group/version``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``nodes`` or ``daemonsets.apps``, as messages of the API server name it."""
        return f"{self.name}.{self.group}" if self.group else self.name


_FIELDS = {
    "events": "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
    "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason "
    "reportingComponent source type",
    "namespaces": "status.phase",
    "nodes": "spec.unschedulable",
    "pods": "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
    "spec.hostNetwork status.phase status.podIP status.nominatedNodeName",
    "secrets": "type",
    "services": "spec.clusterIP spec.type",
}


def _read(path: str) -> Iterator[Resource]:
    """The resources of one recorded list."""
    listed = DISCOVERY[path]["resources"]
    group, _, version = DISCOVERY[path]["groupVersion"].rpartition("/")
    for one in listed:
        name = one["name"]
        if "/" not in name:
            below = [sub for sub in listed if sub["name"].startswith(f"{name}/")]
            yield Resource(
                group=group,
                version=version,
                name=name,
                kind=one["kind"],
                namespaced=one["namespaced"],
                verbs=tuple(one["verbs"]),
                subresources=tuple(
                    (sub["name"].partition("/")[2], tuple(sub["verbs"])) for sub in below
                ),
                fields=tuple(_FIELDS.get(name, "").split()),
            )


RESOURCES = tuple(
    resource for path in DISCOVERY if path.endswith("/v1") for resource in _read(path)
)
_BY_PATH = {(item.group, item.version, item.name): item for item in RESOURCES}
_GROUP_VERSIONS = {(item.group, item.version) for item in RESOURCES}
_BY_KIND = {(item.api_version, item.kind): item for item in RESOURCES}


def resource_of_kind(api_version: str, kind: str) -> Resource:
    """The resource of an object's apiVersion and kind. Raises LookupError for one not served."""
    found = _BY_KIND.get((api_version, kind))
    if found is None:
        raise LookupError(f"the simulated cluster does not serve {api_version} {kind}")
    return found


class Target(Struct, frozen=True):
    """What a resource path names, before anyone knows whether it exists.

    Empty text stands for what the path leaves out; an empty ``namespace`` is the cluster scope.
    """

    group: str
    version: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def group_is_served(self) -> bool:
        """Whether anything of this group and version is served."""
        return (self.group, self.version) in _GROUP_VERSIONS

    @property
    def served(self) -> Resource | None:
        """The resource, or None when the simulated cluster does not serve it, or not in this
        scope: an object of the cluster scope has no path below a namespace.
        """
        found = _BY_PATH.get((self.group, self.version, self.resource))
        if found is None or found.name == "namespaces":
            return found
        return None if self.namespace and not found.namespaced else found


def target_of(path: str) -> Target | None:
    """Read ``/api/v1/…`` or ``/apis/GROUP/VERSION/…``; None for every other path."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in ("status", "finalize"):
            rest = rest[2:]
    if len(rest) > 3:
        return None
    resource, name, subresource = (*rest, "", "")[:3]
    return Target(group, version, resource, namespace, name, subresource)


Document = dict[str, Any]

_PATCH_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")
_GROUPS = ("api/v1", *(f"apis/{one}/v1" for one in sorted({r.group for r in RESOURCES if r.group})))


def discovery_document(path: str, version: str, address: str) -> Document | None:
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
