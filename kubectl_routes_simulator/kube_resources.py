"""The resources that the simulated cluster serves, and what a request path asks of them."""

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
