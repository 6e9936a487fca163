"""Discovery: which groups, versions and resources there are, in every form clients ask for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kubectl_routes_simulator import kube_openapi
from kubectl_routes_simulator.kube_resources import RESOURCES
from kubectl_routes_simulator.kube_resources import Resource

Document = dict[str, Any]


def document(path: str, version: str, address: str) -> Document | None:
    """The document at a path, or None. ``version`` is the server's gitVersion, ``address`` its
    host:port.
    """
    fixed: dict[str, Callable[[], Document]] = {
        "/api": lambda: api_versions(address),
        "/apis": group_list,
        "/api/v1": lambda: resource_list(""),
        "/version": lambda: version_info(version),
        "/openapi/v2": lambda: kube_openapi.whole(("", *groups()), version),
        "/openapi/v3": lambda: kube_openapi.index(groups()),
        "/openapi/v3/api/v1": lambda: kube_openapi.of_group("", version),
    }
    for name in groups():
        fixed[f"/apis/{name}"] = partial(group, name)
        fixed[f"/apis/{name}/v1"] = partial(resource_list, name)
        fixed[f"/openapi/v3/apis/{name}/v1"] = partial(kube_openapi.of_group, name, version)
    return fixed[path]() if path in fixed else None


def aggregated_version(accept: str) -> str:
    """The version of the aggregated document that an Accept header asks for; empty for none."""
    for offer in accept.split(","):
        parameters = {part.strip() for part in offer.split(";")[1:]}
        if {"g=apidiscovery.k8s.io", "as=APIGroupDiscoveryList"} <= parameters:
            return next((one for one in ("v2", "v2beta1") if f"v={one}" in parameters), "")
    return ""


def groups() -> list[str]:
    """The API groups beside the core group, in order."""
    return sorted({item.group for item in RESOURCES if item.group})


def api_versions(address: str) -> Document:
    """``/api``. ``address`` is host:port of the server."""
    every = {"clientCIDR": "0.0.0.0/0", "serverAddress": address}
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [every]}


def group_list() -> Document:
    """``/apis``."""
    bare = [{key: one[key] for key in one if key not in _TYPE_META} for one in map(group, groups())]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": bare}


_TYPE_META = ("kind", "apiVersion")


def group(name: str) -> Document:
    """``/apis/GROUP``; every group is served in v1."""
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": name,
        "versions": [version],
        "preferredVersion": version,
    }


def resource_list(group_name: str) -> Document:
    """``/api/v1`` (``group_name`` is empty) or ``/apis/GROUP/v1``."""
    listed: list[Document] = []
    for item in RESOURCES:
        if item.group == group_name:
            listed.append(_resource(item))
            listed += [_subresource(item, name) for name in item.subresources]
    version = f"{group_name}/v1" if group_name else "v1"
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": version,
        "resources": listed,
    }


def _resource(item: Resource) -> Document:
    shown: Document = {
        "name": item.name,
        "singularName": item.kind.lower(),
        "namespaced": item.namespaced,
        "kind": item.kind,
        "verbs": list(item.verbs),
    }
    return shown | _names(item)


def _names(item: Resource) -> Document:
    named = {"shortNames": list(item.short_names), "categories": list(item.categories)}
    return {key: value for key, value in named.items() if value}


def _subresource(item: Resource, name: str) -> Document:
    return {
        "name": f"{item.name}/{name}",
        "singularName": "",
        "namespaced": item.namespaced,
        "kind": item.kind,
        "verbs": list(item.verbs_of(name)),
    }


def aggregated(core: bool, version: str) -> Document:
    """``/api`` (``core``) or ``/apis`` with everything below it in one document. ``version`` is
    that of the group apidiscovery.k8s.io, ``v2`` or ``v2beta1``.
    """
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": [_aggregated_group(name) for name in ([""] if core else groups())],
    }


def _aggregated_group(name: str) -> Document:
    meta: Document = {"name": name} if name else {}
    resources = [_aggregated_resource(item) for item in RESOURCES if item.group == name]
    version = {"version": "v1", "resources": resources, "freshness": "Current"}
    return {"metadata": meta | {"creationTimestamp": None}, "versions": [version]}


def _aggregated_resource(item: Resource) -> Document:
    kind = {"group": item.group, "version": item.version, "kind": item.kind}
    shown: Document = {
        "resource": item.name,
        "responseKind": kind,
        "scope": "Namespaced" if item.namespaced else "Cluster",
        "singularResource": item.kind.lower(),
        "verbs": list(item.verbs),
    }
    if item.subresources:
        shown["subresources"] = [
            {"subresource": name, "responseKind": kind, "verbs": list(item.verbs_of(name))}
            for name in item.subresources
        ]
    return shown | _names(item)


def version_info(git_version: str) -> Document:
    """``/version``. ``git_version`` is like ``v1.30.4`` or ``v1.28.3-aliyun.1``."""
    major, minor = git_version.lstrip("v").split(".")[:2]
    return {
        "major": major,
        "minor": minor,
        "gitVersion": git_version,
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "2024-01-01T00:00:00Z",
        "goVersion": "go1.22.5",
        "compiler": "gc",
        "platform": "linux/amd64",
    }
