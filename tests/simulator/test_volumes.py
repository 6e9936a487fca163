from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.ack_objects import cloud_config
from kubectl_routes_simulator.kube_store import Store
from kubectl_routes_simulator.node_runtime import HostFolders, volume_failure

HERE = "/etc/kubernetes"


def failure(volume: dict[str, Any]) -> str:
    store = Store(lambda: 0.0)
    store.put(cloud_config("{}"))
    return volume_failure(store, "kube-system", {"volumes": [{"name": "v", **volume}]})


@pytest.mark.parametrize(
    "volume",
    [
        {"configMap": {"name": "cloud-config"}},
        {
            "configMap": {
                "name": "cloud-config",
                "items": [{"key": "cloud-config.conf", "path": "x"}],
            }
        },
        {"configMap": {"name": "nope", "optional": True}},
        {"secret": {"secretName": "nope", "optional": True}},
        {"hostPath": {"path": "/nope"}},
        {"emptyDir": {}},
    ],
)
def test_volume_that_can_be_set_up(volume: dict[str, Any]) -> None:
    assert failure(volume) == ""


def test_secret_that_is_not_there() -> None:
    words = 'MountVolume.SetUp failed for volume "v" : secret "s" not found'
    assert failure({"secret": {"secretName": "s"}}) == words


def pod(inner: str, around: dict[str, Any], **mount: Any) -> dict[str, Any]:
    """A pod with a ConfigMap mounted at ``inner``, and another volume at /etc/kubernetes/."""
    return {
        "metadata": {"uid": "u"},
        "spec": {
            "containers": [
                {
                    "volumeMounts": [
                        {"name": "inner", "mountPath": inner},
                        {"name": "around", "mountPath": f"{HERE}/", **mount},
                    ]
                }
            ],
            "volumes": [{"name": "inner", "configMap": {}}, {"name": "around", **around}],
        },
    }


def mounted(folders: HostFolders, pod: dict[str, Any], node: str = "n") -> str:
    return folders.mount(node, pod, pod["spec"]["containers"][0])


ON_HOST = {"hostPath": {"path": HERE}}


@pytest.mark.parametrize(
    "made",
    [
        pod(f"{HERE}/config", ON_HOST),
        pod("/etc/kubernetes-config", ON_HOST, readOnly=True),
        pod(f"{HERE}/pki", ON_HOST, readOnly=True),
        pod(f"{HERE}/config", {"emptyDir": {}}, readOnly=True),
    ],
)
def test_mount_that_can_be_made(made: dict[str, Any]) -> None:
    assert mounted(HostFolders(), made) == ""


def test_folder_of_the_host_stays_on_that_host() -> None:
    folders = HostFolders()
    locked = pod(f"{HERE}/config", ON_HOST, readOnly=True)
    assert mounted(folders, locked).endswith("read-only file system: unknown")
    assert mounted(folders, pod(f"{HERE}/config", ON_HOST)) == ""
    assert mounted(folders, locked) == ""
    assert "read-only file system" in mounted(folders, locked, node="other")


@pytest.mark.parametrize(
    ("inner", "source"),
    [
        ({"configMap": {}}, "/var/lib/kubelet/pods/u/volumes/kubernetes.io~configmap/inner"),
        ({"secret": {}}, "/var/lib/kubelet/pods/u/volumes/kubernetes.io~secret/inner"),
        ({"hostPath": {"path": "/srv"}}, "/srv"),
    ],
)
def test_runtime_names_what_it_could_not_mount(inner: dict[str, Any], source: str) -> None:
    locked = pod(f"{HERE}/config", ON_HOST, readOnly=True)
    locked["spec"]["volumes"][0] = {"name": "inner", **inner}
    assert f'error mounting "{source}" to rootfs' in mounted(HostFolders(), locked)
