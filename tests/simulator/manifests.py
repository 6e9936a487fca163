"""Kubernetes objects of realistic size for the simulated cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Object = dict[str, Any]

_CREATED = "2024-03-01T08:00:00Z"


def images(count: int = 50) -> msgspec.Raw:
    """The ``status.images`` of a busy node, encoded once so that many nodes can share it."""
    listed = [
        {
            "names": [
                f"registry-vpc.cn-hangzhou.aliyuncs.com/acs/component-{at}@sha256:{at:064x}",
                f"registry-vpc.cn-hangzhou.aliyuncs.com/acs/component-{at}:v1.{at}.0-aliyun.1",
                f"registry.example.com/platform/team-{at % 7}/service-{at}@sha256:{at * 7:064x}",
                f"registry.example.com/platform/team-{at % 7}/service-{at}:release-{at}",
            ],
            "sizeBytes": 50_000_000 + at * 1_234_567,
        }
        for at in range(count)
    ]
    return msgspec.Raw(msgspec.json.encode(listed))


def node(
    name: str,
    *,
    provider_id: str = "",
    pod_cidr: str = "",
    internal_ip: str = "",
    ready: str = "True",
    network_unavailable: str = "False",
    labels: Mapping[str, str] | None = None,
    images: msgspec.Raw | None = None,
) -> Object:
    """A Node. ``ready`` and ``network_unavailable`` are condition statuses; an empty one leaves
    the condition out. ``images`` makes it as heavy as the nodes of a real cluster.
    """
    spec: Object = {"podCIDR": pod_cidr, "podCIDRs": [pod_cidr]} if pod_cidr else {}
    if provider_id:
        spec["providerID"] = provider_id
    status: Object = {
        "addresses": [
            {"type": "InternalIP", "address": internal_ip},
            {"type": "Hostname", "address": name},
        ],
        "allocatable": {"cpu": "3900m", "memory": "12690Mi", "pods": "64"},
        "capacity": {"cpu": "4", "memory": "15740Mi", "pods": "64"},
        "conditions": _conditions(ready, network_unavailable),
        "nodeInfo": _NODE_INFO,
    }
    if images is not None:
        status["images"] = images
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "creationTimestamp": _CREATED,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/region": "cn-hangzhou",
                **(labels or {}),
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": spec,
        "status": status,
    }


_NODE_INFO = {
    "architecture": "amd64",
    "containerRuntimeVersion": "containerd://1.6.28",
    "kernelVersion": "5.10.134-16.3.al8.x86_64",
    "kubeletVersion": "v1.30.4-aliyun.1",
    "operatingSystem": "linux",
    "osImage": "Alibaba Cloud Linux 3 (Soaring Falcon)",
}


def _conditions(ready: str, network_unavailable: str) -> list[Object]:
    given = (
        ("NetworkUnavailable", network_unavailable, "RouteCreated"),
        ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID"),
        ("Ready", ready, "KubeletReady" if ready == "True" else "NodeStatusUnknown"),
    )
    return [
        {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": reason,
            "lastHeartbeatTime": _CREATED,
            "lastTransitionTime": _CREATED,
        }
        for kind, status, reason in given
        if status
    ]
