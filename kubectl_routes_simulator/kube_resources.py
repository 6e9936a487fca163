"""The resources that are served, their discovery, and what a request path asks of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

Document = dict[str, Any]

_RECORDED = Path(__file__).with_name("data") / "discovery.json"
# What a server answers at each path of discovery. OpenAPI is without the fields of the kinds:
# kubectl knows those that are served, and asks whether a patch of them is validated.
DISCOVERY: dict[str, Any] = msgspec.json.decode(_RECORDED.read_bytes())
_VERSIONED = re.compile("/api/v1|/apis/[^/]+/v1")


class Resource(Struct, frozen=True, cache_hash=True):
    """One resource as discovery shows it. ``name`` is the plural in lower case; ``group`` is empty
    for the core group. ``subresources`` are names with their verbs.
    """

    group: str
    version: str
    name: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]
    subresources: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def verbs_of(self, subresource: str) -> tuple[str, ...]:
        """The verbs of a subresource, or of the resource itself for an empty name."""
        return dict(self.subresources).get(subresource, ()) if subresource else self.verbs

    @property
    def api_version(self) -> str:
        """``v1`` or ``group/version``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``nodes`` or ``daemonsets.apps``, as messages of the API server name it."""
        return f"{self.name}.{self.group}" if self.group else self.name


def _read(path: str) -> Iterator[Resource]:
    """The resources of one recorded list."""
    group, _, version = DISCOVERY[path]["groupVersion"].rpartition("/")
    listed = {each["name"]: each for each in DISCOVERY[path]["resources"]}
    for name, each in listed.items():
        if "/" not in name:
            below = (sub for sub in listed if sub.startswith(f"{name}/"))
            subresources = tuple(
                (sub.partition("/")[2], tuple(listed[sub]["verbs"])) for sub in below
            )
            kind, verbs = each["kind"], tuple(each["verbs"])
            yield Resource(group, version, name, kind, each["namespaced"], verbs, subresources)


RESOURCES = tuple(
    resource for path in DISCOVERY if _VERSIONED.fullmatch(path) for resource in _read(path)
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
        """The resource; None when it, or its subresource, is not served in this scope."""
        found = _BY_PATH.get((self.group, self.version, self.resource))
        if found is None or not found.verbs_of(self.subresource):
            return None
        if found.name == "namespaces":
            return found
        in_scope = not self.namespace if not found.namespaced else self.namespace or not self.name
        return found if in_scope else None


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


def discovery_document(path: str, version: str, address: str) -> Document | None:
    """The document at a path, or None, from a server at ``address`` with that gitVersion."""
    recorded: Document | None = DISCOVERY.get(path)
    if path == "/version" and recorded is not None:
        major, minor = version.lstrip("v").split(".")[:2]
        return {**recorded, "major": major, "minor": minor, "gitVersion": version}
    if path == "/api" and recorded is not None:
        every = {"clientCIDR": "0.0.0.0/0", "serverAddress": address}
        return {**recorded, "serverAddressByClientCIDRs": [every]}
    return recorded
