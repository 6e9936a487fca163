from __future__ import annotations

import pytest

from kubectl_routes.collect.cloudconfig import flag, locate
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


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ""),
        (("/ccm", "--cloud-config=/a"), "/a"),
        (("/ccm", "--cloud-config", "/a", "--v=2"), "/a"),
        (("--cloud-config=/a", "--cloud-config=/b"), "/b"),
        (("--cloud-config-x=/a",), ""),
        (("--cloud-config",), ""),
        (("sh", "-c", "exec /ccm --cloud-config='/a b' --v=2"), "/a b"),
        (("sh", "-c", "echo ' --cloud-config=/a"), "/a"),
    ],
)
def test_the_value_of_a_flag(words: tuple[str, ...], expected: str) -> None:
    assert flag("cloud-config", words) == expected


def ccm(args: tuple[str, ...], volumes: tuple[Volume, ...], *mounts: VolumeMount) -> Controller:
    return Controller(
        kind=ControllerKind.DAEMON_SET,
        namespace="kube-system",
        args=args,
        volumes=volumes,
        mounts=mounts,
    )


def from_map(key: str) -> CloudConfig:
    kind = ConfigSourceKind.CONFIG_MAP
    return CloudConfig(kind, PATH, "kube-system", "cloud-config", key)


@pytest.mark.parametrize(
    ("controller", "expected"),
    [
        (ccm((), (MAP,)), CloudConfig(ConfigSourceKind.NO_FLAG)),
        (ccm((FLAG,), (MAP,)), CloudConfig(ConfigSourceKind.NOT_MOUNTED, PATH)),
        (
            ccm(("sh", "-c", "/ccm $MORE"), (MAP,)),
            CloudConfig(ConfigSourceKind.OTHER, name="$MORE"),
        ),
        (
            ccm(("--cloud-config=cloud.conf",), (MAP,)),
            CloudConfig(ConfigSourceKind.OTHER, path="cloud.conf", name="cloud.conf"),
        ),
        (
            ccm(("sh", "-c", "/ccm --cloud-config=$FILE"), (MAP,)),
            CloudConfig(ConfigSourceKind.OTHER, path="$FILE", name="$FILE"),
        ),
        (
            ccm((FLAG,), (), VolumeMount("config", "/etc/kubernetes/config")),
            CloudConfig(ConfigSourceKind.NOT_MOUNTED, PATH),
        ),
        (
            ccm((FLAG,), (MAP,), VolumeMount("config", "/etc/kubernetes/config")),
            from_map("cloud-config.conf"),
        ),
        (
            ccm((FLAG,), (MAP,), VolumeMount("config", "/etc/kubernetes/conf")),
            CloudConfig(ConfigSourceKind.NOT_MOUNTED, PATH),
        ),
        (
            ccm(
                (FLAG,),
                (HOST, MAP),
                VolumeMount("k8s", "/etc/kubernetes"),
                VolumeMount("config", "/etc/kubernetes/config/"),
            ),
            from_map("cloud-config.conf"),
        ),
        (
            ccm((FLAG,), (HOST,), VolumeMount("k8s", "/etc/kubernetes")),
            CloudConfig(
                ConfigSourceKind.HOST_PATH, PATH, name="/etc/kubernetes/config/cloud-config.conf"
            ),
        ),
        (
            ccm(
                (FLAG,),
                (Volume("config", "configMap", "cloud-config", {"other": "cloud-config.conf"}),),
                VolumeMount("config", "/etc/kubernetes/config"),
            ),
            from_map("other"),
        ),
        (
            ccm(
                (FLAG,),
                (Volume("config", "configMap", "cloud-config", {"a": "b"}),),
                VolumeMount("config", "/etc/kubernetes/config"),
            ),
            from_map(""),
        ),
        (
            ccm(
                (FLAG,),
                (Volume("config", "configMap", "cloud-config"),),
                VolumeMount("config", PATH, sub_path="the.key"),
            ),
            from_map("the.key"),
        ),
        (
            ccm(
                (FLAG,),
                (Volume("config", "configMap", "cloud-config"),),
                VolumeMount("config", "/etc/kubernetes"),
            ),
            from_map(""),
        ),
        (
            ccm(
                (FLAG,),
                (Volume("config", "secret", "ccm"),),
                VolumeMount("config", "/etc/kubernetes/config"),
            ),
            CloudConfig(ConfigSourceKind.SECRET, PATH, "kube-system", "ccm", "cloud-config.conf"),
        ),
        (
            ccm(
                (FLAG,),
                (Volume("config", "projected"),),
                VolumeMount("config", "/etc/kubernetes/config"),
            ),
            CloudConfig(ConfigSourceKind.OTHER, PATH, name="config"),
        ),
    ],
)
def test_where_the_file_comes_from(controller: Controller, expected: CloudConfig) -> None:
    assert locate(controller)[0] == expected
