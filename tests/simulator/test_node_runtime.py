"""What a node does for a container: images, volumes, mounts inside mounts, and liveness probes."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.ack_objects import cloud_config
from kubectl_routes_simulator.kube_store import Object, Store
from kubectl_routes_simulator.node_runtime import (
    HostFolders,
    liveness_miss,
    pull_failure,
    volume_failure,
)

OLD = "registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64"
NEW = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (f"{OLD}:v1.9.3.86-g4454991-aliyun", ""),
        (f"{OLD}:v1.9.3-164-g2105d2e-aliyun", ""),
        ("registry-vpc.cn-beijing.aliyuncs.com/acs/cloud-controller-manager-amd64:v2.4.0", ""),
        ("registry-cn-shanghai-vpc.ack.aliyuncs.com/acs/cloud-controller-manager:v2.10.0", ""),
        (f"{NEW}-amd64:v2.9.1", ""),
        ("registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager:v2.4.0", ""),
        (f"{NEW}:v2.14.0@sha256:{'0' * 64}", ""),
        (f"{OLD}:v1.9.3.86-g0000000-aliyun", "not found"),
        (f"{OLD}:v1.9.3.86-g4454991", "not found"),
        (f"{NEW}:v2.9.1", "not found"),
        (f"{NEW}:v3.0.0", "not found"),
        (NEW, "not found"),
        (f"{NEW}-arm:v2.14.0", "insufficient_scope: authorization failed"),
        (
            "registry.example.com/acs/x:v1",
            'failed to do request: Head "https://registry.example.com/v2/acs/x/manifests/v1": '
            "dial tcp: lookup registry.example.com: no such host",
        ),
    ],
)
def test_an_image(image: str, words: str) -> None:
    assert pull_failure(image).endswith(words)
    assert bool(pull_failure(image)) is bool(words)


FILE = {"key": "cloud-config.conf", "path": "x"}


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        ({"configMap": {"name": "cloud-config", "items": [FILE]}}, ""),
        ({"configMap": {"name": "nope", "optional": True}}, ""),
        ({"secret": {"secretName": "nope", "optional": True}}, ""),
        ({"hostPath": {"path": "/nope"}}, ""),
        ({"emptyDir": {}}, ""),
        ({"secret": {"secretName": "s"}}, 'secret "s" not found'),
        ({"configMap": {"name": "s"}}, 'configmap "s" not found'),
        (
            {"configMap": {"name": "cloud-config", "items": [{**FILE, "key": "nope"}]}},
            "configmap references non-existent config key: nope",
        ),
    ],
)
def test_a_volume(volume: dict[str, Any], words: str) -> None:
    store = Store(lambda: 0.0)
    store.put(cloud_config("{}"))
    meta, spec = {"namespace": "kube-system"}, {"volumes": [{"name": "v", **volume}]}
    expected = f'MountVolume.SetUp failed for volume "v" : {words}' if words else ""
    assert volume_failure(store, {"metadata": meta, "spec": spec}) == expected


HERE = "/etc/kubernetes"
ON_HOST = {"hostPath": {"path": HERE}}


def mounted(folders: HostFolders, inner: str, volume: Object, **more: Any) -> str:
    """What the runtime says of a volume mounted at ``inner``, and another one around it."""
    around = {"name": "around", "mountPath": f"{HERE}/", "readOnly": more.get("read_only", False)}
    container = {"volumeMounts": [{"name": "inner", "mountPath": inner}, around]}
    outer = {"name": "around", **more.get("around", ON_HOST)}
    spec = {"nodeName": more.get("node", "n"), "volumes": [{"name": "inner", **volume}, outer]}
    return folders.mount({"metadata": {"uid": "u"}, "spec": spec}, container)


@pytest.mark.parametrize(
    ("inner", "more"),
    [
        (f"{HERE}/config", {}),
        ("/etc/kubernetes-config", {"read_only": True}),
        (f"{HERE}/pki", {"read_only": True}),
        (f"{HERE}/config", {"around": {"emptyDir": {}}, "read_only": True}),
    ],
)
def test_a_mount_that_can_be_made(inner: str, more: Object) -> None:
    assert mounted(HostFolders(), inner, {"configMap": {}}, **more) == ""


@pytest.mark.parametrize(
    ("volume", "source"),
    [
        ({"configMap": {}}, "/var/lib/kubelet/pods/u/volumes/kubernetes.io~configmap/inner"),
        ({"secret": {}}, "/var/lib/kubelet/pods/u/volumes/kubernetes.io~secret/inner"),
        ({"hostPath": {"path": "/srv"}}, "/srv"),
    ],
)
def test_a_folder_of_the_host_stays_on_that_host(volume: Object, source: str) -> None:
    folders = HostFolders()
    failure = mounted(folders, f"{HERE}/config", volume, read_only=True)
    assert f'error mounting "{source}" to rootfs at "{HERE}/config": mkdir ' in failure
    assert failure.endswith("read-only file system: unknown")
    assert mounted(folders, f"{HERE}/config", volume) == ""
    assert mounted(folders, f"{HERE}/config", volume, read_only=True) == ""
    assert mounted(folders, f"{HERE}/config", volume, read_only=True, node="other") == failure


GET = {"path": "/healthz", "port": 10253, "host": "127.0.0.1", "scheme": "HTTP"}
PROBE = {"httpGet": GET, "initialDelaySeconds": 15, "periodSeconds": 10, "failureThreshold": 8}
NAMED = {"httpGet": {"port": "health"}}


@pytest.mark.parametrize(
    ("probe", "port", "miss"),
    [
        (PROBE, 10253, None),
        ({"exec": {"command": ["x"]}}, 10253, None),
        ({"httpGet": {"port": "unknown"}}, 10253, None),
        ({}, 10253, None),
        (PROBE, 10258, (95, "http://127.0.0.1:10253/healthz")),
        ({"httpGet": {"port": 1}}, 10258, (30, "http://127.0.0.1:1/")),
        (NAMED, 10252, None),
        (NAMED, 10258, (30, "http://127.0.0.1:10252/")),
    ],
)
def test_a_liveness_probe(probe: Object, port: int, miss: tuple[int, str] | None) -> None:
    container = {"livenessProbe": probe, "ports": [{"name": "health", "containerPort": 10252}]}
    found = liveness_miss(container, (port,))
    assert (found is None) is (miss is None)
    if found is not None and miss is not None:
        assert found[0] == miss[0]
        assert f'Get "{miss[1]}": dial tcp' in found[1]
