"""What keeps a pod's volumes from being set up, or a container's mounts from being made."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from msgspec import Struct

from kubectl_routes_simulator.kube_store import Object, Store

# Volumes made of an object: its kind, the field with its name, and the kubelet's words for one
# that is not there and for a key that it has not.
_SOURCES = {
    "configMap": (
        "ConfigMap",
        "name",
        'configmap "{}" not found',
        "configmap references non-existent config key: {}",
    ),
    "secret": (
        "Secret",
        "secretName",
        'secret "{}" not found',
        "references non-existent secret key: {}",
    ),
}
# What a master has below the folders that CCM mounts from its host.
_HOST_FOLDERS = ("/etc/kubernetes/manifests", "/etc/kubernetes/pki")


class MountPoint(Struct, frozen=True):
    """A folder of the host that a mount inside another one needs. ``path`` is on the host,
    ``mount_path`` in the container; ``source`` is what is mounted there.
    """

    path: str
    mount_path: str
    source: str
    read_only: bool


def volume_failure(store: Store, namespace: str, spec: Object) -> str:
    """Why the kubelet can not set up a volume of this pod, in its words; empty when it can."""
    for volume in spec.get("volumes", ()):
        for kind in _SOURCES:
            if kind in volume and (problem := _source_failure(store, namespace, kind, volume)):
                return f'MountVolume.SetUp failed for volume "{volume["name"]}" : {problem}'
    return ""


def _source_failure(store: Store, namespace: str, kind: str, volume: Object) -> str:
    served, field, absent, without_key = _SOURCES[kind]
    source = volume[kind]
    if source.get("optional"):
        return ""
    name = source.get(field, "")
    try:
        found = store.get(served, namespace, name)
    except LookupError:
        return absent.format(name)
    keys = {*(found.get("data") or ()), *(found.get("binaryData") or ())}
    missing = [one["key"] for one in source.get("items") or () if one["key"] not in keys]
    return without_key.format(missing[0]) if missing else ""


class HostFolders:
    """The folders on the nodes' disks that mounts inside other mounts need."""

    def __init__(self) -> None:
        self._made: set[tuple[str, str]] = set()

    def mount(self, node: str, pod: Object, container: Object) -> str:
        """Make what the container's mounts need on its node.

        Returns the words of the container runtime for the first that can not be made because the
        mount around it is read-only, else empty text.
        """
        for point in _mount_points(pod, container):
            if point.path in _HOST_FOLDERS or (node, point.path) in self._made:
                continue
            if point.read_only:
                return _read_only(pod, point)
            self._made.add((node, point.path))
        return ""


def _mount_points(pod: Object, container: Object) -> Iterator[MountPoint]:
    volumes = {one["name"]: one for one in pod["spec"].get("volumes", ())}
    mounts = {
        posixpath.normpath(one["mountPath"]): one for one in container.get("volumeMounts", ())
    }
    for path in sorted(mounts):
        around = max((one for one in mounts if path.startswith(f"{one}/")), key=len, default="")
        host = volumes.get(mounts[around]["name"], {}).get("hostPath") if around else None
        if host is None:
            continue
        yield MountPoint(
            path=posixpath.join(host["path"], posixpath.relpath(path, around)),
            mount_path=path,
            source=_mounted_from(pod, volumes.get(mounts[path]["name"], {})),
            read_only=bool(mounts[around].get("readOnly")),
        )


def _mounted_from(pod: Object, volume: Object) -> str:
    if "hostPath" in volume:
        return str(volume["hostPath"]["path"])
    plugin = "secret" if "secret" in volume else "configmap"
    folder = f"/var/lib/kubelet/pods/{pod['metadata']['uid']}/volumes"
    return f"{folder}/kubernetes.io~{plugin}/{volume.get('name', '')}"


def _read_only(pod: Object, point: MountPoint) -> str:
    root = f"/run/containerd/io.containerd.runtime.v2.task/k8s.io/{pod['metadata']['uid']}/rootfs"
    return (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
        "runc create failed: unable to start container process: error during container init: "
        f'error mounting "{point.source}" to rootfs at "{point.mount_path}": '
        f"mkdir {root}{point.mount_path}: read-only file system: unknown"
    )
