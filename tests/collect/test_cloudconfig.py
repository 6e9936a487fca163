from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.collect.cloudconfig import locate
from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
    Volume,
    VolumeMount,
)

PATH = "/etc/kubernetes/config/cloud-config.conf"
FLAG = f"--cloud-config={PATH}"
MAP = Volume("config", "configMap", "cloud-config", {"cloud-config.conf": "cloud-config.conf"})
HOST = Volume("k8s", "hostPath", "/etc/kubernetes")


def ccm(
    *mounts: VolumeMount, volumes: tuple[Volume, ...] = (MAP,), args: tuple[str, ...] = (FLAG,)
) -> Controller:
    kind = ControllerKind.DAEMON_SET
    return Controller(kind, "kube-system", args=args, volumes=volumes, mounts=mounts)


def volume(kind: str, source: str = "", **items: str) -> tuple[Volume, ...]:
    return (Volume("config", kind, source, items),)


FOLDER = VolumeMount("config", "/etc/kubernetes/config")
OF_HOST = VolumeMount("k8s", "/etc/kubernetes")
IN_MAP = CloudConfig(ConfigSourceKind.CONFIG_MAP, PATH, "kube-system", "cloud-config")
KEY = "cloud-config.conf"
NOWHERE = CloudConfig(ConfigSourceKind.NOT_MOUNTED, PATH)


def other(path: str, name: str) -> CloudConfig:
    return CloudConfig(ConfigSourceKind.OTHER, path, name=name)


@pytest.mark.parametrize(
    ("controller", "expected"),
    [
        (ccm(args=()), CloudConfig(ConfigSourceKind.NO_FLAG)),
        (ccm(), NOWHERE),
        (ccm(args=("sh", "-c", "/ccm $MORE")), other("", "$MORE")),
        (ccm(args=("--cloud-config=cloud.conf",)), other("cloud.conf", "cloud.conf")),
        (ccm(args=("sh", "-c", "/ccm --cloud-config=$FILE")), other("$FILE", "$FILE")),
        (ccm(args=("--cloud-config", "$(FILE)")), other("$(FILE)", "$(FILE)")),
        (ccm(FOLDER, args=("sh", "-c", f"exec /ccm {FLAG} --v=2")), replace(IN_MAP, key=KEY)),
        (ccm(FOLDER, args=("--cloud-config=/a", "--cloud-config", PATH)), replace(IN_MAP, key=KEY)),
        (ccm(FOLDER, volumes=()), NOWHERE),
        (ccm(FOLDER), replace(IN_MAP, key=KEY)),
        (ccm(VolumeMount("config", "/etc/kubernetes/conf")), NOWHERE),
        (
            ccm(OF_HOST, VolumeMount("config", f"{FOLDER.mount_path}/"), volumes=(HOST, MAP)),
            replace(IN_MAP, key=KEY),
        ),
        (
            ccm(OF_HOST, volumes=(HOST,)),
            CloudConfig(ConfigSourceKind.HOST_PATH, PATH, name="/etc/kubernetes/config/" + KEY),
        ),
        (
            ccm(FOLDER, volumes=volume("configMap", "cloud-config", other=KEY)),
            replace(IN_MAP, key="other"),
        ),
        (ccm(FOLDER, volumes=volume("configMap", "cloud-config", a="b")), IN_MAP),
        (
            ccm(
                VolumeMount("config", PATH, sub_path="the.key"),
                volumes=volume("configMap", "cloud-config"),
            ),
            replace(IN_MAP, key="the.key"),
        ),
        (
            ccm(
                VolumeMount("config", "/etc/kubernetes"),
                volumes=volume("configMap", "cloud-config"),
            ),
            IN_MAP,
        ),
        (
            ccm(FOLDER, volumes=volume("secret", "ccm")),
            CloudConfig(ConfigSourceKind.SECRET, PATH, "kube-system", "ccm", KEY),
        ),
        (ccm(FOLDER, volumes=volume("projected")), other(PATH, "config")),
    ],
)
def test_where_the_file_comes_from(controller: Controller, expected: CloudConfig) -> None:
    assert locate(controller)[0] == expected
