"""What a node does for a container: images, volumes and mounts, liveness probes."""

from __future__ import annotations

import posixpath
import re

from kubectl_routes_simulator.ccm_release import NEWEST, Release, release_of_image
from kubectl_routes_simulator.kube_store import Object, Store

_REPOSITORY = "cloud-controller-manager"

_V1 = (
    *("10-gfb99107", "59-ge3bc999", "81-gca19cd4", "82-g274b1b5", "86-g4454991", "105-gfd4e547"),
    *("193-g6cddde4", "220-g24b1885", "239-g40d97e1", "276-g372aa98", "313-g748f81e"),
    *("316-g8daf1a9", "339-g9830b58", "372-gcf3535b", "378-g42eac35", "380-gd6d0962"),
)
# Every v2 counts as published up to the newest that there is: which patch releases were, the
# release notes tell for some minor releases only.
_V2 = re.compile(r"v2\.\d+\.\d")
_UNPUBLISHED = Release(NEWEST.major, NEWEST.minor + 1)
_TAGS = {"v1.9.3-164-g2105d2e-aliyun", *(f"v1.9.3.{build}-aliyun" for build in _V1)}
_HOST = re.compile(
    r"registry(-vpc)?\.[a-z0-9-]+\.aliyuncs\.com|registry-[a-z0-9-]+\.ack\.aliyuncs\.com"
)
# From this release on, images are published without the architecture in the name as well. The older
# host is lenient, so that manifests that leave the architecture out of a v2 can be tried.
_BARE_SINCE = Release(2, 10)
_LENIENT = "registry.cn-hangzhou.aliyuncs.com"


def pull_failure(image: str) -> str:
    """Why containerd can not pull the image, in its own words; empty when it can."""
    host, _, rest = image.partition("@")[0].partition("/")
    path, _, tag = rest.partition(":")
    tag = tag or "latest"
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
    published = _V2.fullmatch(tag) and release_of_image(image) < _UNPUBLISHED
    known = tag in _TAGS or published or "@sha256:" in image
    if not known or too_old:
        return f"rpc error: code = NotFound desc = {about}{image}: not found"
    return ""


# Volumes made of an object: its kind, the field with its name, and the kubelet's words for a key
# that it has not.
_SOURCES = {
    "configMap": ("ConfigMap", "name", "configmap references non-existent config key: {}"),
    "secret": ("Secret", "secretName", "references non-existent secret key: {}"),
}
# What a master has below the folders that CCM mounts from its host.
_HOST_FOLDERS = ("/etc/kubernetes/manifests", "/etc/kubernetes/pki")


def volume_failure(store: Store, pod: Object) -> str:
    """Why the kubelet can not set up a volume of this pod, in its words; empty when it can."""
    for volume in pod["spec"].get("volumes", ()):
        for kind in _SOURCES.keys() & volume.keys():
            problem = _source_failure(store, pod["metadata"]["namespace"], kind, volume[kind])
            if problem:
                return f'MountVolume.SetUp failed for volume "{volume["name"]}" : {problem}'
    return ""


def _source_failure(store: Store, namespace: str, kind: str, source: Object) -> str:
    served, field, without_key = _SOURCES[kind]
    name = source.get(field, "")
    if source.get("optional"):
        return ""
    try:
        found = store.get(served, namespace, name)
    except LookupError:
        return f'{kind.lower()} "{name}" not found'
    keys = {*(found.get("data") or ()), *(found.get("binaryData") or ())}
    missing = [item["key"] for item in source.get("items") or () if item["key"] not in keys]
    return without_key.format(missing[0]) if missing else ""


class HostFolders:
    """The folders on the nodes' disks that mounts inside other mounts need."""

    def __init__(self) -> None:
        self._made: set[tuple[str, str]] = set()

    def mount(self, pod: Object, container: Object) -> str:
        """Make what the mounts need; the words of the runtime for a read-only place, or empty."""
        volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", ())}
        mounts = {posixpath.normpath(m["mountPath"]): m for m in container.get("volumeMounts", ())}
        for path in sorted(mounts):
            outer = max((one for one in mounts if path.startswith(f"{one}/")), key=len, default="")
            host = volumes.get(mounts[outer]["name"], {}).get("hostPath") if outer else None
            if host is None:
                continue
            folder = posixpath.join(host["path"], posixpath.relpath(path, outer))
            there = folder in _HOST_FOLDERS or (pod["spec"]["nodeName"], folder) in self._made
            if not there and mounts[outer].get("readOnly"):
                return _read_only(pod, path, volumes.get(mounts[path]["name"], {}))
            self._made.add((pod["spec"]["nodeName"], folder))
        return ""


def _read_only(pod: Object, path: str, volume: Object) -> str:
    uid = pod["metadata"]["uid"]
    plugin = "secret" if "secret" in volume else "configmap"
    source = f"/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~{plugin}/{volume.get('name', '')}"
    if "hostPath" in volume:
        source = volume["hostPath"]["path"]
    root = f"/run/containerd/io.containerd.runtime.v2.task/k8s.io/{uid}/rootfs"
    return (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
        "runc create failed: unable to start container process: error during container init: "
        f'error mounting "{source}" to rootfs at "{path}": mkdir {root}{path}: read-only file '
        "system: unknown"
    )


_PROBE_DEFAULTS = {"initialDelaySeconds": 0, "periodSeconds": 10, "failureThreshold": 3}


def liveness_miss(container: Object, ports: tuple[int, ...]) -> tuple[int, str] | None:
    """After how many seconds the kubelet ends the container, and its words, when the process
    answers on ``ports`` only; None when the probe succeeds or there is none. A name stands for the
    port named so.
    """
    probe = container.get("livenessProbe", {})
    get = probe.get("httpGet")
    if get is None:
        return None
    named = {port.get("name"): port["containerPort"] for port in container.get("ports", ())}
    asked = named.get(get["port"], get["port"])
    if asked in ports or not isinstance(asked, int):
        return None
    delay, period, times = (probe.get(*default) for default in _PROBE_DEFAULTS.items())
    where = f"{get.get('host') or '127.0.0.1'}:{asked}"
    url = f"{get.get('scheme', 'HTTP').lower()}://{where}{get.get('path', '/')}"
    refused = f"dial tcp {where}: connect: connection refused"
    return delay + period * times, f'Liveness probe failed: Get "{url}": {refused}'
