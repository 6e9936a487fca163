"""Pods of an application: on every worker one, one in the network of its host, one that waits."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from kubectl_routes_simulator.ack_nodes import NodePlan
from kubectl_routes_simulator.ccm_setup import NAMESPACE
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.templates import filled

_WEB = "web-5d8f7c6b9d"
_AGENT = "node-agent"


def workload_pods(workers: Iterable[NodePlan]) -> list[Object]:
    """``default/web-…`` on every worker and one that finds no place; ``kube-system/node-agent-…``,
    which uses the host's network, on the first worker.
    """
    pods: list[Object] = []
    for number, plan in enumerate(workers):
        ip = str(IPv4Network(plan.pod_cidr)[10])
        pods.append(_web(str(number), plan, ip))
        if number == 0:
            names = {"namespace": NAMESPACE, "name": f"{_AGENT}-0", "app": _AGENT}
            owner = {"owner_kind": "DaemonSet", "owner": _AGENT}
            agent = filled("pod", node=plan.name, ip=plan.ip, pod_ip=plan.ip, **names, **owner)
            agent["spec"]["hostNetwork"] = True
            pods.append(agent)
    pods.append(_web("waiting", None, ""))
    return pods


def _web(suffix: str, plan: NodePlan | None, pod_ip: str) -> Object:
    pod = filled(
        "pod",
        namespace="default",
        name=f"{_WEB}-{suffix}",
        app="web",
        owner_kind="ReplicaSet",
        owner=_WEB,
        node=plan.name if plan else "",
        ip=plan.ip if plan else "",
        pod_ip=pod_ip,
    )
    if plan is None:
        del pod["spec"]["nodeName"]
        pod["status"] = {"phase": "Pending", "qosClass": "BestEffort", "conditions": [_UNPLACED]}
    return pod


_UNPLACED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "no node has enough free cpu",
    "lastTransitionTime": "2024-05-06T07:08:09Z",
}
