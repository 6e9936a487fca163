"""Looking into a pod template as the API gives it: plain JSON objects and lists."""

from __future__ import annotations

from posixpath import normpath

from kubectl_routes.model.plan import Object

# Volumes that are mounted read-only whatever the mount says, so that nothing can be nested in them.
_FIXED = ("configMap", "secret", "projected", "downwardAPI")


def template_of(workload: Object) -> Object:
    """The pod template of a DaemonSet or Deployment."""
    template: Object = workload["spec"]["template"]
    return template


def container_of(workload: Object, name: str) -> Object:
    """A container by its name; LookupError when there is none."""
    containers: list[Object] = template_of(workload)["spec"]["containers"]
    found = [container for container in containers if container.get("name") == name]
    return found[0]


def volume_of(workload: Object, name: str) -> Object | None:
    """A volume by its name."""
    volumes: list[Object] = template_of(workload)["spec"].get("volumes") or []
    return next((volume for volume in volumes if volume.get("name") == name), None)


def mounts_of(container: Object) -> list[Object]:
    """The volume mounts of a container."""
    return container.get("volumeMounts") or []


def provides(volume: Object, config_map: str, key: str, path: str) -> bool:
    """Whether a volume puts a ConfigMap's key at this path within itself."""
    source = volume.get("configMap")
    if source is None or source.get("name") != config_map:
        return False
    items = source.get("items")
    if not items:
        return key == path
    return any(item.get("key") == key and normpath(item.get("path", "")) == path for item in items)


def holds(place: str, path: str) -> bool:
    """Whether a path is, or lies below, a place."""
    place, path = normpath(place), normpath(path)
    return path == place or path.startswith(place.rstrip("/") + "/")


def parent_mount(container: Object, place: str) -> Object | None:
    """The mount in which a mount at ``place`` would be nested, the innermost one."""
    around = [
        mount
        for mount in mounts_of(container)
        if holds(mount["mountPath"], place) and normpath(mount["mountPath"]) != normpath(place)
    ]
    return max(around, key=lambda mount: len(normpath(mount["mountPath"])), default=None)


def takes_nested(workload: Object, container: Object, place: str) -> bool:
    """Whether nothing is mounted at or below ``place``, and what is mounted around it can be
    written to, so that the runtime can make the mount point there.
    """
    if any(holds(place, mount["mountPath"]) for mount in mounts_of(container)):
        return False
    parent = parent_mount(container, place)
    volume = volume_of(workload, parent["name"]) if parent else None
    return volume is None or not any(kind in volume for kind in _FIXED)
