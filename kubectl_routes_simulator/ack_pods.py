"""Pods of an application: on every worker one, one in the network of its host, one that waits."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from kubectl_routes_simulator.ack_nodes import NodePlan
from kubectl_routes_simulator.ccm_setup import NAMESPACE
from kubectl_routes_simulator.kube_store import Object

_CREATED = "2024-05-06T07:08:09Z"
_WEB = "web-5d8f7c6b9d"
_AGENT = "node-agent"


def workload_pods(workers: Iterable[NodePlan]) -> list[Object]:
    """``default/web-…`` on every worker and one that finds no place; ``kube-system/node-agent-…``,
    which uses the host's network, on the first worker.
    """
    pods: list[Object] = []
    for number, plan in enumerate(workers):
        ip = str(IPv4Network(plan.pod_cidr)[10])
        pods.append(_running(_pod("default", f"{_WEB}-{number}", "ReplicaSet", _WEB), plan, ip))
        if number == 0:
            agent = _pod(NAMESPACE, f"{_AGENT}-{number}", "DaemonSet", _AGENT)
            agent["spec"]["hostNetwork"] = True
            pods.append(_running(agent, plan, plan.ip))
    pods.append(_waiting(_pod("default", f"{_WEB}-waiting", "ReplicaSet", _WEB)))
    return pods


def _pod(namespace: str, name: str, owner_kind: str, owner: str) -> Object:
    image = "registry-cn-hangzhou.ack.aliyuncs.com/practice/web:v1.2.3"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app": owner.partition("-5d8")[0]},
            "creationTimestamp": _CREATED,
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": owner_kind,
                    "name": owner,
                    "uid": "00000000-0000-4000-8000-0000000a9905",
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {
            "restartPolicy": "Always",
            "dnsPolicy": "ClusterFirst",
            "containers": [{"name": "main", "image": image, "imagePullPolicy": "IfNotPresent"}],
        },
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }


def _running(pod: Object, plan: NodePlan, ip: str) -> Object:
    (container,) = pod["spec"]["containers"]
    conditions = ("Initialized", "Ready", "ContainersReady", "PodScheduled")
    pod["spec"]["nodeName"] = plan.name
    pod["status"] |= {
        "phase": "Running",
        "hostIP": plan.ip,
        "podIP": ip,
        "podIPs": [{"ip": ip}],
        "startTime": _CREATED,
        "conditions": [
            {"type": name, "status": "True", "lastTransitionTime": _CREATED} for name in conditions
        ],
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": f"{container['image'].rpartition(':')[0]}@sha256:{'0' * 64}",
                "containerID": f"containerd://{'0' * 64}",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": _CREATED}},
            }
        ],
    }
    return pod


def _waiting(pod: Object) -> Object:
    pod["status"]["conditions"] = [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "no node has enough free cpu",
            "lastTransitionTime": _CREATED,
        }
    ]
    return pod
