"""What the API server demands of a pod template: containers, volumes and how they meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_routes_simulator.kube_names import label_faults
from kubectl_routes_simulator.kube_problems import absent
from kubectl_routes_simulator.kube_problems import forbidden
from kubectl_routes_simulator.kube_problems import needed
from kubectl_routes_simulator.kube_problems import repeated
from kubectl_routes_simulator.kube_problems import unsupported
from kubectl_routes_simulator.kube_problems import wrong
from kubectl_routes_simulator.kube_status import Problem

Object = dict[str, Any]

# In the order in which the server counts them: the second one that is set is forbidden.
_SOURCES = (
    *("emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret"),
    *("nfs", "iscsi", "glusterfs", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "flocker"),
    *("downwardAPI", "fc", "flexVolume", "configMap", "azureFile", "vsphereVolume", "quobyte"),
    *("azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos", "projected"),
    *("csi", "ephemeral", "image"),
)
_HOST_PATH_TYPES = (
    *("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File"),
    *("FileOrCreate", "Socket"),
)
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_HIGHEST_MODE = 0o777


def pod_problems(spec: Object, at: str) -> Iterator[Problem]:
    """What is wrong with a pod spec; ``at`` is its path."""
    taken: set[str] = set()
    known: set[str] = set()
    for number, volume in enumerate(spec.get("volumes", ())):
        problems = list(_volume_problems(volume, f"{at}.volumes[{number}]", taken))
        yield from problems
        if not problems:  # the others count as absent
            known.add(volume["name"])
    taken = set()
    if not spec.get("containers"):
        yield needed(f"{at}.containers")
    for field in ("containers", "initContainers"):
        for number, container in enumerate(spec.get(field, ())):
            here = f"{at}.{field}[{number}]"
            yield from _name_problems(container.get("name", ""), f"{here}.name", taken)
            yield from _container_problems(container, here, known)
            if spec.get("hostNetwork"):
                yield from _host_port_problems(container, here)


def _name_problems(name: str, field: str, taken: set[str]) -> Iterator[Problem]:
    if not name:
        yield needed(field)
    elif name in taken:
        yield repeated(field, name)
    else:
        yield from (wrong(field, name, fault) for fault in label_faults(name))
    taken.add(name)


def _container_problems(container: Object, at: str, volumes: set[Any]) -> Iterator[Problem]:
    if not container.get("image"):
        yield needed(f"{at}.image")
    policy = container.get("imagePullPolicy", "")
    if policy not in _PULL_POLICIES:
        yield unsupported(f"{at}.imagePullPolicy", policy, _PULL_POLICIES)
    for number, variable in enumerate(container.get("env", ())):
        if not variable.get("name"):
            yield needed(f"{at}.env[{number}].name")
        if "valueFrom" in variable:
            yield from _value_from_problems(variable, f"{at}.env[{number}].valueFrom")
    for number, port in enumerate(container.get("ports", ())):
        if not port.get("containerPort"):
            yield needed(f"{at}.ports[{number}].containerPort")
    yield from _mount_problems(container.get("volumeMounts", []), f"{at}.volumeMounts", volumes)


def _value_from_problems(variable: Object, at: str) -> Iterator[Problem]:
    if not variable["valueFrom"]:
        sources = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        yield wrong(at, "", f"must specify one of: {sources}")
    elif variable.get("value"):
        yield wrong(at, "", "may not be specified when `value` is not empty")


def _host_port_problems(container: Object, at: str) -> Iterator[Problem]:
    for number, port in enumerate(container.get("ports", ())):
        if port.get("hostPort") != port.get("containerPort"):
            field = f"{at}.ports[{number}].hostPort"
            yield wrong(field, port.get("hostPort", 0), "must match `containerPort`")


def _mount_problems(mounts: list[Object], at: str, volumes: set[Any]) -> Iterator[Problem]:
    paths: set[str] = set()
    for number, mount in enumerate(mounts):
        here, name, path = f"{at}[{number}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            yield needed(f"{here}.name")
        if name not in volumes:
            yield absent(f"{here}.name", name)
        if not path:
            yield needed(f"{here}.mountPath")
        if path in paths:
            yield wrong(f"{here}.mountPath", path, "must be unique")
        paths.add(path)
        if "subPath" in mount:
            # The server leaves the number of the mount out.
            yield from _path_problems(mount["subPath"], f"{at}.subPath")


def _volume_problems(volume: Object, at: str, taken: set[str]) -> Iterator[Problem]:
    yield from _name_problems(volume.get("name", ""), f"{at}.name", taken)
    given = [source for source in _SOURCES if source in volume]
    for source in given[1:]:
        yield forbidden(f"{at}.{source}", "may not specify more than 1 volume type")
    if given[:1] == ["configMap"]:
        yield from _file_problems(volume["configMap"], f"{at}.configMap", "name")
    elif given[:1] == ["secret"]:
        yield from _file_problems(volume["secret"], f"{at}.secret", "secretName")
    elif given[:1] == ["hostPath"]:
        yield from _host_path_problems(volume["hostPath"], f"{at}.hostPath")


def _file_problems(source: Object, at: str, name: str) -> Iterator[Problem]:
    """What is wrong with a volume made of a ConfigMap or a Secret."""
    if not source.get(name):
        yield needed(f"{at}.{name}")
    yield from _mode_problems(source.get("defaultMode", 0), f"{at}.defaultMode")
    for number, item in enumerate(source.get("items", ())):
        here = f"{at}.items[{number}]"
        if not item.get("key"):
            yield needed(f"{here}.key")
        if not item.get("path"):
            yield needed(f"{here}.path")
        else:
            yield from _path_problems(item["path"], f"{here}.path")
            if item["path"].startswith("..") and item["path"].split("/")[0] != "..":
                yield wrong(f"{here}.path", item["path"], "must not start with '..'")
        yield from _mode_problems(item.get("mode", 0), f"{here}.mode")


def _mode_problems(mode: int, field: str) -> Iterator[Problem]:
    if not 0 <= mode <= _HIGHEST_MODE:
        yield wrong(field, mode, "must be a number between 0 and 0777 (octal), both inclusive")


def _host_path_problems(source: Object, at: str) -> Iterator[Problem]:
    path, kind = source.get("path", ""), source.get("type", "")
    if not path:
        yield needed(f"{at}.path")
    elif ".." in path.split("/"):
        yield wrong(f"{at}.path", path, "must not contain '..'")
    if kind not in _HOST_PATH_TYPES:
        yield unsupported(f"{at}.type", kind, _HOST_PATH_TYPES)


def _path_problems(path: str, field: str) -> Iterator[Problem]:
    if path.startswith("/"):
        yield wrong(field, path, "must be a relative path")
    if ".." in path.split("/"):
        yield wrong(field, path, "must not contain '..'")
