"""Node objects as an ACK cluster with Flannel has them."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_store import Object

_CREATED = "2024-05-06T07:08:09Z"
_REGISTRY = "registry-cn-hangzhou-vpc.ack.aliyuncs.com"
_IMAGES = 50


def _image(number: int) -> Object:
    repository = f"{_REGISTRY}/practice/service-with-a-rather-long-name-{number:03d}"
    digest = f"{number:064x}"
    tags = [f"{repository}:v1.{number}.{patch}-{digest[-12:]}-aliyun" for patch in range(2)]
    return {
        "names": [f"{repository}@sha256:{digest}", *tags],
        "sizeBytes": 40_000_000 + number,
    }


_ENCODED_IMAGES = msgspec.Raw(msgspec.json.encode([_image(number) for number in range(_IMAGES)]))


class NodePlan(Struct, frozen=True):
    """What tells one node from another. ``instance`` is the ECS id; ``ip`` its InternalIP."""

    name: str
    instance: str
    region: str
    zone: str
    ip: str
    pod_cidr: str
    master: bool = False


def node(plan: NodePlan, backend: str = "alloc") -> Object:
    """The Node; its podCIDR is given already. With ``backend`` alloc it has no NetworkUnavailable
    yet; with any other backend Flannel has set it to False.

    About 24 kB as JSON, most of it the images, which all nodes share.
    """
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": plan.name,
            "labels": _labels(plan),
            "annotations": {
                "flannel.alpha.coreos.com/backend-data": "null",
                "flannel.alpha.coreos.com/backend-type": backend,
                "flannel.alpha.coreos.com/kube-subnet-manager": "true",
                "flannel.alpha.coreos.com/public-ip": plan.ip,
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
            "creationTimestamp": _CREATED,
        },
        "spec": _spec(plan),
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": plan.ip},
                {"type": "Hostname", "address": plan.name},
            ],
            "allocatable": _resources("7910m", "30520728Ki"),
            "capacity": _resources("8", "32511768Ki"),
            "conditions": [*_PRESSURES, _READY, *([] if backend == "alloc" else [_FLANNEL])],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "images": _ENCODED_IMAGES,
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "00000000-0000-4000-8000-000000000000",
                "containerRuntimeVersion": "containerd://1.6.28",
                "kernelVersion": "5.10.134-16.3.al8.x86_64",
                "kubeProxyVersion": "v1.30.4-aliyun.1",
                "kubeletVersion": "v1.30.4-aliyun.1",
                "machineID": "20240506070809000000000000000000",
                "operatingSystem": "linux",
                "osImage": "Alibaba Cloud Linux 3.2104",
                "systemUUID": "00000000-0000-4000-8000-000000000000",
            },
        },
    }


def _spec(plan: NodePlan) -> Object:
    spec: Object = {
        "podCIDR": plan.pod_cidr,
        "podCIDRs": [plan.pod_cidr],
        "providerID": f"{plan.region}.{plan.instance}",
    }
    if plan.master:
        spec["taints"] = [{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}]
    return spec


def _labels(plan: NodePlan) -> dict[str, str]:
    roles = (
        {"node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/master": ""}
        if plan.master
        else {"alibabacloud.com/nodepool-id": "np0000000000000000000000000000"}
    )
    return {
        **roles,
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/instance-type": "ecs.g7.2xlarge",
        "beta.kubernetes.io/os": "linux",
        "failure-domain.beta.kubernetes.io/region": plan.region,
        "failure-domain.beta.kubernetes.io/zone": plan.zone,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": plan.name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "ecs.g7.2xlarge",
        "topology.diskplugin.csi.alibabacloud.com/zone": plan.zone,
        "topology.kubernetes.io/region": plan.region,
        "topology.kubernetes.io/zone": plan.zone,
    }


def _resources(cpu: str, memory: str) -> dict[str, str]:
    return {
        "cpu": cpu,
        "ephemeral-storage": "123722704Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": memory,
        "pods": "128",
    }


def _condition(type_: str, status: str, reason: str, message: str) -> dict[str, str]:
    return {
        "type": type_,
        "status": status,
        "reason": reason,
        "message": message,
        "lastHeartbeatTime": _CREATED,
        "lastTransitionTime": _CREATED,
    }


_PRESSURES = (
    _condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has memory"),
    _condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has disk space"),
    _condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has PIDs"),
)
_FLANNEL = _condition(
    "NetworkUnavailable", "False", "FlannelIsUp", "Flannel is running on this node"
)
_READY = _condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")
