"""What a node does for a container: images, volumes and mounts, liveness probes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from msgspec import Struct

from kubectl_routes_simulator.ccm_release import Release, release_of_image
from kubectl_routes_simulator.kube_logs import Recorder
from kubectl_routes_simulator.kube_store import Object, Store

_REPOSITORY = "cloud-controller-manager"

_V1 = (
    "10-gfb99107",
    "59-ge3bc999",
    "81-gca19cd4",
    "82-g274b1b5",
    "86-g4454991",
    "105-gfd4e547",
    "193-g6cddde4",
    "220-g24b1885",
    "239-g40d97e1",
    "276-g372aa98",
    "313-g748f81e",
    "316-g8daf1a9",
    "339-g9830b58",
    "372-gcf3535b",
    "378-g42eac35",
    "380-gd6d0962",
)
# Every v2 counts as published up to the newest that there is: which patch releases were, the
# release notes tell for some minor releases only.
_V2 = re.compile(r"v2\.(\d|1[0-4])\.\d")
_TAGS = {
    *(f"v1.9.3.{one}-aliyun" for one in _V1),
    "v1.9.3-164-g2105d2e-aliyun",
}
_HOST = re.compile(
    r"registry(-vpc)?\.[a-z0-9-]+\.aliyuncs\.com|registry-[a-z0-9-]+\.ack\.aliyuncs\.com"
)
# From this release on, images are published without the architecture in the name as well. The older
# host is lenient, so that manifests that leave the architecture out of a v2 can be tried.
_BARE_SINCE = Release(2, 10)
_LENIENT = "registry.cn-hangzhou.aliyuncs.com"


def pull_failure(image: str) -> str:
    """Why containerd can not pull the image, in its own words; empty when it can."""
    host, path, tag = _split(image)
    about = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": '
    if not _HOST.fullmatch(host):
        asked = f"https://{host}/v2/{path}/manifests/{tag}"
        return (
            f'rpc error: code = Unknown desc = {about}failed to do request: Head "{asked}": '
            f"dial tcp: lookup {host}: no such host"
        )
    if path not in (f"acs/{_REPOSITORY}", f"acs/{_REPOSITORY}-amd64"):
        return (
            f"rpc error: code = Unknown desc = {about}pull access denied, repository does not "
            "exist or may require authorization: server message: insufficient_scope: "
            "authorization failed"
        )
    since = Release(2, 0) if host == _LENIENT else _BARE_SINCE
    too_old = not path.endswith("-amd64") and release_of_image(image) < since
    known = tag in _TAGS or _V2.fullmatch(tag) or "@sha256:" in image
    if not known or too_old:
        return f"rpc error: code = NotFound desc = {about}{image}: not found"
    return ""


def _split(image: str) -> tuple[str, str, str]:
    """Host, repository path and tag."""
    host, _, rest = image.partition("@")[0].partition("/")
    path, _, tag = rest.partition(":")
    return host, path, tag or "latest"


class NodeImages:
    """Records what becomes of a pod's images: what can be pulled is on every node already."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def complete(self, pod: Object) -> bool:
        """Whether the node has all of the pod's images; if so, Events say that."""
        if any(map(pull_failure, _images(pod))):
            return False
        for image in _images(pod):
            message = f'Container image "{image}" already present on machine'
            self._record(pod, "Normal", "Pulled", message)
        return True

    def begin(self, pod: Object) -> None:
        """The pull of the image that cannot be had begins."""
        self._record(pod, "Normal", "Pulling", f'Pulling image "{_absent(pod)}"')

    def finish(self, pod: Object) -> str:
        """The pull has failed; returns why, in the words of the runtime."""
        failure = pull_failure(_absent(pod))
        message = f'Failed to pull image "{_absent(pod)}": {failure}'
        self._record(pod, "Warning", "Failed", message)
        self._record(pod, "Warning", "Failed", "Error: ErrImagePull")
        return failure

    def back_off(self, pod: Object) -> str:
        """The kubelet will wait before it tries again; returns what it says."""
        message = f'Back-off pulling image "{_absent(pod)}"'
        self._record(pod, "Normal", "BackOff", message)
        self._record(pod, "Warning", "Failed", "Error: ImagePullBackOff")
        return message

    def _record(self, pod: Object, type_: str, reason: str, message: str) -> None:
        self._recorder.record(pod, type_, reason, message, str(pod["spec"]["nodeName"]))


def _absent(pod: Object) -> str:
    """The first image that cannot be pulled."""
    return next(image for image in _images(pod) if pull_failure(image))


def _images(pod: Object) -> list[str]:
    return [one["image"] for one in pod["spec"]["containers"]]


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


# What the API server fills in.
_DEFAULTS = {"initialDelaySeconds": 0, "periodSeconds": 10, "failureThreshold": 3}


class ProbeFailure(Struct, frozen=True):
    """A probe that never succeeds: after so many ``seconds`` the kubelet ends the container."""

    seconds: int
    message: str


def liveness_miss(container: Object, ports: tuple[int, ...]) -> ProbeFailure | None:
    """What an HTTP liveness probe comes to when the process answers on ``ports`` of the node only;
    None when it succeeds or there is none. A name stands for the container's port of that name.
    """
    probe = container.get("livenessProbe", {})
    get = probe.get("httpGet")
    if get is None:
        return None
    named = {one.get("name"): one["containerPort"] for one in container.get("ports", ())}
    asked = named.get(get["port"], get["port"])
    if asked in ports or not isinstance(asked, int):
        return None
    delay, period, times = (probe.get(name, default) for name, default in _DEFAULTS.items())
    where = f"{get.get('host') or '127.0.0.1'}:{asked}"
    url = f"{get.get('scheme', 'HTTP').lower()}://{where}{get.get('path', '/')}"
    refused = f"dial tcp {where}: connect: connection refused"
    return ProbeFailure(
        seconds=delay + period * times, message=f'Liveness probe failed: Get "{url}": {refused}'
    )
