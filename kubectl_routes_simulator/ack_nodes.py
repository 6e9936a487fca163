"""Node objects as an ACK cluster with Flannel has them."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.templates import filled

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
    made = filled(
        "node",
        name=plan.name,
        instance=plan.instance,
        region=plan.region,
        zone=plan.zone,
        ip=plan.ip,
        pod_cidr=plan.pod_cidr,
        backend=backend,
        images=_ENCODED_IMAGES,
    )
    made["metadata"]["labels"].update(_MASTER_LABELS if plan.master else _WORKER_LABELS)
    if plan.master:
        made["spec"]["taints"] = [{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}]
    if backend != "alloc":
        made["status"]["conditions"].append(dict(_FLANNEL))
    return made


_MASTER_LABELS = {"node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/master": ""}
_WORKER_LABELS = {"alibabacloud.com/nodepool-id": "np0000000000000000000000000000"}
_FLANNEL = {
    "type": "NetworkUnavailable",
    "status": "False",
    "reason": "FlannelIsUp",
    "message": "Flannel is running on this node",
    "lastHeartbeatTime": _CREATED,
    "lastTransitionTime": _CREATED,
}
